"""Places and routes the blocks of blocks.toml on Artix-7 and reports how fast each is.

usage: run.py OUTPUT [BLOCK ...]

OUTPUT/BLOCK.json has a block's figures, OUTPUT/results.json the slowest one's, OUTPUT/table.md all as a table. Exit status 1
if a block cannot be mapped, does not fit or misses the goal.
"""

import argparse
import json
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RTL = ROOT / "rtl"
# nextpnr works towards this: the core clock of a 100G card. What it does not reach it tells all the same.
ASKED_MHZ = 322


def constraints(pins: dict[str, str]) -> str:
    """The pins of the harness."""
    lines = []
    for port, pin in pins.items():
        lines.append(f"set_property LOC {pin} [get_ports {port}]")
        lines.append(f"set_property IOSTANDARD LVCMOS33 [get_ports {port}]")
    return "\n".join(lines) + "\n"


def source_of(module: str) -> str:
    """The RTL of a module, which stands in a file of its name."""
    for line in (RTL / "flowswitch.f").read_text().split():
        if Path(line).stem == module:
            return (RTL / line).read_text()
    raise ValueError(f"blocks.toml names {module}, which rtl/flowswitch.f does not have")


def parameters(block: dict, common: dict) -> dict:
    """The parameters of a block: those of all that it has, and its own."""
    source = source_of(block["module"])
    header = source[: source.index("\n) (\n")] if "\n) (\n" in source else ""
    has = set(re.findall(r"^\s*parameter\b[^=]*?(\w+)\s*=", header, re.M))
    given = {name: f'"{value}"' for name, value in common.items() if name in has}
    return given | block.get("parameters", {})


def step(command: list[str], log: Path) -> bool:
    """Runs a step of the flow, its output in a file."""
    with log.open("w") as text:
        return subprocess.run(command, stdout=text, stderr=subprocess.STDOUT).returncode == 0


def register_of(netlist: dict, cell: str) -> str:
    """What a register or memory is in the RTL: the name of a net that it drives, or its own."""
    module = netlist["modules"]["harness"]
    found = module["cells"].get(cell)
    if found is None or found["type"].startswith("RAM"):
        return cell.removeprefix("block.")
    driven = set(found["connections"].get("Q", []))
    named = []
    for name, net in module["netnames"].items():
        for index, bit in enumerate(net["bits"]):
            if bit in driven and not net["hide_name"] and not name.startswith("$"):
                named.append(f"{name}[{index}]" if len(net["bits"]) > 1 else name)
    return min(named, key=len, default=cell).removeprefix("block.")


def slowest_path(report: dict, netlist: dict) -> tuple[list[dict], str, str]:
    """The steps of the slowest path within the clock, and the registers that it joins."""
    for path in report["critical_paths"]:
        if path["from"].startswith("posedge ") and path["from"] == path["to"]:
            steps = path["path"]
            ends = steps[0]["from"]["cell"], steps[-1]["to"]["cell"]
            return steps, *(register_of(netlist, cell) for cell in ends)
    raise ValueError("no path from register to register")


def measure(block: dict, settings: dict, output: Path) -> dict | None:
    """Maps, places and routes a block; None, after saying why, if that fails."""
    module = block["module"]
    netlist = output / f"{module}.netlist.json"
    given = parameters(block, settings["parameters"])
    command = [sys.executable, str(HERE / "harness.py"), str(RTL / "flowswitch.f"), module, str(netlist)]
    begin = time.monotonic()
    if not step(command + [f"{name}={value}" for name, value in given.items()], output / f"{module}.map.log"):
        print(f"pnr: {module}: Yosys failed, see {output}/{module}.map.log")
        return None
    report = output / f"{module}.report.json"
    command = [str(output / "tool/nextpnr"), "--device", settings["device"], "--json", str(netlist)]
    command += ["-o", f"xdc={output}/pins.xdc", "--report", str(report), "--freq", str(ASKED_MHZ)]
    command += ["--timing-allow-fail"]
    if not step(command, output / f"{module}.route.log"):
        print(f"pnr: {module}: nextpnr failed, see {output}/{module}.route.log")
        return None
    text = json.loads(report.read_text())
    steps, first, last = slowest_path(text, json.loads(netlist.read_text()))
    result = {
        "module": module,
        "parameters": block.get("parameters", {}),
        "device": settings["device"],
        "mhz": round(min(clock["achieved"] for clock in text["fmax"].values()), 1),
        "levels": sum(s["type"] == "logic" for s in steps),
        "routing_share": round(
            sum(s["delay"] for s in steps if s["type"] == "routing") / sum(s["delay"] for s in steps), 2),
        "from": first,
        "to": last,
        "utilization": {k: v["used"] for k, v in text["utilization"].items() if v["used"]},
        "seconds": round(time.monotonic() - begin),
    }
    (output / f"{module}.json").write_text(json.dumps(result, indent=2) + "\n")
    netlist.unlink()
    return result


def table(results: list[dict]) -> str:
    """The results as a table for people."""
    rows = ["| block | MHz | LUTs in a row | from | to |", "|---|---|---|---|---|"]
    for r in sorted(results, key=lambda r: r["mhz"]):
        given = ", ".join(f"{name} {value}" for name, value in r["parameters"].items())
        name = f"`{r['module']}`" + (f" ({given})" if given else "")
        rows.append(f"| {name} | {r['mhz']:.0f} | {r['levels']} | `{r['from']}` | `{r['to']}` |")
    return "\n".join(rows) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("blocks", nargs="*")
    arguments = parser.parse_args()
    output = arguments.output.absolute()
    output.mkdir(parents=True, exist_ok=True)
    settings = tomllib.loads((HERE / "blocks.toml").read_text())
    (output / "pins.xdc").write_text(constraints(settings["pins"]))
    known = [block["module"] for block in settings["block"]]
    for name in arguments.blocks:
        if name not in known:
            parser.error(f"blocks.toml has no {name}; it has {', '.join(known)}")

    failed = []
    for block in settings["block"]:
        module = block["module"]
        if arguments.blocks and module not in arguments.blocks:
            continue
        (output / f"{module}.json").unlink(missing_ok=True)
        result = measure(block, settings, output)
        if result is None:
            failed.append(f"{module} (failed)")
            continue
        print(f"pnr: {module}: {result['mhz']:.1f} MHz, {result['levels']} levels from {result['from']} "
              f"to {result['to']} ({result['seconds']} s)", flush=True)
        if result["mhz"] < settings["goal_mhz"]:
            failed.append(f"{module} ({result['mhz']:.0f} MHz)")

    # Of all blocks, also those that this call left alone.
    paths = [output / f"{module}.json" for module in known]
    results = [json.loads(path.read_text()) for path in paths if path.exists()]
    (output / "table.md").write_text(table(results))
    print("\n" + table(results))
    if len(results) == len(known):
        slowest = min(results, key=lambda r: r["mhz"])
        print(f"pnr: slowest of all: {slowest['module']}, {slowest['mhz']:.1f} MHz")
        # As `make bench` takes it over.
        metrics = {"pnr.a7_mhz_min_block": {"value": slowest["mhz"], "unit": "MHz"}}
        (output / "results.json").write_text(json.dumps({"format": 1, "metrics": metrics}) + "\n")
    if failed:
        print(f"pnr: {len(failed)} of {len(known)} blocks miss {settings['goal_mhz']} MHz: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
