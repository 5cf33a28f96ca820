import json

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer

from ..tools import iap

KEY = "aB3-_xYz01234567.1"


def answer(status, values):
    content = values if isinstance(values, str) else json.dumps(values)
    return HttpAnswer(status, {}, content)


@tagged("post_install", "-at_install")
class TestIap(BaseCase):
    """SM1: Odoo's own SMS service."""

    def test_our_id_travels_as_hexadecimal_digits(self):
        uuid = iap.to_uuid(KEY)
        self.assertRegex(uuid, r"^[0-9a-f]{32}$", "what the service takes")
        self.assertEqual(iap.from_uuid(uuid), KEY)
        for other in ("xyz", "", None, "0" * 31, "F" * 32):
            with self.subTest(other):
                self.assertEqual(iap.from_uuid(other), "")

    def test_answers(self):
        uuid = iap.to_uuid(KEY)
        for state, expected in [
            ("processing", ("sent", "")),
            ("success", ("sent", "")),
            ("server_error", ("retry", "temporary")),
            ("insufficient_credit", ("failed", "credit")),
            ("unregistered", ("failed", "connection")),
            ("wrong_number_format", ("failed", "address")),
            ("country_not_supported", ("failed", "rejected")),
            ("registration_needed", ("failed", "sender")),
        ]:
            with self.subTest(state):
                result = iap.read_send(answer(200, {"result": [{"uuid": uuid, "state": state}]}))
                self.assertEqual((result.state, result.failure_kind), expected)
                if result.state == "sent":
                    self.assertEqual(result.provider_uid, uuid)

    def test_no_credit_comes_as_an_error_too(self):
        data = {"name": "odoo.addons.iap.InsufficientCreditError", "message": "{}"}
        result = iap.read_send(answer(200, {"error": {"data": data}}))
        self.assertEqual(result.failure_kind, "credit")

    def test_answers_that_tell_nothing(self):
        for status, content in [
            (200, ""),
            (200, {}),
            (200, {"result": []}),
            (200, {"result": [{"state": "odd"}]}),
            (200, {"error": {"data": {"name": "builtins.KeyError"}}}),
            (200, {"error": "x"}),
            (502, {"result": [{"state": "success"}]}),
        ]:
            with self.subTest(status=status, content=content):
                self.assertIsNone(iap.read_send(answer(status, content)))

    def test_reports(self):
        """DE1: one push brings the states of many messages."""
        uuids = [iap.to_uuid(f"aB3-_xYz01234567.{n}") for n in range(3)]
        statuses = [
            {"sms_status": "delivered", "uuids": uuids[:2]},
            {"sms_status": "invalid_destination", "uuids": uuids[2:]},
            {"sms_status": "sent", "uuids": ["0" * 31]},
        ]
        body = {"jsonrpc": "2.0", "params": {"message_statuses": statuses}}
        reports = iap.read_event(body)
        self.assertEqual(
            [(r.key, r.state, r.failure_kind) for r in reports],
            [
                ("aB3-_xYz01234567.0", "delivered", ""),
                ("aB3-_xYz01234567.1", "delivered", ""),
                ("aB3-_xYz01234567.2", "failed", "address"),
                ("", "sent", ""),
            ],
        )
        for body in (None, [], {}, {"params": {"message_statuses": [{"uuids": "x"}]}}):
            self.assertEqual(iap.read_event(body), [])

    def test_health(self):
        for content, ok, balance in [
            (
                {"result": {"tok": {"registered": "registered", "balance": 7}}},
                True,
                7.0,
            ),
            ({"result": {"tok": {"registered": "unregistered"}}}, False, None),
            ({"result": {}}, False, None),
            ({"error": {}}, False, None),
            ("<html>", False, None),
        ]:
            with self.subTest(content=content):
                health = iap.read_health(answer(200, content))
                self.assertEqual((health["ok"], health.get("balance")), (ok, balance))
