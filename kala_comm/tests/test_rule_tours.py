"""What people click of rules and senders, in a real browser."""

from unittest.mock import patch

from odoo.tests import tagged

from .rule_common import RuleCommon
from .tour_common import TourCommon

CODE = "odoo.addons.kala_comm.models.email.kala_sender_code.secrets.randbelow"


@tagged("post_install", "-at_install")
class TestRuleTours(RuleCommon, TourCommon):
    def _dispatch_bus(self):
        """Nothing here waits for the bus; and starting a rule takes off every patch of a create,
        since Odoo's automation rules are such patches."""

    def test_au3_build_start_fire_stop(self):
        """AU2, AU3, AU5: a rule from nothing to its log, and stopped."""
        self.lead("Roof", phone="+972502345671")
        self.kitchen.unlink()
        action = self.env.ref("kala_comm.kala_rule_action")
        self.tour(f"/odoo/action-{action.id}/new", "kala_comm_rule")
        rule = self.env["kala.rule"].search([("name", "=", "Greeting")])
        self.assertEqual(rule.state, "running")
        self.lead("Bathroom", phone="+972522345678")
        self.run_rules()
        self.tour(f"/odoo/action-{action.id}/{rule.id}", "kala_comm_rule_log")
        self.assertEqual((rule.state, rule.sent_count), ("stopped", 1))
        self.assertEqual(self.messages(rule).contact_value, "+972522345678")

    def test_au7_waiting_steps(self):
        """AU7: a step is cancelled on its record."""
        rule = self.rule(steps=({}, {"wait": 2}, {"wait": 1}))
        lead = self.lead("Roof", phone="+972502345671", user_id=self.manager.id)
        self.run_rules()
        self.tour(f"/odoo/crm/{lead.id}", "kala_comm_waiting_steps")
        self.assertEqual(self.rows(rule).mapped("state"), ["sent", "cancelled", "waiting"])

    def test_au7_an_answer_ends_a_sequence(self):
        """AU7: three steps: the first has left, two wait on the record; the customer answers, and
        they are cancelled."""
        later = {"wait": 2, "only_if": "not_answered"}
        rule = self.rule(steps=({}, later, {**later, "wait": 1}), name="Greeting")
        self.kitchen.unlink()
        lead = self.lead("Roof", phone="+972502345671", user_id=self.manager.id)
        self.run_rules()
        self.tour(f"/odoo/crm/{lead.id}", "kala_comm_sequence_waits")
        simulate = self.env.ref("kala_comm.kala_simulate_action")
        self.tour(f"/odoo/action-{simulate.id}", "kala_comm_sequence_answer")
        self.assertEqual(lead.kala_communication_ids.mapped("direction").count("in"), 1)
        self.run_rules()
        self.assertEqual(self.rows(rule).mapped("state"), ["sent", "cancelled", "cancelled"])
        action = self.env.ref("kala_comm.kala_rule_action")
        self.tour(f"/odoo/action-{action.id}/{rule.id}", "kala_comm_sequence_ended")

    def test_em4_verify_a_sender(self):
        """EM4: the dialog, a wrong code, the right one."""
        action = self.env.ref("kala_comm.kala_sender_action")
        with patch(CODE, return_value=123456):
            self.tour(f"/odoo/action-{action.id}/new", "kala_comm_sender")
        sender = self.env["kala.sender"].search([("email", "=", "office@our.example.com")])
        self.assertEqual(sender.state, "verified")

    def test_em6_a_sender_in_use(self):
        """EM6: it stays, and the message names the rule."""
        sender = self.env["kala.sender"].create({"email": "o@our.example.com", "name": "O"})
        sender.state = "verified"
        mail = self.template("email", "Hello", "News")
        step = {"channel": "email", "template_id": mail.id, "sender_id": sender.id}
        self.rule(steps=(step,), start=False, name="Greeting")
        action = self.env.ref("kala_comm.kala_sender_action")
        self.tour(f"/odoo/action-{action.id}/{sender.id}", "kala_comm_sender_in_use")
        self.assertTrue(sender.exists())
