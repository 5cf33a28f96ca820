from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    kala_contact = fields.Char(
        string="Contact",
        readonly=True,
        help="The contact whose messages wait for an answer.",
    )
    kala_count = fields.Integer(string="Messages", readonly=True)
    kala_communication_id = fields.Many2one(
        "kala.communication", string="Last message", readonly=True, ondelete="set null"
    )

    _kala_open_uniq = models.UniqueIndex(
        "(res_model, res_id, kala_contact) WHERE kala_contact IS NOT NULL AND active",
        "The contact already has an open task on this record.",
    )
