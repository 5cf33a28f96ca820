"""VO1: what telephone systems send, over HTTP, as the documentation tells them to."""

import json
import re
import shlex
from urllib.parse import quote

from odoo.tests import HttpCase, tagged
from odoo.tools.misc import file_open

from odoo.addons.kala_comm.tests.common import DANA

from .common import VoiceCommon

#: What the variables of a dial plan become in a call.
DIAL_PLAN = {
    "${CHANNEL(linkedid)}": "1790000000.1",
    "${URIENCODE(${CALLERID(num)})}": quote(DANA, safe=""),
    "${DID}": "037654321",
    "${DIALSTATUS}": "ANSWER",
    "${ANSWEREDTIME}": "42",
}
#: System → direction, status, seconds, extension of the calls that its examples are about.
DOCUMENTED = {
    "Asterisk": [("in", "answered", 42, "101"), ("in", "missed", 0, "101")],
    "FreePBX": [("in", "missed", 0, "101"), ("out", "answered", 42, "101")],
    "3CX": [
        ("in", "answered", 272, "101"),
        ("in", "missed", 0, "101"),
        ("out", "missed", 0, "101"),
    ],
    "Yeastar": [("in", "answered", 21, "101"), ("in", "missed", 0, "101")],
}


def _form_of_curl(command):
    words = shlex.split(command)
    return "&".join(words[n + 1] for n, word in enumerate(words) if word == "-d")


def examples(section):
    """:return: list of (content type, body) of the examples in a section of the documentation"""
    found = []
    for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", section, re.M | re.S):
        for variable, value in DIAL_PLAN.items():
            block = block.replace(variable, value)
        if kind == "json":
            found.append(("application/json", block))
        forms = re.findall(r"CURL\(ADDRESS,(.*?)\)\}", block)
        forms += [_form_of_curl(line) for line in block.splitlines() if line.startswith("curl ")]
        found += [("application/x-www-form-urlencoded", form) for form in forms]
    return found


class DoorCommon(VoiceCommon, HttpCase):
    """A telephone system at the other end of a real connection."""

    def post(self, body, kind="application/json", connection=None, query=""):
        """:return: the answer"""
        connection = connection or self.pbx
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        answer = self.url_open(
            f"/kala/webhook/{connection.webhook_token}{query}",
            data=body.encode() if isinstance(body, str) else body,
            headers={"Content-Type": kind},
            method="POST",
        )
        self.assertEqual(answer.status_code, 200)
        return answer


@tagged("post_install", "-at_install")
class TestDocumentedExamples(DoorCommon):
    """VO1: the examples of the documentation work as they stand there."""

    def test_examples(self):
        with file_open("kala_comm_voice/readme/CONFIGURE.md") as file:
            sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", file.read(), re.M | re.S))
        lead = self.lead(phone=DANA)
        for system, calls in DOCUMENTED.items():
            with self.subTest(system=system):
                known = self.calls()
                for kind, body in examples(sections[system]):
                    self.assertEqual(self.post(body, kind).json(), {"ok": True})
                self.run_inbox()
                told = (self.calls() - known).sorted("id")
                self.assertEqual(
                    [(c.direction, c.call_status, c.duration, c.extension) for c in told], calls
                )
                self.assertEqual(set(told.mapped("contact_value")), {DANA})
                self.assertEqual(told.lead_id, lead)
                self.assertEqual(told.line_id, self.voice_line)
                self.assertFalse(self.dead())


@tagged("post_install", "-at_install")
class TestDoor(DoorCommon):
    """VO1: JSON, forms and queries, as systems really write them."""

    def test_bodies(self):
        """The same call in every clothing."""
        event = {
            "call_id": "B",
            "from": DANA,
            "did": "037654321",
            "status": "NO ANSWER",
            "caller_name": "דנה לוי",
        }
        multipart = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in event.items()
        )
        form = "&".join(f"{name}={quote(value)}" for name, value in event.items())
        json_text = json.dumps(event, ensure_ascii=False)
        bodies = {
            "json": (json_text, "application/json", ""),
            "list": (f"[{json_text}]", "application/json", ""),
            "mark": ("\ufeff" + json_text, "application/json", ""),
            "unlabelled": (json_text, "text/plain", ""),
            "form": (form, "application/x-www-form-urlencoded", ""),
            # A plus sign that nobody encoded reads as a space.
            "plus": (
                form.replace("%2B", "+"),
                "application/x-www-form-urlencoded; charset=utf-8",
                "",
            ),
            "multipart": (multipart + "--x--\r\n", "multipart/form-data; boundary=x", ""),
            "query": ("", "text/plain", f"?{form}"),
        }
        for name, (body, kind, query) in bodies.items():
            with self.subTest(name):
                known = self.calls()
                uid = f"call-{name}"
                self.post(
                    body.replace('"B"', f'"{uid}"')
                    .replace("call_id=B", f"call_id={uid}")
                    .replace("\r\n\r\nB\r\n", f"\r\n\r\n{uid}\r\n"),
                    kind,
                    query=query.replace("call_id=B", f"call_id={uid}"),
                )
                self.run_inbox()
                call = self.calls() - known
                self.assertEqual(call.provider_uid, uid)
                self.assertEqual((call.contact_value, call.contact_name), (DANA, "דנה לוי"))
                self.assertEqual(call.call_status, "missed")

    def test_calls_that_differ_in_the_address_only(self):
        """docs/architecture.md, 3.1: an equal body is no repeat where the address says which call
        it is about."""
        for uid in ("Q1", "Q2", "Q1"):
            self.post("event=cdr", "application/x-www-form-urlencoded", query=f"?x={uid}")
        events = self.env["kala.inbound.event"].search([("connection_id", "=", self.pbx.id)])
        self.assertEqual(len(events), 2)

    def test_a_broken_neighbour(self):
        """docs/architecture.md, 3.2: of a list, the one that cannot be read is a dead letter, the
        others are calls."""
        good = {"call_id": "N1", "from": DANA, "did": "037654321", "status": "missed"}
        self.post(["nonsense", good, 7, None, {**good, "call_id": "N2"}, {"from": DANA}])
        self.run_inbox()
        self.assertEqual(set(self.calls().mapped("provider_uid")), {"N1", "N2"})
        self.assertEqual(len(self.dead()), 4)
