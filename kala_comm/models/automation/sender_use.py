from odoo import models


class KalaSender(models.Model):
    """Which rules send from a verified sender (EM6)."""

    _inherit = "kala.sender"

    def _rules_that_use(self):
        """:return: list of the names of the rules, stopped ones as well"""
        actions = self.env["ir.actions.server"].search([("kala_sender_id", "in", self.ids)])
        rules = actions.base_automation_id.with_context(active_test=False)
        alone = actions.filtered(lambda action: not action.base_automation_id)
        steps = self.env["kala.rule.action"].search([("sender_id", "in", self.ids)])
        names = [*steps.rule_id.mapped("name"), *rules.mapped("name"), *alone.mapped("name")]
        return list(dict.fromkeys(names))
