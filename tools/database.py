"""The database of `make run`: its PostgreSQL, and the addons in it."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import psycopg2
from psycopg2 import sql
from servers import HOME, ROOT, Server, Stop, enough_space, odoo_command, say

TOOLS = Path(__file__).resolve().parent
DATA = Path(os.environ["DATA_DIR"])


def addons():
    """The project's installable addons, by name."""
    manifests = sorted(ROOT.glob("kala_*/__manifest__.py"))
    return [path.parent.name for path in manifests]


def fingerprint(addon):
    """A hash over the names and contents of an addon's files."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / addon).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Cluster:
    """The private cluster; stopped at the end when this or a killed run started it."""

    def __init__(self):
        self.private = bool(os.environ["PG_PRIVATE"])
        self.marker = HOME / "pg.started-by-run"

    def start(self):
        if not self.private:
            return
        if self.pg("status"):
            self.marker.touch()
        if self.pg("start", "safe"):
            raise Stop("the database server did not start (see above).")

    def stop(self):
        if self.private and self.marker.exists():
            self.pg("stop")
            if self.pg("status"):
                self.marker.unlink()

    def pg(self, *arguments):
        """Exit status of tools/pg; an interrupt waits for its end."""
        process = subprocess.Popen([TOOLS / "pg", *arguments], start_new_session=True)
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise


@contextlib.contextmanager
def cursor(database):
    """A cursor in autocommit mode; Stop when the server cannot be reached."""
    try:
        connection = psycopg2.connect(dbname=database)
    except psycopg2.OperationalError as error:
        raise Stop(
            f"PostgreSQL refused the connection: {str(error).strip()}\nCheck PGHOST, "
            "PGPORT, PGUSER and PGPASSWORD, or unset PGHOST to use a private server."
        ) from error
    connection.autocommit = True
    try:
        with connection.cursor() as cr:
            yield cr
    finally:
        connection.close()


class Database:
    """The database, and what is known of its state.

    A comment on it holds the addons' fingerprints of the last finished
    installation; a file beside the filestore marks one that is under way.
    """

    def __init__(self, name):
        self.name = name
        self.marker = DATA / f"{name}.installing"

    def state(self):
        """The stored fingerprints; None when there is no database yet."""
        with cursor("postgres") as cr:
            cr.execute(
                "SELECT rolsuper OR rolcreatedb, rolname FROM pg_roles WHERE rolname = current_user"
            )
            may_create, role = cr.fetchone()
            cr.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [self.name],
            )
            row = cr.fetchone()
        if role == "postgres":
            raise Stop(
                "Odoo refuses to work as the database user postgres. Make another one "
                "(createuser --createdb odoo) and name it in PGUSER."
            )
        if row and self.marker.exists():
            say(f"Removing the half-made database {self.name} of an earlier run")
            self.drop()
            row = None
        if not row:
            if not may_create:
                raise Stop(
                    f"the database user {role} may not create databases. Grant it: "
                    f"ALTER ROLE {role} CREATEDB"
                )
            return None
        try:
            return json.loads(row[0])["kala"]
        except (TypeError, ValueError, KeyError) as error:
            raise Stop(
                f"there is a database {self.name} that make run did not make; it is "
                "left alone. Choose another name: make run DB=another"
            ) from error

    def drop(self):
        with cursor("postgres") as cr:
            cr.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name))
            )
        shutil.rmtree(DATA / "filestore" / self.name, ignore_errors=True)

    def remember(self, state):
        with cursor("postgres") as cr:
            cr.execute(
                sql.SQL("COMMENT ON DATABASE {} IS %s").format(sql.Identifier(self.name)),
                [json.dumps({"kala": state})],
            )

    def prepare(self, port):
        """Make the database, or bring its addons up to date."""
        before, now = self.state(), {name: fingerprint(name) for name in addons()}
        if before is None:
            say(f"Making the database {self.name} with demo data (2 to 3 minutes)")
            enough_space()
            self.drop()
            self.marker.parent.mkdir(parents=True, exist_ok=True)
            self.marker.touch()
            modules = ",".join(now) or "crm,sale_management"
            self.odoo(port, "-i", modules, "--with-demo")
            self.keep_to_itself()
        else:
            new = [name for name in now if name not in before]
            changed = [name for name in now if before.get(name, now[name]) != now[name]]
            if new:
                say(f"Installing {', '.join(new)}")
                self.odoo(port, "-i", ",".join(new), "--with-demo")
            if changed:
                say(f"Updating {', '.join(changed)}: files changed")
                self.odoo(port, "-u", ",".join(changed))
        if before != now:
            self.remember(now)
        self.marker.unlink(missing_ok=True)

    def keep_to_itself(self):
        """Nobody out there is asked about the demo leads: enrich them by hand only."""
        with cursor(self.name) as cr:
            cr.execute(
                "INSERT INTO ir_config_parameter (key, value)"
                " VALUES ('crm.iap.lead.enrich.setting', 'manual')"
                " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
            )
            cr.execute(
                "UPDATE ir_cron SET active = false WHERE id IN"
                " (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
                " AND module = 'crm_iap_enrich')"
            )

    def odoo(self, port, *arguments):
        """Run Odoo once to install or update; Stop when it fails."""
        process = Server(
            "Odoo",
            f"{self.name}-install.log",
            odoo_command(self.name, port, "--stop-after-init", *arguments),
            progress=True,
        )
        try:
            if process.wait():
                raise Stop(process.obituary())
        finally:
            process.stop()
