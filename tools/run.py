"""Run Odoo with the project's addons as in production: what `make run` does.

Makes the database with demo data when it is not there, updates the addons whose
files changed, runs Odoo with workers behind nginx, and stops on Ctrl-C all that
it started. Variables: PORT [8069], DB [kala], HOST [localhost: only this
machine; 0.0.0.0: everybody].
"""

import contextlib
import fcntl
import os
import re
import signal
import socket
import sys
import time
import urllib.request

import front
from database import Cluster, Database
from psycopg2 import errors
from servers import (
    HOME,
    Server,
    Stop,
    check_port,
    free_gigabytes,
    free_ports,
    full_disk,
    odoo_command,
    say,
)

READY_WITHIN = 180  # seconds Odoo may take to answer its first request


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
