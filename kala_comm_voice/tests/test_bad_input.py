"""VO1, AD3: whatever comes, no call is lost: it is in the log, or a dead letter says why."""

import json

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA
from odoo.addons.kala_comm.tools.inbound import InboundRequest

from .common import VoiceCommon

LONG = "x" * 1_000_000

#: Fields of a generic event that are not what they should be, and what the call is all the same.
STRANGE = [
    ({"talk_seconds": -5, "status": "answered"}, {"call_status": "answered", "duration": 0}),
    ({"talk_seconds": 10**12, "status": "answered"}, {"duration": 0}),
    ({"talk_seconds": "1e300", "status": "answered"}, {"duration": 0}),
    ({"talk_seconds": "²", "status": "answered"}, {"duration": 0}),
    ({"talk_seconds": "NaN", "status": "answered"}, {"duration": 0}),
    ({"talk_seconds": ["7"], "status": "answered"}, {"duration": 0}),
    ({"talk_seconds": "7", "status": "answered"}, {"duration": 7}),
    ({"talk_seconds": 7.9, "status": "answered"}, {"duration": 7}),
    ({"started_at": "9999-12-31T23:59:59-12:00", "status": "missed"}, {"call_status": "missed"}),
    ({"started_at": "0001-01-01T00:00:00", "status": "missed"}, {"call_status": "missed"}),
    ({"started_at": "1e999", "status": "missed"}, {"call_status": "missed"}),
    ({"started_at": 10**30, "status": "missed"}, {"call_status": "missed"}),
    ({"started_at": True, "status": "missed"}, {"call_status": "missed"}),
    ({"from": 502345678, "status": "missed"}, {"contact_value": DANA}),
    ({"from": 972502345678.0, "status": "missed"}, {"contact_value": DANA}),
    ({"from": "sip:0502345678@pbx.example.com", "status": "missed"}, {"contact_value": DANA}),
    ({"from": '"Dana" <0502345678>', "status": "missed"}, {"contact_value": DANA}),
    ({"from": {"number": "1"}, "status": "missed"}, {"contact_value": False}),
    ({"from": "*2345", "status": "missed"}, {"contact_value": "*2345", "contact_kind": "raw"}),
    ({"from": "anonymous", "status": "missed"}, {"contact_value": False}),
    ({"from": "", "status": "missed"}, {"contact_value": False}),
    ({"status": ["ANSWER"], "talk_seconds": 3}, {"call_status": "answered"}),
    ({"status": "\u0000missed"}, {}),
    ({"direction": 5, "status": "busy"}, {"call_status": "busy", "direction": "in"}),
    ({"event": {"a": 1}, "status": "busy"}, {"call_status": "busy"}),
    ({"caller_name": "ab\u0000\ud800c", "status": "missed"}, {"contact_name": "ab\ufffd\ufffdc"}),
    ({"caller_name": LONG, "status": "missed"}, {"call_status": "missed"}),
    ({"from": LONG, "status": "missed"}, {"call_status": "missed"}),
    ({"did": LONG, "status": "missed"}, {"call_status": "missed"}),
    ({"extension": LONG, "status": "missed"}, {"call_status": "missed"}),
    ({"queue": LONG, "status": "missed"}, {"call_status": "missed"}),
    ({"recording_url": "https://x/" + LONG, "status": "missed"}, {"call_status": "missed"}),
    ({"parent_call_id": LONG, "status": "missed"}, {"call_status": "missed"}),
    ({LONG: LONG, "status": "missed"}, {"call_status": "missed"}),
]

#: Bodies that tell of no call at all.
SENSELESS = [
    b"not json",
    b'"text"',
    b"17",
    b"true",
    b"[]",
    b"[[]]",
    b"\x00\xff\xfe",
    b"{" * 50_000,
    b"{}",
    b'{"call_id": null}',
    b'{"call_id": ["C1"], "status": "missed"}',
    b'{"call_id": "", "from": "0502345678"}',
    b'{"from": "0502345678", "status": "missed"}',
    b'<?xml version="1.0"?><call id="1"/>',
    b"a=" + b"%00%ff" * 1000,
    b'{"call_id": ' + b"9" * 5000 + b"}",
    b'{"call_id": NaN}',
]


@tagged("post_install", "-at_install")
class TestBadInput(VoiceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.voicenter = cls.make_voicenter()

    def post(self, body, connection=None):
        inbound = InboundRequest(
            "POST",
            "https://odoo.example.com/",
            {"content-type": "application/json"},
            (),
            body,
        )
        return self.tell(connection or self.pbx, inbound)

    def test_strange_values(self):
        """A call is never lost for one field of it."""
        for n, (change, wanted) in enumerate(STRANGE):
            with self.subTest(change=repr(change)[:80]):
                known = self.calls()
                event = {"call_id": f"S{n}", "from": DANA, "did": "037654321", **change}
                self.post(json.dumps(event).encode())
                call = self.calls() - known
                self.assertEqual(len(call), 1, self.dead())
                for name, value in wanted.items():
                    self.assertEqual(call[name], value, name)

    def test_strange_ids(self):
        """However a system names its calls, they are told apart, and events of one are one."""
        for n, uid in enumerate((7, 1716.42, "a" * 1_000_000, "שיחה/1", "x\u0000y", -1)):
            with self.subTest(uid=repr(uid)[:40]):
                known = self.calls()
                event = {"call_id": uid, "from": DANA, "did": "037654321"}
                for status in ("ringing", "missed"):
                    self.post(json.dumps({**event, "status": status}).encode())
                call = self.calls() - known
                self.assertEqual(call.mapped("call_status"), ["missed"], n)

    def test_senseless_bodies(self):
        """AD3: a dead letter each, with a sentence that says why."""
        for connection in (self.pbx, self.voicenter):
            for body in SENSELESS:
                with self.subTest(provider=connection.provider, body=body[:40]):
                    known = len(self.dead(connection))
                    calls = self.post(body, connection)
                    if connection == self.pbx or b"call_id" not in body:
                        self.assertFalse(calls)
                    reasons = self.dead(connection)
                    self.assertGreater(len(reasons), known)
                    for reason in reasons:
                        self.assertRegex(reason, r"^(The event|It) .*\.$")

    def test_replay(self):
        """AD3: a dead letter that a newer addon can read becomes a call."""
        self.post(b'{"from": "0502345678", "status": "missed"}')
        item = self.env["kala.inbound.item"].search([("state", "=", "dead")])
        self.assertIn("call_id", item.error)
        item.action_replay()
        self.run_inbox()
        self.assertEqual(len(self.dead()), 1, "it is as it was, and there once")
