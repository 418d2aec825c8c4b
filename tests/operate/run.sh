#!/bin/bash
# run.sh FOLDER PROGRAM ARGUMENT...
# Sees to it that curl, nft and nginx are there, nginx under FOLDER and not installed, so that none begins to serve; then
# runs the test in namespaces of its own, of which nothing remains however it ends. Where that is not possible it says so
# and passes; with FLOWSWITCH_LIVE=required it fails.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift

skip() {
  printf 'SKIPPED: the switch in operation: %s\n  %s\n' "$1" "$2"
  [ "${FLOWSWITCH_LIVE:-}" != required ] || exit 1
  exit 0
}

# nft is often where only root looks.
export PATH=$PATH:/usr/sbin:/sbin
have_apt() { command -v apt-get >/dev/null && command -v dpkg >/dev/null; }

for tool in curl nft; do
  package=${tool/#nft/nftables}
  command -v "$tool" >/dev/null && continue
  if [ "$(id -u)" = 0 ] && have_apt; then
    apt-get install -qq -y --no-install-recommends "$package" >/dev/null ||
      { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$package" >/dev/null; } || true
  fi
  command -v "$tool" >/dev/null || skip "$tool is missing" "install it with: sudo apt-get install $package"
done

if ! command -v nginx >/dev/null; then
  tools=$folder/tools
  export PATH=$PATH:$tools/usr/sbin
  if ! command -v nginx >/dev/null && have_apt; then
    mkdir -p "$tools"
    (cd "$tools" && apt-get download -qq nginx && dpkg -x nginx_*.deb .) >/dev/null 2>&1 || true
  fi
  why=$(nginx -v 2>&1) || skip "nginx cannot be had (${why##*: })" "install it with: sudo apt-get install nginx-light"
fi

# User-Mode-Linux is for the long run only, which says so if it is not there.
if [[ " $* " == *" --long "* ]] && [ ! -e "$folder/uml/usr/bin/linux.uml" ] && have_apt; then
  mkdir -p "$folder/uml"
  (
    cd "$folder/uml"
    apt-get download -qq user-mode-linux busybox-static
    for package in *.deb; do dpkg -x "$package" .; done
    rm -f ./*.deb
  ) >/dev/null 2>&1 || true
fi

exec "$here/../live/run.sh" "$@"
