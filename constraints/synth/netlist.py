"""A mapped netlist in Yosys' JSON format, elaborated into cells and nets of the whole core."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import cells

CONSTANT = {"0": 0, "1": 1, "x": 0, "z": 0}
FIRST_NET = 2


@dataclass(slots=True)
class Cell:
    """One primitive. `inputs` and `outputs` hold (pin, net) for every bit."""

    name: str
    type: str
    block: int
    inputs: list[tuple[str, int]]
    outputs: list[tuple[str, int]]


@dataclass(slots=True)
class Block:
    """An instance of a module whose boundary was kept."""

    path: str
    module: str


@dataclass
class Netlist:
    """The core, flattened in memory only: names keep the hierarchy."""

    cells: list[Cell] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    inputs: dict[int, str] = field(default_factory=dict)
    outputs: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    next: dict[int, list[int]] = field(default_factory=dict)

    def name(self, net: int) -> str:
        """A net's hierarchical name; of logic without one, the next name that it drives."""
        for steps in range(8):
            if net in self.names:
                return ("logic to " if steps else "") + self.names[net]
            readers = self.readers().get(net)
            if not readers:
                break
            net = readers[0]
        return f"net {net}"

    def readers(self) -> dict[int, list[int]]:
        """For each net the first outputs of the cells that it enters, by their data pins."""
        if not self.next:
            for cell in self.cells:
                if not cell.outputs:
                    continue
                clocks = cells.clock_pins(cell.type)
                for pin, net in cell.inputs:
                    if pin not in clocks:
                        self.next.setdefault(net, []).append(cell.outputs[0][1])
        return self.next


class Elaboration:
    """Builds a `Netlist` from the modules of a JSON file."""

    def __init__(self, modules: dict, top: str) -> None:
        self.modules = modules
        self.result = Netlist()
        # Two nets become one at a block's ports.
        self.parent = [0, 1]
        self.labels: list[tuple[int, int, str]] = []
        ports = {}
        for name, port in modules[top]["ports"].items():
            for index, bit in enumerate(port["bits"]):
                ports[(name, index)] = self.net()
        self.block(top, "", ports)
        for name, port in modules[top]["ports"].items():
            named = self.result.inputs if port["direction"] == "input" else self.result.outputs
            for index in range(len(port["bits"])):
                named[ports[(name, index)]] = f"{name}[{index}]"
        self.resolve()

    def net(self) -> int:
        self.parent.append(len(self.parent))
        return len(self.parent) - 1

    def find(self, net: int) -> int:
        while self.parent[net] != net:
            self.parent[net] = self.parent[self.parent[net]]
            net = self.parent[net]
        return net

    def unite(self, a: int, b: int) -> None:
        a, b = sorted((self.find(a), self.find(b)))
        self.parent[b] = a  # constants are lowest and win

    def block(self, module_name: str, path: str, ports: dict) -> None:
        """Adds one instance; `ports` maps (port, bit) to the net outside."""
        module = self.modules[module_name]
        number = len(self.result.blocks)
        definition = module_name.lstrip("\\").split("$")[0]
        self.result.blocks.append(Block(path, definition))
        nets: dict[int, int] = {}

        def net_of(bit: int | str) -> int:
            if isinstance(bit, str):
                return CONSTANT[bit]
            if bit not in nets:
                nets[bit] = self.net()
            return nets[bit]

        for name, port in module["ports"].items():
            for index, bit in enumerate(port["bits"]):
                outside = ports.get((name, index))
                if outside is not None:
                    self.unite(net_of(bit), outside)

        for name, cell in module["cells"].items():
            kind = cell["type"]
            if kind in cells.IGNORED:
                continue
            child = self.modules.get(kind)
            if child is not None and "blackbox" not in child["attributes"]:
                inner = {
                    (pin, index): net_of(bit)
                    for pin, bits in cell["connections"].items()
                    for index, bit in enumerate(bits)
                }
                self.block(kind, f"{path}{name}.", inner)
                continue
            directions = cell["port_directions"]
            inputs, outputs = [], []
            for pin, bits in cell["connections"].items():
                side = inputs if directions[pin] == "input" else outputs
                side.extend((pin, net_of(bit)) for bit in bits)
            self.result.cells.append(Cell(path + name, kind, number, inputs, outputs))

        for name, entry in module["netnames"].items():
            if entry["hide_name"] or name.startswith("$"):
                continue
            several = len(entry["bits"]) > 1
            for index, bit in enumerate(entry["bits"]):
                if isinstance(bit, int) and bit in nets:
                    label = f"{path}{name}[{index}]" if several else path + name
                    self.labels.append((nets[bit], number, label))

    def resolve(self) -> None:
        """Replaces every net by the one it was united with."""
        find = self.find
        for cell in self.result.cells:
            cell.inputs = [(pin, find(net)) for pin, net in cell.inputs]
            cell.outputs = [(pin, find(net)) for pin, net in cell.outputs]
        # Of a net's names in several blocks, its driver's says most; then the shortest.
        home = {net: cell.block for cell in self.result.cells for _, net in cell.outputs}
        rank: dict[int, tuple[bool, int]] = {}
        for net, block, label in self.labels:
            net = find(net)
            this = (home.get(net, 0) != block, len(label))
            if net not in rank or this < rank[net]:
                rank[net] = this
                self.result.names[net] = label
        self.result.inputs = {find(n): name for n, name in self.result.inputs.items()}
        self.result.outputs = {find(n): name for n, name in self.result.outputs.items()}


def load(path: Path, top: str) -> Netlist:
    """Reads the JSON file and elaborates `top`."""
    modules = json.loads(path.read_text())["modules"]
    return Elaboration(modules, top).result
