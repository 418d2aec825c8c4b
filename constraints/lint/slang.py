"""Lints the RTL with slang: every warning it has, but the rules named below.

usage: slang.py FILELIST TOP [NAME=VALUE ...]     (parameters of TOP)

Exit status 1 if anything is reported.
"""

import sys
from pathlib import Path

from pyslang.driver import Driver

# A rule that is off says why. Nothing else is waived.
OFF = [
    # Constants such as '0 and 1 in arithmetic are sized by their context; the
    # widths that matter are checked by -Wwidth-trunc, which stays on.
    "width-expand",
    "implicit-conv",
    "sign-conversion",
    # `'{default: '0}` and `for (genvar ...)` are the house style.
    "unsized-concat",
    # Packages hold more than one top uses.
    "unused-parameter",
    "unused-typedef",
    "unused-import",
]


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    filelist, top, *parameters = sys.argv[1:]
    arguments = ["slang", "-F", str(Path(filelist)), "--top", top, "-Weverything"]
    arguments += [f"-Wno-{rule}" for rule in OFF]
    for parameter in parameters:
        arguments += ["-G", parameter]
    # Warnings are errors here: the driver's own status counts errors only.
    arguments.append("-Werror")

    driver = Driver()
    driver.addStandardArgs()
    if not driver.parseCommandLine(" ".join(arguments)):
        return 2
    if not driver.processOptions() or not driver.parseAllSources():
        return 1
    return 0 if driver.runFullCompilation() else 1


if __name__ == "__main__":
    sys.exit(main())
