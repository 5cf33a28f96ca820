"""VO1, VO2: Voicenter's CDR notification and screen pop (docs/providers.md, 6.1)."""

import itertools
import json
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA

from .test_door import DoorCommon

POP = {
    "phone": "972502345678",
    "callerName": "דנה לוי",
    "ivrid": "20261122080000abc",
    "extenUser": "SIPSIP",
    "did": "0772345678",
    "status": "Ringing",
    "direction": "Incoming",
    "recordFile": "20261122080000abc-agent.mp3",
    "isMuted": False,
    "callStarted": 1795334400,
    "isAnswered": False,
    "callAnswered": 0,
}
TALKING = {**POP, "status": "Talking", "isAnswered": True, "callAnswered": 1795334410}
HANGUP = {**POP, "status": "Hangup", "cause": "Normal hangup"}
CDR = {
    "caller": "0502345678",
    "target": "SIPSIP",
    "time": 1795334400,
    "duration": 38,
    "ivruniqueid": "20261122080000abc",
    "type": "Incoming Call",
    "status": "ANSWER",
    "targetextension": "SIPSIP",
    "callerextension": "",
    "did": "0772345678",
    "queueid": 0,
    "queuename": "",
    "record": "https://cpanel.example.com/r.mp3",
    "dialtime": 7,
    "IVR": '[{"layer_id": 8650, "layer_name": "תפריט ראשי", "Dtmf": 2, "dtmf_order": 1}]',
}
MISSED = {**CDR, "status": "NOANSWER", "duration": 25, "record": ""}
OUTGOING = {
    "caller": "0772345678",
    "target": "0502345678",
    "time": 1795334400,
    "duration": 11,
    "ivruniqueid": "O1",
    "type": "Extension Outgoing",
    "status": "ANSWER",
    "callerextension": "SIPSIP",
    "did": "",
}

#: Changes of a CDR → direction, status, seconds, extension.
CDRS = [
    ({}, ("in", "answered", 38, "SIPSIP")),
    ({"type": 1}, ("in", "answered", 38, "SIPSIP")),
    ({"type": "1", "duration": "38"}, ("in", "answered", 38, "SIPSIP")),
    ({"status": "ABANDONE", "type": "Queue", "queuename": "Sales"}, ("in", "missed", 0, "SIPSIP")),
    (
        # In a queue the waiting is counted in.
        {"type": "Queue", "queuename": "Sales", "duration": 50, "seconds_waiting_in_queue": 20},
        ("in", "answered", 30, "SIPSIP"),
    ),
    ({"actualCallDuration": 31}, ("in", "answered", 31, "SIPSIP")),
    ({"status": "BUSY"}, ("in", "busy", 0, "SIPSIP")),
    ({"status": "CANCEL"}, ("in", "missed", 0, "SIPSIP")),
    ({"status": "FULL", "type": 8}, ("in", "missed", 0, "SIPSIP")),
    ({"status": "CONGESTION"}, ("in", "failed", 0, "SIPSIP")),
    ({"status": "VOICEMAIL", "type": "VoiceMail"}, ("in", "voicemail", 38, "SIPSIP")),
    # Whoever heard the menu to its end has reached nobody of ours.
    ({"status": "VOEND", "targetextension": ""}, ("in", "missed", 0, False)),
    ({"status": "TE", "targetextension": ""}, ("in", "missed", 0, False)),
    ({"status": None, "isAnswer": 1}, ("in", "answered", 38, "SIPSIP")),
    ({"status": "", "isAnswer": "0"}, ("in", "missed", 0, "SIPSIP")),
    ({"status": None}, ("in", "answered", 38, "SIPSIP")),
    ({"status": None, "duration": None}, ("in", "missed", 0, "SIPSIP")),
    ({"status": "NEWWORD"}, ("in", "missed", 0, "SIPSIP")),
    ({"targetextension": None, "extenUser": "OTHER"}, ("in", "answered", 38, "OTHER")),
    ({"direction": "incoming", "type": None}, ("in", "answered", 38, "SIPSIP")),
    ({"IVR": None}, ("in", "answered", 38, "SIPSIP")),
    ({"IVR": "[" * 50_000}, ("in", "answered", 38, "SIPSIP")),
    ({"IVR": [{"layer_id": 1}]}, ("in", "answered", 38, "SIPSIP")),
]
#: The same of a call of ours.
OUTGOING_CDRS = [
    ({}, ("out", "answered", 11, "SIPSIP")),
    ({"type": 4}, ("out", "answered", 11, "SIPSIP")),
    ({"type": "Click2Call leg2"}, ("out", "answered", 11, "SIPSIP")),
    ({"type": "10", "status": "NOANSWER"}, ("out", "missed", 0, "SIPSIP")),
    ({"type": "", "direction": "Outgoing"}, ("out", "answered", 11, "SIPSIP")),
    ({"type": "ProductiveCall Leg2", "status": "BUSY"}, ("out", "busy", 0, "SIPSIP")),
]


