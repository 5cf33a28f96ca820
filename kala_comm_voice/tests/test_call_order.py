"""VO1: a call is what its events say together, whatever comes first and however often."""

import itertools

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA

from .common import VoiceCommon

PARTIES = {"from": "0502345678", "did": "+97237654321", "extension": "101"}

#: Name → events of one call, what it is in the end: status, seconds, whether it is a task.
#: An event without parties says nothing but that something happened.
STORIES = {
    "answered": (
        [
            {**PARTIES, "event": "ringing"},
            {"event": "answered", "extension": "102"},
            {**PARTIES, "event": "hangup", "status": "answered", "talk_seconds": 42},
            {"event": "recording", "recording_url": "https://pbx.example.com/1.mp3"},
        ],
        ("answered", 42, False),
    ),
    "answered, told by moments": (
        [
            {**PARTIES, "event": "ringing", "started_at": "2026-11-22T10:00:00Z"},
            {**PARTIES, "event": "answered", "answered_at": "2026-11-22T10:00:10Z"},
            {**PARTIES, "event": "hangup", "ended_at": "2026-11-22T10:01:10Z"},
        ],
        ("answered", 60, False),
    ),
    "missed": (
        [
            {**PARTIES, "event": "ringing"},
            {"event": "hangup"},
            {**PARTIES, "event": "cdr", "status": "NO ANSWER"},
        ],
        ("missed", 0, True),
    ),
    "voicemail": (
        [
            {**PARTIES, "event": "ringing"},
            {**PARTIES, "event": "hangup", "status": "voicemail", "talk_seconds": 9},
            {"event": "recording", "recording_url": "https://pbx.example.com/2.mp3"},
        ],
        ("voicemail", 9, True),
    ),
    "abandoned in the queue": (
        [
            {**PARTIES, "event": "ringing", "queue": "Sales"},
            {**PARTIES, "event": "ringing", "queue": "Sales", "extension": "102"},
            {**PARTIES, "event": "cdr", "status": "ABANDONED", "queue": "Sales"},
        ],
        ("missed", 0, True),
    ),
    "ring group, one answers": (
        [
            {**PARTIES, "event": "ringing"},
            {**PARTIES, "event": "hangup", "status": "NO ANSWER"},
            {**PARTIES, "event": "hangup", "status": "ANSWERED", "talk_seconds": 5},
        ],
        ("answered", 5, False),
    ),
    "of ours, unanswered": (
        [
            {"direction": "out", "event": "ringing", "from": "101", "to": "0502345678"},
            {"direction": "out", "event": "hangup", "from": "101", "to": "0502345678"},
            {"event": "recording", "recording_url": "https://pbx.example.com/3.mp3"},
        ],
        ("missed", 0, False),
    ),
}


