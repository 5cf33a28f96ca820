"""What every benchmark needs: databases of its own, servers, code that runs inside Odoo."""

import configparser
import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ["KALA_HOME"])
TOOLS = ROOT / "tools"
OWN_ADDONS = ROOT / "benchmarks" / "addons"
HOST = "127.0.0.1"
READY_WITHIN = 120  # seconds a server may take to answer its first request


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)


def percentile(values, share):
    """:param float share: 0.95 = the 95th percentile"""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def free_port():
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


class Rig:
    """Databases and servers of one run; all of them are gone at its end."""

    def __init__(self, quick):
        self.quick = quick
        self.prefix = f"kala_bench_{os.getpid()}"
        self.databases = []
        self.servers = []
        self.serial = 0

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        for server in list(self.servers):
            server.stop()
        for name in list(self.databases):
            self.drop(name)

    def scale(self, count):
        """:return: the count, or a tenth of it in a quick run"""
        return max(1, count // 10) if self.quick else count

    # --- databases

    def database(self, addons=("kala_comm", "kala_bench"), path=()):
        """A fresh database with some addons; the first of its kind takes half a minute.

        :param path: folders with further addons
        """
        template = f"{self.prefix}_tpl_{'_'.join(addons)}"
        if template not in self.databases:
            say(f"Installing {', '.join(addons)}")
            self._new(template)
            subprocess.run(
                self.command(
                    template, "-i", ",".join(addons), "--stop-after-init", "--no-http", path=path
                ),
                check=True,
                env=self.environment(path),
            )
        self.serial += 1
        name = f"{self.prefix}_{self.serial}"
        self._new(name, template)
        return name

    def _new(self, *names):
        self.databases.append(names[0])
        subprocess.run([TOOLS / "newdb", *names], check=True)

    def drop(self, name):
        subprocess.run([TOOLS / "dropdb", name], check=True)
        self.databases.remove(name)

    # --- Odoo

    @staticmethod
    def addons_path(path=()):
        config = configparser.ConfigParser(interpolation=None)
        config.read(os.environ["ODOO_RC"])
        return ",".join([config["options"]["addons_path"], str(OWN_ADDONS), *map(str, path)])

    @staticmethod
    def environment(path=()):
        """Packages of further addons come last, so that Odoo keeps its own versions."""
        packages = [str(Path(folder).parent.parent) for folder in path]
        return dict(os.environ, PYTHONPATH=":".join([os.environ["PYTHONPATH"], *packages]))

    def command(self, database, *arguments, path=()):
        return [
            *(sys.executable, os.environ["ODOO_BIN"], "-d", database),
            *("--addons-path", self.addons_path(path), "--log-level", "error"),
            *arguments,
        ]

    def inside(self, database, function, /, path=(), **values):
        """Run a function of a benchmark inside Odoo, in a process of its own.

        :param str function: ``module:name``; it gets the environment and the values
        :return: what it returned, through JSON
        """
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.inside", database, self.addons_path(path), function],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment(path),
        )
        if answer.returncode:
            raise RuntimeError(f"{function} failed inside Odoo:\n{answer.stderr[-4000:]}")
        return json.loads(answer.stdout.splitlines()[-1])

    @contextlib.contextmanager
    def server(self, database, workers=2, cron=0, path=()):
        """A server as in production, stopped at the end of the block."""
        server = Server(self, database, workers, cron, path)
        self.servers.append(server)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()


class Server:
    def __init__(self, rig, database, workers, cron, path):
        self.rig, self.database = rig, database
        self.port, self.gevent_port = free_port(), free_port()
        log = HOME / "log" / f"{database}.log"
        log.parent.mkdir(exist_ok=True)
        self.log = log
        arguments = [
            *("--workers", str(workers), "--max-cron-threads", str(cron)),
            *("--http-interface", HOST, "--http-port", str(self.port)),
            *("--gevent-port", str(self.gevent_port), "--db-filter", f"^{database}$"),
            *("--logfile", str(log)),
        ]
        # When the run is killed, so that nobody is left to stop it, the server ends as well.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *rig.command(database, *arguments, path=path)],
            env=rig.environment(path),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_until_ready(self):
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/web/health") == self.get("/websocket/health", live=True) == 200:
                    # Every worker loads the database at its first request.
                    for _n in range(8):
                        self.get("/web/login")
                    return
            time.sleep(0.2)
        raise RuntimeError(f"the server did not start; see {self.log}")

    def get(self, path, live=False):
        """:param bool live: from the process that keeps the websockets"""
        port = self.gevent_port if live else self.port
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def stop(self):
        if self in self.rig.servers:
            self.rig.servers.remove(self)
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
