import base64
import hashlib
import hmac
import json
import re
import secrets
import urllib.parse

from .. import contracts
from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import Kit


class FakeTwilio(FakeProvider):
    """Messages.json of Twilio's API 2010-04-01 (docs/providers.md, 3)."""

    _PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages\.json")
    _REFUSALS = {
        "address": (400, 21211),
        "consent": (400, 21610),
        "sender": (400, 21606),
        "limit": (429, 20429),
        "temporary": (400, 30003),
        "connection": (401, 20003),
        "rejected": (400, 21617),
    }

    def read_message(self, request):
        if request.method != "POST" or not self._PATH.fullmatch(request.path):
            return None
        form = request.form
        callback = urllib.parse.urlsplit(form.get("StatusCallback", ""))
        key = dict(urllib.parse.parse_qsl(callback.query)).get("key", "")
        return Sent(
            key=key,
            text=form.get("Body", ""),
            to=form.get("To", ""),
            template=form.get("ContentSid", ""),
            values=tuple(json.loads(form.get("ContentVariables", "{}")).values()),
            file=form.get("MediaUrl", ""),
        )

    def contract_faults(self, request):
        return contracts.twilio_faults(request)

    def make_uid(self, number):
        return f"SM{number:08x}{secrets.token_hex(12)}"

    def accepted_answer(self, message):
        return Answer(201, contracts.twilio_created(message))

    def refusal(self, why):
        status, code = self._REFUSALS[why]
        return Answer(
            status,
            {
                "code": code,
                "message": f"Refused: {why}",
                "more_info": f"https://www.twilio.com/docs/errors/{code}",
                "status": status,
            },
        )

    def other(self, request):
        if request.path.startswith("/v1/ContentAndApprovals"):
            return Answer(200, {"contents": [TEMPLATE], "meta": {"next_page_url": None}})
        if re.fullmatch(r"/2010-04-01/Accounts/AC[0-9a-f]{32}\.json", request.path):
            return Answer(200, {"status": "active", "sid": request.path[21:55]})
        found = re.search(r"/Messages/(SM[0-9a-f]+)\.json$", request.path)
        known = found and [m for m in self.snapshot() if m.uid == found[1]]
        if known:
            return Answer(200, {**contracts.twilio_created(known[0]), "status": "sent"})
        return Answer(404, {"code": 20404, "message": "not found", "status": 404})


#: A template as the Content API lists it.
TEMPLATE = {
    "sid": "HX" + "0123456789abcdef" * 2,
    "friendly_name": "Order is ready",
    "language": "en",
    "variables": {"1": "Mark"},
    "types": {"twilio/text": {"body": "Hi {{1}}, it is ready"}},
    "approval_requests": {"name": "order_ready", "status": "approved", "category": "UTILITY"},
}


class Twilio(Kit):
    """SMS through Twilio (SM1, docs/providers.md, 3)."""

    code = "twilio"
    fake_class = FakeTwilio
    failures = (
        ("address", "address"),
        ("consent", "consent"),
        ("sender", "sender"),
        ("rejected", "rejected"),
    )
    template = TEMPLATE["sid"]
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
