#!/bin/bash
# fetch.sh FOLDER
# Fetches what the virtual machine test needs from the machine's own Debian mirror, about 65 MB once, and unpacks it
# without installing anything: FOLDER/qemu (QEMU with its libraries), FOLDER/vmlinux, FOLDER/modules/*.ko (in the order
# in which they are to be loaded), FOLDER/busybox, FOLDER/versions. Does nothing if that is there already.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
suite=trixie
# The series that the test was tried with; another is refused, so that a failure is not the kernel's by surprise.
kernel_series=6.12
oldest_qemu=10.1
modules=(irqbypass vfio vfio_iommu_type1 vfio-pci-core vfio-pci)

wanted=$(cat "$here/packages.txt" "$0" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$folder/stamp" 2>/dev/null || true)" = "$wanted" ]; then exit 0; fi

fail() {
  printf 'vm: %s\n  %s\n' "$1" "$2" >&2
  exit 1
}
[ "$(uname -m)" = x86_64 ] || fail "this machine is no x86-64" "run the test on one"
for tool in apt-get apt-cache dpkg-deb dpkg xz zstd; do
  command -v "$tool" >/dev/null && continue
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get install -qq -y "${tool/#xz/xz-utils}" >/dev/null 2>&1 || true
  fi
  command -v "$tool" >/dev/null ||
    fail "$tool is missing" "on Debian or Ubuntu: sudo apt-get install ${tool/#xz/xz-utils}"
done

# The mirror that the machine itself uses, its proxy settings too.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | sort -u | head -n 1 || true)
[ -n "$mirror" ] ||
  fail "apt knows no Debian mirror" "add one to /etc/apt/sources.list, with its main section"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keys" ] || fail "$keys is missing" "install it with: sudo apt-get install debian-archive-keyring"

rm -rf "$folder"
mkdir -p "$folder"/{apt/lists/partial,apt/cache/archives/partial,qemu,kernel,modules,debs}
: >"$folder/apt/status"
for of in "$suite" "$suite-updates" "$suite-backports"; do
  echo "deb [signed-by=$keys] $mirror $of main"
done >"$folder/apt/sources.list"
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

echo "vm: reading the package lists of $suite"
apt-get "${settings[@]}" update >"$folder/apt/log" 2>&1 ||
  fail "the package lists cannot be read (see $folder/apt/log)" \
    "look whether the mirror of /etc/apt/sources.list can be reached and has $suite"

# The kernel's package has its version in its name.
kernel=$(apt-cache "${settings[@]}" show "linux-image-cloud-amd64=${kernel_series}.*" 2>/dev/null |
  sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -n 1)
[ -n "$kernel" ] ||
  fail "the mirror has no kernel of the series $kernel_series for $suite" \
    "set kernel_series in tests/vm/fetch.sh to one that it has, and run make vm-long"

mapfile -t packages < <(grep -v '^#' "$here/packages.txt")
echo "vm: fetching ${#packages[@]} packages of QEMU, $kernel and busybox-static"
(
  cd "$folder/debs"
  apt-get "${settings[@]}" download -t "$suite-backports" "${packages[@]}" &&
    apt-get "${settings[@]}" download "$kernel" busybox-static
) >>"$folder/apt/log" 2>&1 ||
  fail "the packages cannot be fetched (see $folder/apt/log)" \
    "look whether the mirror can be reached; if a package has another name now, mend tests/vm/packages.txt"

echo "vm: unpacking"
for deb in "$folder"/debs/*.deb; do
  case $(basename "$deb") in
    linux-image-*) dpkg-deb -x "$deb" "$folder/kernel" ;;
    busybox-static_*) dpkg-deb --fsys-tarfile "$deb" | tar -x -O --wildcards '*/bin/busybox' >"$folder/busybox" ;;
    *) dpkg-deb -x "$deb" "$folder/qemu" ;;
  esac
  basename "$deb" .deb
done | sort >"$folder/versions"
chmod +x "$folder/busybox"

version=$(sed -n 's/^qemu-system-x86_1%3a\([^_]*\)_.*/\1/p' "$folder/versions")
dpkg --compare-versions "$version" ge "$oldest_qemu" ||
  fail "QEMU is $version, which has no vfio-user-pci: $oldest_qemu is needed" "look into tests/vm/packages.txt"

# An uncompressed kernel starts in half the time: the zstd stream within vmlinuz, whose end zstd finds.
image=$(find "$folder/kernel/boot" -name 'vmlinuz-*')
for at in $(LC_ALL=C grep -abo $'\x28\xb5\x2f\xfd' "$image" | cut -d : -f 1); do
  tail -c +$((at + 1)) "$image" | zstd -dcq >"$folder/vmlinux" 2>/dev/null || true
  [ "$(head -c 4 "$folder/vmlinux" | tail -c 3)" = ELF ] && break
done
[ "$(head -c 4 "$folder/vmlinux" | tail -c 3)" = ELF ] ||
  fail "$image holds no kernel compressed with zstd" "set kernel_series in tests/vm/fetch.sh back"

number=0
for module in "${modules[@]}"; do
  file=$(find "$folder/kernel" -name "$module.ko*" -o -name "${module//-/_}.ko*" | head -n 1)
  [ -n "$file" ] || fail "$kernel has no module $module" "set kernel_series in tests/vm/fetch.sh back"
  into=$folder/modules/$number-$module.ko
  case $file in
    *.xz) xz -dc "$file" >"$into" ;;
    *.zst) zstd -dcq "$file" >"$into" ;;
    *) cp "$file" "$into" ;;
  esac
  number=$((number + 1))
done

rm -rf "$folder"/{debs,kernel,apt/lists,apt/cache}
echo "$wanted" >"$folder/stamp"
echo "vm: QEMU $version and ${kernel#linux-image-} are under $folder"
