"""LO10: an answer that somebody has begun is his, and is not lost."""

from odoo import Command
from odoo.exceptions import AccessError, MissingError
from odoo.tests import tagged

from .common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestDraft(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kitchen = cls.env["crm.lead"].create(
            {"name": "Kitchen", "phone": DANA, "user_id": cls.salesman.id}
        )
        cls.boss = cls._make_user("boss_of_drafts", "sales_team.group_sale_manager")

    def drafts(self, user=None):
        return self.env["kala.draft"].with_user(user or self.salesman)

    def keep(self, body, user=None, record=None, **values):
        record = record or self.kitchen
        known = values.pop("known", None)
        values = {"body": body, **values}
        return self.drafts(user).keep(record._name, record.id, values, known)

    def open_box(self, user=None, **wishes):
        composers = self.env["kala.composer"].with_user(user or self.salesman)
        facts = composers.open_box("crm.lead", self.kitchen.id, **wishes)
        return composers.browse(facts["id"]), facts

    def test_it_is_there_again(self):
        """LO10: after a reload and in another browser, with its channel."""
        self.keep("Dear Dana,", channel="whatsapp")
        _box, facts = self.open_box()
        self.assertEqual(facts["draft"]["body"], "Dear Dana,")
        self.assertEqual(facts["channel"], "whatsapp")
        # Who answers a certain message answers on its channel.
        sms = self.log(self.kitchen, direction="in", contact_value=DANA, channel="sms")
        self.assertEqual(self.open_box(channel="sms", reply_to=sms.id)[1]["channel"], "sms")

    def test_it_ends(self):
        """LO10: when it is sent, or when nothing is left of it."""
        self.keep("Dear Dana,")
        box, _facts = self.open_box(channel="sms")
        box.send_box({"body": "Dear Dana, yes."})
        self.assertFalse(self.drafts().find("crm.lead", self.kitchen.id)["version"])
        self.keep("Dear")
        self.assertEqual(self.keep("  ")["version"], 0)
        self.assertFalse(self.env["kala.draft"].search([("res_id", "=", self.kitchen.id)]))

    def test_two_windows(self):
        """LO10: the last one that writes wins, and no text is lost."""
        first = self.keep("Dear Dana, at nine.")
        known = self.keep("Dear Dana, at nine. Or ten.", known=first["version"])
        self.assertFalse(known["other"])
        # The other window knows nothing of it.
        facts = self.keep("Hello", known=None)
        self.assertEqual((facts["body"], facts["other"]), ("Hello", "Dear Dana, at nine. Or ten."))
        facts = self.keep("Hello!", known=facts["version"])
        self.assertEqual(facts["other"], "Dear Dana, at nine. Or ten.")
        self.assertFalse(self.drafts().dismiss_other("crm.lead", self.kitchen.id)["other"])

    def test_a_colleague_answered_meanwhile(self):
        """LO10: the draft says so; it says nothing of one's own answers, nor of older ones."""
        sent = {"direction": "out", "contact_value": DANA, "state": "sent"}
        self.log(self.kitchen, **sent, user_id=self.boss.id, date=self.now.replace(year=2020))
        self.assertFalse(self.keep("Dear")["answered"])
        later = self.now.replace(year=self.now.year + 1)
        self.log(self.kitchen, **sent, user_id=self.salesman.id, date=later)
        self.assertFalse(self.keep("Dear Dana")["answered"])
        self.log(self.kitchen, **sent, user_id=self.boss.id, date=later)
        self.assertEqual(self.keep("Dear Dana,")["answered"]["who"], self.boss.name)

    def test_a_clerk_is_not_told_of_an_answer(self):
        """LO8: who reads no communications does not learn by a draft that there was one."""
        dana = self.customer("Dana", phone=DANA)
        later = self.now.replace(year=self.now.year + 1)
        self.log(dana, direction="out", state="sent", user_id=self.boss.id, date=later)
        for user, is_told in ((self.salesman, True), (self.clerk, False)):
            with self.subTest(user=user.login):
                told = self.drafts(user).keep("res.partner", dana.id, {"body": "Dear"})
                self.assertEqual(bool(told["answered"]), is_told)

    def test_nobody_else_reads_it(self):
        """LO8, LO10: by no way, and managers neither."""
        self.keep("between us")
        draft = self.env["kala.draft"].search([("res_id", "=", self.kitchen.id)])
        for user in (self.boss, self.colleague, self.stranger, self.manager):
            with self.subTest(user=user.login):
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertFalse(self.drafts(user).search([("id", "=", draft.id)]))
                self.assertNotIn("between us", str(draft.with_user(user).display_name))
                with self.assertRaises(AccessError):
                    draft.with_user(user).read(["body"])
        self.assertFalse(self.open_box(self.boss)[1]["draft"]["body"])
        self.keep("mine", user=self.boss)
        self.assertEqual(self.open_box()[1]["draft"]["body"], "between us")
        for user in (self.salesman, self.boss):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                draft.with_user(user).write({"body": "x"})
        with self.assertRaises(AccessError):
            self.drafts().create({"user_id": self.boss.id, "res_model": "crm.lead", "res_id": 1})

    def test_only_on_what_one_reads(self):
        """LO8: a record that one may not read takes no draft."""
        hidden = self.lead("Of a colleague", phone=NOA, user_id=self.colleague.id)
        for method, arguments in (("keep", [{"body": "x"}]), ("find", []), ("dismiss_other", [])):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.drafts(), method)("crm.lead", hidden.id, *arguments)

    def test_with_the_record(self):
        """MA12: a deleted record leaves no draft; a merged one leaves its draft to the other."""
        roof = self.lead("Roof", phone=DANA, user_id=self.salesman.id)
        garden = self.lead("Garden", phone=DANA, user_id=self.salesman.id)
        self.keep("of the roof", record=roof)
        self.keep("of the kitchen")
        self.keep("of the garden", user=self.boss, record=garden)
        (self.kitchen | roof | garden).merge_opportunity()
        [stays] = (self.kitchen | roof | garden).exists()
        facts = self.drafts().find("crm.lead", stays.id)
        self.assertEqual(
            {*facts["body"].splitlines(), *facts["other"].splitlines()},
            {"of the roof", "of the kitchen"},
        )
        boss = self.drafts(self.boss).find("crm.lead", stays.id)
        self.assertEqual(boss["body"], "of the garden")
        stays.unlink()
        self.assertFalse(self.env["kala.draft"].search([("res_id", "=", stays.id)]))
        with self.assertRaises(MissingError):
            self.keep("x", record=stays)

    def upload(self, box, name="plan.txt", user=None):
        files = self.env["ir.attachment"].with_user(user or self.salesman)
        values = {"name": name, "raw": b"x", "res_model": box._name, "res_id": box.id}
        file = files.create(values)
        box.change_box({"attachment_ids": [Command.link(file.id)]})
        return file

    def test_what_was_chosen_is_there_again(self):
        """LO10: line, address, template and files, as far as they can still be chosen."""
        self.log(self.kitchen, direction="in", contact_value=NOA, channel="whatsapp")
        template = self.env["kala.template"].create(
            {"name": "Greeting", "channel": "whatsapp", "body": "Hello"}
        )
        box, facts = self.open_box(channel="whatsapp")
        noa = next(row for row in facts["addresses"] if row["value"] == NOA)
        file = self.upload(box)
        self.keep(
            "Dear Noa,",
            channel="whatsapp",
            line_id=facts["lines"][-1]["id"],
            template_id=template.id,
            contact_kind="phone",
            contact_value=NOA,
            attachment_ids=file.ids,
        )
        again, found = self.open_box()
        self.assertNotEqual(again, box)
        self.assertEqual(again.address_id.value, NOA)
        self.assertEqual(found["line_id"], facts["lines"][-1]["id"])
        self.assertEqual(found["template"]["id"], template.id)
        self.assertEqual(found["files"], [{"id": file.id, "name": "plan.txt"}])
        self.assertNotEqual(noa["id"], found["address_id"], "a row of the new box")
        template.active = False
        self.assertFalse(self.open_box()[1]["template"])

    def test_its_files_go_with_it(self):
        """LO10: no file is left when the draft ends, or the file is taken out; what is sent
        belongs to the record."""
        box, _facts = self.open_box(channel="whatsapp")
        plan, photo = self.upload(box), self.upload(box, "photo.txt")
        both = (plan | photo).ids
        facts = self.keep("", channel="whatsapp", attachment_ids=both)
        self.assertEqual(plan.res_model, "kala.draft")
        facts = self.keep("x", known=facts["version"], attachment_ids=plan.ids)
        self.assertFalse(photo.exists())
        # Another window knows nothing of the file: it stays.
        facts = self.keep("y", known=None)
        self.assertEqual(facts["attachment_ids"], plan.ids)
        box, _facts = self.open_box()
        [sent] = box.send_box({"body": "The plan"})["ids"]
        message = self.env["kala.communication"].browse(sent)
        self.assertEqual(message.attachment_ids, plan)
        self.assertEqual((plan.res_model, plan.res_id), ("crm.lead", self.kitchen.id))
        left = self.upload(box, "left.txt")
        self.keep("z", attachment_ids=left.ids)
        self.keep("")
        self.assertFalse(left.exists())

    def test_files_follow_a_merged_record(self):
        """MA12, LO10: they go to the record that stays, and with the one that is deleted."""
        roof = self.lead("Roof", phone=DANA, user_id=self.salesman.id)
        box, _facts = self.open_box(channel="whatsapp")
        plan = self.upload(box)
        self.keep("plan", attachment_ids=plan.ids)
        self.keep("plan too", record=roof)
        (self.kitchen | roof).merge_opportunity()
        [stays] = (self.kitchen | roof).exists()
        self.assertEqual(self.drafts().find("crm.lead", stays.id)["attachment_ids"], plan.ids)
        draft = self.env["kala.draft"].search([("res_id", "=", stays.id)])
        self.assertEqual((plan.res_model, plan.res_id), ("kala.draft", draft.id))
        stays.unlink()
        self.assertFalse(plan.exists())

    def test_nobody_else_reads_its_files(self):
        """LO8: nor may one put into his draft what he may not read."""
        box, _facts = self.open_box(channel="whatsapp")
        plan = self.upload(box)
        self.keep("x", attachment_ids=plan.ids)
        self.env.flush_all()
        self.env.invalidate_all()
        for user in (self.boss, self.colleague, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                plan.with_user(user).read(["name"])
        facts = self.keep("y", user=self.boss, attachment_ids=plan.ids)
        self.assertFalse(facts["attachment_ids"])
        self.assertEqual(plan.with_user(self.salesman).name, "plan.txt")

    def test_marked_in_the_inbox(self):
        """LO9, LO10: the list shows on which records one has begun an answer, in one query."""
        places = [("crm.lead", self.kitchen.id)]
        self.assertFalse(self.drafts()._places(places))
        self.keep("Dear")
        self.assertEqual(self.drafts()._places(places), set(places))
        self.assertFalse(self.drafts(self.boss)._places(places))
