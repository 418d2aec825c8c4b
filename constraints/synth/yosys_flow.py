"""Maps the core with Yosys (slang frontend) for UltraScale+ and writes its netlist as JSON.

usage: yosys_flow.py FILELIST TOP OUTPUT.json KEPT[,KEPT...] [NAME=VALUE ...]

KEPT names the modules whose boundaries stay; everything else is flattened into them.
Equal instances of a kept module are mapped once. The flow ends with six-input LUTs and
UltraScale+ flip-flops, carries and memories: what LUT packing does after that adds no level.
"""

import re
import sys
import time
from pathlib import Path

from pyosys import libyosys

# `initial` is left out: what registers and memories begin with needs no logic, and constants of
# four million bits cost minutes. Assertions are for simulation and proofs.
READ = "read_slang --ignore-initial --ignore-assertions --best-effort-hierarchy --no-proc"
# A port of the card that carries the same clock as another.
ONE_CLOCK = ("path_clk", "clk")
MAP = "synth_xilinx -family xcup -flatten -uram -noiopad -noclkbuf -nosrl -nowidelut -top {top}"

# Balanced for depth before it is mapped for depth, as a timing-driven tool does: plain
# `abc -lut 6` leaves eight times as many paths at four levels in the line card.
LUTS = "+strash;ifraig;scorr;dc2;strash;if,-g,-K,6;strash;if,-g,-K,6;strash;dch,-f;if,-K,6;mfs2"


class Flow:
    """A Yosys design and the time that each pass took."""

    def __init__(self) -> None:
        self.design = libyosys.Design()

    def run(self, command: str) -> None:
        start = time.monotonic()
        libyosys.run_pass(command, self.design)
        print(f"@@ {time.monotonic() - start:7.1f} s  {command[:80]}", flush=True)


def split_modules(rtlil: str) -> tuple[str, dict[str, str]]:
    """The text before the first module, and each module's text by its name."""
    module = re.compile(r"(?ms)^(?:attribute [^\n]*\n)*module (\S+)\n.*?^end\n")
    modules = {m[1]: m[0] for m in module.finditer(rtlil)}
    return rtlil[: module.search(rtlil).start()], modules


def body(name: str, text: str) -> str:
    """A module's text without its name, its automatic names numbered from 0."""
    numbers: dict[str, int] = {}
    text = text.replace(f"module {name}\n", "module\n", 1)
    return re.sub(r"\$\d+", lambda m: f"${numbers.setdefault(m[0], len(numbers))}", text)


def merge_equal(rtlil: str) -> str:
    """Keeps one of the modules that differ in name only: slang makes one an instance."""
    head, modules = split_modules(rtlil)
    cell = re.compile(r"(?m)^(\s*cell )(\S+)")
    while True:
        first: dict[tuple[str, str], str] = {}
        same: dict[str, str] = {}
        for name, text in modules.items():
            kept = first.setdefault((name.split("$")[0], body(name, text)), name)
            if kept != name:
                same[name] = kept
        if not same:
            return head + "".join(modules.values())
        for name in same:
            del modules[name]
        for name, text in modules.items():
            modules[name] = cell.sub(lambda m: m[1] + same.get(m[2], m[2]), text)


def main() -> int:
    if len(sys.argv) < 5:
        print(__doc__, file=sys.stderr)
        return 2
    filelist, top, output, kept, *parameters = sys.argv[1:]
    flow = Flow()
    overrides = "".join(f" -G {p}" for p in parameters)
    flow.run(f"{READ} -F {filelist} --top {top}{overrides}")
    flow.run(f"hierarchy -check -top {top}")

    scratch = Path(output).with_suffix(".il")
    flow.run(f"write_rtlil {scratch}")
    scratch_text = merge_equal(scratch.read_text())
    scratch.write_text(scratch_text)
    flow.run("design -reset")
    flow.run(f"read_rtlil {scratch}")
    flow.run(f"hierarchy -check -top {top}")
    for name in kept.split(","):
        flow.run(f"setattr -mod -set keep_hierarchy 1 {name} {name}$*")
    # A register that the RTL replicates must not be merged again: `keep` on its variable
    # is carried over to its flip-flops, before Yosys merges equal cells.
    flow.run("proc")
    if f"\\{ONE_CLOCK[0]}\n" in scratch_text:
        # Paths between the two count as what they are: within one clock.
        port, clock = ONE_CLOCK
        flow.run(f"delete -input {top}/w:{port}")
        flow.run(f"cd {top}")
        flow.run(f"connect -set {port} {clock}")
        flow.run("cd")
    map_to_luts(flow, top)
    flow.run("blackbox =A:whitebox")
    flow.run(f"hierarchy -check -top {top}")
    flow.run("stat")
    flow.run(f"write_json {output}")
    scratch.unlink()
    return 0


def map_to_luts(flow: Flow, top: str) -> None:
    """Maps a design without processes to six-input LUTs and primitives."""
    # An undefined value is the tool's to choose. Left to later passes it would become a reset.
    flow.run("opt_expr -mux_undef")
    flow.run("select -set replicas w:* a:keep %i %ci1:+[Q] c:* %i")
    flow.run("setattr -set keep 1 @replicas")

    steps = MAP.format(top=top)
    for step in ("begin:coarse", "coarse:map_memory", "map_memory:map_ffram"):
        flow.run(f"{steps} -run {step}")
    # Address registers went into the memories and come out again, one for each memory. Those of
    # a memory in slices are replicas in the RTL: they must not be merged either.
    flow.run("setattr -set keep 1 c:*gen_slice*.storage$rdreg*")
    for step in ("map_ffram:fine", "fine:map_luts"):
        flow.run(f"{steps} -run {step}")
    flow.run("opt_expr -mux_undef -noclkinv")
    flow.run(f"abc -lut 6 -script {LUTS}")
    flow.run("opt_clean")


if __name__ == "__main__":
    sys.exit(main())
