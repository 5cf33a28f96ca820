"""QU8, MA10: the same thing at the same moment, from several clients to several processes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from .support.kits.base import new_phone

CLIENTS = 8
COPIES = 100


def at_once(*calls):
    """Start all calls at the same moment, each in a thread of its own.

    :return: list of what they return
    """
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.parametrize("code", ["meta", "sandbox", "twilio"])
def test_hundred_copies_from_eight_clients(kit_of, code):
    """QU8, docs/architecture.md, 3.1: each copy is answered well, one communication is made."""
    kit = kit_of(code)
    post = kit.incoming(new_phone(), "copied")
    shares = [COPIES // CLIENTS + (n < COPIES % CLIENTS) for n in range(CLIENTS)]

    def client(share):
        return [post.to(kit.url).status_code for _n in range(share)]

    answers = at_once(*(lambda share=share: client(share) for share in shares))
    assert sum(answers, []) == [200] * COPIES
    kit.settled()
    assert (kit.events(), len(kit.items()), len(kit.received())) == (1, 1, 1)


def test_one_message_in_regrouped_batches(kit_of):
    """docs/architecture.md, 3.2: the same message in eight different batches at once is one
    communication, and its neighbours are all there."""
    kit = kit_of("meta")
    sender, uid = new_phone(), kit.new_uid()
    shared = kit.message_value(sender, "shared", uid)
    posts = [
        kit.signed(kit.payload(shared, kit.message_value(new_phone(), f"neighbour {n}")))
        for n in range(CLIENTS)
    ]
    at_once(*(lambda post=post: kit.post(post) for post in posts))
    kit.settled()
    texts = sorted(row.body for row in kit.received())
    assert texts == sorted(["shared", *(f"neighbour {n}" for n in range(CLIENTS))])


@pytest.mark.parametrize("code", ["meta", "sandbox", "twilio"])
def test_two_first_messages_make_one_lead(kit_of, code):
    """MA10: unknown senders write twice at the same moment, to two processes."""
    kit = kit_of(code)
    senders = [new_phone() for _n in range(6)]
    for sender in senders:
        first, second = kit.incoming(sender, "first"), kit.incoming(sender, "second")
        at_once(lambda post=first: kit.post(post), lambda post=second: kit.post(post))
    kit.settled()
    for sender in senders:
        leads = kit.db.column(
            "SELECT lead_id FROM kala_communication WHERE contact_value = %s ORDER BY id", sender
        )
        assert len(leads) == 2 and len(set(leads)) == 1
        assert kit.db.value("SELECT count(*) FROM crm_lead WHERE phone_sanitized = %s", sender) == 1


def test_first_messages_over_two_connections(kit_of):
    """MA10: by SMS and by WhatsApp at the same moment: still one lead."""
    one, two = kit_of("twilio"), kit_of("meta")
    sender = new_phone()
    posts = (one.incoming(sender, "by SMS"), two.incoming(sender, "by WhatsApp"))
    at_once(lambda: one.post(posts[0]), lambda: two.post(posts[1]))
    one.settled()
    two.settled()
    assert one.received()[0].lead_id == two.received()[0].lead_id


def test_same_request_twice_at_once(kit_of):
    """DE3: a key makes a repeated request return the first message, also at the same moment."""
    kit = kit_of("sandbox").connect()
    lead = kit.odoo.create("crm.lead", name="Twice", phone=new_phone())

    def send():
        return kit.odoo.call(
            "crm.lead", "kala_send", [lead], "sms", body="once", line=kit.line_id, key="k-1"
        )

    first = send()
    assert at_once(send, send) == [first, first]
    assert kit.db.value("SELECT count(*) FROM kala_communication WHERE lead_id = %s", lead) == 1
