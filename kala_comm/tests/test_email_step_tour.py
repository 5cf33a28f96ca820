"""EM1–EM3: what people click to make the e-mail of a rule, in a real browser."""

from odoo.tests import tagged

from .test_email_step import EmailStepCase
from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestEmailStepTour(EmailStepCase, TourCommon):
    def _dispatch_bus(self):
        """Nothing here waits for the bus; and starting a rule takes off every patch of a create,
        since Odoo's automation rules are such patches."""

    def path(self, rule=None):
        action = self.env.ref("kala_comm.kala_rule_action")
        return f"/odoo/action-{action.id}/{rule.id if rule else 'new'}"

    def test_em3_an_e_mail_step_from_nothing(self):
        """EM1, EM2, EM3: recipients, sender, text from the library made one's own, seen, started;
        and the e-mail that it then makes."""
        self.tour(self.path(), "kala_comm_email_step", has_axe=True)
        rule = self.env["kala.rule"].search([("name", "=", "Greeting")])
        step = rule.action_ids
        self.assertEqual((rule.state, step.field_path), ("running", "partner_id.email"))
        self.assertEqual((step.typed, step.from_name), ("boss@example.com", "Office"))
        self.assertEqual(step.sender_id, self.sender)
        copy = step.template_id
        self.assertEqual((copy.library, copy.subject), (False, "We have got it"))
        self.assertEqual(self.env.ref("kala_comm.mail_thank_you").library, "designed")
        messages = self.sent(rule)
        self.assertEqual(
            sorted(messages.mapped("contact_value")), ["boss@example.com", "dana@example.com"]
        )
        self.assertEqual(set(messages.mapped("subject")), {"We have got it"})

    def test_em3_deleted_from_the_library(self):
        """EM3: a text in use cannot be deleted, and the message names the rule."""
        self.mail.name = "Used"
        spare = self.template("email", "Hello", "Spare")
        spare.name = "Spare"
        step = self.email_step(audience="fields", field_path="email_from")
        rule = self.rule(steps=(step,), start=False, name="Greeting")
        self.tour(self.path(rule), "kala_comm_mail_library_delete")
        self.assertTrue(self.mail.exists())
        self.assertFalse(spare.exists())

    def test_em2_on_any_screen(self):
        """EM2, EM3, AU3: on a laptop and on a phone, in English and in Hebrew."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                step = self.email_step(audience="fields", field_path="email_from")
                rule = self.rule(steps=(step,), start=False, name="Greeting")
                self.tour(self.path(rule), "kala_comm_rule_any_screen", size, lang)
                self.assertEqual(rule.action_ids.typed, "boss@example.com")
                self.assertTrue(rule.action_ids.template_id.library)

    def test_em3_the_library_in_three_widths(self):
        """EM3: every e-mail of the library laid out by a browser at 360, 600 and 1,000 pixels, in
        English and, right to left, in Hebrew."""
        self.tour("/odoo", "kala_comm_mail_widths")
        self.env["res.lang"]._activate_lang("he_IL")
        self.env["kala.template"]._load_library_terms(["he_IL"])
        self.dana.lang = "he_IL"
        self.tour("/odoo", "kala_comm_mail_widths_rtl", lang="he_IL")
