#!/bin/bash
# fetch.sh FOLDER
# Fetches nextpnr for 7-series from the machine's own Debian mirror, about 25 MB once, and unpacks it without installing
# anything: FOLDER/nextpnr runs it with the loader and the libraries of its own release. Does nothing if it is there already.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
suite=forky

wanted=$(cat "$here/packages.txt" "$0" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$folder/stamp" 2>/dev/null || true)" = "$wanted" ]; then exit 0; fi

fail() {
  printf 'pnr: %s\n  %s\n' "$1" "$2" >&2
  exit 1
}
[ "$(uname -m)" = x86_64 ] || fail "this machine is no x86-64" "place and route on one"
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || fail "$tool is missing" "place and route on Debian, or put a nextpnr at $folder/nextpnr"
done

# The mirror that the machine itself uses, its proxy settings too.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | sort -u | head -n 1 || true)
[ -n "$mirror" ] ||
  fail "apt knows no Debian mirror" "add one to /etc/apt/sources.list, with its main section"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keys" ] || fail "$keys is missing" "install it with: sudo apt-get install debian-archive-keyring"

rm -rf "$folder"
mkdir -p "$folder"/{apt/lists/partial,apt/cache/archives/partial,root,debs}
: >"$folder/apt/status"
echo "deb [signed-by=$keys] $mirror $suite main" >"$folder/apt/sources.list"
settings=(
  -o "Dir::Etc::SourceList=$folder/apt/sources.list"
  -o "Dir::Etc::SourceParts=/dev/null"
  -o "Dir::Etc::Preferences=/dev/null"
  -o "Dir::Etc::PreferencesParts=/dev/null"
  -o "Dir::State::Lists=$folder/apt/lists"
  -o "Dir::State::status=$folder/apt/status"
  -o "Dir::Cache=$folder/apt/cache"
  -o "APT::Architecture=amd64"
  -o "APT::Architectures=amd64"
  -o "APT::Sandbox::User="
  -o "Acquire::Languages=none"
  -o "Acquire::Retries=3"
  -q
)

echo "pnr: reading the package lists of $suite"
apt-get "${settings[@]}" update >"$folder/apt/log" 2>&1 ||
  fail "the package lists cannot be read (see $folder/apt/log)" \
    "look whether the mirror of /etc/apt/sources.list can be reached and has $suite"

mapfile -t packages < <(grep -v '^#' "$here/packages.txt")
echo "pnr: fetching ${#packages[@]} packages of nextpnr"
(cd "$folder/debs" && apt-get "${settings[@]}" download "${packages[@]}") >>"$folder/apt/log" 2>&1 ||
  fail "the packages cannot be fetched (see $folder/apt/log)" \
    "look whether the mirror can be reached; if a package has another name now, mend constraints/pnr/packages.txt"

echo "pnr: unpacking"
for deb in "$folder"/debs/*.deb; do
  dpkg-deb -x "$deb" "$folder/root"
  basename "$deb" .deb
done | sort >"$folder/versions"

root=$(cd "$folder/root" && pwd)
loader=$(find "$root" -name 'ld-linux-x86-64.so.2' | head -n 1)
libraries=$root/usr/lib/x86_64-linux-gnu
program=$(find "$root/usr/bin" -name 'nextpnr-himbaechel-xilinx*' | head -n 1)
# It looks for its databases beside the program that runs, which is the loader.
ln -s ../../share/nextpnr "$libraries/share"
cat >"$folder/nextpnr" <<END
#!/bin/bash
exec "$loader" --library-path "$libraries" "$program" "\$@"
END
chmod +x "$folder/nextpnr"
"$folder/nextpnr" --version >"$folder/version" 2>&1 ||
  fail "nextpnr does not run: $(head -n 1 "$folder/version")" \
    "a library may be missing: compare constraints/pnr/packages.txt with what the package depends on"

rm -rf "$folder"/{debs,apt/lists,apt/cache}
echo "$wanted" >"$folder/stamp"
echo "pnr: $(head -n 1 "$folder/version")"
