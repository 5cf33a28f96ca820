"""Our addons go without leaving errors behind."""

import contextlib
import re
import threading

import pytest

from .support.client import Odoo, RpcError
from .support.database import Database
from .support.kits import KITS
from .support.kits.base import new_phone
from .support.waiting import until

#: Lines that somebody would have to look at.
TROUBLE = re.compile(r"^\S+ \S+ \d+ (?:ERROR|CRITICAL) .*", re.MULTILINE)

#: Fields that Odoo's jobs inherit from their actions.
BASE_FIELDS = {
    f"field ir.cron.{name}"
    for name in ("name", "automated_name", "warning", "webhook_sample_payload")
}
#: Of Odoo's own columns, which only we look up by.
OUR_INDEXES = {
    "index res_partner__email_normalized_index",
    "index res_partner__phone_sanitized_index",
}


@pytest.fixture
def used(make_server):
    """A server whose database has sent and received."""
    server = make_server("uninstalled")
    kit = KITS["sandbox"](Odoo(server)).connect()
    kit.wait_state(kit.send("before it goes"), "delivered")
    kit.post(kit.incoming(new_phone(), "before it goes"))
    kit.settled()
    customer = kit.odoo.call("res.partner", "create", [{"name": "Dana"}])
    kit.odoo.call("sale.order", "create", [{"partner_id": customer[0]}])
    return server, kit.odoo


def schema(db):
    """:return: what a database has beside our tables: indexes, fields and their descriptions"""
    return set(
        db.column(
            """SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
                UNION SELECT 'field ' || model || '.' || name FROM ir_model_fields
                UNION SELECT 'data ' || module || '.' || name FROM ir_model_data
                       WHERE model NOT IN ('ir.model.data', 'ir.module.module')"""
        )
    )


def uninstalled(odoo, module):
    """Odoo refuses while a job is running.

    :return: where the log of the uninstallation begins, None where it was refused
    """
    start = odoo.server.log_size()
    try:
        odoo.call("ir.module.module", "button_immediate_uninstall", [module])
    except RpcError as error:
        if "scheduled action" in str(error):
            return None
        raise
    return start


@contextlib.contextmanager
def jobs_ending(name):
    """Do to the row of a job, again and again, what a worker does at the end of it."""
    over = threading.Event()

    def work():
        database = Database(name)
        while not over.wait(0.05):
            database.rows(
                "UPDATE ir_cron SET lastcall = now() WHERE cron_name = 'Communication: inbox'"
            )

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def test_uninstalled_without_errors(used):
    """AD: leads, stages and customers stay, our tables and jobs are gone, the log is clean; though
    a job that began before ends meanwhile."""
    server, odoo = used
    leads = odoo.call("crm.lead", "search_count", [])
    [core] = odoo.search("ir.module.module", ("name", "=", "kala_comm"))
    with jobs_ending(server.database.name):
        start = until(lambda: uninstalled(odoo, core), 60, "no job to be running")
    assert odoo.call("crm.lead", "search_count", []) == leads > 0
    odoo.call("crm.lead", "create", [{"name": "life goes on"}])
    db = server.database
    assert not db.column("SELECT tablename FROM pg_tables WHERE tablename LIKE 'kala%%'")
    assert not db.column("SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'Communication%%'")
    assert not TROUBLE.findall(server.log(start))
    # What an addon brought, it takes away again, and nothing else.
    assert schema(db) >= BASE_FIELDS
    assert not {row for row in schema(db) if "kala" in row}
    assert not {row for row in schema(db) if row in OUR_INDEXES}
