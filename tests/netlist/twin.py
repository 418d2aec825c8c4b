"""Puts netlists in the place of modules of the card, each beside the RTL that it was mapped from.

In a card that is built of `write`'s file list an instance of such a module is both: the netlist drives the outputs, and an
assertion compares them with the RTL's in every clock.
"""

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = re.compile(r"^module (\w+)\n(?P<head>.*?)^\);\n", re.M | re.S)
PARAMETER = re.compile(r"^\s*parameter\b[^=]*?(\w+)\s*=", re.M)
PORT = re.compile(
    r"^\s*(?P<direction>input|output)\s+(?:wire\s+)?(?P<type>.*?)\s*\b(?P<name>\w+)"
    r"(?:\s*\[(?P<array>\w+)\])?\s*,?\s*(?://.*)?$"
)


@dataclass
class Port:
    """One port of a module, as its header spells it."""

    direction: str
    type: str
    name: str
    array: int

    def flat(self, name: str) -> str:
        """What a netlist has for it: an unpacked array is one vector, its first element lowest."""
        if not self.array:
            return name
        return "{" + ", ".join(f"{name}[{i}]" for i in reversed(range(self.array))) + "}"


def ports(header: str) -> list[Port]:
    """The ports of a module's header, one a line as the RTL has them."""
    lines = header[header.rindex("\n) (\n") :].splitlines()
    found = [PORT.match(line) for line in lines]
    return [
        Port(m["direction"], m["type"], m["name"], int(m["array"] or 0)) for m in found if m is not None
    ]


def twin(source: str, module: str, parameters: dict[str, str], valid: dict[str, str]) -> str:
    """A module of that name and header that holds the RTL and the netlist."""
    match = HEADER.search(source)
    if match is None or match[1] != module:
        raise ValueError(f"{module}: no header is found in its file")
    header = match[0]
    names = PARAMETER.findall(header)
    all_ports = ports(header)
    outputs = [port for port in all_ports if port.direction == "output"]
    unknown = {name.split(".")[0] for name in valid} - {port.name for port in outputs}
    if unknown or not outputs:
        raise ValueError(f"{module}: outputs.toml names {', '.join(sorted(unknown))}, no outputs of it")
    text = ["`default_nettype none\n\n", header, "\n"]
    for name, value in parameters.items():
        text.append(f'  initial if ({name} != {value}) $fatal(1, "{module}: its netlist has {name} = {value}");\n')
    for port in outputs:
        array = f" [{port.array}]" if port.array else ""
        text.append(f"  {port.type} rtl_{port.name}{array};\n")
    pairs = ", ".join(f".{name}({name})" for name in names)
    text.append(f"  {module}_rtl #({pairs}) rtl (\n    ")
    text.append(",\n    ".join(
        f".{p.name}({'rtl_' if p.direction == 'output' else ''}{p.name})" for p in all_ports))
    text.append(f"\n  );\n  {module}_netlist netlist (\n    ")
    text.append(",\n    ".join(f".{p.name}({p.flat(p.name)})" for p in all_ports))
    text.append("\n  );\n")
    own = {port.name for port in outputs}
    for port in outputs:
        parts = {name: when for name, when in valid.items() if name.split(".")[0] == port.name}
        for part, when in (parts or {port.name: "1"}).items():
            when = re.sub(r"(?<![.\w])[a-z]\w*", lambda m: ("rtl_" if m[0] in own else "") + m[0], when)
            equal = f"{port.flat(part)} == {port.flat('rtl_' + part)}"
            text.append(f"  always_ff @(posedge clk) if (!rst && ({when})) "
                        f"netlist_differs_{part.replace('.', '_')}: assert ({equal});\n")
    text.append("\nendmodule\n\n`default_nettype wire\n")
    return "".join(text)


def write(rtl: Path, output: Path, cells: list[Path], maps: dict[str, tuple[dict, dict]],
          parameters: dict[str, str]) -> Path:
    """Writes the twins of `maps` (parameters and valid outputs by module) and the card's file list; returns that."""
    lines = [f"-G{name}={value}" for name, value in parameters.items()]
    for line in (rtl / "flowswitch.f").read_text().split():
        module = Path(line).stem
        if module not in maps:
            lines.append(str(rtl / line))
            continue
        source = (rtl / line).read_text()
        beside = output / f"{module}_rtl.sv"
        beside.write_text(re.sub(rf"\bmodule {module}\b", f"module {module}_rtl", source, count=1))
        both = output / f"{module}_twin.sv"
        both.write_text(twin(source, module, *maps[module]))
        lines += [str(beside), str(output / f"{module}_netlist.v"), str(both)]
    lines += map(str, cells)
    filelist = output / "card.f"
    filelist.write_text("\n".join(lines) + "\n")
    return filelist
