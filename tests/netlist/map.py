"""Maps one module as `make synth` does and writes its netlist as Verilog, for Yosys's cell models.

usage: map.py FILELIST MODULE OUTPUT.v [NAME=VALUE ...]

The module in OUTPUT is named MODULE_netlist. What registers and memories begin with is kept.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "constraints/synth"))

from yosys_flow import READ, Flow, map_to_luts  # noqa: E402


def without_contents(netlist: str) -> str:
    """The netlist without what its memories begin with where that is nothing: `primitives.v` has no names for it."""
    contents = r"\n\s*\.(INITP?_[0-9A-F]{2}|INIT_[AB]|SRVAL_[AB])\(\d+'[bh][0x]+\),?"
    return re.sub(r",(\s*\) \S+ +\()", r"\1", re.sub(contents, "", netlist))


def main() -> int:
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    filelist, module, output, *parameters = sys.argv[1:]
    flow = Flow()
    read = READ.replace(" --ignore-initial", "")
    overrides = "".join(f" -G {p}" for p in parameters)
    flow.run(f"{read} -F {filelist} --top {module}{overrides}")
    flow.run(f"hierarchy -check -top {module}")
    flow.run("proc")
    map_to_luts(flow, module)
    flow.run("techmap -D LUT_WIDTH=6 -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v")
    flow.run("opt_clean -purge")
    flow.run(f"hierarchy -check -top {module}")
    flow.run("check -assert -mapped")
    flow.run("stat")
    # Carries of one vector would pass for a loop.
    flow.run("splitnets -format __")
    flow.run(f"rename {module} {module}_netlist")
    flow.run(f"write_verilog -noattr {output}")
    Path(output).write_text(without_contents(Path(output).read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
