"""Reports on a mapped core: latches, memories, LUT levels and control loads, and judges them.

usage: report.py NETLIST.json TOP CARD REPORT.json

CARD is the card's name, like p4e1 (4 ports, 1 engine). Exit status 1 if there is a latch, a memory
of the wrong kind, or more levels or loads than allow.toml grants.
"""

import json
import math
import sys
import tomllib
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

import cells
import levels
import loads
import memories
import netlist

HERE = Path(__file__).parent
SHOWN = 3
COLUMNS = 100


def resources(core: netlist.Netlist) -> dict[str, Counter]:
    """LUTs, flip-flops and memories by block module."""
    result: dict[str, Counter] = defaultdict(Counter)
    for cell in core.cells:
        count = result[core.blocks[cell.block].module]
        if cell.type == "$lut":
            count["lut"] += 1
        elif cell.type in cells.FLIP_FLOPS:
            count["ff"] += 1
        else:
            count[cells.kind(cell.type) or cell.type] += 1
    for block in core.blocks:
        result[block.module]["instances"] += 1
    return result


def latches(core: netlist.Netlist) -> list[str]:
    """Names of all latches."""
    return [cell.name for cell in core.cells if cells.LATCH_PATTERN.match(cell.type)]


def is_crossing(start: str, end: str) -> bool:
    """Whether a path leads from one clock to another."""
    return start not in (end, levels.INPUT) and end != levels.OUTPUT


def is_csr(allow: dict, start: str, end: str) -> bool:
    """Whether a path is the register clock's, or leads to or from its pins."""
    return allow["csr_clock"] in (start, end)


def level_goal(allow: dict, block: str, start: str, end: str) -> int:
    """Levels that a path should have at most."""
    if is_crossing(start, end):
        return allow["crossing_levels"]
    if is_csr(allow, start, end):
        return allow["csr_levels"]
    return allow["frame_levels" if block in allow["frame_blocks"] else "levels"]


def level_limit(allow: dict, block: str, start: str, end: str) -> int:
    """Levels that a path may have: its own allowance or the goal."""
    for entry in allow.get("path", []):
        if (entry["block"], entry["from"], entry["to"]) == (block, start, end):
            return entry["levels"]
    return level_goal(allow, block, start, end)


def reached(worst: dict, allow: dict) -> dict[str, int]:
    """The figures of merit: levels on the core clock, on a frame's way, and what is granted there."""
    core = {
        key: path.levels
        for key, path in worst.items()
        if not is_crossing(*key[1:]) and not is_csr(allow, *key[1:])
    }
    frame = [count for key, count in core.items() if key[0] in allow["frame_blocks"]]
    granted = [e for e in allow.get("path", []) if not is_csr(allow, e["from"], e["to"])]
    return {
        "levels_core_max": max(core.values(), default=0),
        "levels_frame_max": max(frame, default=0),
        "allowances_core": len(granted) + len(allow.get("net", [])),
    }


def load_limit(allow: dict, name: str) -> float:
    """Loads that a net may have; allowances name it with [*] for indices."""
    if name in allow["resets"]:
        return math.inf
    for entry in allow.get("net", []):
        if entry["name"] == memories.generic(name):
            return entry["loads"]
    return allow["loads"]


def shorten(text: str, width: int) -> str:
    """Keeps the end of a name, which says most."""
    return text if len(text) <= width else "..." + text[len(text) - width + 3 :]


def print_blocks(used: dict[str, Counter]) -> None:
    print(f"{'block':26}{'inst':>5}{'LUT':>8}{'FF':>8}{'carry':>7}{'LUTRAM':>8}{'BRAM':>6}{'URAM':>6}")
    total: Counter = Counter()
    for block, n in sorted(used.items()):
        total += n
        print(
            f"{block[:25]:26}{n['instances']:5}{n['lut']:8}{n['ff']:8}{n['CARRY4']:7}"
            f"{n['distributed']:8}{n['block']:6}{n['ultra']:6}"
        )
    print(
        f"{'all':26}{total['instances']:5}{total['lut']:8}{total['ff']:8}{total['CARRY4']:7}"
        f"{total['distributed']:8}{total['block']:6}{total['ultra']:6}"
    )


