"""A PostgreSQL server of a test's own, which may be restarted without disturbing anybody."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .database import TOOLS


class Cluster:
    """Made by ``tools/pg`` in a folder of its own, durable as in production; as root the system's
    postgres user runs it, else the user himself."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="kala-systest-pg-"))
        self.home.chmod(0o755)  # whoever runs it must get there
        outside = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        self._environment = {**outside, "KALA_HOME": str(self.home)}
        where = subprocess.run(
            ["bash", "-c", '. "$0/env.sh"; printf %s "$PG_SOCKET"', TOOLS],
            env=self._environment,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        )
        #: Where it is, in the words of libpq.
        self.address = {"host": where.stdout, "port": "5432", "user": "kala"}

    def start(self):
        self._pg("start", "safe")
        return self

    def restart(self, mode):
        """:param str mode: of pg_ctl: ``fast`` ends all sessions, ``immediate`` is a crash"""
        self._pg("restart", mode)

    def remove(self):
        self._pg("remove")
        shutil.rmtree(self.home)

    def _pg(self, *arguments):
        subprocess.run([TOOLS / "pg", *arguments], env=self._environment, check=True)

    def adopt(self, database):
        """Bring a database of the usual cluster here; its files stay where they are."""
        here = {**os.environ, **{f"PG{key.upper()}": value for key, value in self.address.items()}}
        subprocess.run(["createdb", database.name], env=here, check=True)
        with subprocess.Popen(["pg_dump", database.name], stdout=subprocess.PIPE) as dump:
            subprocess.run(
                ["psql", "-q", "-X", "-d", database.name],
                env=here,
                stdin=dump.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        assert dump.returncode == 0
        database.address = self.address
