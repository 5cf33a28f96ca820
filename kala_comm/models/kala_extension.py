from odoo import fields, models


class KalaExtension(models.Model):
    """Whose desk an extension of the PBX is (RE1)."""

    _name = "kala.extension"
    _description = "PBX Extension"
    _rec_name = "number"
    _order = "number"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "kala.connection",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    number = fields.Char(required=True)
    user_id = fields.Many2one("res.users", required=True, check_company=True)

    _number_uniq = models.UniqueIndex(
        "(connection_id, number)", "The connection already has this extension."
    )
