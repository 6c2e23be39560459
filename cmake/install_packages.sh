#!/bin/bash
# install_packages.sh PURPOSE...: installs with apt-get what is missing of packages.txt.
set -eu -o pipefail
list=$(dirname "$0")/packages.txt
missing=()
for purpose in "$@"; do
    for package in $(sed -n "s/^$purpose: //p" "$list"); do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || missing+=("$package")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "Packages are missing and there is no sudo; as root: apt-get install ${missing[*]}" >&2
        exit 1
    }
    root=(sudo)
fi
echo "Installing ${missing[*]}"
# What is installed to build and test with is not started as a service (a broker on its port).
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap '"${root[@]}" rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null
    "${root[@]}" chmod 755 $policy
fi
log=$(mktemp)
install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
update() { "${root[@]}" apt-get update -q >"$log" 2>&1; }
# A machine that has never updated its lists, or long ago, finds nothing at the first try.
if ! install && ! { update && install; }; then
    cat "$log" >&2
    echo "apt-get could not install them: its output is above" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
