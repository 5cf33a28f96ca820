from odoo import fields, models


class ResPartner(models.Model):
    """Odoo knows no birthday of a customer; the ready-made rule asks for one (AU2)."""

    _inherit = "res.partner"

    kala_birthday = fields.Date(string="Birthday")
