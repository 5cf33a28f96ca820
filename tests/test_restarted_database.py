"""PostgreSQL is restarted in the middle of sending: it goes on by itself.

With ``KALA_QU9_ROUNDS`` above 1 it crashes as well, in a round of its own.
"""

import os

import pytest

from .conftest import set_up_company
from .support import fakes
from .support.batch import CHUNK, LANES, Batch, make_leads
from .support.client import Odoo
from .support.cluster import Cluster
from .support.kits import KITS

MESSAGES = 1000
LATENCY = 0.1
#: Of pg_ctl: ``fast`` ends all sessions, ``immediate`` is a crash.
MODES = ("fast", "immediate")[: int(os.environ.get("KALA_QU9_ROUNDS", "1"))]


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster.start()
    cluster.remove()


@pytest.fixture(scope="module")
def kit(make_server, cluster):
    """A gateway that tells nothing: nobody but us keeps the answers to what was under way."""
    server = make_server("restarted", cluster=cluster)
    server.supervise()
    odoo = Odoo(server)
    set_up_company(odoo)
    kit = KITS["http"](odoo).connect()
    kit.fake.behave(fakes.Well(after=LATENCY))
    yield kit
    kit.fake.stop()


@pytest.mark.parametrize("mode", MODES)
def test_database_is_restarted(kit, cluster, mode):
    """QU9, docs/architecture.md, 3.6: 0 lost, 0 twice; at most one chunk per lane is unsure, those
    whose worker Odoo's main process took along; nobody has to do anything."""
    batch = Batch.held(kit, make_leads(kit, MESSAGES), mode)
    batch.wait_accepted(MESSAGES // 3)
    cluster.restart(mode)
    left = batch.wait_left()
    print(f"PostgreSQL, {mode}, while sending {MESSAGES}: {dict(left)}")
    assert not batch.twice()
    assert left["sent"] + left["unknown"] == MESSAGES
    assert left["unknown"] <= LANES * CHUNK
    assert left["sent"] <= len(batch.accepted()) <= MESSAGES
