"""Maps the core for each number of ports and reports on it.

usage: run.py --ports N [N ...] [--filelist F] [--top T] [--output DIR]

Different numbers of ports are mapped at the same time. Exit status 1 if any fails.
"""

import argparse
import subprocess
import sys
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def start(arguments: argparse.Namespace, ports: int, blocks: list[str]) -> subprocess.Popen:
    """Starts Yosys for one number of ports."""
    netlist = arguments.output / f"{ports}.json"
    command = [sys.executable, str(HERE / "yosys_flow.py"), str(arguments.filelist)]
    command += [arguments.top, str(netlist), ",".join(blocks), f"Ports={ports}"]
    log = (arguments.output / f"{ports}.log").open("w")
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    parser.add_argument("--filelist", type=Path, default=ROOT / "rtl/flowswitch.f")
    parser.add_argument("--top", default="flowswitch")
    parser.add_argument("--output", type=Path, default=ROOT / "target/synth")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    blocks = tomllib.loads((HERE / "allow.toml").read_text())["blocks"]

    begin = time.monotonic()
    running = {ports: start(arguments, ports, blocks) for ports in arguments.ports}
    failed = False
    for ports, process in running.items():
        print(f"synth: mapping {ports} ports with Yosys", flush=True)
        if process.wait() != 0:
            failed = True
            log = arguments.output / f"{ports}.log"
            print("".join(log.read_text().splitlines(keepends=True)[-20:]))
            print(f"synth: Yosys failed with {ports} ports, see {log}")
            continue
        print(f"synth: {ports} ports mapped after {time.monotonic() - begin:.0f} s", flush=True)
        command = [sys.executable, str(HERE / "report.py"), str(arguments.output / f"{ports}.json")]
        command += [arguments.top, str(ports), str(arguments.output / f"report{ports}.json")]
        failed |= subprocess.run(command).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
