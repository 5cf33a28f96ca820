from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import DANA, NOA, OMER
from .rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestTemplateFiles(RuleCommon):
    """TE5: a template brings files along: in the answer box, in the dialog, by rules, in a mass
    send; each message has its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dana = cls.env["res.partner"].create(
            {"name": "Dana Levi", "phone": DANA, "user_id": cls.salesman.id}
        )
        cls.kitchen = cls.env["crm.lead"].create(
            {"name": "Kitchen", "partner_id": cls.dana.id, "user_id": cls.salesman.id}
        )
        cls.plan = cls.make(name="Plan", body="Our plan, {{ first_name }}")

    @classmethod
    def make(cls, name, files=1, **values):
        """:return: a template with files, as the form makes it: first they are uploaded"""
        uploads = [
            {"name": f"{name}{n}.pdf", "raw": b"plan %d" % n, "res_model": "kala.template"}
            for n in range(files)
        ]
        made = cls.env["ir.attachment"].create(uploads)
        vals = {"name": name, "channel": "sms", "attachment_ids": [Command.set(made.ids)]}
        return cls.env["kala.template"].create({**vals, **values})

    def check(self, message, raw=b"plan 0"):
        """The message has a copy of its own, which belongs to the lead."""
        file = message.sudo().attachment_ids
        self.assertEqual(file.mapped("raw"), [raw])
        self.assertEqual((file.res_model, file.res_id), ("crm.lead", self.kitchen.id))
        self.assertNotIn(file, self.plan.attachment_ids)

    def test_te5_kala_send(self):
        """TE5: by a template the files go along; an empty list is none; one's own are instead."""
        message = self.kitchen.with_user(self.salesman).kala_send("sms", template=self.plan)
        self.check(message)
        self.assertEqual(message.body, "Our plan, Dana")
        none = self.kitchen.kala_send("sms", template=self.plan, attachments=[])
        self.assertFalse(none.attachment_ids)
        other = self.env["ir.attachment"].create({"name": "x", "raw": b"x"})
        own = self.kitchen.kala_send("sms", template=self.plan, attachments=other)
        self.assertEqual(own.attachment_ids, other)
        self.dispatch()
        self.assertEqual(message.state, "delivered")
        self.plan.unlink()
        self.assertTrue(message.attachment_ids.exists(), "they outlive the template")

    def test_te5_on_another_channel_it_is_a_text(self):
        """TE5, SE5: files of a template of WhatsApp do not go out by SMS."""
        template = self.make(name="Offer", channel="whatsapp", body="Offer")
        self.whatsapp_line.active = False
        message = self.kitchen.kala_send("whatsapp", template=template, fallback="sms")
        self.assertEqual((message.channel, message.body), ("sms", "Offer"))
        self.assertFalse(message.attachment_ids)

    def test_te5_in_the_answer_box(self):
        """TE5: chips that can be removed; another template takes its own instead; what the user
        has added himself stays."""
        boxes = self.env["kala.composer"].with_user(self.salesman)
        facts = boxes.open_box("crm.lead", self.kitchen.id, channel="sms")
        box = boxes.browse(facts["id"])
        mine = self.env["ir.attachment"].with_user(self.salesman)
        mine = mine.create(
            {"name": "mine", "raw": b"mine", "res_model": "kala.composer", "res_id": box.id}
        )
        box.change_box({"attachment_ids": [Command.link(mine.id)]})
        facts = box.change_box({"template_id": self.plan.id})
        self.assertEqual([file["name"] for file in facts["files"]], ["mine", "Plan0.pdf"])
        other = self.make(name="Other", body="Other", files=2)
        facts = box.change_box({"template_id": other.id})
        names = [file["name"] for file in facts["files"]]
        self.assertEqual(names, ["mine", "Other0.pdf", "Other1.pdf"])
        facts = box.change_box({"attachment_ids": [Command.unlink(facts["files"][1]["id"])]})
        self.assertEqual(len(facts["files"]), 2)
        self.assertEqual(len(other.attachment_ids), 2, "the template keeps its own")
        sent = self.env["kala.communication"].browse(box.send_box({"body": "Hi"})["ids"])
        self.assertEqual(sorted(sent.attachment_ids.mapped("name")), ["Other1.pdf", "mine"])
        for file in sent.attachment_ids:
            self.assertEqual((file.res_model, file.res_id), ("crm.lead", self.kitchen.id))

    def test_te5_lo10_a_draft_keeps_what_was_taken_out(self):
        """TE5, LO10: who leaves and comes back finds the chips as he left them."""
        boxes = self.env["kala.composer"].with_user(self.salesman)
        two = self.make(name="Two", body="Two", files=2)
        box = boxes.browse(boxes.open_box("crm.lead", self.kitchen.id, channel="sms")["id"])
        facts = box.change_box({"template_id": two.id})
        kept = facts["files"][1]["id"]
        row = next(row for row in facts["addresses"] if row["id"] == facts["address_id"])
        self.env["kala.draft"].with_user(self.salesman).keep(
            "crm.lead",
            self.kitchen.id,
            {
                "body": "Two",
                "channel": "sms",
                "template_id": two.id,
                "attachment_ids": [kept],
                "contact_kind": row["kind"],
                "contact_value": row["value"],
            },
            known=0,
        )
        facts = boxes.open_box("crm.lead", self.kitchen.id, channel="sms")
        self.assertEqual(facts["template"]["id"], two.id)
        self.assertEqual([file["id"] for file in facts["files"]], [kept])

    def test_te5_slash_says_which_files_come_along(self):
        """TE5: of several templates in one message, the box takes the files of each."""
        boxes = self.env["kala.composer"].with_user(self.salesman)
        box = boxes.browse(boxes.open_box("crm.lead", self.kitchen.id, channel="sms")["id"])
        [found] = box.find_templates("Plan")
        self.assertEqual(found["files"], self.plan.attachment_ids.ids)

    def test_te5_in_the_dialog(self):
        """TE5: the dialog shows them before they leave, and sends them once."""
        action = self.kitchen.with_context(kala_channel="sms").action_kala_compose()
        dialog = self.env["kala.composer"].browse(action["params"]["composer"])
        with Form(dialog) as form:
            form.template_id = self.plan
        self.assertEqual(dialog.attachment_ids, self.plan.attachment_ids)
        dialog.action_send()
        self.check(self.kitchen.kala_communication_ids)

    def test_te5_by_a_rule(self):
        """TE5, AU1: a rule writes by a template with its files."""
        self.rule(steps=({"template_id": self.plan.id},))
        lead = self.lead("Bath", partner_id=self.dana.id, company_id=self.company.id)
        self.run_rules()
        message = lead.kala_communication_ids.filtered(lambda m: m.direction == "out")
        self.assertEqual(message.attachment_ids.mapped("raw"), [b"plan 0"])
        self.assertEqual(message.attachment_ids.res_id, lead.id)

    def test_te5_in_a_mass_send(self):
        """TE5, BR1: they stand in its form, and each recipient gets a copy."""
        people = self.env["res.partner"].create(
            [
                {"name": name, "phone": phone, "company_id": self.company.id}
                for name, phone in (("Noa", NOA), ("Omer", OMER))
            ]
        )
        mass = self.env["kala.mass.send"].create({"name": "Sale", "record_ids": people.ids})
        with Form(mass) as form:
            form.template_id = self.plan
        self.assertEqual(mass.attachment_ids, self.plan.attachment_ids)
        mass.action_start()
        with self.job() as env:
            env["kala.mass.send"]._cron_run()
        self.env.invalidate_all()
        files = mass.communication_ids.attachment_ids
        self.assertEqual(set(files.mapped("res_id")), set(people.ids))
        self.assertEqual(len(files), 2)

    def test_te5_limits_are_told_when_it_is_saved(self):
        """TE5: too many files, or a channel that takes none, with what to do."""
        with self.assertRaisesRegex(ValidationError, "10 files"):
            self.make(name="Many", body="x", files=11)
        self.patch(type(self.env["kala.provider.sandbox"]), "_max_files", 0)
        with self.assertRaisesRegex(ValidationError, "takes no files"):
            self.make(name="One", body="x")
        self.patch(type(self.env["kala.provider.sandbox"]), "_max_files", 10)
        self.patch(
            type(self.env["kala.provider.sandbox"]),
            "_file_refusal",
            lambda _provider, _channel, _files, body: "Too long." if len(body) > 5 else "",
        )
        short = self.make(name="Short", body="x")
        with self.assertRaisesRegex(ValidationError, "Too long"):
            short.body = "Too much for a file"
        self.connection._set_state("draft")
        self.assertTrue(self.make(name="Two", body="x"), "no line says what it takes")

    def test_sc4_whose_files_they_are(self):
        """TE5, SC4: files of a shared template are read by whoever may use it, those of one's own
        by oneself; a portal user reads neither. Nobody adds a file that he may not read, and a
        file of another record becomes a copy."""
        shared = self.plan.attachment_ids
        self.assertEqual(shared.res_id, self.plan.id)
        self.assertEqual(shared.with_user(self.salesman).raw, b"plan 0")
        portal = self._make_user("portal", "base.group_portal")
        own = self.make(name="Own", body="x", user_id=self.salesman.id).attachment_ids
        self.assertEqual(own.with_user(self.salesman).name, "Own0.pdf")
        of_company = self.make(name="Ours", body="x", company_id=self.company.id).attachment_ids
        self.assertEqual(of_company.with_user(self.salesman).name, "Ours0.pdf")
        for file, user in (
            (own, self.colleague),
            (own, portal),
            (shared, portal),
            (shared, self.clerk),
            (of_company, self.stranger),
        ):
            self.env.invalidate_all()
            with self.subTest(file=file.name, user=user.name), self.assertRaises(AccessError):
                self.assertTrue(file.with_user(user).raw)
        hidden = self.env["ir.attachment"].create(
            {"name": "h", "raw": b"h", "res_model": "ir.cron", "res_id": 1}
        )
        mine = self.env["kala.template"].with_user(self.salesman)
        vals = {"name": "Mine", "channel": "sms", "body": "x"}
        with self.assertRaises(AccessError):
            mine.create({**vals, "attachment_ids": [Command.set(hidden.ids)]})
        of_stranger = mine.with_user(self.stranger).create({**vals, "company_id": False})
        for file in (hidden, of_company, own):
            with self.subTest(written=file.name), self.assertRaises(AccessError):
                of_stranger.write({"attachment_ids": [Command.link(file.id)]})
                of_stranger.flush_recordset()
        of_lead = self.env["ir.attachment"].create(
            {"name": "l", "raw": b"l", "res_model": "crm.lead", "res_id": self.kitchen.id}
        )
        made = mine.create({**vals, "attachment_ids": [Command.set(of_lead.ids)]})
        self.assertNotEqual(made.attachment_ids, of_lead)
        self.assertEqual(made.attachment_ids.raw, b"l")
        copy = made.copy()
        self.assertFalse(copy.attachment_ids & made.attachment_ids)
        self.assertEqual(copy.attachment_ids.res_id, copy.id)

    def test_te5_queries(self):
        """TE5: files cost no more queries for twenty recipients than for two."""
        counts = []
        for size in (2, 20):
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "phone": f"+97252{size:03}{n:04}"} for n in range(size)]
            )
            messages = self.env["kala.communication"].sudo()
            messages = messages.create(
                [
                    {
                        "channel": "sms",
                        "direction": "out",
                        "company_id": self.company.id,
                        "res_model": "res.partner",
                        "res_id": person.id,
                        "partner_id": person.id,
                        "attachment_ids": [Command.set(self.plan.attachment_ids.ids)],
                    }
                    for person in people
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kala.outbox"]._own_lent_files(messages)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 5, counts)
