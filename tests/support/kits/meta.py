import email
import hashlib
import hmac
import itertools
import json
import re
import secrets
import time

from .. import contracts
from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import Kit

_line_ids = itertools.count(100_000_000_000_001)


class FakeMeta(FakeProvider):
    """The messages edge of Meta's Cloud API v23.0 (docs/providers.md, 1).

    :ivar dict files: id → bytes of what was handed over
    """

    def __init__(self, port=0):
        self.files = {}
        super().__init__(port)

    _PATH = re.compile(r"/v23\.0/\d+/messages")
    _MEDIA = re.compile(r"/v23\.0/\d+/media")
    _REFUSALS = {
        "address": (400, 131026),
        "consent": (400, 131050),
        "sender": (400, 133010),
        "limit": (400, 130429),
        "pair limit": (400, 131056),
        "temporary": (500, 131000),
        "window": (400, 131047),
        "credit": (400, 131042),
        "connection": (401, 190),
        "rejected": (400, 131009),
    }

    def read_message(self, request):
        if request.method != "POST" or not self._PATH.fullmatch(request.path):
            return None
        body = request.json
        template = body.get("template") or {}
        image = body.get("image") or {}
        return Sent(
            key=body.get("biz_opaque_callback_data", ""),
            text=(body.get("text") or {}).get("body", "") or image.get("caption", ""),
            to=body.get("to") or body.get("recipient") or "",
            template=template.get("name", ""),
            values=tuple(
                parameter["text"]
                for component in template.get("components", ())
                for parameter in component["parameters"]
            ),
            file=image.get("id", ""),
        )

    def contract_faults(self, request):
        return contracts.meta_faults(request)

    def make_uid(self, number):
        return f"wamid.HBgL{number:06d}{secrets.token_hex(12)}"

    def accepted_answer(self, message):
        return Answer(
            200,
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": message.to, "wa_id": message.to}],
                "messages": [{"id": message.uid, "message_status": "accepted"}],
            },
        )

    def refusal(self, why):
        status, code = self._REFUSALS[why]
        return Answer(
            status,
            {
                "error": {
                    "message": f"(#{code}) Refused: {why}",
                    "type": "OAuthException",
                    "code": code,
                    "error_data": {"messaging_product": "whatsapp", "details": f"Because {why}."},
                    "fbtrace_id": "A1b2C3d4",
                }
            },
        )

    def other(self, request):
        if request.method == "POST" and self._MEDIA.fullmatch(request.path):
            return self._take_file(request)
        if "/message_templates" in request.path:
            return Answer(200, {"data": [TEMPLATE]})
        if request.method == "GET" and not request.headers.get("Authorization"):
            return self.refusal("connection")
        if request.method == "GET":
            number = request.path.split("?")[0].rpartition("/")[2]
            return Answer(200, {"id": number, "verified_name": "Galil Tours"})
        return Answer(404, {"error": {"message": "Unknown path", "code": 100}})

    def _take_file(self, request):
        """Keep a file that is handed over, as a form of several parts."""
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + request.body)
        [file] = [part for part in form.get_payload() if part.get_filename()]
        uid = str(len(self.files) + 1)
        self.files[uid] = file.get_payload(decode=True)
        return Answer(200, {"id": uid})


#: A template as Meta lists it.
TEMPLATE = {
    "id": "920070352646140",
    "name": "order_ready",
    "language": "en_US",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Hi {{1}}, it is ready"}],
}


class Meta(Kit):
    """WhatsApp by Meta's Cloud API (WA1, docs/providers.md, 1)."""

    code = "meta"
    channel = "whatsapp"
    reports = ("sent", "delivered", "read")
    fake_class = FakeMeta
    failures = (
        ("address", "address"),
        ("consent", "consent"),
        ("sender", "sender"),
        ("window", "window"),
        ("rejected", "rejected"),
    )
    template = "order_ready"
    sends_files = True
    secret = "0123456789abcdef0123456789abcdef"

    def __init__(self, odoo, **values):
        self.phone_number_id = str(next(_line_ids))
        super().__init__(odoo, **values)

    def secrets(self):
        return {"meta_access_token": "EAAmade-up-token", "meta_app_secret": self.secret}

    def line_values(self):
        return {**super().line_values(), "external_id": self.phone_number_id}

    def fetch_template(self, value):
        self.odoo.write("kala.connection", self.connection_id, meta_waba_id="419561257915477")
        return super().fetch_template(value)

    def content_of(self, sent):
        return self.fake.files[sent.file]

    def signed(self, payload, secret=None):
        """:param payload: bytes, or what JSON knows
        :return: Post with Meta's signature over the bytes"""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        digest = hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()
        return Post(
            body,
            {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"},
        )

    def payload(self, *values, field="messages"):
        """:return: dict, an event with one change for each of some values"""
        metadata = {
            "display_phone_number": self.our_number.lstrip("+"),
            "phone_number_id": self.phone_number_id,
        }
        return {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": "419561257915477",
                    "changes": [
                        {
                            "field": field,
                            "value": {
                                "messaging_product": "whatsapp",
                                "metadata": metadata,
                                **value,
                            },
                        }
                        for value in values
                    ],
                }
            ],
        }

    def new_uid(self):
        return f"wamid.{secrets.token_hex(16)}"

    def message_value(self, sender, text, uid=None, name="Dana", **values):
        digits = sender.lstrip("+")
        message = {
            "from": digits,
            "id": uid or self.new_uid(),
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": text},
        }
        return {
            "contacts": [{"profile": {"name": name}, "wa_id": digits}],
            "messages": [{**message, **values}],
        }

    def incoming(self, sender, text, uid=None, name="Dana", **values):
        return self.signed(self.payload(self.message_value(sender, text, uid, name, **values)))

    def open_window(self, *numbers):
        """Free text is for 24 hours after the customer wrote (WA6)."""
        self.post(self.signed(self.payload(*(self.message_value(n, "Hello") for n in numbers))))
        self.settled()

    def status_value(self, sent, state, **values):
        status = {
            "id": sent.uid,
            "status": state,
            "timestamp": str(int(time.time())),
            "recipient_id": sent.to,
            "biz_opaque_callback_data": sent.key,
        }
        if state == "failed":
            title = "Message undeliverable"
            status["errors"] = [{"code": 131026, "title": title, "message": title}]
        return {"statuses": [{**status, **values}]}

    def report(self, sent, state, **values):
        return self.signed(self.payload(self.status_value(sent, state, **values)))

    def forged(self, post):
        name = "X-Hub-Signature-256"
        other = self.signed(post.body, secret="another secret")
        digest = hmac.new(self.secret.encode(), post.body, hashlib.sha1).hexdigest()
        content = {"Content-Type": "application/json"}
        return [
            other,
            post._replace(headers=content),
            post._replace(headers={**content, name: ""}),
            post._replace(headers={**content, name: "sha256="}),
            post._replace(headers={**content, name: post.headers[name].removeprefix("sha256=")}),
            post._replace(headers={**content, "X-Hub-Signature": f"sha1={digest}"}),
            post._replace(body=post.body.replace(b"forged", b"changed")),
            post._replace(body=post.body + b" "),
        ]
