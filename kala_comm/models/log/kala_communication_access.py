from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .kala_communication import FIELD_OF


class KalaCommunication(models.Model):
    """Who sees a communication (LO8): who may read the record it is attached to.

    A record rule cannot say it: rules are compiled as superuser, so that the rules of leads and
    orders would not apply inside (docs/architecture.md, 3.9).
    """

    _inherit = "kala.communication"

    @api.model
    def _readable_domain(self):
        """:return: domain of what the current user may see, by the attached record; who may read
        no leads at all sees the communications of customers all the same"""
        domain = Domain.FALSE
        for model, field in FIELD_OF.items():
            if model in self.env and self.env[model].has_access("read"):
                domain |= Domain(field, "any", []) & Domain("res_model", "=", model)
        if self.env.user.has_group("kala_comm.group_manager"):
            domain |= Domain("res_model", "=", False)
        return domain

    def _hidden_by_record(self):
        """:return: those of self whose record the user may not read"""
        is_manager = self.env.user.has_group("kala_comm.group_manager")
        hidden = self.browse()
        for model, attached in self.sudo()._narrow().grouped("res_model").items():
            if not model or model not in self.env:
                hidden |= self.browse() if is_manager else attached.with_env(self.env)
                continue
            narrow = self.env[model].with_context(prefetch_fields=False)
            records = narrow.browse(attached.mapped("res_id")).exists()
            readable = set(records._filtered_access("read").ids)
            others = attached.filtered(lambda c, readable=readable: c.res_id not in readable)
            hidden |= others.with_env(self.env)
        return hidden

    def _make_hidden_error(self, operation):
        return AccessError(
            self.env._(
                "You may not see this communication, since you may not see the record it is "
                "attached to. Ask a communication manager."
            )
        )
