"""LO2, SE1, SE3, SE5, TE5: what the answer box offers beside the text."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, HERON, NOA, OMER, KalaCommon


@tagged("post_install", "-at_install")
class TestAnswerMore(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dana = cls.env["res.partner"].create({"name": "Dana Levi"})
        cls.kitchen = cls.env["crm.lead"].create(
            {
                "name": "Kitchen",
                "phone": DANA,
                "partner_id": cls.dana.id,
                "user_id": cls.salesman.id,
            }
        )

    def open_box(self, record=None, user=None, **wishes):
        """:return: (the composer, its facts)"""
        record = record or self.kitchen
        composers = self.env["kala.composer"].with_user(user or self.salesman)
        facts = composers.open_box(record._name, record.id, channel="sms", **wishes)
        return composers.browse(facts.get("id")), facts

    def numbers(self, facts):
        return [row for row in facts["addresses"] if row["kind"] == "phone"]

    def saved(self, box, facts, name):
        [row] = [row for row in facts["addresses"] if row["name"] == name and row["may_save"]]
        return box.save_address(row["id"])

    def test_lo2_who_wrote_on_similar_records(self):
        """LO2, SE1: those of the card, then who wrote here or on a similar record, newest
        first."""
        similar = self.lead("Bathroom", phone=DANA, user_id=self.salesman.id)
        day = self.now.replace(hour=9)
        self.log(self.kitchen, direction="in", contact_value=NOA, date=day.replace(hour=7))
        self.log(similar, direction="in", contact_value=OMER, date=day.replace(hour=8))
        _box, facts = self.open_box()
        self.assertEqual(
            [(row["name"], row["may_save"]) for row in self.numbers(facts)],
            [("050-234-5678", False), ("053-234-5678", True), ("052-234-5678", True)],
        )

    def test_se1_buttons_of_who_only_wrote(self):
        """SE1: the buttons show, too, for an address that stands only in the conversation; as many
        queries for many records as for one."""
        leads = self.env["crm.lead"].create([{"name": f"Lead {n}"} for n in range(5)])
        self.assertFalse(any(leads.mapped("kala_can_whatsapp")))
        for lead in leads[:4]:
            self.log(lead, direction="in", contact_value=NOA, channel="whatsapp")
        self.env.invalidate_all()
        self.assertEqual(leads.mapped("kala_can_whatsapp"), [True] * 4 + [False])
        self.assertEqual(leads[0].kala_can_sms, True)

        def queries(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("kala_can_whatsapp")
            return self.env.cr.sql_log_count - before

        queries(leads)
        self.assertEqual(queries(leads), queries(leads[:1]))

    def test_lo8_not_of_records_that_one_may_not_read(self):
        """LO8: a similar record of a colleague gives none of its numbers."""
        hidden = self.lead("Of a colleague", phone=DANA, user_id=self.colleague.id)
        self.log(hidden, direction="in", contact_value=NOA)
        _box, facts = self.open_box()
        self.assertEqual([row["name"] for row in self.numbers(facts)], ["050-234-5678"])

    def test_lo2_saved_on_the_card(self):
        """LO2: in the first empty field; when none is empty, a sentence says so."""
        for number in (NOA, OMER):
            self.log(self.kitchen, direction="in", contact_value=number)
        box, facts = self.open_box()
        told = self.saved(box, facts, "052-234-5678")
        self.assertIn("052-234-5678 is on the card of “Kitchen”", told["words"])
        self.assertEqual((self.kitchen.phone, self.kitchen.kala_phone2), (DANA, NOA))
        [noa] = [r for r in told["facts"]["addresses"] if r["name"] == "052-234-5678"]
        self.assertFalse(noa["may_save"])
        with self.assertRaisesRegex(UserError, "already"):
            box.save_address(noa["id"])

    def test_lo2_saved_on_the_customers_card(self):
        """LO2: an order has no phones: its customer's card takes them. Full: a sentence."""
        self.dana.write({"phone": DANA, "user_id": self.salesman.id})
        order = self.env["sale.order"].create(
            {"partner_id": self.dana.id, "user_id": self.salesman.id}
        )
        for number in (NOA, OMER):
            self.log(order, direction="in", contact_value=number)
        box, facts = self.open_box(order, self.manager)
        self.saved(box, facts, "052-234-5678")
        self.assertEqual((self.dana.phone, self.dana.kala_phone2), (DANA, NOA))
        with self.assertRaisesRegex(UserError, "two phone numbers already"):
            self.saved(box, facts, "053-234-5678")

    def test_lo2_no_customers_number_is_lost(self):
        """LO2: Odoo writes a lead's phone on its customer: a number that stands there stays."""
        self.dana.phone = OMER
        self.kitchen.phone = False
        self.dana.phone = OMER
        self.log(self.kitchen, direction="in", contact_value=NOA)
        box, facts = self.open_box()
        self.saved(box, facts, "052-234-5678")
        self.assertEqual(self.dana.phone, OMER)
        self.assertEqual(self.kitchen.kala_phone2, NOA)

    def test_lo8_who_may_not_save(self):
        """LO8: on another's record, by another's box, and by whom may only read."""
        self.log(self.kitchen, direction="in", contact_value=NOA)
        box, facts = self.open_box()
        row = next(row for row in facts["addresses"] if row["may_save"])
        for user in (self.colleague, self.stranger, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                box.with_user(user).save_address(row["id"])
        conversations = self.env["kala.conversation"].with_user(self.clerk)
        mine = self.kitchen.with_user(self.clerk)
        key = box.address_ids.browse(row["id"])._key()
        with self.assertRaises(AccessError):
            conversations._save_on_card(mine, key, "x")
        self.kitchen.user_id = self.colleague
        with self.assertRaises(AccessError):
            box.save_address(row["id"])
        self.assertFalse(self.kitchen.kala_phone2)

    def test_se5_another_channel_if_it_cannot_arrive(self):
        """SE5: one of the other channels for texts, kept with the message."""
        box, facts = self.open_box()
        self.assertIn("whatsapp", [row["code"] for row in facts["fallbacks"]])
        self.assertEqual(box.change_box({"fallback_channel": "whatsapp"})["fallback"], "whatsapp")
        [sent] = box.send_box({"body": "Hello"})["ids"]
        message = self.env["kala.communication"].browse(sent)
        self.assertEqual(message.fallback_channel, "whatsapp")

    def test_ma8_who_is_known_by_an_id(self):
        """MA8, SE3: whom a channel knows by an id is called by the name that he gave there last,
        and by the id where he gave none."""
        heron = {"channel": HERON.code, "contact_kind": HERON.code, "direction": "in"}
        for value, name in (("h-77", "Dan"), ("h-77", "Dana"), ("h-78", False)):
            self.log(self.kitchen, contact_value=value, contact_name=name, body="Hello", **heron)
        box, _facts = self.open_box()
        rows = box.address_ids.filtered(lambda row: row.kind == HERON.code)
        self.assertEqual({row.value: row.name for row in rows}, {"h-77": "Dana", "h-78": "h-78"})

    def test_se5_one_channel_alone(self):
        """SE5: where no other channel is, none is offered, and the box opens all the same."""
        self.env["kala.line"].search([("channel", "!=", "sms")]).active = False
        _box, facts = self.open_box()
        self.assertEqual((facts["fallbacks"], facts["fallback"]), ([], False))

    def test_se3_to_a_colleague(self):
        """SE3: the box asks which one."""
        self.colleague.partner_id.phone = OMER
        box, facts = self.open_box()
        [row] = [row for row in facts["addresses"] if row["kind"] == "colleague"]
        self.assertTrue(box.change_box({"address_id": row["id"]})["is_colleague"])
        with self.assertRaisesRegex(UserError, "Choose the colleague"):
            box.send_box({"body": "Please call her."})
        facts = box.change_box({"colleague_id": self.colleague.id})
        self.assertEqual(facts["colleague_id"], self.colleague.id)
        [sent] = box.send_box({"body": "Please call her."})["ids"]
        self.assertEqual(self.env["kala.communication"].browse(sent).contact_value, OMER)

    def test_se3_documents_of_the_record(self):
        """SE3: its files are offered and go along; a file of another record is refused."""
        make = self.env["ir.attachment"].create
        plan = make({"name": "plan.pdf", "raw": b"1", "res_model": "crm.lead"})
        plan.res_id = self.kitchen.id
        other = self.lead("Of a colleague", user_id=self.colleague.id)
        secret = make(
            {"name": "secret.pdf", "raw": b"2", "res_model": "crm.lead", "res_id": other.id}
        )
        composers = self.env["kala.composer"].with_user(self.salesman)
        facts = composers.open_box("crm.lead", self.kitchen.id, channel="whatsapp")
        box = composers.browse(facts["id"])
        self.assertEqual(
            facts["documents"], [{"id": plan.id, "name": "plan.pdf", "is_chosen": False}]
        )
        facts = box.change_box({"document_ids": [Command.link(plan.id)]})
        self.assertTrue(facts["documents"][0]["is_chosen"])
        with self.assertRaises(AccessError):
            box.change_box({"document_ids": [Command.link(secret.id)]})
        [sent] = box.send_box({"body": "The plan"})["ids"]
        self.assertEqual(self.env["kala.communication"].browse(sent).attachment_ids, plan)

    def test_se3_how_many_files(self):
        """SE3: as many as the provider takes; the browser refuses more."""
        self.assertEqual(self.open_box()[1]["max_files"], self.connection._provider()._max_files)

    def test_te5_a_message_becomes_a_template(self):
        """TE5: title and text are filled in; it is the user's own."""
        message = self.log(
            self.kitchen,
            direction="out",
            state="sent",
            body="We come at nine.\nPlease open the gate.",
            user_id=self.salesman.id,
        )
        action = message.with_user(self.salesman).action_save_as_template()
        templates = self.env["kala.template"].with_user(self.salesman)
        made = templates.with_context(**action["context"]).create({})
        self.assertEqual(made.name, "We come at nine. Please open the gate.")
        self.assertEqual((made.body, made.channel), (message.body, message.channel))
        self.assertEqual(made.user_id, self.salesman)
        self.assertFalse(templates.with_user(self.colleague).search([("id", "=", made.id)]))

    def test_te5_of_which_messages(self):
        """TE5, LO8: not of what the customer wrote, nor of what one may not read."""
        theirs = self.log(self.kitchen, direction="in", body="When?")
        with self.assertRaisesRegex(UserError, "one of us wrote"):
            theirs.with_user(self.salesman).action_save_as_template()
        other = self.lead("Of a colleague", user_id=self.colleague.id)
        hidden = self.log(other, direction="out", state="sent", body="Secret")
        with self.assertRaises(AccessError):
            hidden.with_user(self.salesman).action_save_as_template()
