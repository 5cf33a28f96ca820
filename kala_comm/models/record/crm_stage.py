from odoo import fields, models


class CrmStage(models.Model):
    _inherit = "crm.stage"

    kala_status_type_id = fields.Many2one(
        "kala.status.type",
        string="Status type",
        ondelete="restrict",
        help="What this stage means to settings and automations. Empty: in progress.",
    )
