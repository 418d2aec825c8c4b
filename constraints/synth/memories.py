"""Memories of a mapped netlist by hierarchical name, compared with what is intended."""

import re
from dataclasses import dataclass

import cells
from netlist import Netlist

# Yosys names the primitives of a memory after it: NAME.PORT.NUMBER, and what a
# primitive was split into after that
PRIMITIVE = re.compile(r"^(.*?)\.\d+\.\d+(\..*)?$")


@dataclass(slots=True)
class Memory:
    """All memories of one name, indices of generate loops apart."""

    name: str
    kind: str
    instances: int
    primitives: dict[str, int]


def generic(name: str) -> str:
    """A name with `[*]` for each index."""
    return re.sub(r"\[\d+\]", "[*]", name)


def inventory(netlist: Netlist) -> list[Memory]:
    """Every memory, by name."""
    found: dict[tuple[str, str], Memory] = {}
    instances: dict[tuple[str, str], set[str]] = {}
    for cell in netlist.cells:
        kind = cells.kind(cell.type)
        if not kind:
            continue
        match = PRIMITIVE.match(cell.name)
        full = match[1] if match else cell.name
        key = (generic(full), kind)
        memory = found.setdefault(key, Memory(*key, 0, {}))
        memory.primitives[cell.type] = memory.primitives.get(cell.type, 0) + 1
        instances.setdefault(key, set()).add(full)
    for key, memory in found.items():
        memory.instances = len(instances[key])
    return sorted(found.values(), key=lambda memory: memory.name)


def compare(found: list[Memory], expected: list[dict], card: str) -> list[str]:
    """What differs from the expectation table, in words.

    Of a card for which the table counts nothing only the kinds are compared.
    """
    faults = []
    counted = any(card in entry["primitives"] for entry in expected)
    matched: set[int] = set()
    for memory in found:
        entry = next((e for e in expected if e["name"] == memory.name), None)
        total = sum(memory.primitives.values())
        if entry is None and not counted:
            continue
        if entry is None:
            faults.append(f"memory {memory.name} ({memory.kind}, {total}) is not in memories.toml")
            continue
        matched.add(id(entry))
        if memory.kind != entry["kind"]:
            faults.append(f"memory {memory.name} became {memory.kind}, not {entry['kind']}")
        elif total != entry["primitives"].get(card, total):
            wanted = entry["primitives"][card]
            faults.append(f"memory {memory.name} takes {total} primitives, not {wanted}")
    for entry in expected:
        if id(entry) not in matched and card in entry["primitives"]:
            faults.append(f"memory {entry['name']} is missing: it became registers or nothing")
    return faults
