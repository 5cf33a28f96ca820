"""docs/architecture.md, 4: the suite that every provider passes, against a fake that answers well,
late, twice, out of order, with errors, garbage and not at all."""

import base64
import itertools
import threading

import pytest

from .support import fakes
from .support.client import Post, RpcError
from .support.kits import ALL_KITS, KITS, VOICE_KITS
from .support.kits.base import new_phone
from .support.waiting import until

REPORTING = sorted(code for code, kit in KITS.items() if kit.reports)
FAILING = sorted(code for code in REPORTING if KITS[code].reports_failure)
SPEAKING = sorted(code for code, kit in KITS.items() if kit.fake_class)
KEEPING = sorted(code for code, kit in KITS.items() if kit.template)
WITH_FILES = sorted(code for code, kit in KITS.items() if kit.sends_files)
CALLING = sorted(VOICE_KITS)
#: What a telephone system answers to click to call, and what the user reads.
REFUSED_CALLS = [
    (200, '{"ERRORCODE": 3, "ERRORMESSAGE": "Extension is offline"}', "Extension is offline"),
    (403, "no", "did not take the call"),
    (500, '{"ERRORCODE": 0}', "did not take the call"),
    (200, "<html>it works</html>", "did not take the call"),
]
#: A picture of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
KNOWN_FAILURES = [
    (code, why, kind) for code, kit in sorted(KITS.items()) for why, kind in kit.failures
]


@pytest.fixture(params=sorted(KITS))
def connected(request, kit_of):
    """A connection of every provider in turn, ready to send."""
    return kit_of(request.param).connect()


# ---------------------------------------------------------------------- who takes part


def test_every_provider_takes_part(odoo):
    """docs/architecture.md, 4: a provider that is installed and has no kit passes nothing."""
    choices = odoo.call("kala.connection", "fields_get", ["provider_choice"])
    installed = {code for code, _label in choices["provider_choice"]["selection"]}
    assert installed == set(ALL_KITS)


# ---------------------------------------------------------------------- in


def test_message_comes_in(kit):
    """LO1, MA3: a message of somebody unknown is logged and makes a lead."""
    sender = new_phone()
    kit.post(kit.incoming(sender, "Is it still free? 👍\nשלום", name="Noa Levi"))
    kit.settled()
    [row] = kit.received()
    assert (row.channel, row.state, row.body) == (
        kit.channel,
        "received",
        "Is it still free? 👍\nשלום",
    )
    assert (row.contact_kind, row.contact_value) == kit.contact_of(sender)
    assert (row.line_id, row.res_model) == (kit.line_id, "crm.lead")
    phone = kit.db.value("SELECT phone_sanitized FROM crm_lead WHERE id = %s", row.lead_id)
    assert phone == (sender if row.contact_kind == "phone" else None)


def test_the_same_event_again(kit):
    """docs/architecture.md, 3.1: providers repeat; one event is one communication."""
    post = kit.incoming(new_phone(), "once")
    for _n in range(3):
        kit.post(post)
    kit.settled()
    kit.post(post)
    kit.settled()
    assert (kit.events(), len(kit.received())) == (1, 1)


def test_order_of_arrival_does_not_matter(kit):
    """Messages of one sender belong to one lead, in whatever order they arrive."""
    sender = new_phone()
    posts = [kit.incoming(sender, f"part {n}") for n in range(5)]
    for post in reversed(posts):
        kit.post(post)
    kit.settled()
    rows = kit.received()
    assert sorted(row.body for row in rows) == [f"part {n}" for n in range(5)]
    assert len({row.lead_id for row in rows}) == 1


def test_draft_connection_receives(kit):
    """What a customer writes is logged before anybody has pressed Connect."""
    kit.post(kit.incoming(new_phone(), "early"))
    kit.settled()
    assert [row.body for row in kit.received()] == ["early"]


# ---------------------------------------------------------------------- out


