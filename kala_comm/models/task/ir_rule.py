from odoo import api, models
from odoo.fields import Domain


class IrRule(models.Model):
    """Companies may share a customer; the task of what he wrote to one is not the others' (LO8).

    It is no rule in the database: that would name a field of ours, and while Odoo updates its own
    addons, which are loaded before ours, every look at an activity would end in an error.
    """

    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        domain = super()._compute_domain(model_name, mode)
        if model_name != "mail.activity" or self.env.su:
            return domain
        return domain & Domain.OR(
            [
                Domain("kala_company_id", "=", False),
                Domain("kala_company_id", "in", self.env.companies.ids),
                Domain("user_id", "=", self.env.uid),
            ]
        )
