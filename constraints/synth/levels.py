"""LUT levels between registers.

A level is a six-input LUT or the read of a LUT RAM. A carry chain is counted apart: it
stands in the column of the LUTs that feed it, whose outputs enter it without a net, and
Yosys leaves its sum to a LUT behind it that the real chain contains. Entered by anything
but a LUT, a chain costs a level as well. Paths start at registers, memories and inputs of
the core; they end at registers (enable and reset included), memories and outputs.
"""

from collections import defaultdict
from dataclasses import dataclass

import cells
from netlist import Cell, Netlist

INPUT = "input"
OUTPUT = "output"


@dataclass(slots=True)
class Path:
    """The longest path that ends in one block, from one clock to another."""

    levels: int
    carries: int
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
            if not self.inside_column(cell, source):
                best += 1
            for _, net in cell.outputs:
                level[net] = best
                before[net] = source
        return level, before

    def inside_column(self, cell: Cell, source: int) -> bool:
        """Whether a carry is entered from the LUTs or the carry of its own column."""
        if cell.type != "CARRY4" or source not in self.driver:
            return False
        return self.netlist.cells[self.driver[source]].type in ("$lut", "CARRY4")

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
                reach((modules[0], OUTPUT), net, f"output {name}")

            for (module, end_clock), (levels, net, end) in ends.items():
                result[(module, clock, end_clock)] = self.trace(levels, net, end, before)
        return result

    def trace(self, levels: int, net: int, end: str, before: dict[int, int]) -> Path:
        """Names the path that ends at `net`."""
        nets = [net]
        while before.get(nets[-1], -1) >= 0:
            nets.append(before[nets[-1]])
        nets.reverse()
        first = self.driver.get(nets[0])
        start = self.netlist.name(nets[0])
        if first is not None and cells.kind(self.netlist.cells[first].type):
            start = self.netlist.cells[first].name
        through = [self.netlist.name(n) for n in nets]
        return Path(levels, self.chains(nets), start, end, through)

    def chains(self, nets: list[int]) -> int:
        """Carry chains on a path."""
        types = [self.netlist.cells[self.driver[n]].type if n in self.driver else "" for n in nets]
        pairs = zip(["", *types], types, strict=False)
        return sum(now == "CARRY4" and last != "CARRY4" for last, now in pairs)

    def end(self, cell: Cell, pin: str) -> str:
        """What a path ends in: a register by its output, a memory by its cell."""
        if cells.kind(cell.type):
            return f"{cell.name} ({pin})"
        name = self.netlist.name(cell.outputs[0][1])
        return name if pin == "D" else f"{name} ({pin})"
