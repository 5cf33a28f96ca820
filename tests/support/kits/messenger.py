import hashlib
import hmac
import itertools
import json
import re
import secrets
import time

from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import IdKit

_pages = itertools.count(200_000_000_001)


class FakeMessenger(FakeProvider):
    """The Send API of a page (docs/providers.md, 7)."""

    def __init__(self, port=0):
        #: Id of a person → his name, the picture that he shows.
        self.names, self.pictures = {}, {}
        super().__init__(port)

    _PATH = re.compile(r"/v23\.0/(\d+|me)/messages")
    _REFUSALS = {
        "address": (400, 100, 2018001),
        "window": (400, 10, 2018278),
        "connection": (401, 190, 463),
        "rejected": (400, 100, 2018047),
        "temporary": (500, 2, None),
        "limit": (429, 613, None),
    }

    def read_message(self, request):
        if request.method != "POST" or not self._PATH.fullmatch(request.path):
            return None
        body = request.json
        message = body["message"]
        attachment = (message.get("attachment") or {}).get("payload") or {}
        return Sent(
            key=message.get("metadata", ""),
            text=message.get("text", ""),
            to=body["recipient"]["id"],
            file=attachment.get("url", ""),
        )

    def contract_faults(self, request):
        body = request.json
        faults = [f"{n} is unknown" for n in body if n not in _NAMES]
        faults += [f"message: {n} is unknown" for n in body["message"] if n not in _MESSAGE]
        if body.get("messaging_type") not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
            faults.append("messaging_type is missing")
        if (body.get("messaging_type") == "MESSAGE_TAG") != ("tag" in body):
            faults.append("a tag goes with MESSAGE_TAG")
        if len(body["message"].get("text", "")) > 2000:
            faults.append("the text is too long")
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            faults.append("no token")
        return faults

    def show_picture(self, person, content):
        """Have a person show a picture."""
        self.pictures[person] = content

    def make_uid(self, number):
        return f"m_{number:06d}{secrets.token_hex(12)}"

    def accepted_answer(self, message):
        return Answer(200, {"recipient_id": message.to, "message_id": message.uid})

    def refusal(self, why):
        status, code, subcode = self._REFUSALS[why]
        error = {"message": f"(#{code}) Refused: {why}", "type": "OAuthException", "code": code}
        if subcode:
            error["error_subcode"] = subcode
        return Answer(status, {"error": error})

    def other(self, request):
        if request.path.startswith("/pictures/"):
            return Answer(200, self.pictures[request.path.rpartition("/")[2]])
        if not request.headers.get("Authorization"):
            return self.refusal("connection")
        if "fields=profile_pic" in request.path:
            person = request.path.partition("?")[0].rpartition("/")[2]
            url = {"profile_pic": f"{self.url}/pictures/{person}"}
            return Answer(200, {"id": person, **(url if person in self.pictures else {})})
        if request.path.partition("?")[0].rpartition("/")[2] in self.names:
            person = self.names[request.path.partition("?")[0].rpartition("/")[2]]
            return Answer(200, {"name": person})
        if request.path.endswith("/subscribed_apps"):
            return Answer(200, {"success": True})
        return Answer(200, {})


_NAMES = ("recipient", "messaging_type", "tag", "message")
_MESSAGE = ("text", "attachment", "metadata")


class Messenger(IdKit):
    """A Facebook page (ME1, docs/providers.md, 7)."""

    code = "messenger"
    channel = "messenger"
    reports = ("delivered", "read")
    echoes_key = False
    fake_class = FakeMessenger
    failures = (("address", "address"), ("window", "window"), ("rejected", "rejected"))
    reports_failure = False
    secret = "fedcba9876543210fedcba9876543210"

    def __init__(self, odoo, **values):
        self.page_id = str(next(_pages))
        super().__init__(odoo, **values)

    def secrets(self):
        return {"messenger_page_token": "EAApage-made-up", "messenger_app_secret": self.secret}

    def line_values(self):
        return {"address": "Galil Tours", "external_id": self.page_id}

    def signed(self, payload, secret=None):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        digest = hmac.new((secret or self.secret).encode(), body, hashlib.sha256).hexdigest()
        return Post(
            body,
            {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"},
        )

    def payload(self, *parts, what="page", name="messaging"):
        return {
            "object": what,
            "entry": [{"id": self.page_id, "time": int(time.time() * 1000), name: list(parts)}],
        }

    def part(self, sender, **values):
        return {
            "sender": {"id": self.id_of(sender)},
            "recipient": {"id": self.page_id},
            "timestamp": int(time.time() * 1000),
            **values,
        }

    def incoming(self, sender, text, uid=None, name="Dana", **values):
        message = {"mid": uid or f"m_{secrets.token_hex(12)}", "text": text, **values}
        return self.signed(self.payload(self.part(sender, message=message)))

    def report(self, sent, state, **values):
        said = {"watermark": int(time.time() * 1000)}
        if state == "delivered":
            part = {"delivery": {**said, "mids": [sent.uid]}}
        else:
            part = {"read": {**said, "mid": sent.uid}}
        return self.signed(self.payload(self.part(sent.to, **part)))

    def forged(self, post):
        name, content = "X-Hub-Signature-256", {"Content-Type": "application/json"}
        return [
            self.signed(post.body, secret="another secret"),
            post._replace(headers=content),
            post._replace(headers={**content, name: ""}),
            post._replace(headers={**content, name: post.headers[name].removeprefix("sha256=")}),
            post._replace(body=post.body.replace(b"forged", b"changed")),
        ]
