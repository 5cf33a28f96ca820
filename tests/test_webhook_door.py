"""SC1, SC3, docs/architecture.md, 3.1: whatever comes to the door, the answer is never a 500,
nothing is stored of what does not prove where it is from, and nothing is lost of what does."""

import contextlib
import json
import socket
import time

import pytest
import requests

from .support.browser import Front
from .support.client import Post
from .support.kits import KITS, RECEIVING
from .support.kits.base import new_phone
from .support.waiting import until

JSON = {"Content-Type": "application/json"}
SIGNING = sorted(code for code, kit in KITS.items() if kit.signs)
STRICT = sorted(code for code, kit in KITS.items() if kit.knows_senseless)
OPEN = sorted(set(KITS) - set(STRICT))
SENSELESS = {
    "empty": b"",
    "text": b"not json",
    "string": b'"text"',
    "list": b"[1, 2]",
    "null": b"null",
    "bytes": b"\x00\x01\xff\xfe",
    "deep": b"{" * 100_000,
    "form": b"a=" + b"%00%ff" * 1000,
}
LABELS = [
    JSON,
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "\u00ff/\u00fe; charset=nothing".encode("latin-1")},
    {},
]


@pytest.fixture(autouse=True)
def no_errors_in_log(server):
    """A refusal is ordinary business: the server complains about nothing."""
    start = server.log_size()
    yield
    complaints = [
        line
        for line in server.log(start).splitlines()
        if " ERROR " in line or " CRITICAL " in line or line.startswith("Traceback")
    ]
    assert not complaints


def assert_refused(response):
    assert (response.status_code, response.content) == (404, b"")


def stored(db):
    """:return: how much there is in the inbox, of any connection"""
    return db.value(
        "SELECT (SELECT count(*) FROM kala_inbound_event)"
        " + (SELECT count(*) FROM kala_inbound_item)"
    )


# ---------------------------------------------------------------------- not authentic

TOKENS = [
    "unknown",
    "x" * 5000,
    "%00",
    "%ff%fe",
    "..%2f..%2fweb",
    "' OR 1=1 --",
    "{{7*7}}",
    "שלום",
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:12])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_unknown_token(server, db, method, token):
    """SC1: every refusal is the same empty 404."""
    before = stored(db)
    response = requests.request(
        method, f"{server.url}/kala/webhook/{token}", data=b"{}", headers=JSON, timeout=30
    )
    assert response.status_code == 404
    assert stored(db) == before


def _head_only(server, token, length):
    """Announce a body and send none of it.

    :return: (first line of the answer, its body, seconds that it took)
    """
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=30) as client:
        client.sendall(
            f"POST /kala/webhook/{token} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        head, body = b"", b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            while b"\r\n\r\n" not in head and (part := client.recv(4096)):
                head += part
            head, _gap, body = head.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], body, time.monotonic() - start


def test_unknown_token_costs_no_body(server, db):
    """SC1: who does not know the address is refused before what he sends is read, whatever its
    size; the answer is the same empty 404."""
    before = stored(db)
    for length in (10, 3_000_000, 5_000_000, 10**12):
        answers = [_head_only(server, "unknown", length) for _n in range(3)]
        for line, body, _seconds in answers:
            assert line.endswith(b" 404 NOT FOUND") and not body
        # A worker that has just started loads the registry first.
        assert min(seconds for *_, seconds in answers) < 1.5, f"{length} bytes were waited for"
    response = requests.post(
        f"{server.url}/kala/webhook/unknown", data=b"x" * 3_900_000, headers=JSON, timeout=30
    )
    assert_refused(response)
    assert stored(db) == before


def test_refusals_are_the_same_behind_nginx(kit_of, server, db):
    """SC1: a stranger, and a body that is too large: nginx passes Odoo's empty 404 on, and does not
    ask the provider to come again."""
    kit = kit_of("sandbox")
    before = stored(db)
    front = Front(server.http_port, server.gevent_port)
    ours = kit.url.rpartition("/")[2]
    try:
        for token, size in (("unknown", 3_900_000), ("unknown", 9_000_000), (ours, 9_000_000)):
            assert_refused(
                requests.post(
                    f"{front.url}/kala/webhook/{token}", data=b"x" * size, headers=JSON, timeout=60
                )
            )
    finally:
        front.stop()
    assert stored(db) == before
    assert refusals(kit) == 1


