"""Lints the RTL with slang: every warning it has, but the rules named below.

usage: slang.py FILELIST TOP [NAME=VALUE ...]     (parameters of TOP: numbers, or words without quotes)

Exit status 1 if anything is reported.
"""

import sys
from pathlib import Path

from pyslang.driver import Driver

# A rule that is off says why. Nothing else is waived.
OFF = [
    # Loop indices and $clog2 are signed by the language; sizes are still compared, and
    # so are the signs of arithmetic.
    "sign-compare",
    "sign-conversion",
    # `.count()` says that an output is not wanted; a forgotten port is an error of its own.
    "empty-output-connection",
    # Verible asks for a default in every case; it stands for the values not named.
    "case-redundant-default",
    "case-enum-explicit",
    # A cast that changes nothing with one set of parameters does with another.
    "useless-cast",
    # Words of memories are read as arrays of structures; a wrong width is another rule.
    "packed-array-conv",
    # A package serves every block, whatever the parameters leave out.
    "unused-package-parameter",
    "unused-package-typedef",
    "unused-package-subroutine",
]

# What PeakRDL writes is not ours to tidy.
GENERATED = "csr/generated/..."


def quoted(parameter: str) -> str:
    """The parameter with its value as the language writes it, escaped for a command line."""
    name, _, value = parameter.partition("=")
    return parameter if value.isdigit() else f'{name}=\\"{value}\\"'


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    filelist, top, *parameters = sys.argv[1:]
    generated = Path(filelist).resolve().parent / GENERATED
    arguments = ["slang", "-F", filelist, "--top", top, "-Weverything"]
    arguments += [f"-Wno-{rule}" for rule in OFF]
    arguments += [f"-G {quoted(parameter)}" for parameter in parameters]
    arguments += [f"--suppress-warnings={generated}"]
    # Warnings are errors here: the driver's own status counts errors only.
    arguments += ["-Werror", "--error-limit=0"]

    driver = Driver()
    driver.addStandardArgs()
    if not driver.parseCommandLine(" ".join(arguments)):
        return 2
    if not driver.processOptions() or not driver.parseAllSources():
        return 1
    return 0 if driver.runFullCompilation() else 1


if __name__ == "__main__":
    sys.exit(main())
