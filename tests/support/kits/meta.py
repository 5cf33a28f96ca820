import hashlib
import hmac
import itertools
import json
import secrets
import time

from ..client import Post
from ..fakes import of_addon
from .base import Kit

_fakes = of_addon("kala_comm_whatsapp")

_line_ids = itertools.count(100_000_000_000_001)


class Meta(Kit):
    """WhatsApp by Meta's Cloud API (WA1, docs/providers.md, 1)."""

    code = "meta"
    channel = "whatsapp"
    reports = ("sent", "delivered", "read")
    fake_class = _fakes.FakeMeta
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
