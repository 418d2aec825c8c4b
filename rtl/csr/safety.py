#!/usr/bin/env python3
"""Says above each unsafe piece of the generated Rust register types why it is sound. The generator does not.

usage: safety.py FOLDER
"""

import re
import sys
from pathlib import Path

# The first pattern that a line matches gives the reason.
REASONS = [
    (r"pub const unsafe fn from_ptr.*", "nothing is done here; what the caller must promise stands in the documentation."),
    (r"unsafe fn from_raw\(.*", "asks nothing of the caller: every word is a value."),
    (r"unsafe impl.* (Send|Sync) for \w+<.*IO> \{\}",
     "it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`."),
    (r"unsafe impl (Send|Sync) for \w+ \{\}", "it is a plain value."),
    (r"unsafe \{ core::mem::transmute\(array\) \}", "all elements of the array were written by the loop above."),
    (r"unsafe \{( \w+::\w+::from_ptr_with.*)?$",
     "whoever made this block promised that its registers are there; this one lies inside by the register map."),
    (r"array\[i0\]\.write\(unsafe \{",
     "whoever made this block promised that its registers are there; these lie inside by the register map."),
]


def reason(line):
    for pattern, text in REASONS:
        if re.fullmatch(pattern, line.strip()):
            return text
    return None


def with_reasons(path):
    lines = []
    for line in path.read_text().splitlines():
        opens = re.search(r"\bunsafe (impl|fn|\{)", line)
        if opens:
            text = reason(line)
            if text is None:
                sys.exit(f"safety.py: {path}: `{line.strip()}` has no reason here; add one to REASONS")
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}// SAFETY: {text}")
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")


def main():
    for path in sorted(Path(sys.argv[1]).rglob("*.rs")):
        with_reasons(path)


main()
