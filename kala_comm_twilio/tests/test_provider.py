import dataclasses
import hashlib
import json

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import DeliveryReport, Unusable

from ..tools import signature
from .common import (
    ACCOUNT,
    CUSTOMER,
    MESSAGE,
    OUR_NUMBER,
    SERVICE,
    TOKEN,
    TwilioCase,
    incoming_values,
    status_values,
)


@tagged("post_install", "-at_install")
class TestTwilioDoor(TwilioCase):
    """SC1: who is let in."""

    def _is_accepted(self, inbound):
        return self.provider._verify(self.connection, inbound)

    def test_signed_request_is_accepted(self):
        self.assertTrue(self._is_accepted(self._request(incoming_values())))
        self.assertTrue(self._is_accepted(self._request(status_values("sent"), query="key=abc")))

    def test_behind_a_proxy(self):
        """Twilio signs the public address; the request reaches us under another one."""
        inside = "http://odoo:8069" + self.connection.webhook_url.split("/", 3)[3]
        for query in ("", "key=abc"):
            url = f"{inside}?{query}" if query else inside
            with self.subTest(url):
                request = self._request(incoming_values(), query=query, url=url)
                self.assertTrue(self._is_accepted(request))

    def test_under_an_address_that_only_the_request_knows(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://old.example")
        url = "https://new.example/kala/webhook/x"
        values = incoming_values()
        sign = signature.sign(TOKEN, url, values.items())
        request = self._request(values, url=url)
        request.headers["x-twilio-signature"] = sign
        self.assertTrue(self._is_accepted(request))

    def test_pasted_spaces_do_no_harm(self):
        self.connection.twilio_auth_token = f" {TOKEN}\n"
        self.connection.twilio_account_sid = f"{ACCOUNT} "
        self.assertTrue(self._is_accepted(self._request(incoming_values())))

    def test_refused(self):
        good = self._request(incoming_values())
        for name, request in [
            ("no signature", self._request(incoming_values(), headers={})),
            (
                "changed body",
                self._request(incoming_values(), body=good.body + b"&Body=more"),
            ),
            ("empty body", self._request(incoming_values(), body=b"")),
            ("another query", self._request(incoming_values(), url=good.url + "?a=1")),
            (
                "another account, well signed",
                self._request(incoming_values(AccountSid="AC" + "9" * 32)),
            ),
            ("no account, well signed", self._request({"MessageSid": MESSAGE})),
            (
                "form under another content type",
                self._request(
                    incoming_values(),
                    headers={**good.headers, "content-type": "text/plain"},
                ),
            ),
        ]:
            with self.subTest(name):
                self.assertFalse(self._is_accepted(request))

    def test_without_credentials_everything_is_refused(self):
        for field in ("twilio_auth_token", "twilio_account_sid"):
            with self.subTest(field):
                self.connection[field] = False
                request = self._request(incoming_values())
                signed_by_nothing = signature.sign(
                    "", self.connection.webhook_url, incoming_values().items()
                )
                self.assertFalse(self._is_accepted(request))
                request.headers["x-twilio-signature"] = signed_by_nothing
                self.assertFalse(self._is_accepted(request))
                self.connection[field] = {
                    "twilio_auth_token": TOKEN,
                    "twilio_account_sid": ACCOUNT,
                }[field]

    def test_json_body(self):
        """The query carries the digest of the body, and is signed."""
        body = json.dumps(incoming_values()).encode()
        digest = hashlib.sha256(body).hexdigest()
        url = f"{self.connection.webhook_url}?bodySHA256={digest}"
        headers = {
            "content-type": "application/json",
            "x-twilio-signature": signature.sign(TOKEN, url),
        }
        query = f"bodySHA256={digest}"
        request = self._request({}, query=query, body=body, headers=headers)
        self.assertTrue(self._is_accepted(request))
        message = self.provider._parse(self.connection, request)[0]
        self.assertEqual((message.uid, message.contact_value), (MESSAGE, CUSTOMER))
        for name, changes in [
            ("another body", {"body": body + b" "}),
            ("no digest", {"query": ()}),
        ]:
            with self.subTest(name):
                changed = dataclasses.replace(request, **changes)
                self.assertFalse(self._is_accepted(changed))

    def test_get_request(self):
        """A number may be set to call us by GET: then the address holds everything."""
        values = {"AccountSid": ACCOUNT, "MessageSid": MESSAGE, "SmsStatus": "received"}
        query = "&".join(f"{k}={v}" for k, v in values.items())
        url = f"{self.connection.webhook_url}?{query}"
        headers = {"x-twilio-signature": signature.sign(TOKEN, url)}
        request = self._request({}, query=query, method="GET", headers=headers, body=b"")
        self.assertTrue(self._is_accepted(request))
        self.assertEqual(self.provider._parse(self.connection, request)[0].uid, MESSAGE)

    def test_answer_is_empty_twiml(self):
        answer = self.provider._acknowledge(self.connection, self._request({}))
        self.assertEqual(answer, ("<Response/>", "text/xml"))


@tagged("post_install", "-at_install")
class TestTwilioParse(TwilioCase):
    def _parse(self, values, query=""):
        return self.provider._parse(self.connection, self._request(values, query=query))

    def test_incoming(self):
        (message,) = self._parse(incoming_values())
        self.assertEqual((message.line_address, message.line_external_id), (OUR_NUMBER, ""))

    def test_messaging_service(self):
        """RE1: the service's line stands in for numbers without a line of their own."""
        service = {"MessagingServiceSid": SERVICE}
        other = {**service, "To": "+972722776773"}
        (message,) = self._parse(incoming_values(**other))
        self.assertEqual(message.line_address, "+972722776773", "no line of the service yet")
        self._line("sms", name="Service", address=False, external_id=SERVICE)
        for values, expected in [
            (other, (SERVICE, "")),
            (service, ("", OUR_NUMBER)),
            ({}, ("", OUR_NUMBER)),
        ]:
            with self.subTest(values=values):
                (message,) = self._parse(incoming_values(**values))
                self.assertEqual((message.line_external_id, message.line_address), expected)

    def test_report_brings_our_own_id_back(self):
        """DE3: a message whose answer was lost is found by its key."""
        (report,) = self._parse(status_values("delivered"), query="key=abc123")
        self.assertEqual(
            report,
            DeliveryReport(uid=MESSAGE, key="abc123", state="delivered", line_address=OUR_NUMBER),
        )

    def test_statuses_that_tell_nothing(self):
        for status in ("queued", "sending", "accepted", "scheduled", "never-heard-of"):
            with self.subTest(status):
                self.assertEqual(self._parse(status_values(status)), [])

    def test_what_is_neither_is_a_dead_letter(self):
        """AD3: Twilio tells of faxes and trunks, too."""
        (item,) = self._parse({"AccountSid": ACCOUNT, "FaxSid": "FX1", "From": CUSTOMER})
        self.assertIsInstance(item, Unusable)
        self.assertIn("neither a message", item.reason)
        self.assertEqual(item.raw["FaxSid"], "FX1")
