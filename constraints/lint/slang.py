"""Lints the RTL with slang: every warning it has, but the rules named below.

usage: slang.py FILELIST TOP [NAME=VALUE ...]     (parameters of TOP)

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
    # A default stays in a full `unique case`: Verible asks for one.
    "case-redundant-default",
    # A package serves every block, whatever the parameters leave out.
    "unused-package-parameter",
    "unused-package-typedef",
    "unused-package-subroutine",
]

# What PeakRDL writes is not ours to tidy.
GENERATED = "csr/generated/..."
    arguments = ["slang", "-F", str(Path(filelist)), "--top", top, "-Weverything"]
    arguments += [f"-Wno-{rule}" for rule in OFF]
    for parameter in parameters:
        arguments += ["-G", parameter]
    arguments.append(f"--suppress-warnings={Path(filelist).resolve().parent / GENERATED}")
    # Warnings are errors here: the driver's own status counts errors only.
    # A memory's `initial` zeros stand beside its always_ff.
    arguments.append("--allow-dup-initial-drivers")
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
