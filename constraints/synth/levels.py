"""LUT levels between registers.

A level is a six-input LUT, the read of a LUT RAM, or a carry chain of any length. Paths
start at registers, memories and inputs of the core; they end at registers (enable and
reset included), memories and outputs.
"""

from collections import defaultdict
from dataclasses import dataclass

import cells
from netlist import Cell, Netlist

INPUT = "input"


@dataclass(slots=True)
class Path:
    """The longest path that ends in one block, from one clock to another."""

    levels: int
    start: str
    end: str
    through: list[str]


class Levels:
    """Arrival levels of every net, by the clock of the register that a path starts from."""

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        self.driver: dict[int, int] = {}
        for number, cell in enumerate(netlist.cells):
            for _, net in cell.outputs:
                self.driver[net] = number
        self.order = self.sort()
        self.clocks = sorted({self.clock(c) for c in netlist.cells if cells.clock_pins(c.type)})

    def clock(self, cell: Cell) -> str:
        """Name of a sequential cell's clock; of two, the one that is connected."""
        pins = cells.clock_pins(cell.type)
        nets = [net for pin, net in cell.inputs if pin in pins and net > 1]
        return self.netlist.name(nets[0]).split(".")[-1] if nets else "none"

    def arcs(self, cell: Cell) -> list[int]:
        """Nets on which a combinational cell's outputs depend."""
        if cells.LUT_RAM.match(cell.type):
            return [n for pin, n in cell.inputs if cells.is_read_address(cell.type, pin)]
        return [n for _, n in cell.inputs]

    def sort(self) -> list[int]:
        """Combinational cells, each after those that drive it."""
        waiting: dict[int, int] = {}
        users: dict[int, list[int]] = defaultdict(list)
        for number, cell in enumerate(self.netlist.cells):
            if cells.is_sequential(cell.type):
                continue
            count = 0
            for net in self.arcs(cell):
                source = self.driver.get(net)
                if source is None or cells.is_sequential(self.netlist.cells[source].type):
                    continue
                users[source].append(number)
                count += 1
            waiting[number] = count
        ready = [number for number, count in waiting.items() if count == 0]
        order = []
        while ready:
            number = ready.pop()
            order.append(number)
            for user in users[number]:
                waiting[user] -= 1
                if waiting[user] == 0:
                    ready.append(user)
        if len(order) != len(waiting):
            stuck = [self.netlist.cells[n].name for n, c in waiting.items() if c > 0]
            raise ValueError(f"combinational loop through {stuck[:3]}")
        return order

    def arrivals(self, clock: str) -> tuple[dict[int, int], dict[int, int]]:
        """Level of each net reached from `clock`, and the net before it."""
        level: dict[int, int] = {}
        before: dict[int, int] = {}
        if clock == INPUT:
            level = dict.fromkeys(self.netlist.inputs, 0)
        for cell in self.netlist.cells:
            if cells.is_sequential(cell.type) and self.clock(cell) == clock:
                for _, net in cell.outputs:
                    level[net] = 0
        for number in self.order:
            cell = self.netlist.cells[number]
            written = bool(cells.LUT_RAM.match(cell.type)) and self.clock(cell) == clock
            best, source = (0, -1) if written else (-1, -1)
            for net in self.arcs(cell):
                if level.get(net, -1) > best:
                    best, source = level[net], net
            if best < 0:
                continue
            # A chain that goes on by CI stays in its column.
            if cell.type == "CARRY4":
                best = self.carry(cell, level)
            else:
                best += 1
            for _, net in cell.outputs:
                level[net] = best
                before[net] = source
        return level, before

    @staticmethod
    def carry(cell: Cell, level: dict[int, int]) -> int:
        """Level of a carry's outputs: entering counts, going on does not."""
        entered = [level[n] + 1 for pin, n in cell.inputs if pin != "CI" and n in level]
        passed = [level[n] for pin, n in cell.inputs if pin == "CI" and n in level]
        return max(entered + passed)

    def worst(self) -> dict[tuple[str, str, str], Path]:
        """The longest path for each (block's module, start clock, end clock)."""
        result: dict[tuple[str, str, str], Path] = {}
        modules = [block.module for block in self.netlist.blocks]
        for clock in [*self.clocks, INPUT]:
            level, before = self.arrivals(clock)
            ends: dict[tuple[str, str], tuple[int, int, str]] = {}

            def reach(key: tuple[str, str], net: int, end: str) -> None:
                reached = level.get(net, -1)
                if reached > ends.get(key, (-1, 0, ""))[0]:
                    ends[key] = (reached, net, end)

            for cell in self.netlist.cells:
                pins = cells.clock_pins(cell.type)
                if not pins:
                    continue
                key = (modules[cell.block], self.clock(cell))
                for pin, net in cell.inputs:
                    if pin not in pins:
                        reach(key, net, self.end(cell, pin))
            for net, name in self.netlist.outputs.items():
                reach((modules[0], "output"), net, f"output {name}")

            for (module, end_clock), (levels, net, end) in ends.items():
                result[(module, clock, end_clock)] = self.trace(levels, net, end, before)
        return result

    def trace(self, levels: int, net: int, end: str, before: dict[int, int]) -> Path:
        """Names the path that ends at `net`."""
        through = [self.netlist.name(net)]
        while before.get(net, -1) >= 0:
            net = before[net]
            through.append(self.netlist.name(net))
        if net in before:  # a LUT RAM, written by the clock
            return Path(levels, self.netlist.cells[self.driver[net]].name, end, through[::-1])
        source = self.driver.get(net)
        start = self.netlist.name(net)
        if source is not None and cells.kind(self.netlist.cells[source].type):
            start = self.netlist.cells[source].name
        return Path(levels, start, end, through[::-1])

    def end(self, cell: Cell, pin: str) -> str:
        """What a path ends in: a register by its output, a memory by its cell."""
        if cells.kind(cell.type):
            return f"{cell.name} ({pin})"
        name = self.netlist.name(cell.outputs[0][1])
        return name if pin == "D" else f"{name} ({pin})"
