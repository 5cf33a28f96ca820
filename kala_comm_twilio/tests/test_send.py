import json
import re

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest, SendResult

from .common import (
    ACCOUNT,
    CONTRACT,
    CUSTOMER,
    MESSAGE,
    OUR_NUMBER,
    SERVICE,
    TOKEN,
    TwilioCase,
)


def answer(status, values=None, text=None, headers=None):
    return HttpAnswer(status, headers or {}, json.dumps(values) if text is None else text)


@tagged("post_install", "-at_install")
class TestTwilioSend(TwilioCase):
    """SM1, WA8: requests fit Twilio's own description; answers end in their state."""

    def _communication(self, line=None, **values):
        line = line or self.line
        return self.env["kala.communication"].create(
            {
                "channel": line.channel,
                "direction": "out",
                "state": "queued",
                "company_id": self.company.id,
                "connection_id": self.connection.id,
                "line_id": line.id,
                "contact_kind": "phone",
                "contact_value": CUSTOMER,
                "body": "Your table is ready.",
                **values,
            }
        )

    def _assert_contract(self, request):
        """Check a form against ``CreateMessageRequest``."""
        self.assertIsInstance(request, SendRequest)
        path = request.url.removeprefix("https://api.twilio.com")
        account = re.fullmatch(r"/2010-04-01/Accounts/([^/]+)/Messages\.json", path)[1]
        self.assertRegex(account, CONTRACT["account_sid"]["pattern"])
        self.assertEqual((request.method, request.auth), ("POST", (ACCOUNT, TOKEN)))
        schema = CONTRACT["create_message"]
        self.assertLessEqual(set(schema["required"]), set(request.data))
        for name, value in request.data.items():
            with self.subTest(name):
                rules = schema["properties"][name]
                values = value if rules["type"] == "array" else [value]
                rules = rules.get("items", rules)
                for text in values:
                    self.assertIsInstance(text, str)
                    self.assertRegex(text, rules.get("pattern", "."))
                    if rules.get("format") == "uri":
                        self.assertRegex(text, r"^https?://")
                    if rules.get("format") == "phone-number":
                        self.assertRegex(text, r"^(whatsapp:)?\+\d+$")

    def test_sms(self):
        communication = self._communication()
        request = self.provider._prepare_send(communication)
        self._assert_contract(request)
        key = communication._echo_key()
        self.assertEqual(
            request.data,
            {
                "To": CUSTOMER,
                "From": OUR_NUMBER,
                "Body": "Your table is ready.",
                "StatusCallback": f"{self.connection.webhook_url}?key={key}",
            },
        )

    def test_whatsapp(self):
        request = self.provider._prepare_send(self._communication(self.whatsapp_line))
        self._assert_contract(request)
        self.assertEqual(request.data["To"], f"whatsapp:{CUSTOMER}")
        self.assertEqual(request.data["From"], f"whatsapp:{OUR_NUMBER}")

    def test_messaging_service(self):
        line = self._line("sms", name="Service", external_id=SERVICE)
        request = self.provider._prepare_send(self._communication(line))
        self._assert_contract(request)
        self.assertEqual(request.data["MessagingServiceSid"], SERVICE)
        self.assertNotIn("From", request.data)

    def _attachments(self, count):
        vals = {"name": "roof.jpg", "raw": b"jpg", "mimetype": "image/jpeg"}
        return [(6, 0, self.env["ir.attachment"].create([vals] * count).ids)]

    def test_files(self):
        """WA8: Twilio fetches files from an address that holds a secret for some weeks."""
        communication = self._communication(body="", attachment_ids=self._attachments(2))
        request = self.provider._prepare_send(communication)
        self._assert_contract(request)
        self.assertNotIn("Body", request.data)
        files = communication.attachment_ids
        for url, file in zip(request.data["MediaUrl"], files, strict=True):
            token = file._get_raw_access_token()
            self.assertTrue(
                url.endswith(f"/web/content/{file.id}/roof.jpg?access_token={token}"), url
            )
            self.assertFalse(file.access_token)

    def test_too_many_files_are_refused_before(self):
        for line, count, refused in [
            (self.line, 10, False),
            (self.line, 11, True),
            (self.whatsapp_line, 1, False),
            (self.whatsapp_line, 2, True),
        ]:
            with self.subTest(channel=line.channel, count=count):
                communication = self._communication(line, attachment_ids=self._attachments(count))
                result = self.provider._check(communication)
                self.assertEqual(bool(result), refused)

    def test_a_file_too_large(self):
        """An MMS holds 5 MB, a WhatsApp message 16."""
        vals = {"name": "roof.jpg", "raw": b"x" * 6 * 1024 * 1024, "mimetype": "image/jpeg"}
        files = self.env["ir.attachment"].create(vals)
        for line, refused in [(self.line, True), (self.whatsapp_line, False)]:
            communication = self._communication(line, attachment_ids=[(6, 0, files.ids)])
            result = self.provider._check(communication)
            self.assertEqual(bool(result), refused)

    def test_line_without_a_number(self):
        line = self._line("sms", name="Empty", address=False)
        result = self.provider._prepare_send(self._communication(line))
        self.assertEqual((result.state, result.failure_kind), ("failed", "sender"))
        self.assertIn("“Empty” has no number", result.failure_reason)

    def test_another_address_of_the_api(self):
        self.connection.api_url = "http://127.0.0.1:9/"
        request = self.provider._prepare_send(self._communication())
        self.assertEqual(
            request.url,
            f"http://127.0.0.1:9/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        )

    def test_too_long_is_refused_before(self):
        check = self.provider._check
        self.assertIsNone(check(self._communication(body="x" * 1600)))
        result = check(self._communication(body="x" * 1601))
        self.assertEqual((result.state, result.failure_kind), ("failed", "rejected"))

    # ------------------------------------------------------------------ answers

    def test_accepted(self):
        for name, values in CONTRACT["created"].items():
            with self.subTest(name):
                result = self.provider._read_send(answer(201, values))
                self.assertEqual((result.state, result.provider_uid), ("sent", values["sid"]))

    def test_refused_in_the_same_breath(self):
        values = {"sid": MESSAGE, "status": "failed", "error_code": 21610}
        result = self.provider._read_send(answer(201, values))
        self.assertEqual(
            (result.state, result.failure_kind, result.provider_uid),
            ("failed", "consent", MESSAGE),
        )

    def test_refusals(self):
        """QU10, DE2: each answer ends in its documented state."""
        for status, code, state, kind in [
            (400, 21211, "failed", "address"),
            (400, 21610, "failed", "consent"),
            (400, 21606, "failed", "sender"),
            (400, 63016, "failed", "window"),
            (400, 99999, "failed", "rejected"),
            (401, 20003, "failed", "connection"),
            (401, 70051, "failed", "connection"),
            (404, 20404, "failed", "connection"),
            (429, 20429, "retry", "limit"),
            (429, 12345, "retry", "limit"),
            (400, 21611, "retry", "limit"),
        ]:
            with self.subTest(status=status, code=code):
                values = {"code": code, "message": "No.", "status": status}
                result = self.provider._read_send(answer(status, values))
                self.assertEqual(
                    (result.state, result.failure_kind, result.code),
                    (state, kind, str(code)),
                )
                self.assertTrue(result.failure_reason)

    def test_answers_that_tell_nothing(self):
        """DE3: what is not documented is not read as accepted, and not as refused."""
        for status, text in [
            (201, ""),
            (201, "<html>"),
            (201, "[]"),
            (201, "{}"),
            (200, '{"sid": null}'),
            (400, "Bad request"),
            (400, '"text"'),
            (500, '{"code": 20500, "message": "Internal error", "status": 500}'),
            (503, "upstream"),
        ]:
            with self.subTest(status=status, text=text):
                self.assertIsNone(self.provider._read_send(answer(status, text=text)))

    # ------------------------------------------------------------------ status, health

    def test_lookup(self):
        """DE3: what became of a message that Twilio has given an id."""
        self.assertIsNone(self.provider._prepare_lookup(self._communication()))
        request = self.provider._prepare_lookup(self._communication(provider_uid=MESSAGE))
        self.assertEqual(request.method, "GET")
        self.assertTrue(request.url.endswith(f"/{ACCOUNT}/Messages/{MESSAGE}.json"))
        values = {"sid": MESSAGE, "status": "undelivered", "error_code": 30006}
        report = self.provider._read_lookup(answer(200, values))
        self.assertEqual(
            (report.uid, report.state, report.failure_kind),
            (MESSAGE, "failed", "address"),
        )
        for values in CONTRACT["message"].values():
            self.assertIsNotNone(self.provider._read_lookup(answer(200, values)))
        for status, text in [
            (404, "{}"),
            (200, "garbage"),
            (200, '{"status": "queued"}'),
        ]:
            self.assertIsNone(self.provider._read_lookup(answer(status, text=text)))

    def test_health(self):
        """WA5: whether the login works."""
        request = self.provider._prepare_health(self.connection)
        self.assertEqual(request.url, f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}.json")
        self.assertEqual((request.method, request.auth), ("GET", (ACCOUNT, TOKEN)))
        for status, text, ok in [
            (200, '{"status": "active"}', True),
            (200, '{"status": "suspended"}', False),
            (200, "<html>", False),
            (401, '{"code": 20003, "message": "Authenticate"}', False),
            (500, "", False),
        ]:
            with self.subTest(status=status, text=text):
                health = self.provider._read_health(answer(status, text=text))
                self.assertEqual(health["ok"], ok)
                self.assertTrue(health["reason"])

    def test_balance(self):
        """SM4"""
        request = self.provider._prepare_balance(self.connection)
        self.assertTrue(request.url.endswith(f"/Accounts/{ACCOUNT}/Balance.json"))
        for status, text, balance in [
            (200, '{"balance": "0.05", "currency": "USD"}', 0.05),
            (200, '{"balance": "-1.5"}', -1.5),
            (200, "{}", None),
            (200, "<html>", None),
            (404, '{"code": 20404}', None),
        ]:
            with self.subTest(status=status, text=text):
                self.assertEqual(self.provider._read_balance(answer(status, text=text)), balance)

    def test_secrets_stay_with_administrators(self):
        """SC2: neither fields nor a result show the token."""
        for name in ("twilio_auth_token", "twilio_account_sid"):
            field = self.env["kala.connection"]._fields[name]
            self.assertEqual(field.groups, "base.group_system")
        result = self.provider._read_send(answer(401, {"code": 20003, "message": TOKEN}))
        self.assertIsInstance(result, SendResult)
        self.assertNotIn(TOKEN, result.failure_reason)
