"""QU10: what a provider may do to one message, and the state in which it ends
(docs/architecture.md, 3.6).

All messages of a provider are sent at the same time, since some of them take as long as our
time-out; then each one is looked at.
"""

import socket
from typing import NamedTuple

import pytest

from .support import fakes
from .support.fakes import Answer
from .support.kits import KITS
from .support.waiting import until

SPEAKING = sorted(code for code, kit in KITS.items() if kit.fake_class)


class Case(NamedTuple):
    """What the provider does once, and what becomes of the message.

    :ivar str state: where it rests; ``queued`` = it will try again by itself
    :ivar str wait: reason for which a queued one waits
    :ivar bool taken: whether the customer has got the message
    """

    behaviour: object
    state: str
    wait: str = None
    taken: bool = False


CASES = {
    "well": Case(fakes.Well(), "sent", taken=True),
    "slowly": Case(fakes.Well(after=5), "sent", taken=True),
    "429, come back in a second": Case(
        fakes.Say(Answer(429, b"", (("Retry-After", "1"),))), "sent", taken=True
    ),
    "429, come back in an hour": Case(
        fakes.Say(Answer(429, b"slow down", (("Retry-After", "3600"),))), "queued", "limit"
    ),
    "429, no word when": Case(fakes.Say(Answer(429)), "sent", taken=True),
    "500, nothing taken": Case(fakes.Say(Answer(500)), "unknown"),
    "502, taken": Case(
        fakes.Say(Answer(502, b"<h1>Bad gateway"), accept=True), "unknown", None, True
    ),
    "503, come back": Case(fakes.Say(Answer(503, b"", (("Retry-After", "1"),))), "unknown"),
    "200 with garbage, taken": Case(fakes.garbage(), "unknown", None, True),
    "200 with nothing": Case(fakes.garbage(accept=False), "unknown"),
    "200 with an empty object": Case(fakes.Say(Answer(200, {})), "unknown"),
    "200 with a list": Case(fakes.Say(Answer(200, [])), "unknown"),
    "redirect": Case(fakes.Say(Answer(302, b"", (("Location", "/elsewhere"),))), "unknown"),
    "400 with NUL": Case(
        fakes.Say(Answer(400, {"error": "no\x00", "code": 424242, "message": "no\x00\ud800"})),
        "failed",
    ),
    "400 with garbage": Case(fakes.garbage(status=400, accept=False), "failed"),
    "closed at once": Case(fakes.Drop(), "unknown"),
    "closed, taken": Case(fakes.Drop(accept=True), "unknown", None, True),
    "reset": Case(fakes.Drop(reset=True), "unknown"),
    "reset, taken": Case(fakes.Drop(accept=True, reset=True), "unknown", None, True),
    "no answer": Case(fakes.Hang(accept=False), "unknown"),
    "no answer, taken": Case(fakes.Hang(accept=True), "unknown", None, True),
    "an answer without an end, taken": Case(fakes.Trickle(), "unknown", None, True),
}
#: What is answered after a while, or not at all.
SLOW = {
    name
    for name, case in CASES.items()
    if isinstance(case.behaviour, (fakes.Hang, fakes.Trickle)) or name == "slowly"
}


@pytest.fixture(scope="module")
def tried(odoo):
    """:return: dict provider → (kit, dict case → communication id), all of them at rest"""
    kits = {code: KITS[code](odoo).connect() for code in SPEAKING}
    everything = {code: (kit, {}) for code, kit in kits.items()}
    # A lane waits for the slowest message of those that it sends together. What takes as long as
    # our time-out is written last, of all providers, so that only few of them are waited for.
    for names in (set(CASES) - SLOW, SLOW):
        for kit, messages in everything.values():
            chosen = [name for name in CASES if name in names]
            for name in chosen:
                kit.fake.plan(name, CASES[name].behaviour)
            messages.update(kit.send_each(chosen))
    for kit, messages in everything.values():
        for name, message in messages.items():
            case = CASES[name]
            until(
                lambda kit=kit, message=message, case=case: _rests(kit.message(message), case),
                120,
                lambda kit=kit, message=message, name=name: (
                    f"{kit.code}, {name}: rest; it is "
                    f"{kit.message(message).state} ({kit.message(message).failure_reason})"
                ),
            )
    yield everything
    for kit, _messages in everything.values():
        kit.stop()


def _rests(row, case):
    """A message that never reaches its state is caught by its own test, not here."""
    if row.state == "queued":
        return row.attempt_count and (row.wait_reason == case.wait or case.state != "sent")
    return row.state not in ("sending", "scheduled")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("code", SPEAKING)
