from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, NOA, OMER, UNKNOWN
from .tour_common import PHONE, SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestTours(TourCommon):
    """What people click, from the first message to the answer."""

    def test_no2_simulate_notification_record(self):
        """AD2, NO1, NO2: simulate → notification → a click opens the record."""
        action = self.env.ref("kala_comm.kala_simulate_action")
        self.tour(f"/odoo/action-{action.id}", "kala_comm_simulate")
        communication = self.env["kala.communication"].search([("lead_id", "=", self.kitchen.id)])
        self.assertEqual(communication.body, "When do you come? <b>Dana</b>")

    def test_lo4_answer_and_delivered(self):
        """LO4, DE1, TA3: answer from the lead, see "Delivered"; the task is closed."""
        self.incoming(sender=DANA, channel="whatsapp", text="Can you come on Monday?")
        self.kitchen.invalidate_recordset()
        self.assertTrue(self.kitchen.activity_ids)
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_answer")
        answer = self.env["kala.communication"].search(
            [("lead_id", "=", self.kitchen.id), ("direction", "=", "out")]
        )
        self.assertEqual((answer.state, answer.user_id), ("delivered", self.manager))
        self.assertEqual((answer.channel, answer.body), ("whatsapp", "Yes, at nine."))
        self.assertFalse(self.kitchen.activity_ids, "answered is done")

    def test_lo4_answer_on_every_screen(self):
        """LO4: the same, on a laptop and a telephone, in English and in Hebrew."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.incoming(sender=DANA, channel="whatsapp", text="On Monday?")
                self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_answer_anywhere", size, lang)
                answer = self.env["kala.communication"].search(
                    [("lead_id", "=", self.kitchen.id), ("direction", "=", "out")], limit=1
                )
                self.assertEqual(answer.body, "Yes, at nine.")
                self.kitchen.kala_communication_ids.unlink()

    def test_lo11_search(self):
        """LO11: by keys alone, from any page to the line in its conversation."""
        self.lead("Pergola of Noa", user_id=self.manager.id)
        self.log(
            self.kitchen,
            body="Where is the <b>pergola</b>?",
            direction="in",
            date=self.now - timedelta(days=300),
        )
        for n in range(20):
            date = self.now - timedelta(days=200 - n)
            self.log(self.kitchen, body=f"Line {n}", direction="in", date=date)
        self.tour("/odoo/communications", "kala_comm_search")

    def test_pane_is_accessible(self):
        """LO2: nothing serious is found on the conversation, whatever is in it."""
        self.incoming(sender=DANA, channel="whatsapp", text="Can you come on Monday?")
        for size, lang in SCREENS[1::2]:
            with self.subTest(size=size, lang=lang):
                self.tour(
                    f"/odoo/crm/{self.kitchen.id}",
                    "kala_comm_pane_is_accessible",
                    size,
                    lang,
                    has_axe=True,
                )

    def test_lo2_history(self):
        """LO2, LO3: other records of the customer, 0 clicks."""
        bathroom = self.lead("Bathroom", partner_id=self.dana.id)
        self.log(bathroom, body="of the bathroom", direction="in")
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_history")

    def make_a_long_conversation(self):
        """:return: the message far above"""
        old = self.now - timedelta(days=300)
        uid = {"connection_id": self.connection.id, "channel": "whatsapp"}
        found = self.log(
            self.kitchen,
            body="A walnut table, please",
            direction="in",
            date=old,
            provider_uid="uid-1",
            **uid,
        )
        for n in range(120):
            self.log(self.kitchen, body=f"text {n}", date=old + timedelta(days=1, minutes=n))
        self.log(self.kitchen, body="That one", reply_to_uid="uid-1", **uid)
        return found

    def test_lo2_search_within(self):
        """LO2: search within a long conversation."""
        self.make_a_long_conversation()
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_search_within")

    def test_wa1_quote_far_above(self):
        """WA1: a quote jumps to its message on a telephone in Hebrew, too."""
        self.make_a_long_conversation()
        for size, lang in SCREENS[::3]:
            with self.subTest(size=size, lang=lang):
                self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_quote_far_above", size, lang)

    def test_ma9_attach_in_place(self):
        """MA9: two clicks, in the pane."""
        message = self.incoming(sender=DANA, text="Hello")
        bathroom = self.lead("Bathroom", partner_id=self.dana.id)
        self.tour(f"/odoo/crm/{message.lead_id.id}", "kala_comm_attach_in_place")
        self.assertEqual(message.lead_id, bathroom)

    def test_ta6_put_off_in_place(self):
        """TA6: a task is put off and taken back above the answer."""
        message = self.incoming(sender=DANA, text="Hello")
        self.tour(f"/odoo/crm/{message.lead_id.id}", "kala_comm_put_off")
        self.assertTrue(message.activity_id.kala_put_off_until)

    def test_lo9_mark_read(self):
        """LO9: the count on the drawer's button, the line "new", and "Mark as read"."""
        for text in ("First", "Second"):
            self.incoming(sender=DANA, text=text)
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_mark_read")

    def test_wa1_react_and_reply(self):
        """WA1: a reaction and an answer that quotes, from the list on the lead; the sender is
        told that we read."""
        self.patch(
            type(self.env["kala.provider.sandbox"]), "_prepare_read_mark", lambda *args: None
        )
        # Who answers has read too; here the page that is open says it.
        self.patch(type(self.env["kala.read.mark"]), "_answered", lambda *args: None)
        self.connection.marks_read = True
        received = self.incoming(sender=DANA, channel="whatsapp", text="Can you come on Monday?")
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_react_and_reply")
        sent = self.env["kala.communication"].search(
            [("lead_id", "=", self.kitchen.id), ("direction", "=", "out")], order="id"
        )
        self.assertEqual(sent.mapped("kind"), ["reaction", "text"])
        self.assertEqual(sent.mapped("quoted_id"), received)
        self.assertEqual(received.own_reaction, "❤️")
        self.assertEqual(received.read_mark, "wanted")

    def test_ma9_reattach(self):
        """MA9: in two clicks to another record; the next message follows."""
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, self.kitchen)
        bathroom = self.lead("Bathroom", partner_id=self.dana.id)
        self.age(bathroom, days=1)
        self.tour(f"/odoo/kala.communication/{communication.id}", "kala_comm_reattach")
        self.assertEqual(communication.lead_id, bathroom)
        self.assertEqual(self.incoming(sender=DANA).lead_id, bathroom)

    def test_de4_resend(self):
        """DE4: a failed message is sent again, as a new attempt."""
        refused = SendResult.refused("rejected", "They said: not now.")
        with self.provider_answers(refused):
            sent = self.kitchen.kala_send("sms", body="Offer for you", number=DANA)
            communication = self.env["kala.communication"].browse(sent.ids)
            self.dispatch()
        self.assertEqual(communication.state, "failed")
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_resend")
        self.assertEqual(communication.state, "delivered")
        self.assertEqual(communication.attempt_ids.sorted("number").mapped("state")[0], "failed")

    def test_se1_button(self):
        """SE1: the buttons of a form open the answer box on their channel."""
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_button_opens_box")

    def test_st4_badge_no3_test_page(self):
        """ST4: the badge beside the leads menu. NO3: the page to test one's notifications."""
        self.lead("Another")
        with patch.dict("odoo.addons.kala_comm.models.dashboard.kala_badge._last_sent", clear=True):
            self.tour("/odoo/test-my-notifications", "kala_comm_badge_and_test_page")

    def test_ta5_mass_assignment(self):
        """TA4, TA5: a manager gives all the tasks without a responsible to somebody, in their
        list; the Inbox counts none any more."""
        self.env["mail.activity"].search([]).unlink()
        tasks = self.incoming(
            {"sender": UNKNOWN, "text": "First"}, {"sender": NOA, "text": "Second"}
        ).activity_id
        self.assertFalse(tasks.user_id)
        self.tour("/odoo/communication-without-responsible", "kala_comm_mass_assignment")
        self.assertEqual(tasks.mapped("user_id"), self.salesman)

    def test_ma9_re6_explain(self):
        """MA2, RE6: the page that explains step by step where a message of a number would go, and
        whose it would be."""
        self.lead("Bathroom", partner_id=self.dana.id).action_set_lost()
        self.tour("/odoo/test-my-notifications", "kala_comm_explain")
        self.assertFalse(self.env["kala.communication"].search([]), "nothing is written")

    def test_te1_template(self):
        """TE1: a placeholder is picked from the list, the preview is of a chosen record."""
        self.customer("Noa Mizrahi", phone=NOA)
        action = self.env.ref("kala_comm.kala_template_action")
        self.tour(f"/odoo/action-{action.id}/new", "kala_comm_template")
        template = self.env["kala.template"].search([("name", "=", "Welcome")])
        self.assertEqual(template.body, "Hello {{first_name}}")

    def test_de4_resend_all_of_a_line(self):
        """DE4: after a mended connection everything that failed on a line is sent again, except
        what it would not help."""
        values = {"state": "failed", "line_id": self.sms_line.id}
        values["connection_id"] = self.connection.id
        kinds = ("credit", "credit", "address")
        messages = [self.log(self.kitchen, failure_kind=kind, **values) for kind in kinds]
        self.tour(f"/odoo/communication-lines/{self.sms_line.id}", "kala_comm_resend_line")
        self.assertEqual([m.state for m in messages], ["delivered", "delivered", "failed"])

    def test_wa5_health(self):
        """WA5: the health page tells a connection that does not receive from one that does neither,
        each with its steps; a test message, then everything that failed once more."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_tells_news", True)
        self.manager.partner_id.phone = UNKNOWN
        values = {"line_id": self.sms_line.id, "connection_id": self.connection.id}
        hour_ago = self.now - timedelta(hours=1)
        for number in (DANA, NOA, OMER):
            self.log(self.kitchen, contact_value=number, date=hour_ago, **values)
        failed = self.log(self.kitchen, state="failed", failure_kind="credit", **values)
        other = self.connection.copy({"name": "Shop"})
        other._set_state("error", "The token has expired.")
        self.tour("/odoo/communication-health", "kala_comm_health")
        self.assertEqual(self.sms_line.test_id.state, "delivered")
        self.assertEqual(failed.state, "delivered")

    def test_co1_may_we_write(self):
        """CO1, CO2, SE1: an objection is written down on the customer with its reason; the button
        goes, and so would a message."""
        self.tour(f"/odoo/contacts/{self.dana.id}", "kala_comm_consent")
        proof = self.env["kala.consent"].search([("contact_value", "=", DANA)])
        self.assertEqual((proof.allowed, proof.user_id), (False, self.manager))

    def test_se2_hover(self):
        """SE2: resting on a number offers the channels; the composer opens on that number."""
        self.dana.kala_phone2 = NOA
        self.tour(f"/odoo/contacts/{self.dana.id}", "kala_comm_hover")

    def test_se2_by_keys(self):
        """SE2: the same by keys alone, in the list of customers and in that of calls."""
        self.dana.phone = DANA
        others = self.env["res.partner"].search([("id", "!=", self.dana.id)])
        others.filtered("phone").phone = False
        for path in ("/odoo/contacts?view_type=list",):
            with self.subTest(path):
                self.tour(path, "kala_comm_hover_by_keys")
        self.log(self.kitchen, channel="voice", contact_kind="phone", contact_value=DANA)
        action = self.env.ref("kala_comm.kala_communication_action")
        self.tour(f"/odoo/action-{action.id}", "kala_comm_hover_by_keys")

    def test_se2_tap_on_an_invoice(self):
        """SE2: the number of an invoice's customer, by a finger."""
        self.manager.group_ids += self.env.ref("account.group_account_invoice")
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.dana.id}
        )
        action = self.env.ref("account.action_move_out_invoice_type")
        self.tour(f"/odoo/action-{action.id}/{invoice.id}", "kala_comm_hover_by_tap", size=PHONE)

    def test_wi4_change(self):
        """WI4: the text of a scheduled message is changed before it leaves."""
        later = fields.Datetime.now() + timedelta(hours=2)
        sent = self.kitchen.kala_send("sms", body="We come at nine.", send_after=later)
        self.tour(f"/odoo/kala.communication/{sent.id}", "kala_comm_change")
        self.assertEqual((sent.body, sent.send_after), ("We come at ten.", later))

    def test_se3_email(self):
        """SE1, SE3, TE1: an e-mail about a lead, with the template's subject, edited."""
        self._make_mailbox()
        self.env["kala.template"].create(
            {
                "name": "Visit",
                "channel": "email",
                "subject": "About {{ record_name }}",
                "body": "Hello {{ first_name }}",
            }
        )
        self.dana.email = "dana@example.com"
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_write_email")
        sent = self.kitchen.kala_communication_ids
        self.assertEqual((sent.subject, sent.body), ("About your kitchen", "Hello Dana"))
        self.assertEqual(sent.contact_value, "dana@example.com")
