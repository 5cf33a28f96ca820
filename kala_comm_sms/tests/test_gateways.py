import json

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    Unusable,
)

from ..tools import iap
from .common import GatewayCase
from .fakes import FakeOdooIap


@tagged("post_install", "-at_install")
class TestInforuProvider(GatewayCase):
    """SM1: Inforu (docs/providers.md, 4.1)."""

    provider = "inforu"
    settings = {"inforu_username": "galil ", "inforu_token": " tok"}

    def test_send(self):
        message = self.message()
        request = self.model._prepare_send(message)
        self.assertEqual(request.url, "https://capi.inforu.co.il/api/v2/SMS/SendSms")
        self.assertEqual((request.method, request.auth), ("POST", ("galil", "tok")))
        data = request.json["Data"]
        self.assertEqual(data["Recipients"], [{"Phone": "0502345678"}])
        self.assertEqual(
            data["Settings"],
            {
                "Sender": "0722776772",
                "CustomerMessageID": message._echo_key(),
                "DeliveryNotificationUrl": self.gateway.webhook_url,
            },
        )

    def test_sender_name(self):
        self.line.address = "GalilTours"
        request = self.model._prepare_send(self.message())
        self.assertEqual(request.json["Data"]["Settings"]["Sender"], "GalilTours")

    def test_no_sender(self):
        self.assert_refused_sender(address=False)

    def test_merge_fields_are_refused(self):
        result = self.model._check(self.message(body="Hi [#FirstName#]"))
        self.assertEqual((result.state, result.failure_kind), ("failed", "rejected"))
        self.assertIn("[#FirstName#]", result.failure_reason)
        self.assertIsNone(self.model._check(self.message()))

    def test_files_are_refused(self):
        """Nothing is dropped silently: an SMS takes no files."""
        file = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"})
        result = self.model._check(self.message(attachment_ids=[(6, 0, file.ids)]))
        self.assertEqual(result.failure_kind, "rejected")

    def test_whole_way(self):
        """A push without a signature: the address is the secret (SC1)."""
        body = b"PhoneNumber=0502345678&Status=2&CustomerMessageId=k.1&id=5"
        request = self.request(body)
        self.assertTrue(self.model._verify(self.gateway, request))
        (report,) = self.model._parse(self.gateway, request)
        self.assertEqual((report.key, report.state), ("k.1", "delivered"))
        body = json.dumps({"Data": [{"Value": "0502345678", "Message": "hi"}]}).encode()
        for content_type in ("application/json", "text/plain", ""):
            with self.subTest(content_type):
                request = self.request(body, content_type)
                (message,) = self.model._parse(self.gateway, request)
                self.assertIsInstance(message, IncomingMessage)

    def test_garbage_is_a_dead_letter(self):
        """AD3: authenticated by its address, so nothing is lost."""
        for body, content_type in [
            (b"", "application/x-www-form-urlencoded"),
            (b"{broken", "application/json"),
            (b"\xff\xfe\x00", "text/plain"),
            (b"123", "application/json"),
        ]:
            with self.subTest(body=body):
                request = self.request(body, content_type)
                (item,) = self.model._parse(self.gateway, request)
                self.assertIsInstance(item, Unusable)
                item.to_json()


@tagged("post_install", "-at_install")
class TestSms019Provider(GatewayCase):
    """SM1: 019 (docs/providers.md, 4.2)."""

    provider = "sms019"
    settings = {"sms019_username": "galil", "sms019_token": "tok"}

    def test_send(self):
        message = self.message()
        request = self.model._prepare_send(message)
        self.assertEqual(request.url, "https://019sms.co.il/api")
        self.assertEqual(request.headers, {"Authorization": "Bearer tok"})
        sms = request.json["sms"]
        self.assertEqual(sms["user"], {"username": "galil"})
        self.assertEqual(sms["source"], "0722776772")
        self.assertEqual(
            sms["destinations"],
            {"phone": [{"$": {"id": message._echo_key()}, "_": "0502345678"}]},
        )

    def test_textme(self):
        self.gateway.api_url = "https://my.textme.co.il"
        request = self.model._prepare_send(self.message())
        self.assertEqual(request.url, "https://my.textme.co.il/api")

    def test_senders(self):
        self.assert_refused_sender(address=False)
        for address in ("GalilToursLtd", "גליל", "Galil Tours"):
            with self.subTest(address):
                self.assert_refused_sender(address=address)
        self.line.address = "GalilTours"
        self.assertEqual(
            self.model._prepare_send(self.message()).json["sms"]["source"], "GalilTours"
        )

    def test_length(self):
        self.assertIsNone(self.model._check(self.message(body="a" * 1005)))
        result = self.model._check(self.message(body="a" * 1006))
        self.assertEqual(result.failure_kind, "rejected")

    def test_health_asks_for_the_balance(self):
        request = self.model._prepare_health(self.gateway)
        self.assertEqual(request.json, {"balance": {"user": {"username": "galil"}}})


