#!/usr/bin/env bash
# Installs into KALA_HOME whatever is missing there; each step is skipped when done and started over when half done.
#   tools/setup.sh          what a server needs: Odoo, Python packages, PostgreSQL, rtlcss
#   tools/setup.sh tests    also Chromium, and what tests and lint need
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
MODE=${1:-server}
PARTIAL=

on_exit() {
    local status=$?
    [ -z "$PARTIAL" ] || rm -rf "$PARTIAL"
    [ "$status" = 0 ] || printf 'The installation is not complete; run the same command again and it goes on from here.\n' >&2
}
trap on_exit EXIT

# A step's program failed: tell the likely reason, not only the program's words.
failed() {
    local free
    free=$(df -Pk "$KALA_HOME" | awk 'NR==2 {print $4}')
    [ "$free" -gt 200000 ] || die "$1: the disk of $KALA_HOME is full ($((free / 1024)) MB left). Free at least 4 GB, then run it again."
    die "$1 (its own words are above). It needs the network: check the connection and the proxy settings, then run it again."
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Debian packages are missing and there is no sudo. As root, run: apt-get install $WANTED — then run this again."
    fi
}

# Debian packages, only those whose program is not there yet.
install_debian_packages() {
    local wanted=() postgres
    python_to_use >/dev/null || wanted+=(python3)
    { [ -x "$KALA_HOME/venv/bin/python" ] || "$(python_to_use || echo false)" -c 'import ensurepip' 2>/dev/null; } || wanted+=(python3-venv)
    command -v npm >/dev/null || wanted+=(nodejs npm)
    postgres=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb || true)
    [ -z "$KALA_PRIVATE_PG" ] || [ -n "$postgres" ] || wanted+=(postgresql)
    command -v psql >/dev/null || [ "${wanted[*]: -1}" = postgresql ] || wanted+=(postgresql-client)
    [ -n "${ODOO_HOME:-}" ] || [ -f "$KEYRING" ] || wanted+=(debian-archive-keyring)
    [ "$MODE" = server ] || command -v chromium >/dev/null || wanted+=(chromium fonts-dejavu-core)
    [ ${#wanted[@]} -gt 0 ] || return 0
    WANTED=${wanted[*]}
    command -v apt-get >/dev/null || die "These are missing and this is no Debian: $WANTED. Install them your system's way, then run this again."
    say "Installing Debian packages: $WANTED"
    as_root apt-get -qq update || failed "The list of Debian packages could not be fetched"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${wanted[@]}" >/dev/null ||
        failed "The Debian packages $WANTED could not be installed"
}

python_to_use() {
    local candidate
    for candidate in python3.11 python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# The mirror that this system uses for Debian, else the usual one.
debian_mirror() {
    local mirror
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
        grep -E '^(deb |URIs:)' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
    echo "${mirror:-http://deb.debian.org/debian}"
}

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# Odoo 19 and the files its assets link to, from Debian's packages, unpacked and not installed.
install_odoo() {
    [ -z "${ODOO_HOME:-}" ] || return 0
    [ ! -f "$KALA_HOME/odoo/.ready" ] || return 0
    say "Fetching Odoo 19 (about 125 MB) from $(debian_mirror)"
    local apt suite file
    apt=$(mktemp -d "${TMPDIR:-/tmp}/kala-apt.XXXXXX")
    PARTIAL=$apt
    mkdir -p "$apt"/{sources,lists/partial,cache/archives/partial,debs}
    for suite in sid bookworm; do
        echo "deb [signed-by=$KEYRING] $(debian_mirror) $suite main"
    done >"$apt/sources/odoo.list"
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
APT::Architecture "$(dpkg --print-architecture)";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    export APT_CONFIG=$apt/apt.conf
    apt-get -qq update || failed "Debian's list of packages could not be fetched"
    (cd "$apt/debs" && apt-get -qq download odoo-19/sid libjs-jquery/sid libjs-jquery-form/sid libjs-underscore/sid \
        fonts-roboto-unhinted/sid fonts-montserrat/sid fonts-font-awesome/bookworm) || failed "Odoo could not be fetched"
    unset APT_CONFIG
    say "Unpacking Odoo"
    rm -rf "$KALA_HOME/odoo"
    mkdir -p "$KALA_HOME/odoo"
    for file in "$apt"/debs/*.deb; do
        dpkg -x "$file" "$KALA_HOME/odoo" || failed "Odoo could not be unpacked"
    done
    rm -rf "$apt"
    PARTIAL=
    # Debian leaves this file out for its licence, yet the web client's bundle names it.
    install -D -m 644 "$KALA_HOME/node/node_modules/@mediapipe/selfie_segmentation/selfie_segmentation.js" \
        "$ODOO_LIB/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    touch "$KALA_HOME/odoo/.ready"
}

install_python_packages() {
    local files=("$KALA_ROOT/tools/odoo-requirements.txt" "$KALA_ROOT/requirements.txt") venv=$KALA_HOME/venv python stamp
    [ "$MODE" = server ] || files+=("$KALA_ROOT/tools/test-requirements.txt")
    stamp=$(echo "$venv" | cat - "${files[@]}" | sha256sum)
    ! grep -qsxF "$stamp" "$venv/.ready" || return 0
    python=$(python_to_use) || die "Python 3.11, 3.12 or 3.13 is needed. Install one of them, then run this again."
    if ! grep -qsxF "home $venv" "$venv/.ready" || ! "$venv/bin/python" -c '' 2>/dev/null; then
        say "Making the Python environment ($("$python" --version))"
        rm -rf "$venv"
        "$python" -m venv "$venv" || failed "The Python environment could not be made"
        echo "home $venv" >"$venv/.ready"
    fi
    say "Installing Python packages"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check "${files[@]/#/-r}" || failed "The Python packages could not be installed"
    echo "$stamp" >>"$venv/.ready"
}

install_node_packages() {
    local node=$KALA_HOME/node stamp
    stamp=$(sha256sum <"$KALA_ROOT/tools/package.json")
    [ "$(cat "$node/.ready" 2>/dev/null)" != "$stamp" ] || return 0
    say "Installing npm packages"
    rm -rf "$node"
    mkdir -p "$node"
    cp "$KALA_ROOT/tools/package.json" "$node/"
    npm install --prefix "$node" --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null || failed "The npm packages could not be installed"
    echo "$stamp" >"$node/.ready"
}

case $KALA_ROOT$KALA_HOME in
*,*) die "the path $KALA_ROOT has a comma in it, which Odoo's list of addon folders cannot hold. Move the project to a folder without one." ;;
esac
mkdir -p "$KALA_HOME" || die "$KALA_HOME cannot be made. Check who owns the folder, or set KALA_HOME to one you may write to."
exec 8>"$KALA_HOME/setup.lock"
flock -n 8 || { say "Another installation into $KALA_HOME is running; waiting for it" && flock 8; }
install_debian_packages
install_node_packages
install_python_packages
install_odoo
