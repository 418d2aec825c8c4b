#!/usr/bin/env bash
# Generates everything that comes from flowswitch.rdl and host.rdl: the register blocks (rtl/csr/generated/) and the
# driver's register types (driver/src/registers/) and its table of registers by name (driver/src/register_map/names.rs).
#
#   generate.sh           writes both folders
#   generate.sh --check   changes nothing; exit 1 if what is checked in differs from what would be written
#   generate.sh --html D  writes the HTML reference into folder D
#
# PeakRDL is taken from the Python venv named by FLOWSWITCH_TOOLS; rustfmt from the Rust toolchain.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="${FLOWSWITCH_TOOLS:-$root/target/tools/venv}/bin"
peakrdl="$tools/peakrdl"
whole="$here/card.rdl"

if [[ ! -x $peakrdl ]]; then
  echo "generate.sh: no PeakRDL at $peakrdl; run 'make tools' or set FLOWSWITCH_TOOLS to a venv that has it" >&2
  exit 1
fi

# generate RTL_FOLDER RUST_FOLDER NAMES_FILE
generate() {
  local map
  # Both blocks take requests one by one (csr_registers, host_registers). Their answers are registered:
  # the read multiplexer ends there.
  for map in flowswitch host; do
    "$peakrdl" regblock "$here/$map.rdl" -o "$1" --cpuif passthrough --default-reset rst \
      --err-if-bad-addr --err-if-bad-rw --rt-read-fanin --rt-read-response --addr-width 12 >/dev/null
  done
  "$peakrdl" rust "$whole" -I "$here" -o "$2" --force --fmt >/dev/null
  "$tools/python" "$here/safety.py" "$2"
  "$tools/python" "$here/names.py" "$whole" "$here" | rustfmt --edition 2024 >"$3"
}

case "${1:-}" in
  "")
    generate "$here/generated" "$root/driver/src/registers" \
      "$root/driver/src/register_map/names.rs"
    ;;
  --check)
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    generate "$fresh/rtl" "$fresh/rust" "$fresh/names.rs"
    stale=0
    diff -r -u "$here/generated" "$fresh/rtl" || stale=1
    diff -r -u "$root/driver/src/registers" "$fresh/rust" || stale=1
    diff -u "$root/driver/src/register_map/names.rs" "$fresh/names.rs" || stale=1
    if ((stale)); then
      echo "generate.sh: generated files are stale; run rtl/csr/generate.sh and commit the result" >&2
      exit 1
    fi
    ;;
  --html)
    "$peakrdl" html "$whole" -I "$here" -o "${2:?generate.sh --html needs a folder}" >/dev/null
    ;;
  *)
    echo "usage: generate.sh [--check | --html FOLDER]" >&2
    exit 2
    ;;
esac
