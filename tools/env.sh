# shellcheck shell=bash
# Sourced by the tools: where everything lives. Only variables and small functions, no side effects.
#   KALA_HOME  everything installed and all data   [<project>/.kala]; several checkouts may share one
#   ODOO_HOME  an Odoo 19 source checkout to use instead of the unpacked package
#   PGHOST     a PostgreSQL server to use instead of the private cluster

KALA_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
KALA_HOME=${KALA_HOME:-$KALA_ROOT/.kala}
case $KALA_HOME in /*) ;; *) KALA_HOME=$PWD/$KALA_HOME ;; esac
KALA_KEY=$(printf '%s' "$KALA_HOME" | sha256sum | cut -c1-10)

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

if [ -n "${ODOO_HOME:-}" ]; then
    [ -f "$ODOO_HOME/odoo-bin" ] || die "ODOO_HOME=$ODOO_HOME is no Odoo source checkout (there is no odoo-bin in it). Point it at the folder that holds odoo-bin, or unset it."
    ODOO_HOME=$(cd "$ODOO_HOME" && pwd -P)
    ODOO_LIB=$ODOO_HOME
    ODOO_BIN=$ODOO_HOME/odoo-bin
    ODOO_ADDONS=$ODOO_HOME/addons,$ODOO_HOME/odoo/addons
else
    ODOO_LIB=$KALA_HOME/odoo/usr/lib/python3/dist-packages
    ODOO_BIN=$KALA_HOME/odoo/usr/bin/odoo
    ODOO_ADDONS=$ODOO_LIB/odoo/addons
fi

# The private cluster: its socket has a short path of its own, since a socket path may not exceed 107 bytes.
PG_SOCKET=/tmp/kala-pg-$KALA_KEY
[ -n "${KALA_PRIVATE_PG:-}" ] || { [ -n "${PGHOST:-}" ] && [ "$PGHOST" != "$PG_SOCKET" ]; } || KALA_PRIVATE_PG=1
export KALA_ROOT KALA_HOME KALA_PRIVATE_PG

# Everything a started program needs: paths, database, Odoo's configuration file of this checkout.
export_environment() {
    export PATH="$KALA_HOME/venv/bin:$KALA_HOME/node/node_modules/.bin:$PATH"
    export PYTHONPATH=$ODOO_LIB
    if [ -n "$KALA_PRIVATE_PG" ]; then
        export PGHOST=$PG_SOCKET PGUSER=kala PGPORT=5432
    fi
    local addons=$ODOO_ADDONS rc
    if compgen -G "$KALA_ROOT/kala_*/__manifest__.py" >/dev/null; then
        addons=$addons,$KALA_ROOT
    fi
    rc=$KALA_HOME/rc/$(printf '%s' "$KALA_ROOT $ODOO_LIB" | sha256sum | cut -c1-10).conf
    mkdir -p "$KALA_HOME/rc"
    printf '[options]\naddons_path = %s\ndata_dir = %s\nadmin_passwd = admin\n' "$addons" "$KALA_HOME/data" >"$rc.$$"
    mv "$rc.$$" "$rc"
    export ODOO_RC=$rc ODOO_BIN
}
