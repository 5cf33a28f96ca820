import itertools
import json
import secrets
import time
import urllib.parse

from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import Kit

_our_numbers = itertools.count(972722700001)


class FakeWaboxapp(FakeProvider):
    """waboxapp's API (docs/providers.md, 2)."""

    #: Paths that send, and what each must have.
    _WANTED = {"/send/chat": "text", "/send/image": "url", "/send/media": "url"}
    _REFUSALS = {"rejected": 400, "connection": 403}

    def read_message(self, request):
        if request.method != "POST" or request.path not in self._WANTED:
            return None
        form = request.form
        return Sent(
            key=form.get("custom_uid", ""),
            text=form.get("text", "") or form.get("caption", ""),
            to=form.get("to", ""),
            file=form.get("url", ""),
        )

    def contract_faults(self, request):
        form = request.form
        faults = [
            f"{name} is missing"
            for name in ("token", "uid", "to", "custom_uid", self._WANTED[request.path])
            if not form.get(name)
        ]
        faults += [f"{n} is no number" for n in ("uid", "to") if not form.get(n, "").isdigit()]
        return faults

    def make_uid(self, number):
        return f"3EB0{number:06d}{secrets.token_hex(8)}".upper()

    def accepted_answer(self, message):
        return Answer(200, {"success": True, "custom_uid": message.key})

    def refusal(self, why):
        return Answer(self._REFUSALS[why], {"success": False, "error": f"Refused: {why}"})

    def other(self, request):
        if request.path.startswith("/status/"):
            return Answer(200, {"success": True, "uid": request.path[8:].partition("?")[0]})
        return Answer(404, {"error": "unknown path"})


class Waboxapp(Kit):
    """WhatsApp by a bridge to a phone (WA2, docs/providers.md, 2)."""

    code = "waboxapp"
    channel = "whatsapp"
    reports = ("sent", "delivered", "read")
    fake_class = FakeWaboxapp
    failures = (("rejected", "rejected"),)
    named = False
    reports_failure = False
    sends_files = True
    token = "made-up-wabox-token"
    _acks = {"sent": "1", "delivered": "2", "read": "3"}

    def __init__(self, odoo, **values):
        self.our_number = f"+{next(_our_numbers)}"
        super().__init__(odoo, **values)

    def secrets(self):
        return {"wabox_token": self.token}

    def line_values(self):
        return {**super().line_values(), "external_id": self.our_number.lstrip("+")}

    def form(self, values):
        return Post(
            urllib.parse.urlencode(values).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )

    def new_uid(self):
        return secrets.token_hex(10).upper()

    def incoming(self, sender, text, uid=None, name="Dana", **values):
        return self.form(
            {
                "event": "message",
                "token": self.token,
                "uid": self.our_number.lstrip("+"),
                "contact[uid]": sender.lstrip("+"),
                "contact[name]": name,
                "contact[type]": "user",
                "message[dtm]": str(int(time.time())),
                "message[uid]": uid or self.new_uid(),
                "message[cuid]": "",
                "message[dir]": "i",
                "message[type]": "chat",
                "message[body][text]": text,
                "message[ack]": "3",
                **values,
            }
        )

    def report(self, sent, state, **values):
        return self.form(
            {
                "event": "ack",
                "token": self.token,
                "uid": self.our_number.lstrip("+"),
                "muid": sent.uid,
                "cuid": sent.key,
                "ack": self._acks[state],
                **values,
            }
        )

    def forged(self, post):
        values = dict(urllib.parse.parse_qsl(post.body.decode(), keep_blank_values=True))
        unsigned = {name: value for name, value in values.items() if name != "token"}
        return [
            self.form(unsigned),
            self.form({**values, "token": ""}),
            self.form({**values, "token": self.token[:-1]}),
            self.form({**values, "token": self.token.upper()}),
            Post(json.dumps(values).encode(), {"Content-Type": "application/json"}),
        ]
