from odoo import api, fields, models


class BaseAutomation(models.Model):
    _inherit = "base.automation"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._kala_skip_past()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") or {"trigger", "trg_date_id", "action_server_ids"} & set(vals):
            self._kala_skip_past()
        return result

    def _kala_skip_past(self):
        """A time rule that sends messages never fires for the past (AU4): Odoo would start a new
        one at the beginning of time and write to everybody who ever matched."""
        now = fields.Datetime.now()
        for rule in self:
            sends = "kala_message" in rule.action_server_ids.mapped("state")
            if sends and "time" in (rule.trigger or ""):
                rule.last_run = now