@tagged("post_install", "-at_install")
class TestVoicenter(DoorCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.voicenter = cls.make_voicenter()
        cls.salesman.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.env["kala.extension"].create(
            {
                "connection_id": cls.voicenter.id,
                "number": "SIPSIP",
                "user_id": cls.salesman.id,
            }
        )

    def told(self, *events):
        """:return: the calls that came with these events"""
        known = self.calls(self.voicenter)
        requests = [
            event if not isinstance(event, (dict, list)) else self.request(event)
            for event in events
        ]
        return self.tell(self.voicenter, *requests) - known

    # ------------------------------------------------------------------ the record

    def test_cdrs(self):
        """VO1: statuses, types as words and as numbers, missing fields, IVR as text or list."""
        self.lead(phone=DANA)
        for n, (base, change, expected) in enumerate(
            [(CDR, *case) for case in CDRS] + [(OUTGOING, *case) for case in OUTGOING_CDRS]
        ):
            with self.subTest(change=repr(change)[:90]):
                event = {**base, **change, "ivruniqueid": f"U{n}"}
                call = self.told({k: v for k, v in event.items() if v is not None})
                self.assertEqual(
                    (call.direction, call.call_status, call.duration, call.extension), expected
                )
                self.assertEqual(call.contact_value, DANA)
                self.assertEqual(call.line_id.address, "+972772345678")

    def test_as_it_is_written(self):
        """VO1: an object, a list of one, a form; names in other letters."""
        self.lead(phone=DANA)
        capitals = {name.upper(): value for name, value in CDR.items()}
        for n, write in enumerate(
            (
                lambda cdr: self.request(cdr),
                lambda cdr: self.request([cdr]),
                lambda cdr: self.request(form=cdr),
                lambda cdr: self.request({**capitals, "IVRUNIQUEID": cdr["ivruniqueid"]}),
            )
        ):
            with self.subTest(n):
                call = self.told(write({**CDR, "ivruniqueid": f"W{n}"}))
                self.assertEqual((call.call_status, call.duration), ("answered", 38))
                self.assertEqual(call.recording_url, "https://cpanel.example.com/r.mp3")
                self.assertEqual(call.extra["ivr"][0]["layer_name"], "תפריט ראשי")

    def test_local_time(self):
        """VO1: its times hang at the clock of Israel; seconds since 1970 that would lie in the
        future were written by that clock as well."""
        received = fields.Datetime.now()
        call = self.told({**CDR, "time": received.strftime("%Y-%m-%d %H:%M:%S")})
        self.assertLess(call.date, received, "two or three hours before, as the clock there says")
        for n, ahead in enumerate((2, 3)):
            stamp = (received - fields.Datetime.from_string("1970-01-01")).total_seconds()
            call = self.told({**CDR, "ivruniqueid": f"L{n}", "time": int(stamp) + ahead * 3600})
            self.assertLess(abs((call.date - received).total_seconds()), 120)

    # ------------------------------------------------------------------ the order of events

    def test_every_order(self):
        """VO1: pop-ups and the record in every order, each told twice, one as a list."""
        stories = {
            "answered": ((POP, TALKING, HANGUP, CDR), ("answered", 38, False)),
            "missed": ((POP, HANGUP, MISSED), ("missed", 0, True)),
            "without a pop-up": ((MISSED,), ("missed", 0, True)),
        }
        self.company.kala_task_closed_by_reply = False
        for name, (events, expected) in stories.items():
            for n, order in enumerate(itertools.permutations(events)):
                with self.subTest(story=name, order=[e["status"] for e in order]):
                    self.env["crm.lead"].search([]).unlink()
                    lead = self.lead(phone=DANA)
                    uid = f"{name}{n}"
                    told = [{**e, ("ivrid" if "ivrid" in e else "ivruniqueid"): uid} for e in order]
                    call = self.told(*told)
                    self.tell_at_once(
                        self.voicenter, *(self.request([event]) for event in reversed(told))
                    )
                    self.assertEqual(len(call), 1)
                    self.assertEqual(call.lead_id, lead)
                    self.assertEqual(
                        (call.call_status, call.duration, bool(lead.activity_ids)), expected
                    )
                    self.assertEqual(call.extension, "SIPSIP")
                    if lead.activity_ids:
                        self.assertEqual(lead.activity_ids.user_id, self.salesman)
                        self.assertEqual(lead.activity_ids.kala_count, 1)

    def test_click2call_legs(self):
        """VO2: that our own telephone was picked up does not mean that the customer answered; in
        whatever order the two records come."""
        self.lead(phone=DANA)
        leg1 = {**OUTGOING, "type": "Click2Call leg1", "target": "SIPSIP", "duration": 20}
        leg2 = {**OUTGOING, "type": "Click2Call leg2", "status": "NOANSWER", "duration": 0}
        for n, order in enumerate(itertools.permutations((leg1, leg2))):
            call = self.told(*({**leg, "ivruniqueid": f"K{n}"} for leg in order))
            self.assertEqual((len(call), call.direction, call.call_status), (1, "out", "missed"))
            self.assertEqual((call.contact_value, call.state), (DANA, "cancelled"))

    def test_transferred(self):
        """VO1: a call that was passed on is one line; that the second desk did not take it makes
        no missed call."""
        for n, (status, order) in enumerate(
            itertools.product(("ANSWER", "NOANSWER"), ((0, 1), (1, 0)))
        ):
            with self.subTest(status=status, order=order):
                self.env["crm.lead"].search([]).unlink()
                lead = self.lead(phone=DANA)
                first = {**CDR, "ivruniqueid": f"X{n}"}
                second = {
                    **CDR,
                    "type": "XferCDR",
                    "ivruniqueid": f"Y{n}",
                    "OriginalIvrUniqueID": f"X{n}",
                    "targetextension": "OTHER",
                    "status": status,
                    "duration": 12,
                }
                call = self.told(*((first, second)[place] for place in order))
                self.assertEqual(len(call), 1)
                self.assertEqual((call.call_status, call.extension), ("answered", "SIPSIP"))
                self.assertEqual(call.provider_uid, f"X{n}")
                self.assertFalse(lead.activity_ids)

    def test_internal(self):
        """MA3: colleagues who call each other make no lead."""
        call = self.told({**CDR, "direction": "internal", "caller": "SIPSIP"})
        self.assertEqual(call.match_rule, "internal")

    def test_withheld(self):
        """MA6: a withheld number loses no call."""
        call = self.told({**MISSED, "caller": "anonymous"})
        self.assertTrue(call.lead_id.activity_ids)

    # ------------------------------------------------------------------ what it is answered

    def test_answer_to_a_record(self):
        """VO1: ``err`` 0, whatever the clothing; also the second time."""
        for body in (CDR, [CDR], CDR):
            answer = self.post(body, connection=self.voicenter)
            self.assertEqual(answer.json(), {"err": 0, "errdesc": "OK"})

    def pop(self, **values):
        return self.post({**POP, **values}, connection=self.voicenter).json()

    def test_answer_to_a_pop_up(self):
        """VO2: whom to show, and where a click leads."""
        customer = self.customer("דנה לוי", phone=DANA)
        order = self.order(customer)
        answer = self.pop()
        self.assertEqual(answer["STATUS"], "OK")
        self.assertEqual((answer["CLIENTNAME"], answer["TOTAL"]), ("דנה לוי", 1))
        self.assertTrue(answer["URL"].startswith("http"))
        self.assertTrue(answer["URL"].endswith(f"/odoo/sale.order/{order.id}"))
        self.run_inbox()
        self.assertEqual(self.calls(self.voicenter).order_id, order)

    def test_answer_by_get_and_form(self):
        self.lead("Kitchen", phone=DANA, contact_name="Dana", partner_name="Levi Ltd")
        query = "phone=0502345678&ivrid=G1&extenUser=SIPSIP&did=0772345678&statusCall=Ringing"
        path = f"/kala/webhook/{self.voicenter.webhook_token}"
        by_get = self.url_open(f"{path}?{query}").json()
        by_form = self.post(query, "application/x-www-form-urlencoded", self.voicenter).json()
        for answer in (by_get, by_form):
            self.assertEqual((answer["CLIENTNAME"], answer["COMPANY"]), ("Dana", "Levi Ltd"))

    def test_answer_about_a_stranger(self):
        self.assertEqual(self.pop(phone="972522345678")["TOTAL"], 0)
        self.assertEqual(self.pop(phone="")["TOTAL"], 0)
        self.assertNotIn("URL", self.pop(phone="x\u0000y"))

    def test_answer_of_another_company(self):
        """MA2: customers of another company are not named."""
        self.customer("Secret", phone=NOA, company_id=self.other_company.id)
        self.assertEqual(self.pop(phone=NOA.lstrip("+"))["CLIENTNAME"], "")

    def test_a_fault_in_the_answer(self):
        """docs/architecture.md, 3.1: who cannot be told whom to show has told us of a call all the
        same."""
        self.customer("Dana", phone=DANA)
        faults = (
            ValueError("made up"),
            # What Odoo would do the whole request again for, without its body.
            psycopg2.errors.SerializationFailure("made up"),
        )
        for n, fault in enumerate(faults):
            matcher = type(self.env["kala.matcher"])
            with (
                self.subTest(fault=fault),
                patch.object(matcher, "_match", side_effect=fault),
                self.assertLogs("odoo.addons.kala_comm.controllers.webhook", "ERROR"),
            ):
                self.assertEqual(self.pop(ivrid=f"F{n}"), {"err": 0, "errdesc": "OK"})
        self.run_inbox()
        self.assertEqual(set(self.calls(self.voicenter).mapped("provider_uid")), {"F0", "F1"})

    def test_answer_after_the_end(self):
        self.customer("Dana", phone=DANA)
        self.assertEqual(self.pop(status="Hangup"), {"STATUS": "OK", "err": 0, "errdesc": "OK"})

    def test_answer_to_a_browser(self):
        """VO2: the pop-up is a browser extension, and its browser asks first; no page may read who
        calls."""
        path = f"/kala/webhook/{self.voicenter.webhook_token}"
        origin = "chrome-extension://ifiaikfdhcagbagdeflffjdammidpbio"
        for asked, allowed in ((origin, origin), ("https://evil.example.com", None)):
            with self.subTest(origin=asked):
                answers = [
                    self.url_open(path, headers={"Origin": asked}, method="OPTIONS"),
                    self.url_open(path, json=POP, headers={"Origin": asked}, method="POST"),
                ]
                self.assertEqual([a.status_code for a in answers], [204 if allowed else 404, 200])
                for answer in answers:
                    self.assertEqual(answer.headers.get("Access-Control-Allow-Origin"), allowed)
        self.assertEqual(self.url_open(f"{path}x", method="OPTIONS").status_code, 404)
        events = self.env["kala.inbound.event"].search_count([])
        path = f"/kala/webhook/{self.pbx.webhook_token}?call_id=1&from={NOA}"
        self.assertEqual(self.url_open(path, method="OPTIONS").status_code, 404)
        self.assertEqual(self.env["kala.inbound.event"].search_count([]), events)

    def test_answer_to_nonsense(self):
        for body in ("nonsense", "[]", "[1]", json.dumps({"a": {"b": 1}})):
            answer = self.post(body, connection=self.voicenter).json()
            self.assertEqual(answer["STATUS"], "OK")
