# shellcheck shell=bash
# Sourced by the tools: where everything lives. Only variables and small functions, nothing is started or changed here.
#   KALA_HOME  everything installed and all data   [<project>/.kala]; several checkouts may share one
#   ODOO_HOME  an Odoo 19 source checkout to use instead of the unpacked package
#   PGHOST     a PostgreSQL server to use instead of the private cluster (with PGPORT, PGUSER, PGPASSWORD)

say() { printf '==> %s\n' "$*" >&2; }
die() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

KALA_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
KALA_HOME=${KALA_HOME:-$KALA_ROOT/.kala}
case $KALA_HOME in /*) ;; *) KALA_HOME=$PWD/$KALA_HOME ;; esac
case $KALA_ROOT$KALA_HOME in
*,*) die "the path $KALA_ROOT has a comma in it, which Odoo's list of addon folders cannot hold. Move the project to a folder without one." ;;
esac

if [ -n "${ODOO_HOME:-}" ]; then
    [ -f "$ODOO_HOME/odoo-bin" ] || die "ODOO_HOME=$ODOO_HOME is no Odoo source checkout (there is no odoo-bin in it). Name the folder that holds odoo-bin, or unset ODOO_HOME."
    grep -qs '^version_info = (19, 0' "$ODOO_HOME/odoo/release.py" || die "ODOO_HOME=$ODOO_HOME is not Odoo 19.0, which the addons are made for. Check out its branch 19.0, or unset ODOO_HOME."
    ODOO_HOME=$(cd "$ODOO_HOME" && pwd -P)
    ODOO_LIB=$ODOO_HOME
    ODOO_BIN=$ODOO_HOME/odoo-bin
    ODOO_ADDONS=$ODOO_HOME/addons,$ODOO_HOME/odoo/addons
else
    ODOO_LIB=$KALA_HOME/odoo/usr/lib/python3/dist-packages
    ODOO_BIN=$KALA_HOME/odoo/usr/bin/odoo
    ODOO_ADDONS=$ODOO_LIB/odoo/addons
fi

# The private cluster has its socket in a short path of its own, since a socket's path may not exceed 107 bytes.
PG_SOCKET=/tmp/kala-pg-$(printf '%s' "$KALA_HOME" | sha256sum | cut -c1-10)
if [ -z "${PGHOST:-}" ] || [ "$PGHOST" = "$PG_SOCKET" ]; then
    PG_PRIVATE=1
    DATA_DIR=$KALA_HOME/data
else
    PG_PRIVATE=
    # Files belong to a database, so every server has a folder of its own.
    DATA_DIR=$KALA_HOME/data-$(printf '%s' "$PGHOST:${PGPORT:-5432}" | sha256sum | cut -c1-10)
fi
export KALA_ROOT KALA_HOME

# Everything a started program needs: paths, database, Odoo's configuration file for this checkout.
export_environment() {
    # nginx: the system's own where it has one.
    export PATH="$KALA_HOME/venv/bin:$KALA_HOME/node/node_modules/.bin:$PATH:/usr/sbin:$KALA_HOME/nginx/usr/sbin"
    export PYTHONPATH=$ODOO_LIB
    if [ -n "$PG_PRIVATE" ]; then
        export PGHOST=$PG_SOCKET PGPORT=5432 PGUSER=kala
        unset PGPASSWORD PGDATABASE PGSERVICE
    fi
    local addons=$ODOO_ADDONS rc
    if compgen -G "$KALA_ROOT/kala_*/__manifest__.py" >/dev/null; then
        addons=$addons,$KALA_ROOT
    fi
    rc=$KALA_HOME/rc/$(printf '%s' "$addons $DATA_DIR" | sha256sum | cut -c1-10).conf
    if [ ! -f "$rc" ]; then
        mkdir -p "$KALA_HOME/rc"
        printf '[options]\naddons_path = %s\ndata_dir = %s\n' "$addons" "$DATA_DIR" >"$rc.$$"
        mv "$rc.$$" "$rc"
    fi
    export ODOO_RC=$rc ODOO_BIN DATA_DIR PG_PRIVATE
}
