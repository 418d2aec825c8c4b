"""Makes the file list of a card whose look-up engine and line cards are netlists, each beside its RTL.

usage: run.py OUTPUT

A module is mapped again only if the RTL, Yosys or a script here has changed. The card is made by the Rust build with
FLOWSWITCH_FILES=OUTPUT/card.f (see the Makefile).
"""

import hashlib
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pyosys
from twin import write

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RTL = ROOT / "rtl"
YOSYS = Path(pyosys.__file__).parent
CELLS = YOSYS / "share/xilinx/cells_sim.v"
OWN_CELLS = HERE / "primitives.v"

# Of the card: small tables, but room for what co-simulation programs.
CARD = {"Services": "16", "BucketsLog2": "12", "FlowsLog2": "12", "QueueBeats": "256"}
# Of the modules, as such a card with two ports has them.
MODULES = {
    "lookup_engine": {"Ports": "2", "Services": "16", "BucketsLog2": "12", "FlowsLog2": "12"},
    "line_card": {"Outputs": "3", "QueueBeats": "256"},
}


def fingerprint() -> str:
    """Changes with whatever a netlist is made from."""
    sources = sorted(RTL.rglob("*.sv")) + [RTL / "flowswitch.f", Path(__file__), HERE / "map.py", CELLS]
    sources.append(ROOT / "constraints/synth/yosys_flow.py")
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def used_cells(netlists: list[Path]) -> str:
    """Yosys's models of the primitives in the netlists that it has models of."""
    module = re.compile(r"(?ms)^module (\w+)\b.*?^endmodule\n")
    own = {m[1] for m in module.finditer(OWN_CELLS.read_text())}
    modules = {m[1]: m[0] for m in module.finditer(CELLS.read_text()) if m[1] not in own}
    used = {name for path in netlists for name in re.findall(r"(?m)^  (\w+) (?:#\(|\S+ \()", path.read_text())}
    return "".join(modules[name] for name in sorted(used & modules.keys()))


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    output = Path(sys.argv[1]).absolute()
    output.mkdir(parents=True, exist_ok=True)
    stamp = output / "stamp"
    now = fingerprint()
    if not stamp.exists() or stamp.read_text() != now:
        stamp.unlink(missing_ok=True)
        for module, parameters in MODULES.items():
            begin = time.monotonic()
            print(f"netlist: mapping {module} with Yosys", flush=True)
            log = output / f"{module}.log"
            command = [sys.executable, str(HERE / "map.py"), str(RTL / "flowswitch.f"), module]
            command += [str(output / f"{module}_netlist.v"), *(f"{n}={v}" for n, v in parameters.items())]
            with log.open("w") as text:
                status = subprocess.run(command, stdout=text, stderr=subprocess.STDOUT).returncode
            if status != 0:
                print("".join(log.read_text().splitlines(keepends=True)[-20:]))
                print(f"netlist: mapping {module} failed, see {log}")
                return 1
            print(f"netlist: {module} mapped in {time.monotonic() - begin:.0f} s", flush=True)
        stamp.write_text(now)
    netlists = [output / f"{module}_netlist.v" for module in MODULES]
    cells = output / "cells.v"
    cells.write_text(used_cells(netlists))
    valid = tomllib.loads((HERE / "outputs.toml").read_text())
    maps = {module: (parameters, valid.get(module, {})) for module, parameters in MODULES.items()}
    filelist = write(RTL, output, [cells, OWN_CELLS], maps, CARD)
    print(f"netlist: {filelist}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
