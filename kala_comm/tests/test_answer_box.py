"""LO4, SE1, SE3, TE5: the answer box of a conversation."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestAnswerBox(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dana = cls.env["res.partner"].create({"name": "Dana Levi", "phone": DANA})
        cls.kitchen = cls.env["crm.lead"].create(
            {"name": "Kitchen", "partner_id": cls.dana.id, "user_id": cls.salesman.id}
        )

    def open_box(self, record=None, user=None, **wishes):
        """:return: (the composer, its facts)"""
        record = record or self.kitchen
        composers = self.env["kala.composer"].with_user(user or self.salesman)
        facts = composers.open_box(record._name, record.id, **wishes)
        return composers.browse(facts.get("id")), facts

    def test_a_click_sends(self):
        box, facts = self.open_box(channel="whatsapp")
        self.assertEqual(facts["channel"], "whatsapp")
        self.assertEqual({channel["code"] for channel in facts["channels"]}, {"sms", "whatsapp"})
        [sent] = box.send_box({"body": "Yes, at nine."})["ids"]
        message = self.env["kala.communication"].browse(sent)
        self.assertEqual((message.body, message.contact_value), ("Yes, at nine.", DANA))
        self.assertEqual(message.create_uid, self.salesman)
        # A second click, or the answer of the first one lost: once.
        self.assertEqual(box.send_box({"body": "Yes, at nine."})["ids"], [sent])

    def test_at_a_chosen_time(self):
        box, _facts = self.open_box()
        later = fields.Datetime.now() + timedelta(hours=3)
        values = {"body": "Later", "send_when": "later", "send_after": later}
        [sent] = box.send_box(values)["ids"]
        message = self.env["kala.communication"].browse(sent)
        self.assertEqual((message.state, message.send_after), ("scheduled", later))

    def test_a_number_that_is_only_in_the_conversation(self):
        """SE1: who wrote on the record is answered there, though the card has another number."""
        self.dana.phone = "03-750-2233"
        self.assertFalse(self.open_box()[1].get("id"))
        self.log(self.kitchen, direction="in", contact_value=NOA, channel="whatsapp")
        box, facts = self.open_box(channel="whatsapp")
        [address] = [a["name"] for a in facts["addresses"] if a["kind"] == "phone"]
        self.assertEqual(address, "052-234-5678")
        [sent] = box.send_box({"body": "Hello"})["ids"]
        message = self.env["kala.communication"].browse(sent)
        self.assertEqual((message.contact_value, message.state), (NOA, "queued"))

    def test_why_nothing_can_be_written(self):
        lead = self.lead("No address", user_id=self.salesman.id)
        self.assertIn("no address", self.open_box(lead)[1]["refusal"])
        self.connection.action_draft()
        self.assertIn("No line is connected", self.open_box()[1]["refusal"])

    def test_templates_at_the_cursor(self):
        """TE5: those that fit the record, as the contact would read them."""
        make = self.env["kala.template"].create
        make({"name": "Greeting", "channel": "sms", "body": "Hello {{first_name}}!"})
        make({"name": "Order", "channel": "sms", "body": "Order {{order_number}}"})
        box, _facts = self.open_box(channel="sms")
        self.assertEqual(
            [(t["name"], t["text"]) for t in box.find_templates("gree")],
            [("Greeting", "Hello Dana!")],
        )
        self.assertNotIn("Order", [t["name"] for t in box.find_templates()])

    def test_what_still_waits_is_changed(self):
        """WI4: the last message that waits, in place: its text changes, its time stays."""
        box, _facts = self.open_box(channel="sms")
        self.assertFalse(box.find_waiting())
        later = fields.Datetime.now() + timedelta(hours=3)
        values = {"body": "At nine", "send_when": "later", "send_after": later}
        [sent] = box.send_box(values)["ids"]
        box, _facts = self.open_box()
        self.assertEqual(box.find_waiting(), {"id": sent, "body": "At nine"})
        box.save_waiting(sent, "At ten")
        message = self.env["kala.communication"].browse(sent)
        self.assertEqual((message.body, message.send_after), ("At ten", later))
        with self.assertRaises(UserError):
            box.save_waiting(sent, " ")
        message.action_cancel()
        self.assertFalse(box.find_waiting())
        with self.assertRaisesRegex(UserError, "has left already"):
            box.save_waiting(sent, "Too late")
        other = self.lead("Of a colleague", phone=NOA, user_id=self.colleague.id)
        foreign = other.kala_send("sms", body="Hidden", send_after=later)
        with self.assertRaises(UserError):
            box.save_waiting(foreign.id, "x")

    def test_enter_sends_by_choice(self):
        """LO4: each user's own choice, which he makes himself."""
        self.assertFalse(self.open_box()[1]["enter_sends"])
        self.salesman.with_user(self.salesman).write({"kala_enter_sends": True})
        self.assertTrue(self.open_box()[1]["enter_sends"])

    def test_what_may_be_changed(self):
        """Neither the record nor anything else that the box does not ask for."""
        other = self.lead("Of a colleague", phone=NOA, user_id=self.colleague.id)
        box, _facts = self.open_box()
        box.change_box({"res_ids": [other.id], "body": "Hello"})
        self.assertEqual((box.res_ids, box.body), ([self.kitchen.id], "Hello"))

    def test_who_may_not(self):
        """LO8: who may not read the record, who may read it only, and another's box."""
        hidden = self.lead("Of a colleague", phone=NOA, user_id=self.colleague.id)
        with self.assertRaises(AccessError):
            self.open_box(hidden)
        for user in (self.stranger, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.open_box(user=user)
        box, _facts = self.open_box()
        for method, arguments in (("change_box", [{"body": "x"}]), ("send_box", [{"body": "x"}])):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(box.with_user(self.colleague), method)(*arguments)
        with self.assertRaises(AccessError):
            box.with_user(self.colleague).find_templates()
        with self.assertRaises(UserError):
            box.send_box({"body": ""})
