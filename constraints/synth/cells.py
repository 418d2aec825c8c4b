"""The cells of a mapped UltraScale+ netlist, as far as levels and loads are concerned."""

import re
from enum import Enum

FLIP_FLOPS = {"FDRE", "FDSE", "FDCE", "FDPE"}
LATCHES = {"LDCE", "LDPE"}
LATCH_PATTERN = re.compile(r"LD[CP]E|\$_?D?LATCH|\$dlatch|\$adlatch|\$sr")
BLOCK_RAMS = {"RAMB18E2", "RAMB36E2"}
ULTRA_RAMS = {"URAM288"}
LUT_RAM = re.compile(r"RAM\d+[MXDSQ]")
IGNORED = {"$scopeinfo"}


class Role(Enum):
    """What an input pin does to the net that drives it."""

    CLOCK = "clock"
    ENABLE = "enable"
    RESET = "reset"
    DATA = "data"


def kind(cell_type: str) -> str:
    """The memory kind of a cell, or an empty string."""
    if cell_type in ULTRA_RAMS:
        return "ultra"
    if cell_type in BLOCK_RAMS:
        return "block"
    if LUT_RAM.match(cell_type):
        return "distributed"
    return ""


def clock_pins(cell_type: str) -> tuple[str, ...]:
    """Clock inputs; none for combinational cells."""
    if cell_type in FLIP_FLOPS:
        return ("C",)
    if cell_type in LATCHES:
        return ("G",)
    if cell_type in BLOCK_RAMS:
        return ("CLKARDCLK", "CLKBWRCLK")
    if cell_type in ULTRA_RAMS:
        return ("CLK",)
    if LUT_RAM.match(cell_type):
        return ("WCLK",)
    return ()


def role(cell_type: str, pin: str) -> Role:
    """Whether an input pin is clock, enable, reset or anything else."""
    if pin in clock_pins(cell_type):
        return Role.CLOCK
    if cell_type in FLIP_FLOPS or cell_type in LATCHES:
        if pin in ("CE", "GE"):
            return Role.ENABLE
        return Role.DATA if pin == "D" else Role.RESET
    if kind(cell_type):
        if pin.startswith(("RST", "SLEEP")):
            return Role.RESET
        if pin.startswith(("EN", "WE", "REGCE", "OREG_CE", "BWE", "RDB_WR")):
            return Role.ENABLE
    return Role.DATA


def is_sequential(cell_type: str) -> bool:
    """Whether all outputs are registers. LUT RAM is read without a clock: it is not."""
    return bool(clock_pins(cell_type)) and not LUT_RAM.match(cell_type)


def is_read_address(cell_type: str, pin: str) -> bool:
    """Whether a pin of a LUT RAM passes through to its outputs without a clock."""
    if pin.startswith("DPRA"):
        return True
    if "X" in cell_type:  # RAM64X1D and its like: A reads by SPO and writes
        return re.fullmatch(r"A\d*", pin) is not None
    return pin.startswith("ADDR")
