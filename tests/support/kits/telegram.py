import email
import hashlib
import hmac
import itertools
import json
import re
import secrets
import time
import urllib.parse

from .. import contracts
from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import IdKit

_bots = itertools.count(7100000001)
_updates = itertools.count(1 << 33)


class FakeTelegram(FakeProvider):
    """The Bot API (docs/providers.md, 8).

    :ivar dict files: id → bytes of what was sent with a message
    :ivar list called: (method, values) of every call that sends no message
    :ivar list updates: those that wait until somebody says that he has them
    :ivar dict pictures: id of a person → bytes of the picture that he shows
    """

    _PATH = re.compile(r"/bot(\d+:[\w-]+)/(\w+)")
    _SENDS = ("sendMessage", "sendPhoto", "sendVideo", "sendAudio", "sendDocument")
    _REFUSALS = {
        "address": (400, "Bad Request: chat not found"),
        "consent": (403, "Forbidden: bot was blocked by the user"),
        "connection": (401, "Unauthorized"),
        "rejected": (400, "Bad Request: message text is empty"),
        "temporary": (502, "Bad Gateway"),
        "limit": (429, "Too Many Requests: retry after 2"),
    }

    def __init__(self, port=0):
        self.files, self.called, self.updates, self.pictures = {}, [], [], {}
        super().__init__(port)

    def _read(self, request):
        """:return: (method, its values, its file)"""
        path, _mark, query = request.path.partition("?")
        method = self._PATH.fullmatch(path)[2]
        if query:
            pairs = urllib.parse.parse_qsl(query)
            return method, {n: int(v) if v.isdecimal() else v for n, v in pairs}, None
        if request.headers.get("Content-Type", "").startswith("multipart/"):
            return method, *self._read_form(request)
        return method, json.loads(request.body or b"{}"), None

    @staticmethod
    def _read_form(request):
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        values, content = {}, None
        for part in email.message_from_bytes(head + request.body).get_payload():
            name = part.get_param("name", header="content-disposition")
            raw = part.get_payload(decode=True)
            if part.get_filename():
                values[name], content = "attach", raw
            else:
                values[name] = raw.decode()
        return values, content

    def read_message(self, request):
        found = self._PATH.fullmatch(request.path)
        if not found or found[2] not in self._SENDS:
            return None
        _method, values, content = self._read(request)
        file = ""
        if content is not None:
            file = str(len(self.files) + 1)
            self.files[file] = content
        return Sent(
            key="",
            text=values.get("text") or values.get("caption") or "",
            to=str(values.get("chat_id")),
            file=file,
        )

    def contract_faults(self, request):
        method, values, _content = self._read(request)
        return contracts.telegram_faults(method, values)

    def accept(self, message):
        taken = super().accept(message)
        named = taken._replace(uid=f"{message.to}:{taken.uid}")
        with self._lock:
            self.accepted[self.accepted.index(taken)] = named
        return named

    def make_uid(self, number):
        return str(number)

    def accepted_answer(self, message):
        result = {
            "message_id": int(message.uid.rpartition(":")[2]),
            "date": int(time.time()),
            "chat": {"id": int(message.to), "type": "private"},
            "text": message.text,
        }
        return Answer(200, {"ok": True, "result": result})

    def refusal(self, why):
        code, words = self._REFUSALS[why]
        body = {"ok": False, "error_code": code, "description": words}
        if code == 429:
            body["parameters"] = {"retry_after": 2}
        return Answer(code, body)

    def _poll(self, values):
        with self._lock:
            had = values.get("offset") or 0
            self.updates = [update for update in self.updates if update["update_id"] >= had]
            found = list(self.updates)
        if not found:
            self.stopping.wait(0.5)
        return Answer(200, {"ok": True, "result": found[: values.get("limit", 100)]})

    def _photos(self, person):
        """The same picture in the three sizes that Telegram makes."""
        if str(person) not in self.pictures:
            return {"total_count": 0, "photos": []}
        sizes = [
            {"file_id": f"{person}:{side}", "width": side, "height": side, "file_size": side * 90}
            for side in (160, 320, 640)
        ]
        return {"total_count": 1, "photos": [sizes]}

    def show_picture(self, person, content):
        """Have a person show a picture."""
        self.pictures[person] = content

    def other(self, request):
        if request.path.startswith("/file/bot"):
            name = request.path.rpartition("/")[2]
            return Answer(200, self.pictures.get(name, b"a file"))
        if not self._PATH.fullmatch(request.path.partition("?")[0]):
            return Answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        method, values, _content = self._read(request)
        self.called.append((method, values))
        faults = contracts.telegram_faults(method, values)
        if faults:
            self.invalid.append((request, faults))
        if method == "getMe":
            bot = int(self._PATH.fullmatch(request.path)[1].partition(":")[0])
            names = {"first_name": "Galil Tours", "username": "galil_bot"}
            return Answer(200, {"ok": True, "result": {"id": bot, "is_bot": True, **names}})
        if method == "getUpdates":
            return self._poll(values)
        if method == "getUserProfilePhotos":
            return Answer(200, {"ok": True, "result": self._photos(values["user_id"])})
        if method == "getFile":
            path = f"photos/{values['file_id'].partition(':')[0]}"
            return Answer(200, {"ok": True, "result": {"file_path": path}})
        return Answer(200, {"ok": True, "result": True})


class Telegram(IdKit):
    """A Telegram bot (ME2, docs/providers.md, 8)."""

    code = "telegram"
    channel = "telegram"
    reports = ()
    fake_class = FakeTelegram
    failures = (("address", "address"), ("consent", "consent"), ("rejected", "rejected"))
    sends_files = True

    def __init__(self, odoo, **values):
        self.token = f"{next(_bots)}:AAH-made_up-{secrets.token_hex(10)}"
        super().__init__(odoo, **values)

    def secrets(self):
        return {"telegram_bot_token": getattr(self, "token", "7100000000:AAH-made_up-token")}

    def line_values(self):
        return {"address": "@galil_bot", "external_id": self.token.partition(":")[0]}

    def header(self):
        """:return: dict with what Telegram was told to repeat"""
        door = self.url.rpartition("/")[2].encode()
        secret = hmac.new(self.token.encode(), door, hashlib.sha256).hexdigest()
        return {"X-Telegram-Bot-Api-Secret-Token": secret}

    def update(self, name, value, **headers):
        body = json.dumps({"update_id": next(_updates), name: value}).encode()
        return Post(body, {"Content-Type": "application/json", **self.header(), **headers})

    def person(self, sender, name="Dana"):
        first, _space, last = name.partition(" ")
        return {
            "id": int(self.id_of(sender)),
            "is_bot": False,
            "first_name": first,
            **({"last_name": last} if last else {}),
        }

    def message_value(self, sender, name="Dana", uid=None, **values):
        person = self.person(sender, name)
        return {
            "message_id": uid or next(_updates) % 1000000000,
            "date": int(time.time()),
            "from": person,
            "chat": {**person, "type": "private"},
            **values,
        }

    def incoming(self, sender, text, uid=None, name="Dana", **values):
        return self.update("message", self.message_value(sender, name, uid, text=text, **values))

    def content_of(self, sent):
        return self.fake.files[sent.file]

    def forged(self, post):
        name = "X-Telegram-Bot-Api-Secret-Token"
        content = {"Content-Type": "application/json"}
        good = post.headers[name]
        return [
            post._replace(headers=content),
            post._replace(headers={**content, name: ""}),
            post._replace(headers={**content, name: good[:-1]}),
            post._replace(headers={**content, name: good.upper()}),
            post._replace(headers={**content, name: self.token}),
        ]