@tagged("post_install", "-at_install")
class TestIapProvider(GatewayCase):
    """SM1: Odoo's own service."""

    provider = "odoo_iap"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["iap.account"].create(
            {"service_id": cls.env.ref("sms.iap_service_sms").id, "account_token": "iap-tok"}
        )

    def test_send(self):
        message = self.message()
        request = self.model._prepare_send(message)
        self.assertEqual(request.url, "https://sms.api.odoo.com/api/sms/3/send")
        params = request.json["params"]
        self.assertEqual(params["account_token"], "iap-tok")
        self.assertEqual(
            params["dbuuid"], self.env["ir.config_parameter"].get_param("database.uuid")
        )
        self.assertEqual(params["webhook_url"], self.gateway.webhook_url)
        (sent,) = params["messages"]
        self.assertEqual(sent["content"], "Hello")
        (number,) = sent["numbers"]
        self.assertEqual(number["number"], DANA)
        self.assertEqual(iap.from_uuid(number["uuid"]), message._echo_key())

    def test_address_of_the_service(self):
        """Odoo's system parameter is kept to; the connection's own address wins."""
        self.env["ir.config_parameter"].set_param("sms.endpoint", "https://iap.example/")
        self.assertEqual(self.model._base_url(self.gateway), "https://iap.example")
        self.gateway.api_url = "http://127.0.0.1:9"
        self.assertEqual(self.model._base_url(self.gateway), "http://127.0.0.1:9")
        request = self.model._prepare_health(self.gateway)
        self.assertEqual(request.url, "http://127.0.0.1:9/iap/1/get-accounts-information")
        self.assertEqual(
            request.json["params"]["iap_accounts"], [{"token": "iap-tok", "service": "sms"}]
        )

    def test_whole_way(self):
        """DE1: sent with credits, and the report finds its message by the id that we gave."""
        fake = FakeOdooIap()
        self.addCleanup(fake.stop)
        self.gateway.api_url = fake.url
        self.gateway.action_connect()
        self.assertEqual((self.gateway.state, self.gateway.balance), ("connected", 100.0))
        communication = self.lead(phone=DANA).kala_send("sms", body="Hi", line=self.line)
        self.dispatch()
        self.assertEqual(communication.state, "sent")
        self.assertEqual(fake.invalid, [])
        statuses = [{"sms_status": "delivered", "uuids": [communication.provider_uid]}]
        body = json.dumps({"params": {"message_statuses": statuses}}).encode()
        request = self.request(body, "application/json")
        self.take(*self.model._parse(self.gateway, request), connection=self.gateway)
        self.assertEqual(communication.state, "delivered")

    def test_reports(self):
        uuid = iap.to_uuid(self.message()._echo_key())
        statuses = [{"sms_status": "delivered", "uuids": [uuid]}]
        body = {"jsonrpc": "2.0", "method": "call", "params": {"message_statuses": statuses}}
        request = self.request(json.dumps(body).encode(), "application/json")
        (report,) = self.model._parse(self.gateway, request)
        self.assertEqual((report.uid, report.state), (uuid, "delivered"))
        self.assertEqual(self.model._acknowledge(self.gateway, request)[1], "application/json")
        (item,) = self.model._parse(self.gateway, self.request(b"{}", "application/json"))
        self.assertIsInstance(item, Unusable)


