"""Odoo as in production: several processes, on ports of its own, on a database of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import requests

from .database import TOOLS, Database, tool
from .waiting import until

#: Seconds for the first answer after a start; the processors may be busy with other things.
READY_WITHIN = 120
#: Seconds for an orderly end; a worker in the middle of a request to a fake is not waited for.
STOP_WITHIN = 4
GONE_WITHIN = 30


def free_ports(count):
    """:return: ports that nobody listens on at the moment"""
    sockets = [socket.socket() for _n in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Server:
    """``odoo --workers 2 --max-cron-threads 4``; may be killed and started again.

    :param Path tools: of the checkout whose addons it runs
    :ivar str url: for HTTP
    :ivar str websocket_url: for live notifications, a process of its own
    """

    def __init__(self, database, workers=2, cron_threads=4, tools=TOOLS):
        self.database = database
        self.tools = tools
        self.workers, self.cron_threads = workers, cron_threads
        self.http_port, self.gevent_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.websocket_url = f"ws://127.0.0.1:{self.gevent_port}/websocket"
        self.log_path = Path(tempfile.mkdtemp(prefix="kala-systest-")) / "odoo.log"
        self._process = None
        self._stopped = threading.Event()

    def start(self):
        """Start it and wait until it answers. The ports stay the same over restarts: they are
        part of the address by which the database knows itself (AD5)."""
        self._spawn()
        until(self._answers, READY_WITHIN, f"the server to answer (log: {self.log_path})")
        return self

    def supervise(self):
        """Start it again whenever it ends, as a service manager does: Odoo's main process ends
        where its database is gone."""

        def keep_running():
            while not self._stopped.is_set():
                self._process.wait()
                if not self._stopped.wait(1):
                    self._spawn()

        threading.Thread(target=keep_running, daemon=True).start()

    def _spawn(self):
        self._process = subprocess.Popen(
            [
                self.tools / "odoo",
                f"--database={self.database.name}",
                f"--db-filter=^{self.database.name}$",
                *(f"--db_{key}={value}" for key, value in self.database.address.items()),
                "--no-database-list",
                f"--workers={self.workers}",
                f"--max-cron-threads={self.cron_threads}",
                "--http-interface=127.0.0.1",
                f"--http-port={self.http_port}",
                f"--gevent-port={self.gevent_port}",
                f"--logfile={self.log_path}",
                # A slow machine is no fault.
                "--limit-time-real=600",
                "--limit-time-cpu=300",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answers(self):
        if self._process.poll() is not None:
            raise AssertionError(f"the server ended at once:\n{self.log_tail()}")
        try:
            return requests.get(f"{self.url}/web/login", timeout=30).status_code == 200
        except requests.RequestException:
            return False

    def kill(self):
        """``kill -9`` of the server and all its workers; returns when the database has noticed,
        since a last COMMIT may still be on its way there."""
        sessions = [f"odoo-{pid}" for pid in self._pids()]
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        until(
            lambda: (
                not self.database.value(
                    """SELECT count(*) FROM pg_stat_activity
                        WHERE datname = %s AND application_name = ANY(%s)""",
                    self.database.name,
                    sessions,
                )
            ),
            GONE_WITHIN,
            "the killed server's database sessions to end",
        )

    def _pids(self):
        """:return: ids of its processes, of which each names its database sessions"""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(int(folder.name)) == self._process.pid:
                    found.append(int(folder.name))
        return found

    def stop(self):
        """Ask it to end; what does not is killed, so that nothing is left behind."""
        self._stopped.set()
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_WITHIN
        while self._process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # all of them ended by themselves
        self._process.wait()

    # ------------------------------------------------------------------ log

    def log(self, start=0):
        """:return: what it logged, from a position on"""
        if not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as log:
            log.seek(start)
            return log.read().decode("utf-8", "replace")

    def log_size(self):
        return self.log_path.stat().st_size if self.log_path.exists() else 0

    def log_tail(self, size=6000):
        return self.log()[-size:]


@contextlib.contextmanager
def server_of(tools, name, install, template=None):
    """A server of another checkout or environment, on a database of its own; both go with it.

    :param Path tools: folder of its program ``odoo``
    :param str name: of the database
    :param list install: names of addons
    :param Template template: what the database begins as; None: with Odoo's own apps alone
    """
    tool("newdb", name, *([template.name] if template else []))
    server = Server(Database(name), tools=tools)
    try:
        tool("odoo", "-d", name, "-i", ",".join(install), "--stop-after-init", folder=tools)
        yield server.start()
    finally:
        server.stop()
        server.database.drop()
