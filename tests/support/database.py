"""Databases for the tests: copies of one template that has all our addons, and plain SQL."""

import contextlib
import hashlib
import os
import subprocess
from pathlib import Path

import psycopg2
import psycopg2.extras

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"


def addons():
    """:return: names of the project's addons"""
    return sorted(path.parent.name for path in ROOT.glob("kala_*/__manifest__.py"))


def addons_digest():
    """:return: what the addons' files are at the moment, as eight hex digits"""
    digest = hashlib.sha256()
    for addon in addons():
        for path in sorted((ROOT / addon).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and "tests" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:8]


def tool(name, *arguments, folder=TOOLS):
    """Run one of the project's tools; its output is shown when it fails.

    :param Path folder: of the tools of another checkout
    :return: CompletedProcess
    """
    return subprocess.run(
        [folder / name, *arguments],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


class Template:
    """A database with all our addons, from which each server gets a copy.

    ``KALA_TESTS_KEEP=1`` leaves it for the next run, which takes it as long as no addon
    changed: for those who write tests.
    """

    def __init__(self):
        self.keep = bool(os.environ.get("KALA_TESTS_KEEP"))
        suffix = addons_digest() if self.keep else f"{os.getpid()}"
        self.name = f"kala_systest_tpl_{suffix}"

    def build(self):
        if self.keep and exists(self.name):
            return
        tool("newdb", self.name)
        try:
            tool(
                "odoo",
                "-d",
                self.name,
                "-i",
                ",".join(addons()),
                "--stop-after-init",
                "--log-level=warn",
            )
        except subprocess.CalledProcessError as error:
            tool("dropdb", self.name)
            raise AssertionError(f"the addons could not be installed:\n{error.stdout}") from error
        self._put_off_daily_jobs()

    def _put_off_daily_jobs(self):
        """A new database would begin with all of Odoo's own housekeeping."""
        with contextlib.closing(psycopg2.connect(dbname=self.name)) as connection:
            with connection, connection.cursor() as cr:
                cr.execute(
                    """UPDATE ir_cron SET nextcall = nextcall + interval '1 day'
                        WHERE id NOT IN (SELECT res_id FROM ir_model_data
                                          WHERE model = 'ir.cron' AND module LIKE 'kala%')"""
                )

    def drop(self):
        if not self.keep:
            tool("dropdb", self.name)


def exists(name):
    with contextlib.closing(psycopg2.connect(dbname="postgres")) as connection:
        with connection.cursor() as cr:
            cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return bool(cr.fetchone())


class Database:
    """One database, seen from outside: every question is a transaction of its own.

    :ivar dict address: of its server in the words of libpq; empty = the usual one
    """

    def __init__(self, name):
        self.name = name
        self.address = {}
        self._connection = None

    @classmethod
    def copy_of(cls, template, name):
        tool("newdb", name, template.name)
        return cls(name)

    def drop(self):
        if self._connection:
            self._connection.close()
        tool("dropdb", self.name)

    def rows(self, query, *parameters):
        """:return: list of rows that answer to names and to places"""
        try:
            return self._rows(query, parameters)
        except psycopg2.Error as error:
            if error.pgcode and not error.pgcode.startswith("57P"):
                raise
            # Its server was restarted meanwhile.
            self._connection = None
            return self._rows(query, parameters)

    def _rows(self, query, parameters):
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(dbname=self.name, **self.address)
            self._connection.autocommit = True
        with self._connection.cursor(cursor_factory=psycopg2.extras.NamedTupleCursor) as cr:
            cr.execute(query, parameters)
            return cr.fetchall() if cr.description else []

    def value(self, query, *parameters):
        """:return: the first column of the first row, None where there is no row"""
        rows = self.rows(query, *parameters)
        return rows[0][0] if rows else None

    def column(self, query, *parameters):
        """:return: list of the first column"""
        return [row[0] for row in self.rows(query, *parameters)]
