#!/usr/bin/env bash
# Installs the clients of the tests that come from Debian, where one is missing.
set -euo pipefail
packages=(chromium default-jdk-headless fonts-dejavu-core fonts-liberation golang-go
    golang-gopkg-validator.v2-dev libgeronimo-annotation-1.3-spec-java libreoffice-calc npm python3-uno)
programs=(chromium javac - - go - - soffice npm -)
missing=()
for place in "${!packages[@]}"; do
    package=${packages[$place]} program=${programs[$place]}
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
    [ "$program" != - ] && command -v "$program" >/dev/null && continue
    missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
