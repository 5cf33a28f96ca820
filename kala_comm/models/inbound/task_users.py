from odoo import api, models


class KalaTask(models.AbstractModel):
    """Who may be given a task (RE6)."""

    _inherit = "kala.task"

    @api.model
    def _may_have(self, company, user, record):
        """:return: whether a user of a company may be given a task about a record"""
        return self.env["kala.responsible"]._is_usable(company, user, record)