@tagged("post_install", "-at_install")
class TestHttpProvider(GatewayCase):
    """SM1: a gateway that is described by settings (docs/providers.md, 5)."""

    provider = "http"
    settings = {
        "api_url": "https://g.example/send",
        "http_username": "galil",
        "http_password": "s3cret",
        "http_headers": "Authorization: Basic {{basic}}",
        "http_body": "to = {{to}}\nsender = {{from}}\ntext = {{text}}\nref = {{key}}\n"
        "report = {{callback_url}}",
        "http_success_path": "status",
        "http_success_values": "0",
        "http_id_path": "id",
        "http_error_path": "status",
        "http_error_kinds": "4 = credit",
    }

    def test_send(self):
        message = self.message(body="Hi & שלום")
        request = self.model._prepare_send(message)
        self.assertEqual((request.method, request.url), ("POST", "https://g.example/send"))
        self.assertEqual(
            dict(self.request(request.data).form),
            {
                "to": "972502345678",
                "sender": "972722776772",
                "text": "Hi & שלום",
                "ref": message._echo_key(),
                "report": f"{self.gateway.webhook_url}?key={message._echo_key()}",
            },
        )
        self.assertEqual(request.headers["Authorization"], b"Basic Z2FsaWw6czNjcmV0")
        self.assertEqual(
            request.headers["Content-Type"], b"application/x-www-form-urlencoded; charset=utf-8"
        )

    def test_answers_are_read_by_the_settings(self):
        read = self.model._prepare_send(self.message()).read
        answer = _answer(200, '{"status": 0, "id": 7}')
        self.assertEqual((read(answer).state, read(answer).provider_uid), ("sent", "7"))
        self.assertEqual(read(_answer(200, '{"status": 4}')).failure_kind, "credit")
        self.assertIsNone(read(_answer(200, "<html>")))

    def test_get(self):
        self.gateway.write(
            {
                "http_method": "GET",
                "http_format": "none",
                "api_url": "https://g.example/send?to={{to}}&text={{text}}&p={{password}}",
                "http_phone_format": "local",
            }
        )
        request = self.model._prepare_send(self.message(body="a&b"))
        self.assertEqual(request.url, "https://g.example/send?to=0502345678&text=a%26b&p=s3cret")
        self.assertIsNone(request.data)

    def test_bad_settings_are_refused(self):
        """Refused when it is described, with the word that is wrong."""
        for values, word in [
            ({"http_body": "to = {{phone}}"}, "phone"),
            ({"api_url": "https://g.example/{{whom}}"}, "whom"),
            ({"http_headers": "Authorization {{basic}}"}, "Authorization"),
            ({"http_body": "just a text"}, "just a text"),
            ({"http_format": "json", "http_body": "{to: 1}"}, "JSON"),
            ({"http_error_kinds": "4 = poor"}, "poor"),
            ({"http_event_names": "sender = x"}, "sender"),
            ({"http_status_words": "arrived = 1"}, "arrived"),
            ({"http_success_path": "/(/"}, "/(/"),
        ]:
            with self.subTest(values=values):
                with self.assertRaises(ValidationError) as caught:
                    self.gateway.write(values)
                self.assertIn(word, str(caught.exception))

    def test_events(self):
        """Gateways push by GET and POST, with names of their own."""
        self.gateway.http_event_names = "from = sender_no"
        self.gateway.http_status_words = "delivered = 2"
        incoming = self.request(b"sender_no=0502345678&message=hi&to=0722776772")
        self.assertTrue(self.model._verify(self.gateway, incoming))
        (message,) = self.model._parse(self.gateway, incoming)
        self.assertEqual((message.contact_value, message.body), ("0502345678", "hi"))
        report = self.request(method="GET", query="id=7&status=2&key=k.1", content_type="")
        self.assertTrue(self.model._verify(self.gateway, report))
        self.assertEqual(
            self.model._parse(self.gateway, report),
            [DeliveryReport(uid="7", key="k.1", state="delivered")],
        )
        verification = self.request(method="GET", content_type="")
        self.assertFalse(self.model._verify(self.gateway, verification))


def _answer(status, text):
    return HttpAnswer(status, {}, text)