@tagged("post_install", "-at_install")
class TestCallOrder(VoiceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.kala_task_closed_by_reply = False
        cls.salesman.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")

    def test_every_order(self):
        """Every order of every story, each event told three times: one line, the right status, the
        right missed-call task; that of a call that was answered after all is taken back."""
        for name, (events, expected) in STORIES.items():
            for n, order in enumerate(itertools.permutations(events)):
                with self.subTest(story=name, order=[e.get("event") for e in order]):
                    self.env["crm.lead"].search([]).unlink()
                    lead = self.lead(phone=DANA)
                    known = self.calls()
                    uid = f"{name}-{n}"
                    told = [self.request({**event, "call_id": uid}) for event in order]
                    # Equal by what they say, not byte by byte.
                    again = [
                        self.request({"call_id": uid, **event, "custom": "x"})
                        for event in reversed(order)
                    ]
                    self.tell(self.pbx, *told)
                    self.tell_at_once(self.pbx, *told, *again)
                    call = self.calls() - known
                    self.assertEqual(len(call), 1, self.dead())
                    self.assertEqual(
                        (call.call_status, call.duration, bool(call.activity_id.active)), expected
                    )
                    self.assertEqual(call.lead_id, lead)
                    tasks = lead.activity_ids
                    self.assertEqual(len(tasks), int(expected[2]))
                    if tasks:
                        self.assertEqual(tasks.kala_count, 1)
                        self.assertEqual(tasks.user_id, self.salesman)
                    recordings = [e["recording_url"] for e in order if "recording_url" in e]
                    self.assertEqual([call.recording_url or ""], recordings or [""])

    def test_task_of_two_calls(self):
        """TA2: of a task for two calls, the one that was answered after all goes, the other
        stays."""
        lead = self.lead(phone=DANA)
        missed = {**PARTIES, "event": "hangup", "status": "NO ANSWER"}
        self.ring({**missed, "call_id": "T1"}, {**missed, "call_id": "T2"})
        task = lead.activity_ids
        self.assertEqual(task.kala_count, 2)
        self.ring({**PARTIES, "call_id": "T2", "event": "answered"})
        self.assertEqual((task.exists(), task.kala_count), (task, 1))
        self.assertEqual(task.kala_communication_id.provider_uid, "T1")

    def test_extension_is_told_after_the_end(self):
        """RE4: whose a missed call is may be told by its record only, after its task was made."""
        lead = self.lead(phone=DANA, user_id=self.colleague.id)
        missed = {"from": "0502345678", "did": "+97237654321", "call_id": "L", "event": "hangup"}
        self.tell(self.pbx, self.request(missed))
        task = lead.activity_ids
        self.assertEqual(task.user_id, self.colleague)
        cdr = {**missed, "event": "cdr", "status": "NO ANSWER", "extension": "101"}
        calls = self.tell(self.pbx, self.request(cdr))
        self.assertEqual(calls.user_id, self.salesman)
        self.assertEqual((lead.activity_ids, task.user_id), (task, self.salesman))

    def test_who_answered_is_told_after_the_end(self):
        """RE5: who answered may be told by the call's record only."""
        self.company.kala_call_updates_responsible = True
        lead = self.lead(phone=DANA, user_id=self.colleague.id)
        ended = {"from": "0502345678", "did": "+97237654321", "call_id": "A", "event": "hangup"}
        ended.update(status="answered", talk_seconds=30)
        self.tell(self.pbx, self.request(ended))
        self.assertEqual(lead.user_id, self.colleague)
        calls = self.tell(self.pbx, self.request({**ended, "event": "cdr", "extension": "101"}))
        self.assertEqual((calls.user_id, calls.responsible_rule), (self.salesman, "answered"))
        self.assertEqual(lead.user_id, self.salesman)

    def test_unwanted_task_of_a_later_extension(self):
        """RE4: a missed call that was nobody's when it ended is somebody's once its record says
        where it rang."""
        self.company.kala_no_task_without_responsible = True
        lead = self.lead(phone=DANA)
        missed = {"from": "0502345678", "did": "+97237654321", "call_id": "L", "event": "hangup"}
        self.tell(self.pbx, self.request(missed))
        self.assertFalse(lead.activity_ids)
        cdr = {**missed, "event": "cdr", "status": "NO ANSWER", "extension": "101"}
        self.tell(self.pbx, self.request(cdr))
        self.assertEqual(lead.activity_ids.user_id, self.salesman)

    def test_what_names_nobody_waits(self):
        """An event that says only that something happened makes no lead of a withheld number."""
        leads = self.env["crm.lead"].search_count([])
        recording = {"call_id": "W", "recording_url": "https://pbx.example.com/W.mp3"}
        calls = self.tell(self.pbx, self.request(recording))
        self.assertFalse(calls)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)
        calls = self.ring({"call_id": "W", "event": "cdr", "status": "missed"})
        self.assertEqual(calls.recording_url, recording["recording_url"])
        # If nobody ever says whose it was, it is logged all the same.
        self.tell(self.pbx, self.request({**recording, "call_id": "X"}))
        for _look in range(6):
            self.pass_time(5 * 3600)
            self.run_inbox()
        self.assertIn("X", self.calls().mapped("provider_uid"))
