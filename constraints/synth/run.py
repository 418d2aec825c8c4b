"""Maps cards of several sizes and reports on each.

usage: run.py --cards pNeM [pNeM ...] [--filelist F] [--top T] [--output DIR] [--jobs N]

pNeM: N ports, M engines. --jobs cards are mapped at the same time: one with 4 ports takes 1.3 GB.
What all of them reach is written to results.json in the folder, as figures of merit. Exit status 1
if any fails.
"""

import argparse
import json
import re
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
UNITS = {"levels_core_max": "levels", "levels_frame_max": "levels", "allowances_core": "allowances"}


def parameters(card: str) -> list[str]:
    """Parameters of the core for a card's name."""
    match = re.fullmatch(r"p(\d+)e(\d+)", card)
    if not match:
        raise argparse.ArgumentTypeError(f"{card!r} is no card: one is called like p4e1")
    return [f"Ports={match[1]}", f"Engines={match[2]}"]


def card_name(text: str) -> str:
    """A card's name, of which there are parameters."""
    parameters(text)
    return text


def map_card(arguments: argparse.Namespace, card: str, blocks: list[str]) -> tuple[bool, float]:
    """Runs Yosys for one card: whether it succeeded, and its seconds."""
    command = [sys.executable, str(HERE / "yosys_flow.py"), str(arguments.filelist)]
    command += [arguments.top, str(arguments.output / f"{card}.json"), ",".join(blocks)]
    begin = time.monotonic()
    with (arguments.output / f"{card}.log").open("w") as log:
        done = subprocess.run(command + parameters(card), stdout=log, stderr=subprocess.STDOUT)
    return done.returncode == 0, time.monotonic() - begin


def report(arguments: argparse.Namespace, card: str) -> bool:
    """Reports on one mapped card: whether it is as it should be."""
    command = [sys.executable, str(HERE / "report.py"), str(arguments.output / f"{card}.json")]
    command += [arguments.top, card, str(arguments.output / f"report-{card}.json")]
    return subprocess.run(command).returncode == 0


def write_results(folder: Path, cards: list[str]) -> None:
    """Writes the worst of all cards as figures of merit, in the form that `make bench` reads."""
    reached = [json.loads((folder / f"report-{card}.json").read_text())["reached"] for card in cards]
    metrics = {
        f"synth.{name}": {"value": max(card[name] for card in reached), "unit": unit}
        for name, unit in UNITS.items()
    }
    (folder / "results.json").write_text(json.dumps({"format": 1, "metrics": metrics}, indent=1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cards", nargs="+", type=card_name, required=True)
    parser.add_argument("--filelist", type=Path, default=ROOT / "rtl/flowswitch.f")
    parser.add_argument("--top", default="flowswitch")
    parser.add_argument("--output", type=Path, default=ROOT / "target/synth")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    # What is there of an earlier run is not of this one.
    (arguments.output / "results.json").unlink(missing_ok=True)
    blocks = tomllib.loads((HERE / "allow.toml").read_text())["blocks"]

    failed = False
    reported = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = [
            (card, pool.submit(map_card, arguments, card, blocks)) for card in arguments.cards
        ]
        for card, job in running:
            print(f"synth: mapping {card} with Yosys", flush=True)
            mapped, seconds = job.result()
            if not mapped:
                failed = True
                log = arguments.output / f"{card}.log"
                print("".join(log.read_text().splitlines(keepends=True)[-20:]))
                print(f"synth: Yosys failed with {card}, see {log}")
                continue
            print(f"synth: {card} mapped in {seconds:.0f} s", flush=True)
            failed |= not report(arguments, card)
            reported.append(card)
    if len(reported) == len(arguments.cards):
        write_results(arguments.output, reported)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
