"""Loads of control nets: clock enables, resets and selects."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import cells
from cells import Role
from netlist import Netlist


@dataclass(slots=True)
class Net:
    """A net that many pins hang on."""

    name: str
    block: str
    enable: int
    reset: int
    select: int

    @property
    def loads(self) -> int:
        """All loads but clocks."""
        return self.enable + self.reset + self.select


def cascades(netlist: Netlist) -> set[int]:
    """Cells that choose among the outputs of a memory of several UltraRAMs, up to the next register.

    The device does that in the UltraRAMs' own cascade, of which Yosys knows nothing: no net is
    there that selects.
    """
    readers: dict[int, list[int]] = defaultdict(list)
    nets = []
    for number, cell in enumerate(netlist.cells):
        if cell.type in cells.ULTRA_RAMS:
            nets += [net for _, net in cell.outputs]
        elif not cells.clock_pins(cell.type):
            for _, net in cell.inputs:
                readers[net].append(number)
    found: set[int] = set()
    while nets:
        for number in readers[nets.pop()]:
            if number not in found:
                found.add(number)
                nets += [net for _, net in netlist.cells[number].outputs]
    return found


def widest(netlist: Netlist, at_least: int) -> list[Net]:
    """Nets with at least so many loads, clocks and constants apart, worst first.

    A LUT input or a memory's address counts as a select: data nets have few loads, and
    what has hundreds chooses something. What an UltraRAM's cascade does is not counted.
    """
    cascade = cascades(netlist)
    loads: dict[int, Counter] = defaultdict(Counter)
    home: dict[int, str] = {}
    modules = [block.module for block in netlist.blocks]
    for number, cell in enumerate(netlist.cells):
        for pin, net in cell.inputs:
            if net > 1 and number not in cascade:
                loads[net][cells.role(cell.type, pin)] += 1
        for _, net in cell.outputs:
            home[net] = modules[cell.block]
    found = []
    for net, count in loads.items():
        entry = Net(
            netlist.name(net),
            home.get(net, "input"),
            count[Role.ENABLE],
            count[Role.RESET],
            count[Role.DATA],
        )
        if entry.loads >= at_least and not count[Role.CLOCK]:
            found.append(entry)
    return sorted(found, key=lambda entry: -entry.loads)
