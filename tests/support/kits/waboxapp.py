import itertools
import json
import secrets
import time
import urllib.parse

from ..client import Post
from ..fakes import of_addon
from .base import Kit

_fakes = of_addon("kala_comm_whatsapp")

_our_numbers = itertools.count(972722700001)


class Waboxapp(Kit):
    """WhatsApp by a bridge to a phone (WA2, docs/providers.md, 2)."""

    code = "waboxapp"
    channel = "whatsapp"
    reports = ("sent", "delivered", "read")
    fake_class = _fakes.FakeWaboxapp
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
