#!/bin/bash
# run.sh PROGRAM ARGUMENT...
# Runs the live test in network, mount and process namespaces of its own, of which nothing remains however it ends.
# Where that is not possible it says so and passes; with FLOWSWITCH_LIVE=required it fails.
set -euo pipefail

skip() {
  printf 'SKIPPED: the card between real network stacks: %s\n  %s\n' "$1" "$2"
  [ "${FLOWSWITCH_LIVE:-}" != required ] || exit 1
  exit 0
}

[ "$(uname -s)" = Linux ] || skip "this is not Linux" "run it on a Linux machine"

root=no
[ "$(id -u)" != 0 ] || root=yes

package_of() {
  case $1 in
    ip) echo iproute2 ;;
    ping) echo iputils-ping ;;
    arping) echo iputils-arping ;;
    sysctl) echo procps ;;
    *) echo util-linux ;;
  esac
}
for tool in ip ping arping sysctl unshare mount; do
  command -v "$tool" >/dev/null && continue
  package=$(package_of "$tool")
  if [ $root = yes ] && command -v apt-get >/dev/null; then
    apt-get install -qq -y "$package" >/dev/null ||
      { apt-get update -qq && apt-get install -qq -y "$package" >/dev/null; } || true
  fi
  command -v "$tool" >/dev/null ||
    skip "$tool is missing" "install it with: sudo apt-get install $package"
done
# There are two tools of the name.
arping -V 2>&1 | grep -q iputils ||
  skip "arping is not that of iputils" "install it with: sudo apt-get install iputils-arping"

if [ ! -r /dev/net/tun ] || [ ! -w /dev/net/tun ]; then
  skip "/dev/net/tun may not be opened" "load the module tun, and run as root or with access to it"
fi

enter=(unshare --net --mount --pid --fork --kill-child --mount-proc)
[ $root = yes ] || enter+=(--user --map-root-user)
if ! why=$("${enter[@]}" mount -t tmpfs tmpfs /run 2>&1); then
  skip "namespaces are not permitted (${why:-unshare failed})" \
    "run as root, or permit user namespaces (sysctl kernel.unprivileged_userns_clone)"
fi
# Names of network namespaces are kept under /run.
# shellcheck disable=SC2016
exec "${enter[@]}" bash -c 'mount -t tmpfs tmpfs /run && ip link set lo up && "$@"' live "$@"