def test_ends_in_its_state(tried, code, name):
    """QU10, docs/architecture.md, 3.6."""
    kit, messages = tried[code]
    case, row = CASES[name], kit.message(messages[name])
    assert (row.state, row.wait_reason) == (case.state, case.wait), row.failure_reason
    assert bool(kit.fake.accepted_of(name)) == case.taken
    if case.state in ("unknown", "failed"):
        assert row.failure_reason
    if case.state == "unknown":
        # DE3: never again by itself.
        assert len(kit.fake.asked_of(name)) == 1
    tries = [a.state for a in kit.attempts(row.id)]
    assert tries == (["retry"] if name.startswith("429") else []) + (
        [] if case.state == "queued" else [case.state]
    )


@pytest.mark.parametrize("code", SPEAKING)
def test_retry_after_is_respected(tried, code):
    """DE2: not before the moment that the provider named."""
    kit, messages = tried[code]
    row = kit.message(messages["429, come back in an hour"])
    waits = kit.db.value(
        """SELECT extract(epoch FROM c.send_after - a.date) FROM kala_communication c
             JOIN kala_attempt a ON a.communication_id = c.id WHERE c.id = %s""",
        row.id,
    )
    assert 3590 <= waits <= 3900


@pytest.mark.parametrize("code", SPEAKING)
def test_nothing_was_sent_twice(tried, code):
    """DE3: whatever the provider does, no customer gets a message twice."""
    kit, _messages = tried[code]
    texts = [message.text for message in kit.fake.accepted]
    assert sorted(texts) == sorted(set(texts))
    assert not kit.fake.invalid


@pytest.mark.parametrize(
    "code", sorted(c for c in SPEAKING if KITS[c].reports and KITS[c].echoes_key)
)
def test_report_resolves_the_unsure(tried, code):
    """QU9, QU10: our own id in a report tells that an unsure message was taken."""
    kit, messages = tried[code]
    for name, case in CASES.items():
        if case.state == "unknown" and case.taken:
            [sent] = kit.fake.accepted_of(name)
            kit.post(kit.report(sent, kit.reports[-1]))
            kit.wait_state(messages[name], kit.reports[-1])


@pytest.mark.parametrize("code", SPEAKING)
def test_person_decides(tried, code):
    """DE3: a person says "it arrived" or "send it again" of a message that stays unsure."""
    kit, messages = tried[code]
    arrived, again = messages["closed at once"], messages["reset"]
    kit.odoo.call("kala.communication", "action_arrived", [arrived])
    assert kit.message(arrived).state == "sent"
    assert not kit.fake.accepted_of("closed at once")
    kit.odoo.call("kala.communication", "action_resend", [again])
    kit.wait_state(again, "sent")
    assert len(kit.fake.accepted_of("reset")) == 1


@pytest.fixture
def deaf():
    """:return: an address on which nobody listens, and which nobody else can take meanwhile"""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_nobody_listens(kit_of, deaf):
    """docs/architecture.md, 3.6: nothing left us, so it tries again by itself, and arrives once.
    All providers at the same time, since the first pause is half a minute."""
    kits = [kit_of(code).connect() for code in SPEAKING]
    for kit in kits:
        kit.odoo.write("kala.connection", kit.connection_id, api_url=deaf)
    messages = [kit.send("try again") for kit in kits]
    for kit, message in zip(kits, messages, strict=True):
        row = until(
            lambda kit=kit, message=message: next(
                (r for r in [kit.message(message)] if r.wait_reason == "retry"), None
            ),
            30,
            "the first try to fail",
        )
        assert (row.state, row.attempt_count, row.failure_kind) == ("queued", 1, "temporary")
        kit.odoo.write("kala.connection", kit.connection_id, api_url=kit.fake.url)
    for kit, message in zip(kits, messages, strict=True):
        kit.wait_state(message, "sent", within=90)
        assert len(kit.fake.accepted) == 1
        assert [a.state for a in kit.attempts(message)] == ["retry", "sent"]


@pytest.mark.parametrize("code", SPEAKING)
def test_gives_up_after_some_tries(kit_of, code):
    """DE2: at most N times, then it waits for a person."""
    kit = kit_of(code).connect()
    company = kit.odoo.search("res.company", order="id")[0]
    limit = kit.odoo.read("res.company", company, "kala_max_attempts")["kala_max_attempts"]
    kit.fake.plan(
        "never", *[fakes.Say(Answer(429, b"", (("Retry-After", "1"),))) for _n in range(limit)]
    )
    message = kit.send("never")
    row = kit.wait_state(message, "failed", within=90)
    assert (row.failure_kind, row.attempt_count) == ("limit", limit)
    assert len(kit.fake.asked) == limit