@pytest.mark.parametrize("code", SIGNING)
def test_forged(kit_of, code):
    """SC1: a wrong, missing or empty proof, a changed body: refused, counted, not stored."""
    kit = kit_of(code)
    for forged in kit.forged(kit.incoming(new_phone(), "forged")):
        assert_refused(forged.to(kit.url))
    assert kit.events() == 0
    assert refusals(kit) >= 1


def refusals(kit):
    return kit.odoo.read("kala.connection", kit.connection_id, "refused_count")["refused_count"]


def test_refusals_are_counted(kit_of):
    """SC1: the connection's health shows the refusals; a flood of them is not a flood of
    updates, so that the last ones wait for the next one in their process."""
    kit = kit_of("sandbox")
    for _n in range(30):
        assert_refused(requests.post(kit.url, data=b"no json", headers=JSON, timeout=30))
    first = refusals(kit)
    assert 1 <= first <= 30

    def one_more():
        assert_refused(requests.post(kit.url, data=b"no json", headers=JSON, timeout=30))
        return refusals(kit) > max(first, 20)

    until(one_more, 20, "the refusals of a flood to be added")


@pytest.mark.parametrize("code", SIGNING)
def test_no_secret_set(kit_of, code):
    """SC1: no secret configured = refused, even where the proof fits the empty secret."""
    kit = kit_of(code)
    post = kit.incoming(new_phone(), "hello")
    kit.odoo.write("kala.connection", kit.connection_id, **dict.fromkeys(kit.secrets(), False))
    assert_refused(post.to(kit.url))
    for forged in kit.forged(post):
        assert_refused(forged.to(kit.url))
    assert kit.events() == 0


@pytest.mark.parametrize("code", STRICT)
@pytest.mark.parametrize("name", SENSELESS)
def test_senseless_body_without_proof(kit_of, code, name):
    kit = kit_of(code)
    for headers in LABELS:
        assert_refused(requests.post(kit.url, data=SENSELESS[name], headers=headers, timeout=30))
    assert kit.events() == 0


@pytest.mark.parametrize("code", OPEN)
def test_senseless_body_at_a_secret_address(kit_of, code):
    """AD3: whoever knows the address is the provider; what cannot be understood is a dead letter
    that a manager sees, never an error and never lost."""
    kit = kit_of(code)
    for body in SENSELESS.values():
        for headers in LABELS:
            kit.post(Post(body, headers))
    kit.settled()
    assert kit.events() == len(SENSELESS)
    assert {item.state for item in kit.items()} <= {"dead"}
    assert kit.received() == []


@pytest.mark.parametrize("code", RECEIVING)
def test_five_megabytes(kit_of, code):
    """SC1: the size of a body is limited, signed or not."""
    kit = kit_of(code)
    post = kit.incoming(new_phone(), "x" * 5_000_000)
    assert_refused(post.to(kit.url))
    endless = (b"x" * 65536 for _n in range(80))  # no Content-Length at all
    response = requests.post(kit.url, data=endless, headers=post.headers, timeout=60)
    assert_refused(response)
    assert kit.events() == 0
    assert refusals(kit) >= 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods(kit_of, method):
    """SC1: every refusal is the same, and counted."""
    kit = kit_of("sandbox")
    body = b'{"from": "0502345678", "text": "Hello"}'
    response = requests.request(method, kit.url, data=body, headers=JSON, timeout=30)
    assert_refused(response)
    assert kit.events() == 0
    assert refusals(kit) == 1


def test_archived_connection_loses_nothing(kit_of):
    """What a customer writes to a connection that was put aside is still logged."""
    kit = kit_of("sandbox")
    kit.odoo.write("kala.connection", kit.connection_id, active=False)
    kit.post(kit.incoming(new_phone(), "are you there?"))
    kit.settled()
    assert [row.body for row in kit.received()] == ["are you there?"]


# ---------------------------------------------------------------------- authentic, but strange

STRANGE_TEXTS = {
    "NUL": "before\x00after",
    "right to left": "\u202e\u200fשלום\u202c \u2067abc\u2069",
    "html": '<script>alert("x")</script><img src=x onerror=alert(1)> & "quotes"',
    "template": "{{ object.env.cr }} ${7*7} {% for x in y %} <%= 1 %> %(name)s {0}",
    "emoji": "👍🏽 👨‍👩‍👧 🇮🇱",
    "control": "a\tb\r\nc\x07\x1b[31m\x7f",
    "long": "מילה " * 20_000,
    "one long word": "x" * 100_000,
    "spaces": " \u00a0\n ",
    "combining": "Z" + "\u0301" * 2000,
    "sql": "'; DROP TABLE kala_communication; --",
}


