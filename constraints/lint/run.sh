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

# Parameter sets: the smallest, the largest of each of the two ways to look up, every table as large as it may be.
sets=("Ports=2" "Ports=8" "Ports=2 Engines=2" "Ports=8 Engines=8"
  "Ports=8 FdbSetsLog2=16 FlowsLog2=22 QueueBeats=16384")
# Every table as small as it may be: then indices have bits that nobody asks for.
smallest="Ports=3 Services=1 BucketsLog2=4 Servers=2 Routers=1 FdbSetsLog2=4 FlowsLog2=12 QueueBeats=154 BucketStyle=block FlowStyle=block MemberStyle=ultra"

# Parameters that the card refuses, by a sentence that names them.
refused=(Ports=1 Ports=9 Engines=3 Services=0 Services=65 BucketsLog2=3 BucketsLog2=18 Servers=1 Servers=1000
  Servers=2048 Routers=0 Routers=48 Routers=128 FdbSetsLog2=3 FdbSetsLog2=17 FlowsLog2=11 FlowsLog2=23
  QueueBeats=153 QueueBeats=16385 ClockKhz=0 BucketStyle=registers FlowStyle=registers MemberStyle=registers)

run() { # title, command
  local title=$1
  shift
  if "$@"; then echo "lint: $title: clean"; else echo "lint: $title: FAILED"; failed=1; fi
}

elaborate() { # parameters, Verilator's flags
  local parameters generics=() parameter
  read -ra parameters <<<"$1"
  for parameter in "${parameters[@]}"; do
    # A word is a string.
    [[ ${parameter#*=} =~ ^[0-9]+$ ]] || parameter="${parameter%%=*}=\"${parameter#*=}\""
    generics+=("-G$parameter")
  done
  run "slang, $1" "$tools/bin/python" constraints/lint/slang.py $files $top "${parameters[@]}"
  run "Verilator, $1" "$VERILATOR_ROOT/bin/verilator_bin" --lint-only -Wall "${@:2}" --no-timing \
    "${generics[@]}" --top-module $top rtl/lint/verilator.vlt -F $files
}
for set in "${sets[@]}"; do elaborate "$set"; done
elaborate "$smallest" -Wno-UNUSEDSIGNAL
for ports in 3 4 5 6 7; do
  run "slang, Ports=$ports" "$tools/bin/python" constraints/lint/slang.py $files $top "Ports=$ports" "Engines=$ports"
done

are_refused() {
  local said
  for parameter in "${refused[@]}"; do
    if said=$("$tools/bin/python" constraints/lint/slang.py $files $top "$parameter" 2>&1) ||
      ! grep -qF "flowswitch: ${parameter%=*} is ${parameter#*=}: it must be" <<<"$said"; then
      echo "lint: $parameter is not refused by name"
      return 1
    fi
  done
}
run "${#refused[@]} parameters out of their range" are_refused

# What PeakRDL generates keeps its own style.
mapfile -t own < <(sed -n 's#^\([^/+-].*\.svh\{0,1\}\)$#rtl/\1#p' $files | grep -v '/generated/')
run "Verible" "$tools/bin/verible-verilog-lint" --ruleset default \
  --rules_config rtl/lint/verible.rules "${own[@]}"

exit $failed
