"""QU11: two servers on one database empty one queue; one of them is killed."""

import pytest

from .support import fakes
from .support.batch import Batch, make_leads
from .support.kits import KITS

MESSAGES = 600


@pytest.fixture
def kit(odoo):
    kit = KITS["meta"](odoo).connect()
    kit.fake.behave(fakes.Well(after=0.1))
    yield kit
    kit.stop()


def test_two_servers_empty_one_queue(kit, make_server, server):
    """QU11, BR3: 0 lost, 0 twice, and both had their share."""
    second = make_server("second", beside=server)
    try:
        batch = Batch.held(kit, make_leads(kit, MESSAGES), "two servers")
        batch.wait_all_sent()
    finally:
        second.stop()
    assert len(batch.accepted()) == MESSAGES and not batch.twice()