def print_memories(found: list[memories.Memory]) -> None:
    print(f"\n{'memory':66}{'kind':13}{'count':>6}  primitives")
    for memory in found:
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(memory.primitives.items()))
        print(f"{shorten(memory.name, 65):66}{memory.kind:13}{memory.instances:6}")
        print(f"    {kinds}")


def judge_levels(worst: dict, allow: dict) -> list[str]:
    """Prints the levels per block and clock with the longest path; returns what is too long."""
    faults = []
    print(f"\n{'block':26}{'from':>12}{'to':>12}{'levels':>8}{'allowed':>9}{'carries':>9}")
    for (block, start, end), path in sorted(worst.items()):
        limit = level_limit(allow, block, start, end)
        mark = "" if path.levels <= limit else "  TOO LONG"
        print(f"{block[:25]:26}{start[:11]:>12}{end[:11]:>12}{path.levels:8}{limit:9}{path.carries:9}{mark}")
        if path.levels > 0:
            print(f"    {shorten(path.start, COLUMNS - 4)}")
            print(f"      -> {shorten(path.end, COLUMNS - 9)}")
        if mark:
            faults.append(f"{block}, {start} to {end}: {path.levels} levels, {limit} allowed")
    return faults


def judge_loads(nets: list[loads.Net], allow: dict) -> list[str]:
    """Prints the widest control nets of each block; returns those with too many loads."""
    faults = []
    print(f"\n{'control net, the widest of each block':56}{'enable':>8}{'reset':>8}{'select':>8}{'allowed':>9}")
    shown: Counter = Counter()
    names: set[str] = set()
    for net in nets:
        limit = load_limit(allow, net.name)
        over = net.loads > limit
        name = memories.generic(net.name)
        if over and name not in names:
            faults.append(f"net {net.name} of {net.block}: {net.loads} loads, {limit} allowed")
        if name in names or (shown[net.block] >= SHOWN and not over):
            continue
        names.add(name)
        shown[net.block] += 1
        mark = "  OVER" if over else ""
        print(
            f"{shorten(net.name, 55):56}{net.enable:8}{net.reset:8}{net.select:8}{limit:9}{mark}"
        )
    return faults


def main() -> int:
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    source, top, card, target = Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])
    allow = tomllib.loads((HERE / "allow.toml").read_text())
    expected = tomllib.loads((HERE / "memories.toml").read_text()).get("memory", [])

    core = netlist.load(source, top)
    used = resources(core)
    found = memories.inventory(core)
    worst = levels.Levels(core).worst()
    nets = loads.widest(core, allow["loads"] // 4)

    print(f"\n{top}, {card}, mapped for UltraScale+ (no timing: open tools have none)\n")
    print_blocks(used)
    print_memories(found)
    faults = [f"latch {name}" for name in latches(core)]
    faults += memories.compare(found, expected, card)
    faults += judge_levels(worst, allow)
    faults += judge_loads(nets, allow)
    known = {block.module for block in core.blocks}
    faults += [f"allow.toml keeps {b}, which is no block" for b in allow["blocks"] if b not in known]
    # Parts of a block have its goal; what is no block of its own would escape.
    frame_blocks = allow["frame_blocks"]
    faults += [f"frame block {b} is not kept" for b in frame_blocks if b not in allow["blocks"]]
    figures = reached(worst, allow)

    target.write_text(
        json.dumps(
            {
                "format": 2,
                "card": card,
                "reached": figures,
                "blocks": used,
                "memories": [asdict(memory) for memory in found],
                "levels": [
                    {"block": key[0], "from": key[1], "to": key[2], **asdict(path)}
                    for key, path in sorted(worst.items())
                ],
                "nets": [asdict(net) for net in nets],
                "faults": faults,
            },
            indent=1,
        )
    )
    print(
        f"\nreached: {figures['levels_core_max']} levels on the core clock,"
        f" {figures['levels_frame_max']} on a frame's way,"
        f" {figures['allowances_core']} allowances there\n"
    )
    for fault in faults:
        print(f"synth: {fault}")
    print(f"synth: {card}: {'FAILED' if faults else 'passed'}, details in {target}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
