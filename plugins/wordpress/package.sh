#!/usr/bin/env bash
# Puts the plugin together as WordPress installs it: `package.sh` writes build/relay-payments.zip, `package.sh DIR` a folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
cp -r plugins/wordpress/relay-payments "$made/"
cp plugins/js/dist/relay.js "$made/relay-payments/assets/"
cp LICENSE "$made/relay-payments/LICENSE"
if [ $# -gt 0 ]; then
    mkdir -p "$1"
    cp -r "$made/relay-payments" "$1/"
else
    mkdir -p build
    rm -f build/relay-payments.zip
    (cd "$made" && python3 -m zipfile -c relay-payments.zip relay-payments)
    mv "$made/relay-payments.zip" build/
    echo build/relay-payments.zip
fi
