import itertools

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA

from .common import VoiceCommon

RINGING = {"call_id": "C1", "event": "ringing"}
ANSWERED = {"call_id": "C1", "event": "answered"}
HANGUP = {"call_id": "C1", "event": "hangup", "status": "answered", "talk_seconds": 42}
RECORDING = {
    "call_id": "C1",
    "event": "recording",
    "recording_url": "https://pbx.example.com/C1.mp3",
}
MISSED = {"call_id": "C1", "event": "cdr", "status": "NO ANSWER"}


@tagged("post_install", "-at_install")
class TestCalls(VoiceCommon):
    """VO1–VO4: calls become one line each, with the right task for the right user."""

    def test_any_order_makes_one_line(self):
        """VO1: whatever the order of events, one line says how the call went."""
        customer = self.customer(phone=DANA)
        events = (RINGING, ANSWERED, HANGUP, RECORDING)
        for n, order in enumerate(itertools.permutations(events)):
            with self.subTest(order=[event["event"] for event in order]):
                call = self.ring(*({**event, "call_id": f"P{n}"} for event in order)).filtered(
                    lambda c, n=n: c.provider_uid == f"P{n}"
                )
                self.assertEqual(len(call), 1)
                self.assertEqual(call.call_status, "answered")
                self.assertEqual(call.duration, 42)
                self.assertEqual(call.recording_url, RECORDING["recording_url"])
                self.assertEqual(call.partner_id, customer)

    def test_repeats_change_nothing(self):
        """VO1: an event that comes again makes neither a line nor a task."""
        self.customer(phone=DANA)
        self.ring(RINGING, MISSED, MISSED, {**MISSED, "ring_seconds": 9}, RINGING)
        self.assertEqual(len(self.calls()), 1)
        self.assertEqual(self.calls().call_status, "missed")
        self.assertEqual(self.calls().activity_id.kala_count, 1)

    def test_one_batch(self):
        """VO1: a list of events in one request is one call."""
        body = [{**e, "from": "0502345678", "did": "+97237654321"} for e in (RINGING, HANGUP)]
        self.env.flush_all()
        self.env["kala.inbound.event"]._insert_event(self.pbx, self.request(body))
        self.run_inbox()
        self.assertEqual(self.calls().mapped("call_status"), ["answered"])

    def test_form_and_query(self):
        """VO1: forms and queries are events, too."""
        values = {"uniqueid": "F1", "src": "0502345678", "dst": "101", "disposition": "BUSY"}
        self.env.flush_all()
        events = self.env["kala.inbound.event"]
        events._insert_event(self.pbx, self.request(form=values))
        query = tuple({**values, "uniqueid": "F2"}.items())
        events._insert_event(self.pbx, self.request(query=query))
        self.run_inbox()
        self.assertEqual(self.calls().mapped("call_status"), ["busy", "busy"])

    def test_missed_call_task_of_the_extension(self):
        """RE3, RE4, VO3: the missed-call task is the extension's user's."""
        lead = self.lead(phone=DANA, user_id=self.manager.id)
        events = [{**event, "extension": "102"} for event in (RINGING, MISSED)]
        call = self.ring(*events)
        self.assertEqual(call.lead_id, lead)
        self.assertEqual(call.activity_id.user_id, self.colleague)
        self.assertEqual(call.responsible_rule, "extension")

    def test_extension_user_who_may_not_read(self):
        """RE6: the extension's user is passed over where the record is not for his eyes."""
        self.lead(phone=DANA, user_id=self.manager.id)
        call = self.ring(MISSED)
        self.assertEqual(call.activity_id.user_id, self.manager)
        self.assertEqual(call.responsible_rule, "record")

    def test_missed_call_of_the_line(self):
        """RE4: the line's mapping comes before the extension."""
        self.lead(phone=DANA)
        self.voice_line.user_id = self.manager
        call = self.ring(MISSED)
        self.assertEqual(call.activity_id.user_id, self.manager)

    def test_no_task_without_responsible(self):
        """RE4: by setting, nobody's missed call makes no task."""
        self.lead(phone=DANA)
        event = {**MISSED, "extension": ""}
        self.company.kala_no_task_without_responsible = True
        self.assertFalse(self.ring(event).activity_id)
        self.company.kala_no_task_without_responsible = False
        calls = self.ring({**event, "call_id": "C2"})
        self.assertTrue(calls.filtered(lambda c: c.provider_uid == "C2").activity_id)

    def test_answered_call_closes_and_updates(self):
        """TA3, RE5: an answered call ends the missed-call task; by setting, who answered becomes
        responsible."""
        lead = self.lead(phone=DANA)
        missed = self.ring(MISSED)
        self.assertTrue(missed.activity_id.active)
        self.company.kala_call_updates_responsible = True
        self.ring({**HANGUP, "call_id": "C2", "extension": "102"})
        self.assertFalse(missed.activity_id.active)
        self.assertEqual(lead.user_id, self.colleague)

    def test_call_back_closes(self):
        """TA3: calling back and being answered ends the task, an unanswered try does not."""
        self.lead(phone=DANA)
        task = self.ring(MISSED).activity_id
        back = {"direction": "out", "from": "101", "to": "0502345678", "extension": "101"}
        self.ring({**MISSED, **back, "call_id": "C2"})
        self.assertTrue(task.active)
        calls = self.ring({**HANGUP, **back, "call_id": "C3"})
        self.assertFalse(task.active)
        outgoing = calls.filtered(lambda c: c.direction == "out")
        self.assertEqual(set(outgoing.mapped("state")), {"cancelled", "sent"})
        self.assertEqual(outgoing.user_id, self.salesman)

    def test_unknown_caller_makes_a_lead(self):
        """MA3, MA11: an unknown caller becomes a lead of the extension's user."""
        call = self.ring({**MISSED, "from": "0542345678", "caller_name": "Noa"})
        self.assertEqual(call.lead_id.user_id, self.salesman)
        self.assertEqual(call.lead_id.kala_origin, "voice")
        self.assertIn("Noa", call.lead_id.name)

    def test_always_new_lead(self):
        """MA5: calls, or missed calls only, always make a lead."""
        lead = self.lead(phone=DANA)
        self.company.kala_missed_call_always_new_lead = True
        answered = self.ring({**HANGUP, "call_id": "A"})
        self.assertEqual(answered.lead_id, lead)
        missed = self.ring(MISSED) - answered
        self.assertNotEqual(missed.lead_id, lead)
        self.company.kala_call_always_new_lead = True
        again = self.ring({**HANGUP, "call_id": "B"}) - answered - missed
        self.assertNotIn(again.lead_id, lead | missed.lead_id)

    def test_withheld_number(self):
        """MA6: a withheld number never loses the call."""
        call = self.ring({**MISSED, "from": "anonymous"})
        self.assertTrue(call.lead_id)
        self.assertFalse(call.contact_value)

    def test_forwarded_is_not_missed(self):
        """VO4: a call to an outside call centre is forwarded: no task."""
        self.lead(phone=DANA)
        self.pbx.pbx_forward_targets = "101, 800"
        call = self.ring(MISSED)
        self.assertEqual(call.call_status, "forwarded")
        self.assertFalse(call.activity_id)

    def test_unknown_line_is_kept(self):
        """WA3: a number of ours that is not known yet becomes a line to set up."""
        call = self.ring({**MISSED, "did": "+97231112222"})
        self.assertTrue(call.line_id.is_new)
        self.assertEqual(call.line_id.address, "+97231112222")

    def test_click_to_call_without_extension(self):
        """VO2: who has no extension of a system that can dial uses his device."""
        self.assertFalse(self.env["kala.call"].with_user(self.manager).dial(DANA))
        self.assertFalse(self.env["kala.call"].with_user(self.salesman).dial(DANA))

    def test_se1_call(self):
        """SE1, SE2: where a telephone line is connected a landline offers Call, and Call only; a
        mobile is proposed first."""
        office = self.customer("Office", phone="03-9876543")
        self.assertEqual(office.kala_call_number, "+97239876543")
        self.assertFalse(office.kala_can_sms)
        offered = office.kala_phone_channels("03-9876543")
        self.assertEqual([item["channel"] for item in offered], ["voice"])
        office.kala_phone2 = DANA
        office.invalidate_recordset()
        self.assertEqual(office.kala_call_number, DANA)
        self.company.kala_consent_required = True
        office.invalidate_recordset()
        self.assertEqual(office.kala_call_number, DANA, "nobody is asked for consent to calls")
        self.pbx.action_draft()
        office.invalidate_recordset()
        self.assertFalse(office.kala_call_number)
