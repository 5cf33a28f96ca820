"""A provider that cannot be reached for a while (DE5)."""

import pytest

from .support import fakes
from .support.batch import Batch, make_leads
from .support.kits import KITS
from .support.waiting import until

MESSAGES = 300


@pytest.fixture
def kit(odoo):
    kit = KITS["meta"](odoo).connect()
    kit.fake.behave(fakes.Well(after=0.05))
    yield kit
    kit.stop()


def told(kit):
    """:return: how often the managers were told that the connection does not send"""
    return kit.db.value(
        """SELECT count(*) FROM mail_message
            WHERE model = 'kala.connection' AND res_id = %s AND subject LIKE '%%does not send'""",
        kit.connection_id,
    )


def state(kit):
    return kit.db.value("SELECT state FROM kala_connection WHERE id = %s", kit.connection_id)


def test_provider_is_down_for_a_while(kit):
    """DE2, DE5: the connection pauses and tells its managers once, keeps all messages, and goes
    on by itself when the provider is back; all arrive, each once."""
    batch = Batch.held(kit, make_leads(kit, MESSAGES), "down")
    batch.wait_accepted(MESSAGES // 4)
    kit.fake.close()
    until(lambda: state(kit) == "error" and told(kit), 60, "the connection to pause and tell")
    # The provider is still down: looking changes nothing, and nobody is told again.
    kit.odoo.run_job("ir_cron_check_broken")
    assert state(kit) == "error" and told(kit) == 1
    assert batch.states()["failed"] == 0 < batch.states()["queued"]
    kit.fake.open()
    kit.odoo.run_job("ir_cron_check_broken")
    left = batch.wait_left()
    assert left["sent"] + left["unknown"] == MESSAGES and not batch.twice()
    # What was broken off in the middle of an answer is told by the reports.
    for message in batch.accepted():
        if left["unknown"]:
            kit.post(kit.report(message, "sent"))
    batch.wait_all_sent()
    assert len(batch.accepted()) == MESSAGES and told(kit) == 1
