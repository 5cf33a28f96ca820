"""AU3, AU4: what people do to rules that nobody meant them to do."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DANA, NOA
from .rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestRuleBadInput(RuleCommon):
    def test_em3_a_template_in_use_is_deleted(self):
        """EM3: it is refused, and the message names the rules; so it is for a rule that is stopped,
        which would lack its text. A template that is used no more goes."""
        rule = self.rule(name="Greeting")
        for _state in ("running", "stopped"):
            with self.assertRaisesRegex(UserError, "used by these rules: Greeting"):
                self.sms.with_user(self.manager).unlink()
            rule.action_stop()
        rule.action_ids.template_id = self.template("sms", "Another")
        self.sms.with_user(self.manager).unlink()
        self.assertFalse(self.sms.exists())

    def test_em3_an_archived_template(self):
        """EM3: archiving takes a template off the lists; the rules that have it go on."""
        rule = self.rule()
        self.sms.active = False
        self.lead(phone=DANA)
        self.assertEqual(self.outcomes(rule), ["sent"])

    def test_em3_a_company_without_a_line(self):
        """EM3: a company that has no line at all is told so, and the rule does not start; a line
        that goes away later stops the rule with the sentence, and nothing is lost silently."""
        theirs = self.rule(start=False)
        theirs.sudo().company_id = self.other_company
        self.assertIn("No line for this channel", theirs.missing)
        with self.assertRaisesRegex(UserError, "No line for this channel"):
            theirs.sudo().action_start()
        rule = self.rule()
        self.lead(phone=DANA)
        self.env["kala.line"].search([("channel", "=", "sms")]).active = False
        self.run_rules()
        self.assertEqual((rule.state, self.rows(rule).state), ("stopped", "cancelled"))
        self.assertIn("No line for this channel", rule.stop_reason)

    def test_au3_somebody_who_may_not_read_the_record(self):
        """AU3: a user does his own activity on a lead that he may not read: his save is saved, the
        rule fires, and he learns nothing by it."""
        rule = self.rule(trigger="activity_done")
        lead = self.lead(phone=DANA, user_id=self.manager.id)
        activity = lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.salesman.id, summary="Call"
        )
        self.assertFalse(lead.with_user(self.salesman).has_access("read"))
        activity.with_user(self.salesman).write({"active": False})
        self.env.flush_all()
        self.assertEqual(self.outcomes(rule), ["sent"])
        self.assertFalse(rule.error)
        rows = self.rows(rule).with_user(self.salesman)
        self.assertFalse(rows.search([("id", "in", rows.ids)]))
        self.assertFalse(self.messages(rule).with_user(self.salesman).has_access("read"))

    def test_au4_two_rules_by_a_changed_field(self):
        """AU4: two rules listen to each other's field, and a server action of Odoo writes both of
        them: each fires once for the record in that transaction."""
        names = ("expected_revenue", "probability")
        rules = []
        for name in names:
            field = self.env["ir.model.fields"]._get("crm.lead", name)
            rules.append(self.rule(trigger="changed", changed_field_ids=[(6, 0, field.ids)]))
        lead = self.lead(phone=NOA, probability=5)
        self.env.flush_all()
        for value in (10, 20, 30):
            lead.write({"expected_revenue": value, "probability": value})
            self.env.flush_all()
        for rule in rules:
            self.assertEqual(self.outcomes(rule), ["sent"])
