import json
from datetime import datetime

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    Unusable,
)

from ..tools import sms019


def answer(status, values):
    content = values if isinstance(values, str) else json.dumps(values)
    return HttpAnswer(status, {}, content)


@tagged("post_install", "-at_install")
class TestSms019(BaseCase):
    """SM1: 019 and TextMe (docs/providers.md, 4.2)."""

    def test_body(self):
        self.assertEqual(
            sms019.send_body("galil", "Hi", "0502345678", "Galil", "k1"),
            {
                "sms": {
                    "user": {"username": "galil"},
                    "source": "Galil",
                    "destinations": {"phone": [{"$": {"id": "k1"}, "_": "0502345678"}]},
                    "message": "Hi",
                }
            },
        )

    def test_accepted(self):
        for status in (0, "0", 944, 946):
            values = {"status": status, "message": "ok", "shipment_id": "s1"}
            result = sms019.read_send(answer(200, values))
            self.assertEqual((result.state, result.provider_uid), ("sent", "s1"))

    def test_refusals(self):
        table = {
            "rejected": [1, 2, 7, 502, 989, 997, 12345],
            "connection": [3, 10, 11],
            "credit": [4, 12],
            "limit": [5],
            "temporary": [6, 998, 999],
            "consent": [8],
            "address": [9],
            "sender": [992],
        }
        for kind, statuses in table.items():
            for status in statuses:
                with self.subTest(status):
                    values = {"status": status, "message": "No"}
                    result = sms019.read_send(answer(200, values))
                    self.assertEqual(result.failure_kind, kind)
                    retried = kind in ("limit", "temporary")
                    self.assertEqual(result.state, "retry" if retried else "failed")
                    # "R once": unknown, ask support.
                    self.assertEqual(result.tries, 2 if status in (998, 999) else 0)
        self.assertEqual(sms019.read_send(answer(401, "")).failure_kind, "connection")

    def test_forbidden_hour_waits_for_the_morning(self):
        result = sms019.read_send(answer(200, {"status": 5}))
        self.assertGreaterEqual(result.retry_after * 5, 10 * 3600)

    def test_answers_that_tell_nothing(self):
        for status, content in [
            (200, ""),
            (200, "<sms/>"),
            (200, {}),
            (200, {"status": None}),
            (502, {"status": 0}),
        ]:
            with self.subTest(status=status, content=content):
                self.assertIsNone(sms019.read_send(answer(status, content)))

    def test_reports(self):
        for status, expected in [
            ("0", ("delivered", "")),
            ("102", ("delivered", "")),
            ("-1", ("sent", "")),
            ("2", ("failed", "rejected")),
            ("103", ("failed", "temporary")),
            ("1", ("failed", "rejected")),
            ("6", ("failed", "rejected")),
            ("14", ("failed", "rejected")),
            ("132", ("failed", "rejected")),
            ("7", ("failed", "credit")),
            ("15", ("failed", "address")),
            ("17", ("failed", "consent")),
            ("201", ("failed", "consent")),
            ("747", ("failed", "temporary")),
            ("998", ("failed", "sender")),
            ("x", ("", "")),
        ]:
            with self.subTest(status):
                push = {"external_id": "k1", "status": status, "shipment_id": "s1"}
                (report,) = sms019.read_event(push, None)
                self.assertEqual((report.key, report.uid), ("k1", "s1"))
                self.assertEqual((report.state, report.failure_kind), expected)

    def test_report_of_a_person_who_opted_out(self):
        push = {
            "external_id": "k1",
            "status": "201",
            "en_message": "Asked to be blocked",
            "he_message": "נחסם",
        }
        self.assertEqual(
            sms019.read_event(push, None),
            [
                DeliveryReport(
                    key="k1",
                    state="failed",
                    failure_kind="consent",
                    failure_reason="Asked to be blocked (019 201)",
                    code="201",
                )
            ],
        )

    def test_incoming(self):
        """The names of an incoming push vary."""
        for push in (
            {"phone": "0502345678", "dest": "0722776772", "message": "hi"},
            {"from": "0502345678", "to": "0722776772", "text": "hi"},
            {"source": "0502345678", "destination": "0722776772", "msg": "hi"},
        ):
            expected = IncomingMessage(
                channel="sms",
                uid="",
                contact_value="0502345678",
                line_address="0722776772",
                body="hi",
            )
            with self.subTest(push):
                self.assertEqual(sms019.read_event(push, None), [expected])
                self.assertEqual(sms019.read_event({}, [push]), [expected])

    def test_not_understood(self):
        for push in ({}, {"phone": "0502345678"}, {"status": "0"}):
            (item,) = sms019.read_event(push, None)
            self.assertIsInstance(item, Unusable)

    def test_reports_body(self):
        """DE3: unsure messages are asked for by our own id, within a time on 019's own clock."""
        winter, summer = datetime(2026, 1, 5, 22, 30), datetime(2026, 7, 5, 22, 30, 59)
        self.assertEqual(
            sms019.reports_body("galil", ["k1", "k2"], winter, summer),
            {
                "dlr": {
                    "user": {"username": "galil"},
                    "transactions": {"external_id": ["k1", "k2"]},
                    "from": "06/01/26 00:30",
                    "to": "06/07/26 01:31",
                }
            },
        )
        self.assertEqual(
            sms019.incoming_body("galil", winter, summer),
            {
                "incoming": {
                    "user": {"username": "galil"},
                    "from": "06/01/26 00:30",
                    "to": "06/07/26 01:31",
                }
            },
        )

    def test_dates(self):
        for text, expected in [
            ("06/01/26 00:30", datetime(2026, 1, 5, 22, 30)),
            ("06/01/26 00:30:59", datetime(2026, 1, 5, 22, 30)),
            ("06/07/2026 00:30", datetime(2026, 7, 5, 21, 30)),
            ("2026-07-06 00:30:10", datetime(2026, 7, 5, 21, 30)),
            ("yesterday", None),
            ("31/02/26 00:30", None),
            ("", None),
        ]:
            with self.subTest(text):
                self.assertEqual(sms019.read_date(text), expected)

    def test_told_twice(self):
        """A message that was pushed and is told once more when we ask is one message."""
        push = {"phone": "0502345678", "message": "ok", "dest": "0722776772"}
        uids = [
            sms019.read_event({**push, "date": "06/01/26 00:30:10"}, None)[0].uid,
            sms019.read_polled({"x": [{**push, "date": "06/01/2026 00:30"}]})[0].uid,
            sms019.read_polled([{**push, "phone": "972502345678", "date": "06/01/26 00:30"}])[
                0
            ].uid,
        ]
        self.assertEqual(len(set(uids)), 1)
        self.assertTrue(uids[0])
        for change in ({"message": "OK!"}, {"phone": "0522345678"}, {"date": "06/01/26 00:31"}):
            other = {**push, "date": "06/01/26 00:30", **change}
            self.assertNotIn(sms019.read_event(other, None)[0].uid, uids)
        self.assertEqual(sms019.read_event(push, None)[0].uid, "", "without a time nothing says")

    def test_polls(self):
        report = {"external_id": "k1", "status": "102", "shipment_id": "s1"}
        message = {"phone": "0502345678", "message": "hi", "date": "06/01/26 00:30"}
        for values, batch in [
            ({"status": 0, "message": "ok", "incoming": [message]}, (True, "")),
            ({"status": 0, "message": "ok", "transactions": {"transaction": report}}, (True, "")),
            ([report], (True, "")),
            (report, (True, "")),
            ({"status": 0, "message": "ok"}, (False, "")),
            ([], (False, "")),
            ({"status": 3, "message": "bad login"}, (False, "connection")),
            ({"status": 6, "message": "later"}, (False, "temporary")),
            ("<html>", (False, "temporary")),
        ]:
            with self.subTest(values=values):
                found = sms019.read_poll(answer(200, values))
                self.assertEqual((found.has_news, found.failure_kind), batch)
                self.assertFalse(found.has_more)
        self.assertEqual(sms019.read_poll(answer(401, "")).failure_kind, "connection")
        self.assertEqual(sms019.read_poll(answer(503, [report])).failure_kind, "temporary")
        items = sms019.read_polled({"status": 0, "message": "ok", "x": [{"y": message}, report]})
        self.assertEqual([type(item) for item in items], [IncomingMessage, DeliveryReport])
        self.assertEqual(items[0].date, datetime(2026, 1, 5, 22, 30))

    def test_lookup(self):
        """DE3: wherever the report lies in the answer."""
        part = {"external_id": "k1", "status": "102", "shipment_id": "s1"}
        for values in (
            {"status": 0, "transactions": {"transaction": [part]}},
            {"status": 0, "transactions": {"transaction": part}},
            [part],
        ):
            with self.subTest(values):
                report = sms019.read_lookup(answer(200, values))
                self.assertEqual((report.key, report.state), ("k1", "delivered"))
        for status, content in [(500, [part]), (200, {"status": 502}), (200, "<html>")]:
            with self.subTest(status=status, content=content):
                self.assertIsNone(sms019.read_lookup(answer(status, content)))

    def test_health(self):
        for status, content, ok, balance in [
            (200, {"status": 0, "message": "", "balance": "12.5"}, True, 12.5),
            (200, {"status": 997, "message": "no such action"}, True, None),
            (200, {"status": 3, "message": "bad login"}, False, None),
            (401, "", False, None),
            (500, {"status": 0}, False, None),
            (200, "<html>", False, None),
        ]:
            with self.subTest(status=status, content=content):
                health = sms019.read_health(answer(status, content))
                self.assertEqual((health["ok"], health.get("balance")), (ok, balance))
