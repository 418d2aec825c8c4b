#!/bin/bash
# The RTL lints: slang, Verilator and Verible over the files of rtl/flowswitch.f, each
# in several parameter sets where it elaborates. Any warning fails.
#
# Layout is not checked by verible-verilog-format: it has no "leave it" for line breaks
# inside expressions and port maps, and joins what is split by meaning. The line length,
# spaces and the rest of the style are rules of verible-verilog-lint.
set -uo pipefail
cd "$(dirname "$0")/../.."

tools=${FLOWSWITCH_TOOLS:?names the folder of the tools: run me by make lint}
export VERILATOR_ROOT
VERILATOR_ROOT=$(echo "$tools"/lib/python3*/site-packages/verilator)
files=rtl/flowswitch.f
top=flowswitch
failed=0

# Parameter sets: the smallest, the largest of each of the two ways to look up.
sets=("Ports=2" "Ports=8" "Ports=2 Engines=2" "Ports=8 Engines=8")

run() { # title, command
  local title=$1
  shift
  if "$@"; then echo "lint: $title: clean"; else echo "lint: $title: FAILED"; failed=1; fi
}

for set in "${sets[@]}"; do
  read -ra parameters <<<"$set"
  run "slang, $set" "$tools/bin/python" constraints/lint/slang.py $files $top "${parameters[@]}"
  run "Verilator, $set" "$VERILATOR_ROOT/bin/verilator_bin" --lint-only -Wall --no-timing \
    "${parameters[@]/#/-G}" --top-module $top rtl/lint/verilator.vlt -F $files
done

# What PeakRDL generates keeps its own style.
mapfile -t own < <(sed -n 's#^\([^/+-].*\.svh\{0,1\}\)$#rtl/\1#p' $files | grep -v '/generated/')
run "Verible" "$tools/bin/verible-verilog-lint" --ruleset default \
  --rules_config rtl/lint/verible.rules "${own[@]}"

exit $failed