def test_message_leaves(connected):
    """DE1: accepted is sent; the request satisfies the provider's own description."""
    number = new_phone()
    text = "Your order is ready.\nשלום & <b>%20+ 👍"
    message = connected.send(text, number)
    row = connected.wait_state(message, "sent", "delivered")
    assert (row.contact_value, row.attempt_count) == (connected.contact_of(number)[1], 1)
    if connected.fake:
        [sent] = connected.fake.accepted_of(text)
        assert sent.to.removeprefix("whatsapp:")[-9:] == number[-9:]
        assert not connected.fake.invalid
    assert [a.state for a in connected.attempts(message)] == [row.state]


@pytest.mark.parametrize("code", SPEAKING)
def test_several_leave_at_once(kit_of, code):
    """docs/architecture.md, 3.5: a slow provider is spoken to over several connections at the same
    time, and each customer gets one message."""
    kit = kit_of(code).connect()
    kit.fake.behave(fakes.Well(after=0.5))
    messages = kit.send_each(f"slow {n}" for n in range(12))
    for message in messages.values():
        kit.wait_state(message, "sent", within=90)
    assert sorted(m.text for m in kit.fake.accepted) == sorted(f"slow {n}" for n in range(12))


@pytest.mark.parametrize("code", SPEAKING)
def test_one_recipient_keeps_the_order(kit_of, code):
    """docs/architecture.md, 3.5: texts to one person leave in the order in which they were
    written."""
    kit = kit_of(code).connect()
    number = new_phone()
    lead = kit.odoo.create("crm.lead", name="In order", phone=number)
    kit.open_window(number)
    kit.fake.behave(fakes.Well(after=0.05))
    messages = [kit.send(f"step {n}", record=("crm.lead", lead)) for n in range(6)]
    for message in messages:
        kit.wait_state(message, "sent")
    assert [m.text for m in kit.fake.accepted] == [f"step {n}" for n in range(6)]


@pytest.mark.parametrize("code", KEEPING)
def test_template_leaves(kit_of, code):
    """WA1, WA6, WA8: a template that the provider keeps reaches somebody who never wrote; it is
    named as the provider knows it, and the log has what is read."""
    kit = kit_of(code).connect()
    template = kit.fetch_template("{{ first_name or 'there' }} ✓")
    row = kit.wait_state(kit.send_template(template, "Dana Levi"), "sent")
    assert row.body == "Hi Dana ✓, it is ready"
    [sent] = kit.fake.accepted
    assert (sent.template, sent.values, sent.text) == (kit.template, ("Dana ✓",), "")
    assert not kit.fake.invalid


@pytest.mark.parametrize("code", WITH_FILES)
def test_file_leaves(kit_of, code):
    """WA1, WA2, WA8: a picture reaches the provider with its text, byte for byte."""
    kit = kit_of(code).connect()
    kit.wait_state(kit.send_file("The roof 👍", "גג roof.png", PICTURE), "sent")
    [sent] = kit.fake.accepted_of("The roof 👍")
    assert kit.content_of(sent) == PICTURE
    assert not kit.fake.invalid


@pytest.mark.parametrize("code, why, kind", KNOWN_FAILURES)
def test_refused(kit_of, code, why, kind):
    """DE2: what the provider refuses waits for a person, with the reason in words; Resend is a
    new attempt, and the old one stays."""
    kit = kit_of(code).connect()
    kit.fake.plan("refused", fakes.Refuse(why))
    message = kit.send("refused")
    row = kit.wait_state(message, "failed")
    assert row.failure_kind == kind
    assert row.failure_reason
    assert len(kit.fake.asked) == 1
    if kind == "consent":
        return assert_opted_out(kit, row)
    kit.odoo.call("kala.communication", "action_resend", [message])
    kit.wait_state(message, "sent")
    assert [a.state for a in kit.attempts(message)] == ["failed", "sent"]
    assert len(kit.fake.accepted) == 1


