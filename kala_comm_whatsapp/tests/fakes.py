"""A Meta and a waboxapp of our own on loopback."""

import email
import functools
import json
import re
import secrets
from pathlib import Path

import jsonschema

from odoo.addons.kala_comm.tests.fakes import Answer, FakeProvider, Sent

DATA = Path(__file__).parent / "data"


@functools.cache
def message_validator(kind="text"):
    """Meta's contract lists the names of a message in two places, of which one forbids all
    others; as it is meant, a name of either list is allowed. Its pattern for the place of a
    button forbids the example beside it.

    :param str kind: type of the message
    """
    document = json.loads((DATA / "meta_send_schema.json").read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    schemas["TemplateComponent"]["properties"]["index"].pop("pattern", None)
    base, (_ref, own) = (
        schemas["BaseMessageProperties"],
        schemas[f"{kind.capitalize()}Message"]["allOf"],
    )
    return jsonschema.Draft202012Validator(
        {
            **document,
            **own,
            "required": [*base["required"], *own["required"]],
            "properties": {**base["properties"], **own["properties"]},
        }
    )


def _meta_faults(request):
    """:return: list of what Meta's description forbids in a request that sends a message"""
    body = request.json
    # Documented elsewhere than in the schema (docs/providers.md, 1.1): our own id, and people
    # without a phone number.
    key = body.pop("biz_opaque_callback_data", None)
    if "to" not in body:
        body["to"] = body.pop("recipient", None)
    faults = [error.message for error in message_validator(body["type"]).iter_errors(body)]
    if not key or len(key) > 512:
        faults.append("no biz_opaque_callback_data")
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        faults.append("no Bearer token")
    return faults


#: A template as Meta lists it.
TEMPLATE = {
    "id": "920070352646140",
    "name": "order_ready",
    "language": "en_US",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Hi {{1}}, it is ready"}],
}


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
        return _meta_faults(request)

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
