from odoo import api, fields, models

from .ir_actions_server import GATHERED, Gathered


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

    def _filter_pre(self, records, feedback=False):
        """A condition on what was before reads fields while one that they depend on is being
        computed. Nobody tells those that are not stored when it has its new value: the status
        type of an order would stay that of the status which the order has left (AU1)."""
        result = super()._filter_pre(records, feedback=feedback)
        for changed in self.env.context.get("changed_fields") or ():
            for dependent in self.env.registry.get_dependent_fields(changed):
                if not dependent.store:
                    self.env[dependent.model_name].invalidate_model([dependent.name], flush=False)
        return result

    def _process(self, records, domain_post=None):
        """Odoo runs each action once for each record; messages are queued for all of them at once,
        after the rule's other actions (AU1)."""
        gathered = Gathered()
        rule = self.with_context(**{GATHERED: gathered})
        result = super(BaseAutomation, rule)._process(records, domain_post=domain_post)
        gathered.run()
        return result