def assert_opted_out(kit, row):
    """CO2: the provider knew of an objection before us: it is written down, and who resends
    disturbs nobody."""
    until(
        lambda: kit.db.value(
            "SELECT NOT allowed FROM kala_contact_permission WHERE value = %s AND channel = %s",
            row.contact_value,
            row.channel,
        ),
        30,
        "the objection to be written down",
    )
    kit.odoo.call("kala.communication", "action_resend", [row.id])
    ours = f"{row.contact_value} opted out"
    until(lambda: ours in (kit.message(row.id).failure_reason or ""), 45, "our own refusal")
    assert (kit.message(row.id).state, len(kit.fake.asked)) == ("failed", 1)


@pytest.mark.parametrize("code", SPEAKING)
def test_login_refused(kit_of, code):
    """DE5: a login that stopped working pauses the connection and keeps the message; when it
    works again, the message leaves."""
    kit = kit_of(code).connect()
    kit.fake.plan("kept", fakes.Refuse("connection"))
    message = kit.send("kept")

    def paused():
        state = kit.odoo.read("kala.connection", kit.connection_id, "state", "state_reason")
        return state if state["state"] == "error" else None

    assert until(paused, 30, "the connection to be in error")["state_reason"]
    assert kit.message(message).state == "queued"
    kit.odoo.run_job("ir_cron_check_broken")
    kit.wait_state(message, "sent")
    assert len(kit.fake.accepted) == 1


@pytest.mark.parametrize("code", [c for c in SPEAKING if KITS[c].login_is_needed])
def test_wrong_login_cannot_connect(kit_of, code):
    """AD1: Connect says what is missing, before anything is sent."""
    kit = kit_of(code)
    kit.odoo.write("kala.connection", kit.connection_id, **dict.fromkeys(kit.secrets(), False))
    with pytest.raises(Exception, match="Fill in"):
        kit.connect()


# ---------------------------------------------------------------------- reports


@pytest.mark.parametrize("code", REPORTING)
def test_reports_move_the_state(kit_of, code):
    """DE1: each report in turn, each of them repeated."""
    kit = kit_of(code).connect()
    message = kit.send("report on me")
    kit.wait_state(message, "sent")
    [sent] = kit.fake.accepted
    for state in kit.reports:
        kit.post(kit.report(sent, state))
        kit.wait_state(message, state)
        kit.post(kit.report(sent, state))
    kit.settled()
    assert kit.message(message).state == kit.reports[-1]


@pytest.mark.parametrize("code", REPORTING)
def test_reports_out_of_order(kit_of, code):
    """DE1: whatever the order, the state ends the same, and never moves backwards."""
    kit = kit_of(code).connect()
    orders = list(itertools.permutations(kit.reports))
    sent_texts = kit.send_each(f"order {n}" for n in range(len(orders)))
    messages = {message: n for n, message in enumerate(sent_texts.values())}
    for message in messages:
        kit.wait_state(message, "sent")
    for n in messages.values():
        [sent] = kit.fake.accepted_of(f"order {n}")
        for state in orders[n]:
            kit.post(kit.report(sent, state))
    kit.settled()
    for message in messages:
        assert kit.message(message).state == kit.reports[-1]
    for n in messages.values():
        [sent] = kit.fake.accepted_of(f"order {n}")
        for state in reversed(orders[n]):
            kit.post(kit.report(sent, state))
    kit.settled()
    assert {kit.message(message).state for message in messages} == {kit.reports[-1]}


@pytest.mark.parametrize("code", FAILING)
def test_failure_is_reported(kit_of, code):
    """DE2: accepted, then reported as failed, with a kind and a reason; after "delivered" such
    a report changes nothing."""
    kit = kit_of(code).connect()
    failing, arrived = kit.send("fails later"), kit.send("arrives")
    kit.wait_state(failing, "sent")
    kit.wait_state(arrived, "sent")
    kit.post(kit.report(kit.fake.accepted_of("fails later")[0], "failed"))
    row = kit.wait_state(failing, "failed")
    assert row.failure_kind and row.failure_reason
    [sent] = kit.fake.accepted_of("arrives")
    if "delivered" in kit.reports:
        kit.post(kit.report(sent, "delivered"))
        kit.wait_state(arrived, "delivered")
        kit.post(kit.report(sent, "failed"))
        kit.settled()
        assert kit.message(arrived).state == "delivered"


