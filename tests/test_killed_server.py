"""QU9: the server is killed (``kill -9``) while it sends, receives, or prepares a mass send.

Each round kills it at another moment of 1,000 messages, once with a provider that repeats our id
in its reports (Meta) and once with one that tells nothing (a plain gateway).
``KALA_QU9_ROUNDS`` (1) says how many rounds; the goal is stated for 20.
"""

import collections
import os
import random
import threading

import pytest

from .conftest import set_up_company
from .support import fakes
from .support.batch import CHUNK, LANES, Batch, make_leads
from .support.client import Odoo
from .support.kits import KITS
from .support.kits.base import new_phone
from .support.waiting import until

ROUNDS = int(os.environ.get("KALA_QU9_ROUNDS", "1"))
MESSAGES = 1000
#: Seconds of the provider's latency: long enough that some are under way at every moment.
LATENCY = 0.1
#: Recipients of the mass send: some seconds of preparing.
RECIPIENTS = 12_000
#: Messages in one event of the provider, and events of the backlog.
TEXTS, EVENTS = 100, 8


@pytest.fixture(scope="module")
def server(make_server):
    """A server of its own, since it is killed again and again."""
    return make_server("killed")


@pytest.fixture(scope="module")
def odoo(server):
    admin = Odoo(server)
    set_up_company(admin)
    return admin


@pytest.fixture(scope="module")
def connected(odoo):
    """:return: function: code of a provider → (kit, leads to write to)"""
    made = {}

    def connect(code):
        if code not in made:
            kit = KITS[code](odoo).connect()
            kit.fake.behave(fakes.Well(after=LATENCY))
            made[code] = (kit, make_leads(kit, MESSAGES))
        return made[code]

    yield connect
    for kit, _leads in made.values():
        kit.stop()


def send_and_kill(server, kit, leads, text):
    """Kill the server while it sends to all leads, and start it again.

    :return: (batch, whose rest has left; how many were under way at the kill)
    """
    batch = Batch.held(kit, leads, text)
    batch.wait_accepted(random.randint(50, MESSAGES - 100))
    server.kill()
    unsure = batch.states()["sending"]
    assert unsure <= LANES * CHUNK
    batch.end_claims()
    server.start()
    # Lanes look by themselves within a minute; somebody who writes is quicker.
    kit.send(f"{text}, life goes on")
    left = batch.wait_left()
    assert set(left) <= {"sent", "unknown"}
    assert left["unknown"] <= unsure
    assert not batch.twice()
    return batch, unsure


def tell(record_property, kit, unsure, never):
    """Keep the round's figures for the report."""
    record_property("provider", kit.code)
    record_property("under way", unsure)
    record_property("never accepted", never)
    print(f"QU9 {kit.code}: {unsure} under way at the kill, {never} of them never accepted")


@pytest.mark.parametrize("text", [f"round {n + 1}" for n in range(ROUNDS)])
def test_killed_while_sending(server, connected, record_property, text):
    """QU9: 0 lost, 0 twice; at most one chunk per lane is unsure; after the echoes every
    accepted one is sent, and what is still unsure was never accepted."""
    kit, leads = connected("meta")
    batch, unsure = send_and_kill(server, kit, leads, text)
    # The echoes of everything that was accepted, as the provider sends them.
    taken = batch.accepted()
    for start in range(0, len(taken), 200):
        values = [kit.status_value(message, "sent") for message in taken[start : start + 200]]
        kit.post(kit.signed(kit.payload(*values)))
    kit.settled(90)
    rows = batch.rows()
    uids = {message.uid for message in taken}
    assert {row.provider_uid for row in rows if row.state == "sent"} == uids
    never = [row.id for row in rows if row.state != "sent"]
    assert len(never) == MESSAGES - len(taken)
    tell(record_property, kit, unsure, len(never))
    # A person says "send it again": then all have got it, each once.
    if never:
        kit.odoo.call("kala.communication", "action_resend", never)
    batch.wait_all_sent()
    assert len(batch.accepted()) == MESSAGES and not batch.twice()


@pytest.mark.parametrize("text", [f"round {n + 1}" for n in range(ROUNDS)])
def test_killed_while_sending_through_a_silent_provider(server, connected, record_property, text):
    """QU9: nobody can tell what became of the unsure ones, at most one chunk per lane: nobody
    sends them again by himself, and all others arrived once."""
    kit, leads = connected("http")
    batch, unsure = send_and_kill(server, kit, leads, text)
    kit.odoo.run_job("ir_cron_resolve_unknown")
    left, taken = batch.states(), len(batch.accepted())
    assert left["sent"] + left["unknown"] == MESSAGES
    assert left["sent"] <= taken <= MESSAGES
    tell(record_property, kit, unsure, MESSAGES - taken)


