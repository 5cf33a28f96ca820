import hashlib
import hmac
import itertools
import json
import secrets
import time
import urllib.parse

from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import IdKit

#: Tokens are larger than what JavaScript counts exactly.
_tokens = itertools.count((1 << 62) + 1)


class FakeViber(FakeProvider):
    """The REST API of a bot (docs/providers.md, 9)."""

    _REFUSALS = {
        "address": (5, "receiverNotRegistered"),
        "consent": (6, "receiverNotSubscribed"),
        "connection": (2, "invalidAuthToken"),
        "rejected": (3, "badData"),
        "temporary": (99, "generalError"),
        "limit": (12, "tooManyRequests"),
    }
    _MEDIA = ("picture", "video", "file")

    def __init__(self, port=0):
        #: Id of a person → bytes of the picture that he shows.
        self.pictures = {}
        super().__init__(port)

    def show_picture(self, person, content):
        """Have a person show a picture."""
        self.pictures[person] = content

    def read_message(self, request):
        if request.path != "/send_message":
            return None
        body = request.json
        return Sent(
            key=body.get("tracking_data", ""),
            text=body.get("text", ""),
            to=body.get("receiver", ""),
            file=body.get("media", ""),
        )

    def contract_faults(self, request):
        body = request.json
        faults = [f"{n} is missing" for n in ("receiver", "sender", "type") if not body.get(n)]
        if len((body.get("sender") or {}).get("name", "")) > 28:
            faults.append("the sender's name is too long")
        if not request.headers.get("X-Viber-Auth-Token"):
            faults.append("no token")
        if body.get("type") in self._MEDIA and not body.get("media"):
            faults.append("no media")
        if len(request.body) > 30 * 1024:
            faults.append("more than 30 KB")
        return faults

    def make_uid(self, number):
        return str(next(_tokens))

    def accepted_answer(self, message):
        return Answer(200, {"status": 0, "status_message": "ok", "message_token": int(message.uid)})

    def refusal(self, why):
        status, words = self._REFUSALS[why]
        return Answer(200, {"status": status, "status_message": words})

    def other(self, request):
        if request.path.startswith("/pictures/"):
            return Answer(200, self.pictures[urllib.parse.unquote(request.path[10:])])
        if not request.headers.get("X-Viber-Auth-Token"):
            return self.refusal("connection")
        if request.path == "/get_account_info":
            return Answer(200, {"status": 0, "status_message": "ok"})
        return Answer(200, {"status": 0, "status_message": "ok", "event_types": []})


class Viber(IdKit):
    """A Viber bot (ME3, docs/providers.md, 9)."""

    code = "viber"
    channel = "viber"
    reports = ("delivered", "read")
    echoes_key = False
    fake_class = FakeViber
    failures = (("address", "address"), ("consent", "consent"), ("rejected", "rejected"))
    sends_files = True
    token = "44dafb7e0f40021e-made-up-f2c5a676a07050b3"

    def secrets(self):
        return {"viber_auth_token": self.token}

    def line_values(self):
        return {"address": "galil"}

    def signed(self, payload, token=None):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        digest = hmac.new((token or self.token).encode(), body, hashlib.sha256).hexdigest()
        return Post(body, {"Content-Type": "application/json", "X-Viber-Content-Signature": digest})

    def id_of(self, sender):
        """Ids of Viber are base64."""
        return f"A1b=/{super().id_of(sender)}"

    def callback(self, event, **values):
        return self.signed(
            {
                "event": event,
                "timestamp": int(time.time() * 1000),
                "message_token": next(_tokens),
                **values,
            }
        )

    def incoming(self, sender, text, uid=None, name="Dana", **values):
        person = {"id": self.id_of(sender), "name": name, "language": "he", "country": "IL"}
        if person["id"] in self.fake.pictures:
            place = urllib.parse.quote(person["id"], safe="")
            person["avatar"] = f"{self.fake.url}/pictures/{place}"
        token = {"message_token": uid} if uid else {}
        message = {"type": "text", "text": text}
        return self.callback("message", sender=person, message={**message, **values}, **token)

    def report(self, sent, state, **values):
        event = {"read": "seen"}.get(state, state)
        failed = {"desc": "the device is gone"} if state == "failed" else {}
        return self.callback(event, message_token=int(sent.uid), user_id=sent.to, **failed)

    def forged(self, post):
        name, content = "X-Viber-Content-Signature", {"Content-Type": "application/json"}
        return [
            self.signed(post.body, token="another token"),
            post._replace(headers=content),
            post._replace(headers={**content, name: ""}),
            post._replace(headers={**content, name: post.headers[name][:-1]}),
            post._replace(body=post.body.replace(b"forged", b"changed")),
            post._replace(body=post.body + b" "),
        ]

    def new_uid(self):
        return secrets.token_hex(8)