@pytest.mark.parametrize("code", REPORTING)
def test_report_overtakes_the_answer(kit_of, code):
    """docs/architecture.md, 3.2, 3.6: the report arrives while the provider is still answering us;
    the attempt, too, keeps what it said."""
    kit = kit_of(code).connect()
    answering = threading.Event()
    kit.fake.plan("overtaken", WaitsFor(answering))
    message = kit.send("overtaken")
    [sent] = until(lambda: kit.fake.accepted_of("overtaken"), 30, "the message to be accepted")
    last = kit.reports[-1]
    kit.post(kit.report(sent, last))
    kit.settled()
    answering.set()
    [attempt] = until(
        lambda: [a for a in kit.attempts(message) if a.http_status], 30, "the answer to be noted"
    )
    if not kit.echoes_key:
        # Whose report it is turns out when the answer has named the message; it is looked at again.
        kit.db.rows(
            "UPDATE kala_inbound_item SET due = NULL WHERE connection_id = %s", kit.connection_id
        )
        kit.odoo.run_job("ir_cron_inbox")
        until(lambda: kit.attempts(message)[0].state == last, 45, "the report to be understood")
        [attempt] = kit.attempts(message)
    assert attempt.state == last
    row = kit.message(message)
    assert (row.state, row.attempt_count) == (last, 1)
    assert row.provider_uid == (sent.uid if kit.named else row.provider_uid)


class WaitsFor(fakes.Well):
    """Accept at once, and answer when the test says so.

    :param threading.Event event: set by the test
    """

    def __init__(self, event):
        super().__init__()
        self._event = event

    def perform(self, exchange):
        exchange.accept()
        self._event.wait(fakes.NEVER)
        exchange.answer(exchange.provider.accepted_answer(exchange.message))


@pytest.mark.parametrize("code", REPORTING)
def test_report_about_nobody(kit_of, code):
    """docs/architecture.md, 3.2: a report with an unknown id waits, and ends as "not ours", not
    dead."""
    kit = kit_of(code).connect()
    sent = fakes.Sent("nobody", "?", new_phone(), kit.fake.make_uid(999))
    kit.post(kit.report(sent, "delivered"))
    kit.settled()
    [item] = kit.items()
    assert (item.kind, item.state) == ("report", "pending")
    # A quarter of an hour passes.
    kit.db.rows(
        "UPDATE kala_inbound_event SET date = date - interval '16 minutes' WHERE id = %s",
        item.event_id,
    )
    kit.db.rows("UPDATE kala_inbound_item SET due = NULL WHERE id = %s", item.id)
    kit.odoo.run_job("ir_cron_inbox")
    [item] = kit.items()
    assert (item.state, item.result) == ("done", "not ours")


# ---------------------------------------------------------------------- calls


@pytest.mark.parametrize("code", CALLING)
def test_call_comes_in(kit_of, code):
    """VO1: the events of a call of somebody unknown are one call, in whatever order they come and
    however often; the telephone system reads that we have each of them."""
    kit = kit_of(code)
    orders = list(itertools.permutations(kit.events_of_call))
    senders = [new_phone() for _order in orders]
    for n, (order, sender) in enumerate(zip(orders, senders, strict=True)):
        for name in order * 2:
            answer = kit.post(kit.event(name, sender, f"{code}-{n}"))
            assert answer.text.startswith(kit.acknowledged.rstrip("}"))
    kit.settled()
    assert kit.events() == len(orders) * len(kit.events_of_call)
    calls = kit.calls()
    assert [call.contact_value for call in calls] == senders
    assert {(call.channel, call.direction, call.line_id) for call in calls} == {
        ("voice", "in", kit.line_id)
    }
    assert {(call.call_status, call.duration) for call in calls} == {("answered", 42)}
    assert {call.res_model for call in calls} == {"crm.lead"}
    assert len({call.lead_id for call in calls}) == len(orders)


