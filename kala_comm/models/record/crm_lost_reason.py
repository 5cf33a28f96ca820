from odoo import fields, models


class CrmLostReason(models.Model):
    _inherit = "crm.lost.reason"

    kala_status_type_id = fields.Many2one(
        "kala.status.type",
        string="Status type",
        ondelete="restrict",
        help="What a lead lost for this reason means to settings and automations. Empty: lost.",
    )
