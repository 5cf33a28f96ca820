import base64
import hashlib
import hmac
import secrets
import urllib.parse

from ..client import Post
from ..fakes import of_addon
from .base import Kit

_fakes = of_addon("kala_comm_twilio")


class Twilio(Kit):
    """SMS through Twilio (SM1, docs/providers.md, 3)."""

    code = "twilio"
    fake_class = _fakes.FakeTwilio
    failures = (
        ("address", "address"),
        ("consent", "consent"),
        ("sender", "sender"),
        ("rejected", "rejected"),
    )
    template = _fakes.TEMPLATE["sid"]
    sends_files = True
    account = "AC" + "0123456789abcdef" * 2
    token = "made-up-token-of-nobody"

    def secrets(self):
        return {"twilio_account_sid": self.account, "twilio_auth_token": self.token}

    def template_line(self):
        return self.odoo.create(
            "kala.line",
            name="WhatsApp of twilio",
            channel="whatsapp",
            connection_id=self.connection_id,
            address=self.our_number,
        )

    def sign(self, url, pairs, token=None):
        text = url + "".join(name + value for name, value in sorted(set(pairs)))
        digest = hmac.new((token or self.token).encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def form(self, values, query="", token=None):
        """:return: signed Post of a form"""
        pairs = [(name, str(value)) for name, value in values.items()]
        url = f"{self.url}?{query}" if query else self.url
        return Post(
            urllib.parse.urlencode(pairs).encode(),
            {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "X-Twilio-Signature": self.sign(url, pairs, token),
            },
            query,
        )

    def sign_bytes(self, body):
        """:return: Post of a form of any bytes, signed over what its escapes stand for"""
        text = body.decode("latin-1")
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, encoding="latin-1")
        signed = self.url.encode() + b"".join(
            (name + value).encode("latin-1") for name, value in sorted(set(pairs))
        )
        signature = base64.b64encode(hmac.digest(self.token.encode(), signed, "sha1")).decode()
        return Post(
            body,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": signature,
            },
        )

    def new_uid(self):
        return f"SM{secrets.token_hex(16)}"

    def incoming(self, sender, text, uid=None, name="", **values):
        uid = uid or self.new_uid()
        values = {
            "MessageSid": uid,
            "SmsSid": uid,
            "SmsMessageSid": uid,
            "AccountSid": self.account,
            "From": sender,
            "To": self.our_number,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            **values,
        }
        # None: Twilio leaves it out.
        return self.form({name: value for name, value in values.items() if value is not None})

    def report(self, sent, state, **values):
        status = {"failed": "undelivered"}.get(state, state)
        error = {"ErrorCode": "30005"} if state == "failed" else {}
        return self.form(
            {
                "MessageSid": sent.uid,
                "SmsSid": sent.uid,
                "MessageStatus": status,
                "SmsStatus": status,
                "AccountSid": self.account,
                "From": self.our_number,
                "To": sent.to,
                "ApiVersion": "2010-04-01",
                **error,
                **values,
            },
            urllib.parse.urlencode({"key": sent.key}),
        )

    def forged(self, post):
        pairs = urllib.parse.parse_qsl(post.body.decode(), keep_blank_values=True)
        wrong = self.form(dict(pairs), post.query, token="another token")
        unsigned = {k: v for k, v in post.headers.items() if not k.startswith("X-")}
        return [
            wrong,
            post._replace(headers=unsigned),
            post._replace(headers={**post.headers, "X-Twilio-Signature": ""}),
            post._replace(body=post.body + b"&Body=changed"),
            post._replace(query="added=1"),
        ]
