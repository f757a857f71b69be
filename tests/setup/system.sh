#!/usr/bin/env bash
# Installs the Debian packages that are named, or else those the tests need and this machine lacks; says what to install
# where it may not.
set -euo pipefail

declare -A package=(
    [redis-server]=redis-server
    [chromium]=chromium
    [node]=nodejs
    [npm]=npm
    [java]=default-jre-headless
    [php]=php-cli
    [mariadbd]=mariadb-server
    [ip]=iproute2
)
missing=("$@")
if [ $# -eq 0 ]; then
    for program in "${!package[@]}"; do
        PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("${package[$program]}")
    done
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
    for extension in mysql:mysqli sqlite3:pdo_sqlite mbstring:mbstring xml:dom curl:curl; do # of PHP, for WordPress
        php -m 2>/dev/null | grep -qi "^${extension#*:}$" || missing+=("php-${extension%:*}")
    done
fi
command -v firefox-esr firefox >/dev/null && wanted=() || wanted=(firefox-esr) # without it one test is skipped
can() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }
[ ${#missing[@]} -eq 0 ] && { [ $# -gt 0 ] || [ ${#wanted[@]} -eq 0 ] || ! can; } && exit 0

install=(apt-get install -y -qq --no-install-recommends)
if ! can; then
    echo "missing: ${missing[*]}; install, on Debian with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ ${#missing[@]} -eq 0 ] || "${install[@]}" "${missing[@]}" >/dev/null
[ $# -gt 0 ] || [ ${#wanted[@]} -eq 0 ] || "${install[@]}" "${wanted[@]}" >/dev/null || echo "going on without ${wanted[*]}" >&2
