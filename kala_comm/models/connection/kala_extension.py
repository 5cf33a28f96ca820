from odoo import api, fields, models


class KalaExtension(models.Model):
    """Whose desk an extension of the PBX is (RE1)."""

    _name = "kala.extension"
    _description = "PBX Extension"
    _inherit = ["kala.guarded", "kala.hidden.name"]
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
    user_id = fields.Many2one(
        "res.users",
        required=True,
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    user_warning = fields.Char(string="Warning", compute="_compute_user_warning")

    _number_uniq = models.UniqueIndex(
        "(connection_id, number)", "The connection already has this extension."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._trimmed(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._trimmed(vals))

    @api.model
    def _trimmed(self, vals):
        """A blank that was typed along is no part of the number that the PBX names."""
        return dict(vals, number=vals["number"].strip()) if vals.get("number") else vals

    @api.depends("user_id.active", "user_id.share", "user_id.company_ids", "company_id")
    def _compute_user_warning(self):
        for extension in self:
            extension.user_warning = extension.user_id._kala_mapping_warning(extension.company_id)
