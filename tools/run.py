"""Run Odoo with the project's addons as in production: what `make run` does.

Makes the database with demo data when it is not there, updates the addons whose
files changed, runs Odoo with workers behind nginx, and stops on Ctrl-C all that
it started. Variables: PORT [8069], DB [kala], HOST [localhost: only this
machine; 0.0.0.0: everybody].
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from pathlib import Path

import front
import psycopg2
from psycopg2 import errors, sql

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
HOME = Path(os.environ["KALA_HOME"])
DATA = Path(os.environ["DATA_DIR"])
READY_WITHIN = 180  # seconds Odoo may take to answer its first request
STOP_WITHIN = 20  # seconds a server may take to end before it is killed
INSTALL_NEEDS = 1  # GB of free disk before a database is made

LOG_LINE = re.compile(r"^\S+ \S+ \d+ (\w+) \S+ (\S+): (.*)")
LOADING = re.compile(r"Loading module (\w+) \((\d+)/(\d+)\)")
LOUD = ("ERROR", "CRITICAL")
NOISE = ("Running as user 'root'", "test_enable")


class Stop(Exception):
    """The run cannot go on; the text says why and what to do."""


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


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


# --- PostgreSQL ---------------------------------------------------------------


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


# --- Processes ----------------------------------------------------------------


def odoo_command(database, port, *arguments):
    command = [sys.executable, os.environ["ODOO_BIN"], "-d", database]
    listen = ["--http-interface", "127.0.0.1", "--http-port", str(port)]
    return [*command, *listen, *arguments]


class Server:
    """A child process with its output in a log file, warnings on the screen too."""

    def __init__(self, name, log, command, progress=False):
        self.name, self.progress = name, progress
        self.log = HOME / "log" / log
        self.log.parent.mkdir(exist_ok=True)
        self.last, self.loud = deque(maxlen=25), False
        self.process = subprocess.Popen(
            # When we are killed, so that nobody is left to stop it, it ends as well.
            ["setpriv", "--pdeathsig", "TERM", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us only, and we stop it in order
            cwd=ROOT,
        )
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        """Copy the output to the log; show warnings, errors and what follows them."""
        shown = False
        with self.log.open("wb") as log:
            for raw in self.process.stdout:
                with contextlib.suppress(OSError):  # a full disk must not stop Odoo
                    log.write(raw)
                    log.flush()
                line = raw.decode(errors="replace").rstrip()
                self.last.append(line)
                match = LOG_LINE.match(line)
                show = shown
                if match:
                    # Of an error the traceback too. Odoo's deprecations nobody can mend.
                    shown = match[1] in LOUD
                    show = shown or (match[1] == "WARNING" and match[2] != "py.warnings")
                    if self.progress:
                        self.show_progress(match[3])
                if show and not any(noise in line for noise in NOISE):
                    self.loud = True
                    print(line, file=sys.stderr, flush=True)

    def show_progress(self, message):
        step = LOADING.match(message)
        if step and sys.stderr.isatty():
            print(f"\r    {step[2]}/{step[3]} {step[1]:<40}", end="\r", file=sys.stderr)
        elif step and int(step[2]) % 20 == 0:
            print(f"    {step[2]}/{step[3]} {step[1]}", file=sys.stderr, flush=True)

    def wait(self):
        status = self.process.wait()
        self.reader.join(timeout=5)
        return status

    def ended(self):
        return self.process.poll() is not None

    def obituary(self):
        """Why it ended, as far as its last words tell."""
        words = "\n".join(self.last)
        if "No space left on device" in words or free_gigabytes() < 0.2:
            return full_disk()
        ended = f"{self.name} ended with status {self.process.returncode}."
        if self.loud:
            return f"{ended} The reason is above, and more in {self.log}"
        return f"{ended} Its last words, more of them in {self.log}:\n{words}"

    def stop(self):
        """End it and its workers: asked first, then killed."""
        if not self.ended():
            self.process.terminate()
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                say(f"{self.name} did not end in {STOP_WITHIN} s and is killed")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_gigabytes():
    return shutil.disk_usage(HOME).free / 2**30


def full_disk():
    return (
        f"the disk of {HOME} is full ({free_gigabytes():.1f} GB left). Free some, or "
        "set KALA_HOME to a folder on another disk, then run it again."
    )


def enough_space():
    if free_gigabytes() < INSTALL_NEEDS:
        raise Stop(full_disk())


def free_ports(count):
    """Ports that nobody listens on at the moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def check_port(host, port):
    """Stop, with what to do, when the port cannot be listened on."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except PermissionError as error:
        raise Stop(
            f"port {port} is for root only. Choose one above 1023: make run PORT=8070"
        ) from error
    except OSError as error:
        raise Stop(
            f"port {port} on {host} cannot be used: {error.strerror}. Stop the program "
            "that has it, or choose another port: make run PORT=8070"
        ) from error


def settings():
    """PORT, DB and HOST, checked."""
    port = os.environ.get("PORT") or "8069"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Stop(f"PORT={port} is no port. Give a number from 1024 to 65535.")
    database = os.environ.get("DB") or "kala"
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}", database):
        raise Stop(
            f"DB={database} is no name for a database. Use up to 63 letters, digits, _ . or -"
        )
    if database in ("postgres", "template0", "template1"):
        raise Stop(f"DB={database} belongs to PostgreSQL itself. Choose another name.")
    host = os.environ.get("HOST") or "127.0.0.1"
    return "127.0.0.1" if host == "localhost" else host, int(port), database


@contextlib.contextmanager
def alone(database):
    """Only one run per database: two would install into it at once."""
    with (HOME / f"run-{database}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Stop(
                f"another make run works on the database {database}. Stop that one, or "
                "choose others: make run DB=another PORT=8070"
            ) from error
        yield


def wait_until_ready(odoo, url):
    """Return once Odoo answers ``url``; Stop when it ends or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if odoo.ended():
            raise Stop(odoo.obituary())
        try:
            urllib.request.urlopen(url, timeout=60).close()
            return
        except OSError:  # not listening yet, or an answer that is none
            time.sleep(0.2)
    raise Stop(f"Odoo gave no answer in {READY_WITHIN} s. Its log is {odoo.log}")