def test_killed_while_receiving(server, connected):
    """docs/architecture.md, 3.1: what was answered with 200 is never lost, whenever the server
    dies."""
    kit, _leads = connected("meta")
    answered, stop = [], threading.Event()

    def post_all():
        while not stop.is_set():
            text = f"in {len(answered)}"
            try:
                response = kit.incoming(new_phone(), text).to(kit.url)
            except OSError:
                return  # killed in the middle: the provider would come again
            if response.status_code == 200:
                answered.append(text)

    client = threading.Thread(target=post_all)
    client.start()
    until(lambda: len(answered) > 60, 60, "some events to be answered")
    server.kill()
    stop.set()
    client.join()
    server.start()
    # Somebody writes: the inbox job need not wait for its minute.
    kit.post(kit.incoming(new_phone(), "life goes on"))
    kit.settled(90)
    logged = collections.Counter(row.body for row in kit.received())
    assert all(logged[text] == 1 for text in answered)


def test_killed_while_processing(server, connected):
    """docs/architecture.md, 3.2: the inbox job dies in the middle of a backlog of new senders: each
    message is logged once, and each sender becomes one lead."""
    kit, _leads = connected("meta")
    senders = [new_phone() for _n in range(TEXTS * EVENTS)]
    for start in range(0, len(senders), TEXTS):
        values = [kit.message_value(to, "backlog") for to in senders[start : start + TEXTS]]
        kit.post(kit.signed(kit.payload(*values)))

    def logged():
        return kit.db.column(
            "SELECT contact_value FROM kala_communication WHERE body = 'backlog' AND lead_id > 0"
        )

    until(logged, 60, "some to be processed")
    server.kill()
    done = len(logged())
    assert 0 < done < len(senders)
    server.start()
    kit.post(kit.incoming(new_phone(), "life goes on"))
    kit.settled(120)
    assert sorted(logged()) == sorted(senders)
    leads = kit.db.column(
        "SELECT phone_sanitized FROM crm_lead WHERE phone_sanitized = ANY(%s)", senders
    )
    assert sorted(leads) == sorted(senders)


def fill_leads(db, count):
    """Leads with a mobile number each, in a second: their keys count as filled."""
    db.rows(
        """WITH made AS (
               INSERT INTO crm_lead (name, type, active, company_id, stage_id, won_status, priority,
                                     phone, phone_sanitized, kala_contact_keys, create_date)
               SELECT 'mass', 'lead', TRUE, c.id, s.id, 'pending', '0', p, p, 'filled', now()
                 FROM (SELECT id FROM res_company ORDER BY id LIMIT 1) c,
                      (SELECT id FROM crm_stage ORDER BY sequence LIMIT 1) s,
                      (SELECT '+97253' || (2000000 + n) AS p FROM generate_series(1, %s) n) n
            RETURNING id, phone)
           INSERT INTO kala_contact_point (kind, value, res_model, res_id)
           SELECT 'phone', phone, 'crm.lead', id FROM made""",
        count,
    )


def test_killed_while_preparing_a_mass_send(server, connected):
    """BR3: the preparing dies in the middle and goes on exactly there: each address once."""
    kit, _leads = connected("http")
    kit.odoo.call("kala.connection", "action_pause", [kit.connection_id])
    fill_leads(kit.db, RECIPIENTS)
    values = {
        "name": "Mass",
        "model": "crm.lead",
        "domain": "[('name', '=', 'mass')]",
        "channel": kit.channel,
        "line_id": kit.line_id,
        "body": "We are open.",
    }
    [mass] = kit.odoo.call("kala.mass.send", "create", [values])
    kit.odoo.call("kala.mass.send", "action_start", [mass])

    def prepared():
        return kit.db.column(
            "SELECT contact_value FROM kala_communication WHERE mass_send_id = %s", mass
        )

    until(prepared, 60, "the preparing to begin")
    server.kill()
    assert 0 < len(prepared()) < RECIPIENTS
    server.start()
    # Somebody writes: the job need not wait for its minute.
    meta, _leads = connected("meta")
    meta.post(meta.incoming(new_phone(), "life goes on"))
    until(
        lambda: kit.db.value("SELECT is_prepared FROM kala_mass_send WHERE id = %s", mass),
        120,
        "the preparing to end",
    )
    assert len(prepared()) == len(set(prepared())) == RECIPIENTS
    kit.odoo.call("kala.mass.send", "action_cancel", [mass])
    kit.odoo.call("kala.connection", "action_resume", [kit.connection_id])