@pytest.mark.parametrize("code", CALLING)
def test_call_that_cannot_be_understood(kit_of, code):
    """AD3: garbage is a dead letter, and takes no call along."""
    kit = kit_of(code)
    for body in (b"not json", b'{"a": {"b": 1}}', b"[1]"):
        kit.post(Post(body, {"Content-Type": "application/json"}))
    for name in kit.events_of_call:
        kit.post(kit.event(name, new_phone(), f"{code}-good"))
    kit.settled()
    assert len(kit.calls()) == 1
    assert {item.kind for item in kit.items() if item.state == "dead"} == {"unusable"}


@pytest.mark.parametrize("code", CALLING)
def test_no_text_leaves_over_a_telephone_system(kit_of, code):
    """SE1: it connects without a login for texts, and its line is not one to write from."""
    kit = kit_of(code).connect()
    with pytest.raises(RpcError):
        kit.send("text", new_phone())
    assert kit.calls() == []


def click_to_call(kit):
    """:return: a function that dials a number as the user who sits at an extension of it"""
    kit.odoo.create(
        "kala.extension", connection_id=kit.connection_id, number="SIPSIP", user_id=kit.odoo.uid
    )
    kit.connect()
    return lambda number: kit.odoo.call("kala.call", "dial", number)


def test_click_to_call(kit_of):
    """VO2: the extension rings, then the number is dialled."""
    kit = kit_of("voicenter")
    dial = click_to_call(kit)
    number = new_phone()
    assert dial(number)
    [(_path, asked)] = kit.phones.asked
    assert (asked["phone"], asked["target"]) == ("SIPSIP", number.lstrip("+"))


def test_click_to_call_refused(kit_of):
    """VO2: what is not a yes is told to the user: an error, a status, garbage, no answer at all;
    never with the code in it (SC2)."""
    kit = kit_of("voicenter")
    dial = click_to_call(kit)
    for status, body, words in REFUSED_CALLS:
        kit.phones.status, kit.phones.body = status, body
        with pytest.raises(RpcError, match=words) as caught:
            dial(new_phone())
        assert kit.code_of_calls not in str(caught.value)
    assert len(kit.phones.asked) == len(REFUSED_CALLS)
    kit.odoo.write("kala.connection", kit.connection_id, api_url="http://127.0.0.1:9")
    with pytest.raises(RpcError, match="cannot be reached"):
        dial(new_phone())


# ---------------------------------------------------------------------- e-mail


def test_email_leaves(kit_of):
    """MX1: Odoo's own mail server sends; accepted is sent, and what it refuses waits for a person
    with the reason."""
    kit = kit_of("smtp").connect()
    good, bad = "dana@contract.example.com", "nobody@contract.example.com"
    kit.sink.refuse[bad] = "550 5.1.1 no such user"
    arrived, refused = kit.write_to(good, "It is ready"), kit.write_to(bad, "It is ready, too")
    assert len(kit.wait_delivery(good)) == 1
    kit.wait_state(arrived, "sent")
    row = kit.wait_state(refused, "failed")
    assert row.failure_kind and row.failure_reason
    assert kit.sink.to(bad) == []


def test_email_has_no_webhook(kit_of):
    """SC1: e-mail comes through Odoo's gateway; at the webhook address everything is refused."""
    kit = kit_of("smtp")
    for body in (b"{}", b"not json", b"a=b"):
        response = Post(body, {"Content-Type": "application/json"}).to(kit.url)
        assert (response.status_code, response.content) == (404, b"")
    assert kit.events() == 0
