"""How Meta's requests are verified, and what we ask of Meta (WA1, SC1, DE2)."""

import json

from odoo.tests import TransactionCase, tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest, Unusable

from .common import BSUID, OUR_ID, WhatsAppCommon, get, load, post
from .fakes import message_validator

SECRET = "0123456789abcdef0123456789abcdef"
#: Signatures made with ``openssl dgst -sha256 -hmac <SECRET>``, not with our own code.
#: Meta escapes what is not ASCII, and slashes: the bytes count, not what they mean.
SIGNED = [
    (
        rb'{"object":"whatsapp_business_account","entry":[],'
        rb'"text":"\u05e9\u05dc\u05d5\u05dd \/ caf\u00e9"}',
        "cb5e7c57bbcc84ec5cbc0debbc11885a88d58364e9c0b5e0dd4228af6a8098d6",
    ),
    (b"", "796cd3078af14636753d26b3b5555422ff55a3e261cf847b48e95371b9bd0aa2"),
    (
        b'{"object":"\xff\x00"}',
        "f672b3a7a185cb9c3651012305566b7dfe939308fb581d89c50d57dd0a9ff4db",
    ),
]
BODY, SIGNATURE = SIGNED[0]

#: Headers that prove nothing.
UNSIGNED = [
    {},
    {"x_hub_signature_256": ""},
    {"x_hub_signature_256": "sha256="},
    {"x_hub_signature_256": SIGNATURE},
    {"x_hub_signature_256": "sha1=" + SIGNATURE},
    {"x_hub_signature_256": "sha256=" + SIGNATURE[:-1]},
    {"x_hub_signature_256": "sha256=" + SIGNATURE + "0"},
    {"x_hub_signature_256": "sha256=é" + SIGNATURE},
    {"x_hub_signature": "sha256=" + SIGNATURE},
]