@pytest.mark.parametrize("name", STRANGE_TEXTS)
def test_strange_text(kit, name):
    """SC3, MA6: texts and names from outside are data; they are logged as they came, only what
    PostgreSQL cannot store is replaced."""
    text = STRANGE_TEXTS[name]
    sender = new_phone()
    kit.post(kit.incoming(sender, text, name=text[:300]))
    kit.settled()
    [row] = kit.received()
    expected = text.replace("\x00", "\ufffd")
    assert (row.body or "").strip() == expected.strip()
    assert row.contact_value == kit.contact_of(sender)[1]
    assert row.res_model == "crm.lead"
    body = kit.db.value("SELECT body FROM mail_message WHERE id = %s", row.mail_message_id)
    assert "<script" not in body and "<img" not in body
    assert [item.state for item in kit.items()] == ["done"]


def test_broken_utf8(kit_of):
    """Bytes that are no text do not lose the message around them."""
    sandbox = kit_of("sandbox")
    post = sandbox.incoming(new_phone(), "caf@ au lait")
    sandbox.post(post._replace(body=post.body.replace(b"caf@", b"caf\xe9\xff")))
    sandbox.settled()
    assert [row.body for row in sandbox.received()] == ["caf\ufffd\ufffd au lait"]


@pytest.mark.parametrize(
    "timestamp",
    [0, "0", -1, 4102444800, "4102444800", 10**18, "soon", None, True, [], "NaN", "-inf", 1e300],
)
def test_strange_moment(kit_of, timestamp):
    """The years 1970 and 2100, and what is no moment at all: the message is as old as its
    arrival, so that neither matching nor the lists go astray."""
    kit = kit_of("sandbox")
    kit.post(kit.incoming(new_phone(), "when?", timestamp=timestamp))
    kit.settled()
    assert kit.db.column(
        """SELECT abs(extract(epoch FROM date - now() AT TIME ZONE 'UTC')) < 90000
             FROM kala_communication WHERE connection_id = %s""",
        kit.connection_id,
    ) == [True]


@pytest.mark.parametrize(
    "sender",
    ["", "0", "anonymous", "*2700", "12345", "BANK", "+", "x" * 5000, "\x00", "<b>", "٠٥٠٢٣٤٥٦٧٨"],
)
def test_strange_sender(kit_of, sender):
    """MA6: a number that cannot be read, or none, never loses the message."""
    kit = kit_of("sandbox")
    kit.post(kit.incoming(sender, "who am I?"))
    kit.settled()
    [row] = kit.received()
    assert (row.body, row.state, row.res_model) == ("who am I?", "received", "crm.lead")


def test_wrong_content_type(kit_of):
    """What counts is the body and its proof, not its label."""
    kit = kit_of("sandbox")
    for number, label in enumerate(["text/plain", "application/x-www-form-urlencoded", "", "?"]):
        post = kit.incoming(new_phone(), f"label {number}")
        kit.post(post._replace(headers={"Content-Type": label}))
    kit.settled()
    assert sorted(row.body for row in kit.received()) == [f"label {n}" for n in range(4)]


def test_unknown_fields_and_nesting(kit_of):
    """Values of another type than documented are read as text or left out."""
    kit = kit_of("sandbox")
    body = {"from": 972525550001, "text": {"a": ["b"]}, "name": ["x"], "line": {}, "id": {"n": 1}}
    kit.post(Post(json.dumps(body).encode(), JSON))
    kit.settled()
    assert len(kit.received()) == 1


def test_form_with_bad_escapes(kit_of):
    """Percent signs that escape nothing, broken UTF-8 and NUL in a signed form."""
    kit = kit_of("twilio")
    post = kit.incoming(new_phone(), "BODY")
    raw = post.body.replace(b"Body=BODY", b"Body=100%25+%FF%FE+%00+end")
    kit.post(kit.sign_bytes(raw))
    kit.settled()
    [row] = kit.received()
    assert row.body.startswith("100% ") and row.body.endswith(" end")
