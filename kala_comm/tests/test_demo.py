"""AD2: the demo data, and the first steps that the README promises with it."""

import json

from odoo.modules import Manifest
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import convert_file

from odoo.addons.kala_comm.tests.common import HERON, KalaCommon
from odoo.addons.kala_comm.tools import channels


@tagged("post_install", "-at_install")
class TestDemo(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.env["kala.line"].search([]).write({"is_default": False, "active": False})
        if not cls.env.ref("base.user_demo", raise_if_not_found=False):
            user = new_test_user(cls.env, "demo_of_kala", "sales_team.group_sale_salesman")
            cls.env["ir.model.data"].create(
                {"module": "base", "name": "user_demo", "model": "res.users", "res_id": user.id}
            )
        ours = [("name", "=like", "kala\\_comm%"), ("state", "=", "installed")]
        # "kala_comm" comes first.
        cls.addons = cls.env["ir.module.module"].search(ours, order="name").mapped("name")
        if not cls.env.ref("kala_comm.demo_line_sms", raise_if_not_found=False):
            for addon in cls.addons:
                for name in Manifest.for_addon(addon)["demo"]:
                    convert_file(cls.env, addon, name, {}, mode="init", noupdate=True)

    def test_first_steps(self):
        """AD2, NO1, NO2: a text from an unknown number is simulated on the line that is proposed;
        who does so is told, and answers from the new lead; the sandbox delivers it."""
        last = self.env["bus.bus"].search([], order="id DESC", limit=1).id
        form = Form(self.env["kala.simulate"].with_user(self.admin))
        form.number, form.text = "+972 52 234 5699", "Do you make bookshelves?"
        form.save().action_receive()
        self.run_inbox()
        message = self.env["kala.communication"].search([("contact_value", "=", "+972522345699")])
        lead = message.lead_id
        self.assertEqual(lead.user_id, self.admin)
        told = [
            json.loads(row.channel)[2]
            for row in self.env["bus.bus"].search([("id", ">", last)])
            if json.loads(row.message)["type"] == "kala_comm/incoming"
        ]
        self.assertEqual(told, self.admin.partner_id.ids)

        answer = lead.with_user(self.admin).kala_send("sms", "Yes, we do.")
        self.dispatch()
        self.assertEqual(answer.state, "delivered")

    def demo(self, model, domain):
        """:return: what the demo data have of it"""
        names = [("module", "=like", "kala\\_comm%"), ("name", "=like", "demo\\_%")]
        ids = self.env["ir.model.data"].search([*names, ("model", "=", model)]).mapped("res_id")
        return self.env[model].search([("id", "in", ids), *domain])

    def test_ad2_every_state(self):
        """AD2: the demo data show everything that a conversation can show."""
        communication = "kala.communication"
        cases = [
            ("failed", communication, [("state", "=", "failed")]),
            ("unsure", communication, [("state", "=", "unknown")]),
            ("scheduled", communication, [("state", "=", "scheduled")]),
            ("read", communication, [("state", "=", "read")]),
            ("e-mail, out", communication, [("channel", "=", "email"), ("direction", "=", "out")]),
            ("e-mail, in", communication, [("channel", "=", "email"), ("direction", "=", "in")]),
            ("missed call", communication, [("call_status", "=", "missed")]),
            ("our reaction", communication, [("kind", "=", "reaction"), ("reaction", "!=", False)]),
            ("edited", communication, [("edited_date", "!=", False)]),
            ("revoked", communication, [("revoked_date", "!=", False)]),
            ("advertisement", communication, [("ad_id", "!=", False)]),
            ("put off", "mail.activity", [("kala_is_put_off", "=", True)]),
            ("nobody's", "mail.activity", [("user_id", "=", False), ("kala_count", ">", 0)]),
            ("note", "mail.message", [("message_type", "=", "comment")]),
            ("stage", "mail.tracking.value", []),
            ("draft", "kala.draft", []),
            ("rule that runs", "kala.rule", [("state", "=", "running")]),
            ("verified", "kala.sender", [("state", "=", "verified")]),
            ("not verified", "kala.sender", [("state", "=", "pending")]),
        ]
        cases += [
            (f"log: {state}", "kala.rule.log", [("state", "=", state)])
            for state in ("waiting", "sent", "left_out", "cancelled")
        ]
        for name, model, domain in cases:
            with self.subTest(name):
                self.assertTrue(self.demo(model, domain))
        quotes = self.demo(communication, [("reply_to_uid", "!=", False), ("kind", "=", "text")])
        self.assertTrue(quotes.quoted_id, "a quote finds its message")

    def test_ad2_files_open(self):
        """AD2: a photo, a document, a voice message, and a call with its recording."""
        files = self.demo("kala.communication", [("attachment_ids", "!=", False)])
        types = {file.mimetype for file in files.attachment_ids}
        self.assertEqual(types, {"image/jpeg", "application/pdf", "audio/x-wav"})
        begins = {"image/jpeg": b"\xff\xd8", "application/pdf": b"%PDF", "audio/x-wav": b"RIFF"}
        for file in files.attachment_ids:
            self.assertTrue(file.raw.startswith(begins[file.mimetype]), file.name)
        calls = files.filtered(lambda c: c.call_status == "answered")
        self.assertEqual(calls.attachment_ids.mapped("mimetype"), ["audio/x-wav"])

    def test_lo2_similar(self):
        """LO2, LO3: a customer with a lead and two orders, which are one conversation."""
        lead = self.env.ref("kala_comm.demo_lead_chairs").with_user(self.admin)
        page = self.env["kala.conversation"].with_user(self.admin).load(lead._name, lead.id)
        models = [(record["model"], record["id"]) for record in page["records"]]
        orders = [model for model, _id in models if model == "sale.order"]
        self.assertEqual(len(orders), 2)
        self.assertIn("res.partner", dict(models))

    def test_lo9_every_tab(self):
        """LO9, TA4: each tab of the Inbox has something to show to who tries it."""
        counts = self.env["kala.waiting"].with_user(self.admin).load()["counts"]
        self.assertFalse([tab for tab, count in counts.items() if not count])

    def test_every_channel(self):
        """AD2: each channel that is installed has a conversation, of which nothing leaves."""
        for channel in channels.offered(self.env, channels.TEXT):
            if channel == HERON:
                continue
            with self.subTest(channel.code):
                found = self.demo("kala.communication", [("channel", "=", channel.code)])
                self.assertTrue(found)
                self.assertEqual(found.connection_id.mapped("provider"), ["sandbox"])