def serve(host, port, database, stack):
    """Start Odoo and nginx, and watch them until one ends."""
    http, gevent = free_ports(2)
    say("Starting Odoo with 2 workers and 4 cron threads")
    odoo = Server(
        "Odoo",
        f"{database}.log",
        [
            *odoo_command(database, http, "--gevent-port", str(gevent)),
            *("--proxy-mode", "--workers", "2", "--max-cron-threads", "4"),
            *("--db-filter", f"^{re.escape(database)}$", "--no-database-list"),
        ],
    )
    stack.callback(odoo.stop)
    wait_until_ready(odoo, f"http://127.0.0.1:{http}/web/login")
    wait_until_ready(odoo, f"http://127.0.0.1:{gevent}/websocket/health")
    nginx = Server(
        "nginx",
        f"{database}-nginx.log",
        front.command(HOME / "front" / str(port), host, port, http, gevent),
    )
    stack.callback(nginx.stop)
    while socket_refuses(host, port) and not nginx.ended():
        time.sleep(0.05)
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
    say(f"Ready: http://{shown}:{port}   user admin, password admin")
    say(f"Odoo's log: {odoo.log}   Ctrl-C stops everything")
    while True:
        for server in (odoo, nginx):
            if server.ended():
                server.reader.join(timeout=5)
                raise Stop(server.obituary())
        time.sleep(0.5)


def socket_refuses(host, port):
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        socket.create_connection((target, port), timeout=1).close()
    except OSError:
        return True
    return False


def interrupted(number, frame):
    # A second signal must not break off the clean-up of the first.
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    """Return the exit status: 0 after Ctrl-C, 1 when something failed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    cluster = Cluster()
    try:
        host, port, database = settings()
        with contextlib.ExitStack() as stack:
            stack.enter_context(alone(database))
            check_port(host, port)
            stack.callback(cluster.stop)
            cluster.start()
            Database(database).prepare(port)
            serve(host, port, database, stack)
    except KeyboardInterrupt:
        say("Stopped")
        return 0
    except errors.DiskFull:
        reason = full_disk()
    except Stop as stop:
        reason = str(stop)
    except OSError as error:
        reason = full_disk() if free_gigabytes() < 0.2 else str(error)
    print(f"\nStopped: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
