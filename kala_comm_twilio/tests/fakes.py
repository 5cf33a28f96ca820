"""A Twilio of our own on loopback."""

import functools
import json
import re
import secrets
import urllib.parse
from pathlib import Path

import jsonschema

from odoo.addons.kala_comm.tests.fakes import Answer, FakeProvider, Sent

DATA = Path(__file__).parent / "data"


@functools.cache
def contract():
    """:return: what Twilio's description says of messages"""
    return json.loads((DATA / "twilio_api_v2010_extract.json").read_text(encoding="utf-8"))


def _faults(request):
    """:return: list of what Twilio's description forbids in a request that sends a message"""
    schema = dict(contract()["create_message"])
    form = request.form
    wanted = schema["properties"]
    values = {n: [v] if wanted.get(n, {}).get("type") == "array" else v for n, v in form.items()}
    schema["additionalProperties"] = False
    faults = [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(values)]
    if not re.fullmatch(r"(whatsapp:)?\+[1-9]\d{6,14}", form.get("To", "")):
        faults.append(f"To is no address: {form.get('To')!r}")
    if not request.headers.get("Authorization", "").startswith("Basic "):
        faults.append("no Basic authentication")
    return faults


def _created(message):
    """:return: dict, Twilio's example of an accepted message, about this one"""
    example = contract()["created"]["create"]
    return {**example, "sid": message.uid, "to": message.to, "body": message.text}


#: A template as the Content API lists it.
TEMPLATE = {
    "sid": "HX" + "0123456789abcdef" * 2,
    "friendly_name": "Order is ready",
    "language": "en",
    "variables": {"1": "Mark"},
    "types": {"twilio/text": {"body": "Hi {{1}}, it is ready"}},
    "approval_requests": {"name": "order_ready", "status": "approved", "category": "UTILITY"},
}


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

    @property
    def forms(self):
        """:return: list of dicts of the forms that it got"""
        return [request.form for request in list(self.requests) if request.method == "POST"]

    @property
    def paths(self):
        """:return: list of the paths that it was asked for"""
        return [request.path for request in list(self.requests) if request.method == "GET"]

    @property
    def uid(self):
        """:return: the id of the message that it took last"""
        return self.accepted[-1].uid

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
        return _faults(request)

    def make_uid(self, number):
        return f"SM{number:08x}{secrets.token_hex(12)}"

    def accepted_answer(self, message):
        return Answer(201, _created(message))

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
            return Answer(200, {**_created(known[0]), "status": "sent"})
        if "/IncomingPhoneNumbers" in request.path:
            found = {"sid": "PN1"} if request.method == "POST" else {"incoming_phone_numbers": []}
            return Answer(200, found)
        return Answer(404, {"code": 20404, "message": "not found", "status": 404})
