#!/usr/bin/env bash
# Installs into KALA_HOME whatever is missing there; a step that is done is skipped, a half-done one starts over.
#   tools/setup.sh          what a server needs: Odoo, Python packages, PostgreSQL, nginx, rtlcss
#   tools/setup.sh tests    also what tests and lint need: Chromium, pytest, ruff, …
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
MODE=${1:-server}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# A step's program failed: tell the likely reason and what to do, below the program's own words.
failed() {
    local free
    free=$(df -Pk "$KALA_HOME" | awk 'NR==2 {print int($4 / 1024)}')
    [ "$free" -gt 300 ] || die "$1: the disk of $KALA_HOME is full ($free MB left). Free 4 GB or set KALA_HOME to a folder on another disk, then run it again; it goes on from here."
    die "$1 (its own words are above). Most often that is the network: check the connection and the proxy settings, then run it again; it goes on from here."
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Debian packages are missing and there is no sudo here. As root, run: apt-get install ${wanted[*]} — then run this again."
    fi
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

# Only packages whose programs are not there yet, so that usually no rights are needed.
install_debian_packages() {
    local wanted=() python
    if ! python=$(python_to_use); then
        wanted+=(python3 python3-venv)
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        wanted+=(python3-venv)
    fi
    command -v npm >/dev/null || wanted+=(nodejs npm)
    if [ -n "$PG_PRIVATE" ] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && ! command -v initdb >/dev/null; then
        wanted+=(postgresql)
    fi
    command -v psql >/dev/null || wanted+=(postgresql-client)
    { odoo_is_here && nginx_is_here; } || [ -f "$KEYRING" ] || wanted+=(debian-archive-keyring)
    [ "$MODE" = server ] || command -v chromium >/dev/null || wanted+=(chromium fonts-dejavu-core)
    [ "$MODE" = server ] || [ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null || wanted+=(dovecot-imapd)
    # What the examples of docs/api.md call.
    for program in curl jq; do
        [ "$MODE" = server ] || command -v "$program" >/dev/null || wanted+=("$program")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "these are missing and this is no Debian: ${wanted[*]}. Install them your system's way, then run this again."
    say "Installing Debian packages: ${wanted[*]}"
    as_root apt-get -qq update || failed "The list of Debian packages could not be fetched"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${wanted[@]}" >/dev/null ||
        failed "The Debian packages ${wanted[*]} could not be installed"
    # The tests start a mail server of their own; nobody asked for one that everybody can reach.
    case " ${wanted[*]} " in *" dovecot-imapd "*)
        ! command -v systemctl >/dev/null || as_root systemctl --quiet disable --now dovecot.socket dovecot.service 2>/dev/null || true
        ;;
    esac
}

install_node_packages() {
    local node=$KALA_HOME/node stamp
    stamp=$(sha256sum <"$KALA_ROOT/tools/package.json")
    [ "$(cat "$node/.ready" 2>/dev/null)" != "$stamp" ] || return 0
    say "Installing npm packages"
    rm -rf "$node.part"
    mkdir -p "$node.part"
    cp "$KALA_ROOT/tools/package.json" "$node.part/"
    npm install --prefix "$node.part" --no-audit --no-fund --no-update-notifier --loglevel=error \
        --fetch-retry-maxtimeout=10000 >/dev/null ||
        failed "The npm packages could not be installed"
    echo "$stamp" >"$node.part/.ready"
    rm -rf "$node"
    mv "$node.part" "$node"
}

# What was interrupted while it was made is made anew: a package copied by half would pass for installed.
install_python_packages() {
    local venv=$KALA_HOME/venv server tests wanted python stamp
    server=("$KALA_ROOT/tools/odoo-requirements.txt" "$KALA_ROOT/requirements.txt")
    tests=("${server[@]}" "$KALA_ROOT/tools/test-requirements.txt")
    wanted=("${server[@]}")
    [ "$MODE" = server ] || wanted=("${tests[@]}")
    stamp="holds $(cat "${wanted[@]}" | sha256sum)"
    if ! grep -qsxF "made in $venv" "$venv/.ready" || ! "$venv/bin/python" -c '' 2>/dev/null; then
        python=$(python_to_use) || die "Python 3.11, 3.12 or 3.13 is needed. Install one of them, then run this again."
        say "Making the Python environment with $("$python" --version)"
        rm -rf "$venv"
        "$python" -m venv "$venv" || failed "The Python environment could not be made"
    elif grep -qxF "$stamp" "$venv/.ready"; then
        return 0
    fi
    say "Installing Python packages (about a minute)"
    "$venv/bin/python" -m pip install -qq --retries 2 --disable-pip-version-check "${wanted[@]/#/-r}" ||
        failed "The Python packages could not be installed"
    # What tests need includes what a server needs.
    printf '%s\n' "made in $venv" "holds $(cat "${server[@]}" | sha256sum)" "$stamp" >"$venv/.ready"
}

# The mirror from which this system takes Debian's packages; empty where it takes them from nowhere. Without lists (a fresh
# container) apt does not know yet whose a mirror is, and its path must tell.
debian_mirror() {
    # shellcheck disable=SC2016 # apt fills it in
    local wanted=(--format '$(REPO_URI)' 'Identifier: Packages' 'Component: main')
    {
        apt-get indextargets "${wanted[@]}" 'Origin: Debian' 'Label: Debian'
        apt-get indextargets --no-release-info "${wanted[@]}" | grep -E '/debian/?$'
    } | head -n 1
}

# Debian's packages, unpacked into a folder and not installed: unpack_debian NAME FOLDER PACKAGE/SUITE…
# An apt configuration of its own leaves the system's sources alone; it checks the signatures, not the date of the list: a
# mirror or proxy that is a week behind serves as well.
unpack_debian() {
    local name=$1 part=$2 mirror suite file
    shift 2
    command -v apt-get >/dev/null || die "$name is missing and this is no Debian. See the variables in make help, or install it your system's way, then run this again."
    mirror=$(debian_mirror) || true
    [ -n "$mirror" ] || die "$name is missing, and this system's apt sources name no Debian mirror to take it from. Add one to /etc/apt/sources.list.d, then run this again."
    say "Fetching $name from $mirror"
    rm -rf "$part"
    mkdir -p "$part"/apt/{sources,lists/partial,cache/archives/partial,debs}
    for suite in $(printf '%s\n' "${@#*/}" | sort -u); do
        echo "deb [signed-by=$KEYRING] $mirror $suite main"
    done >"$part/apt/sources/debian.list"
    cat >"$part/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$part/apt/sources";
Dir::State::Lists "$part/apt/lists";
Dir::Cache "$part/apt/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
CONF
    APT_CONFIG=$part/apt/apt.conf apt-get -qq update || failed "Debian's list of packages could not be fetched"
    (cd "$part/apt/debs" && APT_CONFIG=$part/apt/apt.conf apt-get -qq download "$@") || failed "$name could not be fetched"
    for file in "$part"/apt/debs/*.deb; do
        dpkg -x "$file" "$part" || failed "$name could not be unpacked"
    done
    rm -rf "$part/apt"
}

odoo_is_here() { [ -n "${ODOO_HOME:-}" ] || [ -d "$KALA_HOME/odoo" ]; }

# Odoo 19 and the files its assets link to. They cannot be installed: their dependencies are newer than this system.
install_odoo() {
    local part=$KALA_HOME/odoo.part
    ! odoo_is_here || return 0
    unpack_debian "Odoo 19 (125 MB)" "$part" odoo-19/sid libjs-jquery/sid libjs-jquery-form/sid libjs-underscore/sid \
        fonts-roboto-unhinted/sid fonts-montserrat/sid fonts-font-awesome/bookworm
    # Debian leaves this file out for its licence, yet the web client's bundle names it.
    install -D -m 644 "$KALA_HOME/node/node_modules/@mediapipe/selfie_segmentation/selfie_segmentation.js" \
        "$part/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    mv "$part" "$KALA_HOME/odoo"
}

nginx_is_here() { [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || [ -d "$KALA_HOME/nginx" ]; }

# An installed nginx would serve on port 80 at once, which nobody asked for. An unpacked one needs no rights, either.
install_nginx() {
    local part=$KALA_HOME/nginx.part
    ! nginx_is_here || return 0
    unpack_debian nginx "$part" nginx/bookworm
    mv "$part" "$KALA_HOME/nginx"
}

mkdir -p "$KALA_HOME" 2>/dev/null || true
[ -w "$KALA_HOME" ] ||
    die "$KALA_HOME cannot be written to. Check who owns it (a run as root makes it root's), or set KALA_HOME to a folder of yours."
exec 8>"$KALA_HOME/setup.lock"
flock -n 8 || { say "Another installation into $KALA_HOME is running; waiting for it" && flock 8; }
install_debian_packages
install_node_packages
install_python_packages
install_odoo
install_nginx
