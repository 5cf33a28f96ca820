"""One server for most tests, on a database with all addons; others start their own."""

import os

import pytest

from .support.client import Odoo
from .support.database import Database, Template
from .support.kits import ALL_KITS, RECEIVING
from .support.server import Server

#: Servers whose log is of use when a test fails.
_running = []


@pytest.fixture(scope="session")
def template():
    """A database with all our addons, made once; it is only copied."""
    template = Template()
    template.build()
    yield template
    template.drop()


@pytest.fixture(scope="session")
def make_server(template):
    """:return: function that starts a server; all end with the session. The server is on a fresh
    database, which may live in a cluster of the test's own, or beside another server on its."""
    made = []

    def make(name, cluster=None, beside=None):
        if beside:
            database = beside.database
        else:
            database = Database.copy_of(template, f"kala_systest_{os.getpid()}_{name}")
        if cluster:
            cluster.adopt(database)
        server = Server(database)
        made.append(server)
        _running.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.stop()
        _running.remove(server)
    for database in {server.database for server in made}:
        database.drop()


@pytest.fixture(scope="session")
def server(make_server):
    """The shared server. Tests keep apart by connections and phone numbers of their own."""
    return make_server("shared")


@pytest.fixture(scope="session")
def db(server):
    return server.database


@pytest.fixture(scope="session")
def odoo(server):
    """The administrator's session."""
    admin = Odoo(server)
    set_up_company(admin)
    return admin


def set_up_company(admin):
    """An Israeli company whose texts nobody is responsible for yet."""
    company = admin.search("res.company", order="id")[0]
    admin.write("res.company", company, country_id=admin.ref("base.il"))


@pytest.fixture(scope="session")
def seller(odoo):
    """A salesperson who may write to customers: sees only his own documents."""
    odoo.create(
        "res.users",
        name="Sivan Seller",
        login="seller",
        password="seller-secret-1",
        group_ids=[
            (4, odoo.ref("sales_team.group_sale_salesman")),
            (4, odoo.ref("kala_comm.group_user")),
        ],
    )
    return Odoo(odoo.server, "seller", "seller-secret-1")


@pytest.fixture
def kit_of(odoo):
    """:return: function: code of a provider → a fresh connection to a fake of its own"""
    made = []

    def make(code, **values):
        made.append(ALL_KITS[code](odoo, **values))
        return made[-1]

    yield make
    for kit in made:
        kit.stop()


@pytest.fixture(params=RECEIVING)
def kit(request, kit_of):
    """A connection of every provider over which customers write, in turn: the contract that all
    of them keep."""
    return kit_of(request.param)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for one in _running:
            report.sections.append((f"log of {one.database.name}", one.log_tail()))
