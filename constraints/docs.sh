#!/bin/bash
# Builds the book into target/book, the register reference beside it, and checks every
# link and anchor in it that needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=${FLOWSWITCH_TOOLS:?names the folder of the tools: run me by make docs}

rm -rf target/book
target/tools/bin/mdbook build docs
rtl/csr/generate.sh --html target/book/registers
# PeakRDL's pages are built by JavaScript, print.html repeats all others.
"$tools/bin/lychee" --offline --no-progress --include-fragments \
  --exclude-path target/book/registers/ --exclude-path target/book/print.html \
  --exclude-path target/book/404.html --root-dir "$PWD/target/book" target/book
echo "docs: target/book/index.html"