@tagged("post_install", "-at_install")
class TestMetaProvider(WhatsAppCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["kala.provider.meta"]
        cls.connection = cls.make_connection(
            "meta", meta_access_token="EAAtoken", meta_app_secret=SECRET
        )
        cls.line = cls.make_line(cls.connection, external_id=OUR_ID)

    # ------------------------------------------------------------------ incoming

    def test_signature(self):
        """SC1: a signature with the app's secret over these very bytes is Meta's."""
        for body, signature in SIGNED:
            with self.subTest(body=body):
                header = {"x_hub_signature_256": f"sha256={signature}"}
                self.assertTrue(self.provider._verify(self.connection, post(body, **header)))
                self.assertFalse(
                    self.provider._verify(self.connection, post(body + b" ", **header))
                )

    def test_no_signature(self):
        """SC1: whatever is no signature of these bytes is refused."""
        for headers in UNSIGNED:
            with self.subTest(headers=headers):
                self.assertFalse(self.provider._verify(self.connection, post(BODY, **headers)))

    def test_no_secret_is_refused(self):
        """SC1: without a secret nothing can be proved, so everything is refused, also
        what is signed with nothing."""
        self.connection.meta_app_secret = False
        for signature in (
            SIGNATURE,
            # openssl dgst -sha256 -mac hmac -macopt hexkey:00 of BODY
            "f390e98f77ccf9b1954abe10415678c32b8a79e1f71de2696d6398dc9a73b811",
        ):
            inbound = post(BODY, x_hub_signature_256=f"sha256={signature}")
            self.assertFalse(self.provider._verify(self.connection, inbound))

    def test_only_post(self):
        """SC1: a GET carries no event of Meta."""
        self.assertFalse(self.provider._verify(self.connection, get(("object", "whatsapp"))))

    def test_challenge(self):
        """WA1: Meta verifies the address with the token that is in the address."""
        token = self.connection.webhook_token
        for query, answer in (
            ({"mode": "subscribe", "verify_token": token, "challenge": "77"}, "77"),
            ({"mode": "subscribe", "verify_token": "x", "challenge": "77"}, None),
            ({"mode": "subscribe", "verify_token": "é", "challenge": "77"}, None),
            ({"mode": "subscribe", "verify_token": "", "challenge": "77"}, None),
            ({"mode": "subscribe", "challenge": "77"}, None),
            ({"mode": "unsubscribe", "verify_token": token, "challenge": "7"}, None),
            ({"verify_token": token, "challenge": "77"}, None),
            ({"mode": "subscribe", "verify_token": token}, None),
        ):
            with self.subTest(query=query):
                inbound = get(*((f"hub.{name}", v) for name, v in query.items()))
                self.assertEqual(self.provider._answer_challenge(self.connection, inbound), answer)

    def test_not_json(self):
        """AD3: what is authentic but no JSON is a dead letter, each of its own."""
        keys = set()
        for body in (b"", b"{", b"\xff\xfe", b"<xml/>"):
            (item,) = self.provider._parse(self.connection, post(body))
            self.assertIsInstance(item, Unusable)
            keys.add(item.key)
        self.assertEqual(len(keys), 4)

    def test_broken_utf8(self):
        """AD3: a broken character costs that character, not the message."""
        body = json.dumps(load("meta_webhook_examples.json")["Text Message"]).encode()
        body = body.replace(b"another color", b"an\xffother color")
        (item,) = self.provider._parse(self.connection, post(body))
        self.assertEqual(item.body, "Does it come in an\ufffdother color?")

    # ------------------------------------------------------------------ outgoing

    def prepare(self, **values):
        return self.provider._prepare_send(self.make_outgoing(self.line, **values))

    def test_request(self):
        """WA1: a text as the contract of Meta describes it."""
        communication = self.make_outgoing(self.line, body="Hello\n<b>you</b>")
        request = self.provider._prepare_send(communication)
        self.assertEqual(request.url, f"https://graph.facebook.com/v23.0/{OUR_ID}/messages")
        self.assertEqual(request.method, "POST")
        self.assertEqual(request.headers["Authorization"], "Bearer EAAtoken")
        self.assertEqual(request.json["to"], "972502345678")
        self.assertEqual(request.json["text"], {"body": "Hello\n<b>you</b>"})
        # Our own id: the contract names it for calls only.
        self.assertEqual(request.json.pop("biz_opaque_callback_data"), communication._echo_key())
        message_validator().validate(request.json)

    def test_quoted_reply(self):
        """WA1: an answer quotes the message it answers."""
        request = self.prepare(reply_to_uid="wamid.theirs")
        self.assertEqual(request.json["context"], {"message_id": "wamid.theirs"})
        del request.json["biz_opaque_callback_data"]
        message_validator().validate(request.json)

    def test_reaction(self):
        """WA1: a reaction names its message and quotes nothing; an empty one takes it back."""
        for emoji in ("👍", False):
            with self.subTest(emoji=emoji):
                request = self.prepare(
                    kind="reaction", reaction=emoji, reply_to_uid="wamid.theirs", body="Reacted"
                )
                self.assertEqual(
                    request.json["reaction"], {"message_id": "wamid.theirs", "emoji": emoji or ""}
                )
                self.assertNotIn("context", request.json)
                self.assertNotIn("text", request.json)
                del request.json["biz_opaque_callback_data"]
                message_validator("reaction").validate(request.json)

    def test_without_phone_number(self):
        """MA8: people without a phone number are written to by their id, which the
        contract of this version does not know yet (docs/providers.md, 1.8)."""
        request = self.prepare(contact_kind="whatsapp", contact_value=BSUID)
        self.assertNotIn("to", request.json)
        body = dict(request.json, to=request.json["recipient"])
        del body["recipient"], body["biz_opaque_callback_data"]
        self.assertEqual(body["to"], BSUID)
        message_validator().validate(body)

    def test_the_validator_can_refuse(self):
        """Our reading of the contract does not let through what it forbids."""
        good = dict(self.prepare().json)
        del good["biz_opaque_callback_data"]
        for bad in (
            dict(good, text="Hello"),
            dict(good, text={"body": "x", "bold": True}),
            dict(good, to=972502345678),
            dict(good, recipient_type="crowd"),
            dict(good, unknown="x"),
            {name: value for name, value in good.items() if name != "to"},
        ):
            with self.subTest(bad=bad):
                self.assertFalse(message_validator().is_valid(bad))

    def test_own_address(self):
        """A connection may reach Meta by another address."""
        self.connection.api_url = "http://127.0.0.1:8099/"
        self.assertEqual(self.prepare().url, f"http://127.0.0.1:8099/v23.0/{OUR_ID}/messages")

    def test_refused_before_sending(self):
        """DE2: what Meta would refuse is told at once, with what to do."""
        result = self.prepare(contact_kind="raw", contact_value="*2700")
        self.assertEqual((result.state, result.failure_kind), ("failed", "address"))
        self.assertIn("*2700", result.failure_reason)
        self.line.external_id = False
        result = self.prepare()
        self.assertEqual((result.state, result.failure_kind), ("failed", "sender"))

    def test_too_long(self):
        """DE2: a text longer than Meta takes is refused before it is sent."""
        long = self.make_outgoing(self.line, body="x" * 4097)
        self.assertEqual(self.provider._check(long).failure_kind, "rejected")
        self.assertFalse(self.provider._check(self.make_outgoing(self.line)))

    # ------------------------------------------------------------------ answers

    def read_answer(self, status, body):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.provider._read_send(HttpAnswer(status, {}, text))

    def test_accepted(self):
        """DE1: accepted is sent, and Meta's id is kept."""
        result = self.read_answer(200, load("meta_answers.json")["send"]["accepted"])
        self.assertEqual(result.state, "sent")
        self.assertEqual(
            result.provider_uid,
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA",
        )
        self.assertEqual(result.contact_uid, "")
        result = self.read_answer(
            200, {"messages": [{"id": "w"}], "contacts": [{"user_id": BSUID}]}
        )
        self.assertEqual(result.contact_uid, BSUID)

    def test_errors(self):
        """DE2: the code decides, whatever the HTTP status."""
        for status, code, state, kind in (
            (400, 131047, "failed", "window"),
            (400, 131056, "retry", "limit"),
            (400, 80007, "retry", "limit"),
            (429, 4, "retry", "limit"),
            (401, 190, "failed", "connection"),
            (401, 0, "failed", "connection"),
            (403, 200, "failed", "connection"),
            (400, 131042, "failed", "credit"),
            (400, 131026, "failed", "address"),
            (400, 131050, "failed", "consent"),
            (500, 131000, "retry", "temporary"),
            (503, 131016, "retry", "temporary"),
            (400, 133010, "failed", "sender"),
            (400, 100, "failed", "rejected"),
            (200, 100, "failed", "rejected"),
        ):
            with self.subTest(status=status, code=code):
                error = {"message": f"(#{code}) Said", "code": code, "type": "x"}
                result = self.read_answer(status, {"error": error})
                self.assertEqual((result.state, result.failure_kind), (state, kind))
                self.assertEqual(result.code, str(code))
                self.assertIn("Said", result.failure_reason)

    def test_undocumented_answers(self):
        """DE3: an answer that is none of Meta's is not taken for one; the core decides
        whether the message may have arrived."""
        for status, body in (
            (200, ""),
            (200, "<html>"),
            (200, []),
            (200, {}),
            (200, {"messages": []}),
            (200, {"messages": ["x"]}),
            (200, {"messages": [{"id": None}]}),
            (201, {"messages": [{"id": "wamid.1"}]}),
            (502, "<html>Bad gateway</html>"),
            (500, {"error": "broken"}),
            (500, {"error": {"message": "no code"}}),
        ):
            with self.subTest(status=status, body=body):
                self.assertIsNone(self.read_answer(status, body))

    # ------------------------------------------------------------------ connection

    def test_health_request(self):
        """WA5: the account's numbers, else a number of ours, else the token's owner."""
        self.connection.meta_waba_id = "419561257915477"
        request = self.provider._prepare_health(self.connection)
        self.assertEqual(
            request.url,
            "https://graph.facebook.com/v23.0/419561257915477/phone_numbers",
        )
        self.assertEqual(request.method, "GET")
        self.connection.meta_waba_id = False
        request = self.provider._prepare_health(self.connection)
        self.assertTrue(request.url.endswith(f"/v23.0/{OUR_ID}"))
        self.line.external_id = False
        request = self.provider._prepare_health(self.connection)
        self.assertTrue(request.url.endswith("/v23.0/me"))
        self.assertIsInstance(request, SendRequest)

    def test_health_answers(self):
        """WA5: every example answer of the contract is read, refusals too."""
        answers = load("meta_answers.json")
        for path in ("phone_number", "phone_numbers"):
            for status, bodies in answers[path].items():
                for body in bodies:
                    with self.subTest(path=path, status=status, body=body):
                        answer = HttpAnswer(int(status), {}, json.dumps(body))
                        health = self.provider._read_health(answer)
                        self.assertEqual(health["ok"], status == "200")
                        if status != "200":
                            self.assertIn(body["error"]["message"], health["reason"])
        answer = HttpAnswer(200, {}, json.dumps(answers["phone_numbers"]["200"][0]))
        self.assertEqual(
            self.provider._read_health(answer)["lines"],
            [
                {
                    "external_id": "1906385232743451",
                    "address": "+16315555555",
                    "name": "Jasper's Market",
                },
                {
                    "external_id": "1913623884432103",
                    "address": "+16315555556",
                    "name": "Jasper's Ice Cream",
                },
            ],
        )
        for text in ("", "[]", "<html>", '{"id": "1"'):
            answer = HttpAnswer(200, {}, text)
            self.assertFalse(self.provider._read_health(answer)["ok"])
        self.assertEqual(
            self.provider._read_health(HttpAnswer(200, {}, '{"id": "1"}')),
            {"ok": True, "lines": []},
        )

    def test_required_fields(self):
        """SC1: a connection without its secrets is told what is missing."""
        self.assertEqual(self.provider._missing_fields(self.connection), [])
        self.connection.meta_app_secret = False
        self.assertEqual(self.provider._missing_fields(self.connection), ["meta_app_secret"])
