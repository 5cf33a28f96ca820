"""QU11: two servers on one database empty one queue; one of them dies in the middle of it."""

import re

import pytest

from .support import fakes
from .support.batch import CHUNK, LANES, Batch, make_leads
from .support.kits import KITS

MESSAGES = 600
#: A run of a lane in a server's log.
_RUN = re.compile(r"sending, lane \d.* fully done")


@pytest.fixture
def kit(odoo):
    kit = KITS["meta"](odoo).connect()
    kit.fake.behave(fakes.Well(after=0.1))
    yield kit
    kit.stop()


@pytest.fixture
def second(make_server, server):
    second = make_server("second", beside=server)
    yield second
    second.stop()


def test_two_servers_empty_one_queue(kit, server, second):
    """QU11, BR3: 0 lost, 0 twice, and lanes of both were at it."""
    before = server.log_size(), second.log_size()
    batch = Batch.held(kit, make_leads(kit, MESSAGES), "two servers")
    batch.wait_all_sent()
    assert len(batch.accepted()) == MESSAGES and not batch.twice()
    for one, start in zip((server, second), before, strict=True):
        assert _RUN.search(one.log(start)), one.log(start)


def test_one_of_two_servers_dies(kit, second):
    """QU9, QU11: the other one sends the rest by itself; what the dead one had under way is at
    most one chunk per lane, and nobody gets a message twice."""
    batch = Batch.held(kit, make_leads(kit, MESSAGES), "one dies")
    batch.wait_accepted(MESSAGES // 4)
    second.kill()
    left = batch.wait_left()
    assert left["sent"] + left["unknown"] == MESSAGES
    assert left["unknown"] <= LANES * CHUNK
    assert left["sent"] <= len(batch.accepted()) and not batch.twice()
