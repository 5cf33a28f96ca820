from odoo import fields
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestAutomation(KalaCommon):
    """AU1, AU4, AU6: the action "Send a message" in Odoo's automation rules."""

    def rule(self, xmlid):
        rule = self.env.ref(f"kala_comm.rule_{xmlid}")
        rule.active = True
        return rule

    def sent(self, record):
        field = record._kala_communication_field()
        return self.env["kala.communication"].search([(field, "=", record.id)])

    def test_delivered_rules_are_off(self):
        """AU1: the ready-made rules do nothing until somebody starts them."""
        lead = self.lead(phone=DANA)
        self.assertFalse(self.sent(lead))

    def test_order_confirmed(self):
        """AU1: a change of state sends by template, once, and names its rule (LO7)."""
        rule = self.rule("order_confirmed")
        order = self.order(self.customer(phone=DANA))
        order.write({"state": "sale"})
        sent = self.sent(order)
        self.assertEqual(len(sent), 1)
        self.assertIn(order.name, sent.body)
        self.assertEqual(sent.origin, f"base.automation,{rule.id}")
        order.write({"note": "x"})
        self.assertEqual(self.sent(order), sent)

    def test_status_type(self):
        """AU1: X and Y may be status types."""
        lost = self.env.ref("kala_comm.status_type_won")
        model = self.env["ir.model"]._get("crm.lead")
        self.env["base.automation"].create(
            {
                "name": "Won",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [(6, 0, self.env.ref("crm.field_crm_lead__stage_id").ids)],
                "filter_domain": f"[('kala_status_type_id', '=', {lost.id})]",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Send",
                            "model_id": model.id,
                            "state": "kala_message",
                            "kala_template_id": self.env.ref("kala_comm.template_new_lead").id,
                        },
                    )
                ],
            }
        )
        lead = self.lead(phone=DANA)
        self.assertFalse(self.sent(lead))
        lead.stage_id = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.assertEqual(len(self.sent(lead)), 1)

    def test_never_fails_the_save(self):
        """AU1: a lead without a phone is saved; the message that cannot be sent is kept."""
        self.rule("new_lead")
        lead = self.lead()
        self.assertTrue(lead.exists())
        self.assertEqual(self.sent(lead).mapped("failure_kind"), ["address"])

    def test_ceiling_stops_the_rule(self):
        """AU4: a rule that would send more than its ceiling stops and says so."""
        rule = self.rule("new_lead")
        self.env.ref("kala_comm.action_new_lead").kala_hourly_limit = 1
        first, second = self.lead(phone=DANA), self.lead(phone=NOA)
        self.assertEqual(len(self.sent(first)), 1)
        self.assertFalse(self.sent(second))
        self.assertFalse(rule.active)
        told = self.env["mail.message"].search([("subject", "ilike", rule.name)])
        self.assertTrue(told)

    def test_never_for_the_past(self):
        """AU4: a new time rule does not write to everybody who ever matched."""
        model = self.env["ir.model"]._get("crm.lead")
        rule = self.env["base.automation"].create(
            {
                "name": "Reminder",
                "model_id": model.id,
                "trigger": "on_time",
                "trg_date_id": self.env.ref("crm.field_crm_lead__date_deadline").id,
            }
        )
        self.assertFalse(rule.last_run)
        self.env["ir.actions.server"].create(
            {
                "name": "Send",
                "model_id": model.id,
                "base_automation_id": rule.id,
                "state": "kala_message",
                "kala_template_id": self.env.ref("kala_comm.template_new_lead").id,
            }
        )
        self.assertLess(abs((rule.last_run - fields.Datetime.now()).total_seconds()), 60)

    def test_failure_starts_a_rule(self):
        """AU6: a failed message starts a rule; a rule that breaks takes no result back."""
        model = self.env["ir.model"]._get("kala.communication")
        self.env["base.automation"].create(
            {
                "name": "Failed",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [
                    (6, 0, self.env.ref("kala_comm.field_kala_communication__failed_date").ids)
                ],
                "filter_domain": "[('state', '=', 'failed')]",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Mark",
                            "model_id": model.id,
                            "state": "code",
                            "code": "raise UserError('broken')",
                        },
                    )
                ],
            }
        )
        dana = self.customer(phone=DANA)
        sent = dana.kala_send("sms", body="x")
        with (
            self.provider_answers(SendResult.refused("rejected", "no")),
            self.assertLogs("odoo.addons.kala_comm.models.kala_dispatcher", "ERROR"),
        ):
            self.dispatch()
        self.assertEqual(sent.state, "failed")
