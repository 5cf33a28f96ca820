"""EM3: the library of e-mails, their designs, and what a reader gets."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools import mail_design, mail_layout
from odoo.addons.kala_comm.tools.mail_layout import Block, Frame, Look

from .rule_common import RuleCommon

LOOK = Look("card", "#875a7b", "#ffffff")
FRAME = Frame("Subject", "en_US", "Shop", footer=("1 Herzl, Haifa",))


@tagged("kala_comm")
class TestMarks(BaseCase):
    def test_em3_marks(self):
        """EM3: what each mark means; what is empty is left out."""
        table = {
            "# Hi": Block("title", "Hi"),
            "## Hi": Block("subtitle", "Hi"),
            "#Hi": Block("text", "#Hi"),
            "* one": Block("item", "one"),
            "> note": Block("note", "note"),
            "---": Block("line", ""),
            "| a | b |": Block("row", "a", "b"),
            "| a |  |": None,
            "[Go](https://a.example.com)": Block("button", "Go", "https://a.example.com"),
            "[Go]()": None,
            "[Go](javascript:alert(1))": Block("text", "[Go](javascript:alert(1))"),
            "[Go](javascript:alert)": None,
            "[Go](data:text/html,x)": None,
            "[Call](tel:+972502345678)": Block("button", "Call", "tel:+972502345678"),
            "![Shop](https://a.example.com/x.png)": Block(
                "image", "Shop", "https://a.example.com/x.png"
            ),
            "one\ntwo": Block("text", "one\ntwo"),
            "": None,
        }
        for source, block in table.items():
            with self.subTest(source=source):
                self.assertEqual(mail_layout.parse(source), [block] if block else [])

    def test_em3_the_plain_part(self):
        """EM3: the part without HTML reads like a letter."""
        source = "# Ready\n\nHello **Dana**,\nsee [us](https://a.example.com).\n\n| Total | 5 |\n"
        source += "| Day | today |\n\n[Pay](https://pay.example.com)\n\n* one\n* two"
        self.assertEqual(
            mail_layout.plain(source),
            "Ready\n\nHello Dana,\nsee us (https://a.example.com).\n\nTotal: 5\nDay: today\n\n"
            "Pay: https://pay.example.com\n\n• one\n• two",
        )

    def test_te2_a_value_is_no_mark(self):
        """TE2: what stands for a placeholder neither links, nor opens a tag, nor makes a line."""
        for value in (
            "[Win](https://evil.example.com)",
            "# Title",
            "a\n\n[Win](https://evil.example.com)",
            "<b>x</b><script>alert(1)</script>",
            "https://evil.example.com/x",
            '"><img src=x onerror=alert(1)>',
            "| a | b |",
            "**bold**",
        ):
            with self.subTest(value=value):
                source = f"{mail_layout.quote(value)}\n\nHello {mail_layout.quote(value)}"
                html = mail_design.html(source, LOOK, FRAME)
                body = html[html.index("</head>") :]
                for bad in ("href", "<script", "<img", "<h1", "<b>", "<strong"):
                    self.assertNotIn(bad, body)
                self.assertNotIn("evil.example.com/x)", mail_layout.plain(source))
                shown = " ".join(value.split("\n"))
                self.assertIn(f"Hello {shown}", mail_layout.plain(source))

    def test_em3_every_colour_can_be_read(self):
        """EM3: whatever colours the company has, words on them, and words in them, are legible."""
        for color in ("#875a7b", "#ffffff", "#000000", "#ffff00", "#00ffcc", "#808080"):
            for on_color in ("#ffffff", "#000000", color):
                page = mail_design.Page("Hi", Look("band", color, on_color), FRAME)
                self.assertGreaterEqual(mail_layout.contrast(page.on_color, color), 3)
                self.assertGreaterEqual(mail_layout.contrast(page.word_color, "#ffffff"), 4.5)
        for text in ("red", "#12345", "#12345g", "#123456;}", None):
            self.assertEqual(mail_layout.color_or(text, "#111111"), "#111111")

    def test_em3_direction(self):
        """EM3: the direction is that of most letters, whatever the language of the contact."""
        for text, lang, side in (
            ("Hello", "he_IL", "ltr"),
            ("שלום Dana", "he_IL", "rtl"),
            ("שלום Dana Cohen", "en_US", "ltr"),
            ("שלום דנה", "en_US", "rtl"),
            ("", "he_IL", "ltr"),
            ("مرحبا", "", "rtl"),
        ):
            with self.subTest(text=text, lang=lang):
                self.assertEqual(mail_layout.direction(text, lang), side)


@tagged("post_install", "-at_install")
class TestLibrary(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_mailbox()
        for lang in ("he_IL", "pl_PL"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.env["ir.module.module"]._load_module_terms(["kala_comm"], ["he_IL", "pl_PL"])
        cls.library = cls.env["kala.template"].search([("library", "!=", False)])
        cls.ready = cls.env.ref("kala_comm.mail_order_ready")
        cls.dana = cls.env["res.partner"].create(
            {"name": "Dana <b>Cohen</b>", "email": "dana@example.com", "phone": "+972502345678"}
        )

    def order(self, **values):
        return self.env["sale.order"].create({"partner_id": self.dana.id, **values})

    def test_em3_eight_designed_ones_in_three_languages(self):
        """EM3: eight designed ones; each is another text in English, Hebrew and Polish, names the
        same placeholders, and looks right to left in Hebrew."""
        self.assertEqual(len(self.library.filtered(lambda t: t.library == "designed")), 8)
        self.assertEqual(set(self.library.mapped("design")), {"letter", "card", "band", "soft"})
        record = self.order()
        for template in self.library:
            texts = {}
            for lang, side in (("en_US", "ltr"), ("he_IL", "rtl"), ("pl_PL", "ltr")):
                self.dana.lang = lang
                with self.subTest(template=template.name, lang=lang):
                    html = template._preview_mail(record)
                    self.assertIn(f'dir="{side}"', html)
                    self.assertNotIn("{{", html)
                    self.assertNotIn("<b>Cohen", html)
                    there = template.with_context(lang=lang)
                    texts[lang] = (there.name, there.subject, there.body)
                    template.flush_recordset()
            for parts in zip(*texts.values(), strict=True):
                self.assertEqual(len(set(parts)), 3, parts)

    def test_em3_an_upgrade_brings_the_library_anew(self):
        """EM3: also the translations that somebody had changed by another way."""
        there = self.ready.with_context(lang="he_IL")
        before = there.body
        there.body = "שלום"
        self.env["ir.module.module"]._load_module_terms(["kala_comm"], ["he_IL"])
        self.assertEqual(there.body, before)

    def test_em3_a_copy_is_ones_own(self):
        """EM3, TE5: the library stays as it is; a copy has all languages, and a salesman's is his
        own."""
        for user in (self.salesman, self.manager):
            theirs = self.ready.with_user(user)
            for change in ({"body": "x"}, {"design": False}, {"library": False}):
                # An AccessError is a UserError.
                with self.assertRaises(UserError):
                    theirs.write(change)
            with self.assertRaises(UserError):
                theirs.unlink()
            copy = theirs.browse(theirs.make_own())
            self.assertFalse(copy.library)
            copy.body = "# Mine"
            self.assertIn("מוכנה", copy.with_context(lang="he_IL").subject)
            self.assertEqual(copy.user_id, user if user == self.salesman else copy.user_id.browse())
        self.ready.with_user(self.manager).active = False
        for way in ({"library": "basic"}, {}):
            with self.assertRaises(UserError):
                self.env["kala.template"].with_user(self.manager).with_context(
                    default_library="designed"
                ).create({"name": "x", "channel": "email", "subject": "x", "body": "x", **way})

    def test_em3_preview_only_of_what_one_may_read(self):
        """EM3: a record that the reader may not read is not shown by the preview."""
        lead = self.lead("Secret roof", email_from="noa@example.com", user_id=self.colleague.id)
        template = self.env.ref("kala_comm.mail_thank_you")
        for user, reads in ((self.colleague, True), (self.salesman, False)):
            mine = template.with_user(user)
            self.assertEqual(lead.with_user(user).has_access("read"), reads, user.login)
            new = mine.new({"preview_record": f"crm.lead,{lead.id}"}, origin=mine)
            self.assertEqual("Secret roof" in new.preview_html, reads)
            self.assertEqual("Secret roof" in (new.preview or ""), reads)

    def test_em3_the_library_shows_only_what_one_may_read(self):
        """EM3: on a record of others, or on none, the placeholders keep their names; and a template
        that is another's, or another company's, is not shown at all."""
        hidden = self.lead("Secret roof", user_id=self.colleague.id)
        own = self.lead("Own roof", user_id=self.salesman.id)
        show = self.ready.copy({"subject": "{{ record_name }}", "body": "{{ record_name }}"})
        show = show.with_user(self.salesman).get_mail_preview
        self.env.invalidate_all()
        shown = show("crm.lead", own.id)
        self.assertEqual(shown["subject"], "Own roof")
        self.assertIn("Own roof", shown["html"])
        for record in (
            ("crm.lead", hidden.id),
            ("crm.lead", True),
            ("crm.lead", [own.id]),
            ("crm.lead", f"{own.id}"),
            ("crm.lead", 10**12),
            (["crm.lead"], own.id),
            ({"crm.lead": 1}, own.id),
            ("res.users", self.colleague.id),
            (None, None),
        ):
            with self.subTest(record=record):
                shown = show(*record)
                self.assertEqual(shown["subject"], "{{ record_name }}")
                self.assertIn("{{ record_name }}", shown["html"])
        mail = {"name": "Theirs", "channel": "email", "subject": "x", "body": "x"}
        templates = self.env["kala.template"]
        theirs = templates.create({**mail, "company_id": self.other_company.id})
        anothers = templates.with_user(self.colleague).create(mail)
        for template in (theirs, anothers):
            with self.assertRaises(AccessError):
                template.with_user(self.salesman).get_mail_preview()

    def test_em3_the_mail_itself(self):
        """EM3, EM4: a rule's e-mail has the design, the details of its sender, the text without
        marks in the log, and a part for those who read no HTML."""
        sender = self.env["kala.sender"].create(
            {"email": "office@our.example.com", "name": "Office", "footer_name": "Our Shop Ltd"}
        )
        sender.state = "verified"
        order = self.order()
        self.dana.lang = "he_IL"
        message = order.kala_send("email", template=self.ready)
        self.assertIn(order.name, message.body)
        self.assertNotIn("|", message.body)
        self.assertIn("מוכנה", message.subject)
        message.sudo().sender_id = sender
        self.run_email_job()
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.mail_message_id.id)])
        self.assertIn("<!DOCTYPE html>", mail.body_html)
        self.assertIn("Our Shop Ltd", mail.body_html)
        self.assertIn('dir="rtl"', mail.body_html)
        self.assertNotIn("<b>Cohen", mail.body_html)
        plain = mail._prepare_outgoing_list()[0]["body_alternative"]
        self.assertIn(f": {order.name}", plain)
        self.assertTrue(plain.endswith(sender.footer_website or sender._footer_lines()[-1]))

    def test_em3_an_edited_text_keeps_the_design(self):
        """SE3: the composer shows the text without marks; edited, it is text and nothing else."""
        order = self.order()
        _subject, shown = self.ready._render(order)
        untouched = order.kala_send("email", body=shown, template=self.ready, subject="S")
        self.assertIn("# ", untouched.sudo().template_values["source"])
        edited = order.kala_send("email", body="# no title\n\nBye", template=self.ready)
        self.assertEqual(edited.body, "# no title\n\nBye")
        html = self.env["kala.email.outbox"]._body_html(edited.sudo())
        self.assertNotIn("<h1", html)
        self.assertIn("# no title", html)

    def test_em3_a_mass_send_has_the_design(self):
        """EM3, BR1: each contact's e-mail in his language; a text that was edited keeps the marks
        that its writer sees."""
        noa = self.customer("Noa", email="noa@example.com", lang="he_IL")
        template = self.env.ref("kala_comm.mail_birthday")
        for body, html in ((False, "<h1"), ("# Hi {{ first_name }}", "<h1")):
            send = self.env["kala.mass.send"].create(
                {
                    "name": "Birthday",
                    "model": "res.partner",
                    "record_ids": (noa | self.dana).ids,
                    "channel": "email",
                    "template_id": template.id,
                    "subject": template.subject,
                    "body": body,
                }
            )
            texts = send._texts(send._ways()[0], [noa, self.dana])
            for text in texts:
                made = template._mail_html(text["template_values"], self.company)
                self.assertIn(html, made)
                self.assertNotIn("#", text["body"])
            self.assertEqual("שמח" in texts[0]["body"], not body)

    def test_wi4_a_waiting_mail_with_a_design_is_changed(self):
        """WI4: another subject or time leaves the design's titles and rows; another text stands in
        the design, with nothing that it would take for a mark; and the dialog says so."""
        later = fields.Datetime.now() + timedelta(days=1)
        message = self.order().kala_send("email", template=self.ready, send_after=later)
        for body, has_marks in ((message.body, True), ("Come on Monday\n\n# 5", False)):
            change = self.env["kala.change"].create(
                {"communication_id": message.id, "subject": "New", "body": body, "send_when": "now"}
            )
            self.assertEqual((change.is_approved, change.is_designed), (False, True))
            change.action_save()
            message.invalidate_recordset()
            self.assertEqual((message.subject, message.body), ("New", body.strip()))
            html = self.env["kala.email.outbox"]._body_html(message.sudo())
            self.assertEqual("<h1" in html, has_marks)
            self.assertIn("<title>New</title>", html)
        self.assertIn("# 5", html)
        self.assertEqual(message.template_values["design"], self.ready.design)
