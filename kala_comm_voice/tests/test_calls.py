import itertools
from unittest.mock import patch

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

    def test_extension_typed_with_a_blank(self):
        """RE1: a blank that was typed along does not part an extension from its user."""
        self.lead(phone=DANA)
        values = {"connection_id": self.pbx.id, "number": " 103 ", "user_id": self.colleague.id}
        self.env["kala.extension"].create(values)
        call = self.ring({**MISSED, "extension": "103"})
        self.assertEqual(call.activity_id.user_id, self.colleague)

    def test_missed_call_of_the_line(self):
        """RE4: the line's mapping comes before the extension."""
        self.lead(phone=DANA)
        self.voice_line.user_id = self.manager
        call = self.ring(MISSED)
        self.assertEqual(call.activity_id.user_id, self.manager)

    def test_only_a_machine_answered(self):
        """TA1, RE4: a CDR calls answered what a queue or the voicemail took: nobody of ours did,
        so there is a task."""
        self.lead(phone=DANA)
        cdr = {"event": "cdr", "status": "ANSWERED", "talk_seconds": 30, "dstchannel": ""}
        for n, (last_app, status) in enumerate((("VoiceMail", "voicemail"), ("Queue", "missed"))):
            with self.subTest(last_app=last_app):
                uid = f"M{n}"
                call = self.ring({**cdr, "call_id": uid, "lastapp": last_app}).filtered(
                    lambda c, uid=uid: c.provider_uid == uid
                )
                self.assertEqual(call.call_status, status)
                self.assertEqual(call.activity_id.kala_kind, "missed_call")

    def test_a_call_that_changes_hands(self):
        """TA2, RE4: a missed call that was another extension's becomes a task of its own there;
        other calls stay where they are, and the task of a text hides none of them."""
        self.lead(phone=DANA, user_id=self.colleague.id)
        self.incoming(sender=DANA)
        self.extension("103", self.manager)
        first = self.ring({**MISSED, "extension": "102"})
        self.assertEqual(first.activity_id.user_id, self.colleague)
        second = self.ring({**MISSED, "call_id": "C2", "extension": "102"}) - first
        self.assertEqual(second.activity_id, first.activity_id)
        self.ring({**MISSED, "call_id": "C2", "extension": "103", "ring_seconds": 7})
        self.assertEqual(second.activity_id.user_id, self.manager)
        self.assertEqual(first.activity_id.user_id, self.colleague)
        self.assertEqual((first.activity_id.kala_count, second.activity_id.kala_count), (1, 1))
        self.ring({**MISSED, "extension": "103", "ring_seconds": 7})
        self.assertEqual(first.activity_id, second.activity_id)
        self.assertEqual(second.activity_id.kala_count, 2)
        texts = self.env["mail.activity"].search([("kala_kind", "=", "text")])
        self.assertEqual(texts.user_id, self.colleague)

    def extension(self, number, user):
        self.env["kala.extension"].create(
            {"connection_id": self.pbx.id, "number": number, "user_id": user.id}
        )

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

    def test_missed_after_ringing_makes_a_lead(self):
        """MA5: that it was missed is known at its end only; the lead is made then."""
        lead = self.lead(phone=DANA)
        self.company.kala_missed_call_always_new_lead = True
        self.assertEqual(self.ring(RINGING).lead_id, lead)
        call = self.ring(MISSED)
        self.assertNotEqual(call.lead_id, lead)
        self.assertEqual(call.match_rule, "always_new")
        self.assertEqual(call.lead_id.user_id, self.salesman, "of the extension")
        self.assertEqual((call.activity_id.res_id, call.res_id), (call.lead_id.id, call.lead_id.id))
        self.assertEqual(call.mail_message_id.res_id, call.lead_id.id)
        self.assertFalse(lead.activity_ids)

    def test_a_missed_call_that_is_a_lead_and_no_task(self):
        """MA5, TA1: where the new lead is the work itself, a missed call makes no task, whether
        it is told at once or after it rang."""
        self.lead(phone=DANA)
        self.company.kala_missed_call_always_new_lead = True
        self.company.kala_task_on_new_lead = False
        calls = self.ring(MISSED, {**RINGING, "call_id": "C2"}, {**MISSED, "call_id": "C2"})
        self.assertEqual(set(calls.mapped("match_rule")), {"always_new"})
        self.assertEqual(len(calls.lead_id), 2)
        self.assertFalse(calls.activity_id)

    def test_calls_of_ours_never_make_a_lead(self):
        """MA5: "calls always make a lead" is about those who call us."""
        lead = self.lead(phone=DANA)
        self.company.kala_call_always_new_lead = True
        self.company.kala_new_lead_on_partner_call = True
        back = {"direction": "out", "from": "101", "to": "0502345678", "extension": "101"}
        self.assertEqual(self.ring({**HANGUP, **back}).lead_id, lead)
        customer = self.customer(phone="0522345678")
        calls = self.ring({**HANGUP, **back, "to": "0522345678", "call_id": "C2"})
        self.assertIn(customer, calls.partner_id)

    def test_extension_known_at_the_end(self):
        """RE2, RE3: some systems name the extension only when the call ends."""
        lead = self.lead(phone=DANA, user_id=self.manager.id)
        call = self.ring({**RINGING, "extension": ""})
        self.assertEqual(call.user_id, self.manager)
        call = self.ring({**MISSED, "extension": "102"})
        self.assertEqual((call.user_id, call.responsible_rule), (self.colleague, "extension"))
        self.assertEqual(call.activity_id.user_id, self.colleague)
        self.assertEqual(lead.user_id, self.manager, "the record's stays")

    def test_extension_known_at_the_end_of_a_stranger(self):
        """RE2: the new lead is the extension's user's, even if it is named late."""
        event = {"from": "0542345678", "extension": ""}
        call = self.ring({**RINGING, **event})
        self.assertFalse(call.lead_id.user_id)
        call = self.ring({**MISSED, **event, "extension": "102"})
        self.assertEqual(call.lead_id.user_id, self.colleague)
        self.assertEqual(call.activity_id.user_id, self.colleague)

    def test_outgoing_extension_known_at_the_end(self):
        """RE3: who called is who has the last outgoing call."""
        self.lead(phone=DANA)
        back = {"direction": "out", "from": "0", "to": "0502345678"}
        self.ring({**RINGING, **back, "extension": ""})
        call = self.ring({**HANGUP, **back, "extension": "102"})
        self.assertEqual(call.user_id, self.colleague)

    def test_late_ringing_does_not_move_an_answered_call(self):
        """VO1: who answered stays, whatever rang before."""
        self.lead(phone=DANA)
        self.ring({**ANSWERED, "extension": "102"})
        call = self.ring({**RINGING, "extension": "101"})
        self.assertEqual((call.extension, call.call_status), ("102", "answered"))
        both = self.calls()
        self.ring({**RINGING, "call_id": "C2"}, {**ANSWERED, "call_id": "C2", "extension": "102"})
        self.assertEqual((self.calls() - both).extension, "102")

    def test_answered_call_task_is_the_lines(self):
        """RE3: line mapping comes before the extension that answered."""
        self.lead(phone=DANA)
        self.company.kala_task_on_answered_call = True
        self.voice_line.user_id = self.manager
        call = self.ring({**HANGUP, "extension": "102"})
        self.assertEqual(call.activity_id.user_id, self.manager)
        self.assertEqual(call.user_id, self.colleague, "the log says who answered")

    def test_archived_extension_user(self):
        """RE6: an archived user neither answers nor gets a task."""
        self.lead(phone=DANA, user_id=self.manager.id)
        self.company.kala_task_on_answered_call = True
        self.colleague.active = False
        call = self.ring({**HANGUP, "extension": "102"})
        self.assertEqual(call.activity_id.user_id, self.manager)
        self.assertEqual(call.user_id, self.manager)

    def test_all_that_nobody_answered_is_missed(self):
        """TA1, MA5: to who called, a busy line or a voicemail is a missed call."""
        self.lead(phone=DANA)
        for n, status in enumerate(("BUSY", "FAILED", "VOICEMAIL", "NO ANSWER")):
            with self.subTest(status=status):
                number = f"050234569{n}"
                self.lead(phone=number)
                call = self.ring(
                    {**MISSED, "status": status, "from": number, "call_id": status}
                ).filtered(lambda c, uid=status: c.provider_uid == uid)
                self.assertTrue(call.activity_id)

    def test_nobodys_answered_call(self):
        """RE4: the setting is about missed calls."""
        self.lead(phone=DANA)
        self.company.kala_no_task_without_responsible = True
        self.company.kala_task_on_answered_call = True
        self.assertTrue(self.ring({**HANGUP, "extension": ""}).activity_id)

    def test_colleagues_who_call_each_other(self):
        """MA3: a call from desk to desk is logged and makes neither lead nor task."""
        leads = self.env["crm.lead"].search_count([])
        said = {"direction": "internal", "from": "102", "to": "101"}
        unsaid = {"from": "102", "to": "101", "did": "", "call_id": "C2"}
        calls = self.ring({**MISSED, **said}, {**MISSED, **unsaid})
        self.assertEqual(calls.mapped("match_rule"), ["internal"] * 2)
        self.assertFalse(calls.filtered("res_id") | calls.filtered("activity_id"))
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)

    def test_colleagues_whose_call_is_told_in_parts(self):
        """MA3, MA5: nor does one that is heard of before it ends; nobody gets a card of it."""
        self.company.kala_missed_call_always_new_lead = True
        leads = self.env["crm.lead"].search_count([])
        said = {"direction": "internal", "from": "102", "to": "101"}
        told = self.told(
            {**RINGING, **said}, {**RINGING, **said, "extension": "102"}, {**MISSED, **said}
        )
        self.assertEqual(told, [])
        call = self.calls()
        self.assertEqual((call.call_status, call.match_rule), ("missed", "internal"))
        self.assertFalse(call.res_id or call.activity_id)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)

    def test_legs_of_one_call(self):
        """VO1: a system that names the parent call has one line for all its legs."""
        self.lead(phone=DANA)
        leg = {"parent_call_id": "C1"}
        call = self.ring(
            RINGING,
            {**MISSED, **leg, "call_id": "L1", "extension": "101"},
            {**HANGUP, **leg, "call_id": "L2", "extension": "102"},
        )
        self.assertEqual(len(call), 1)
        self.assertEqual((call.call_status, call.extension), ("answered", "102"))

    # ------------------------------------------------------------------ who is told

    def told(self, *events):
        """:return: list of the users who got a card, in the order of the events"""
        with patch.object(type(self.env["res.users"]), "_bus_send", autospec=True) as send:
            self.ring(*events)
            self.run_inbox()
        return [
            call.args[0] for call in send.call_args_list if call.args[1] == "kala_comm/incoming"
        ]

    def test_ring_group_is_told_one_after_the_other(self):
        """VO2: each extension's user sees the card when it rings at his."""
        self.lead(phone=DANA)
        self.salesman.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        told = self.told(RINGING, {**RINGING, "extension": "102"}, RINGING)
        self.assertEqual(told, [self.salesman, self.colleague])

    def test_ring_group_in_one_request(self):
        """VO2: all of a group that rings at once."""
        self.lead(phone=DANA)
        self.salesman.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        body = [
            {**RINGING, "extension": number, "from": "0502345678", "did": "+97237654321"}
            for number in ("101", "102")
        ]
        self.env["kala.inbound.event"]._insert_event(self.pbx, self.request(body))
        self.assertEqual(set(self.told()), {self.salesman, self.colleague})

    def test_who_may_not_read_is_not_told(self):
        """RE6, LO8: a card names the record and its customer."""
        self.lead(phone=DANA, user_id=self.manager.id)
        self.assertEqual(self.told(RINGING), [self.manager])

    def test_notify_all_of_calls(self):
        """NO1: everybody who may read it, once, even if it is nobody's."""
        self.lead(phone=DANA)
        self.voice_line.notify_all = True
        told = self.told({**RINGING, "extension": ""})
        self.assertIn(self.colleague, told)
        self.assertNotIn(self.stranger, told)
        self.assertEqual(len(told), len(set(told)))

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

    def test_forwarded_in_every_spelling(self):
        """VO4: a number is the same in every spelling, whether it was dialled or the system
        sent the call there."""
        self.pbx.pbx_forward_targets = "0541234567, 800"
        for n, told in enumerate(
            (
                {"did": "+972541234567"},
                {"did": "0541234567"},
                {"to": "054-123-4567"},
                {"to": "972541234567", "did": "+97237654321"},
                {"extension": "800"},
            )
        ):
            with self.subTest(told=told):
                known = self.calls()
                call = self.ring({**MISSED, "call_id": f"F{n}", **told}) - known
                self.assertEqual(call.call_status, "forwarded")
        known = self.calls()
        call = self.ring({**MISSED, "call_id": "F9", "to": "054-123-4568"}) - known
        self.assertEqual(call.call_status, "missed")

    def test_forwarded_by_what_events_say_together(self):
        """VO4: where it rang is told by one event, that nobody answered by another."""
        self.lead(phone=DANA)
        self.pbx.pbx_forward_targets = "800,0541234567"
        missed = {"extension": "", "did": ""}
        for n, told in enumerate(
            ({"extension": "800"}, {"to": "0541234567"}, {"did": "0541234567"})
        ):
            with self.subTest(told=told):
                known = self.calls()
                rings = {**RINGING, "call_id": f"G{n}", **told}
                call = self.ring(rings, {**MISSED, "call_id": f"G{n}", **missed}) - known
                self.assertEqual(len(call), 1)
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
