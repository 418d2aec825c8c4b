#!/bin/bash
# run.sh FOLDER PROGRAM ARGUMENT...
# Fetches what the virtual machine needs into FOLDER, once, then runs the test in namespaces of its own, of which nothing
# remains however it ends. Where namespaces are not possible it says so and passes, as the live test does.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
"$here/fetch.sh" "$folder"
exec "$here/../live/run.sh" "$@"
