from odoo import api, models


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    @api.model
    def _get_model_info_by_xmlid(self):
        """The kinds of our tasks (TA1) are needed by the totals and by what comes in."""
        kinds = self.env["kala.task"]._TYPES.values()
        ours = {xmlid: {"res_model": False, "unlink": False} for xmlid in kinds}
        return {**super()._get_model_info_by_xmlid(), **ours}
