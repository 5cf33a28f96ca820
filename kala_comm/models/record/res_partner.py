from odoo import fields, models

from ...tools import const


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "kala.contact.mixin", "kala.communication.mixin"]

    # Until the contact points of a living database are filled, matching looks here too.
    phone_sanitized = fields.Char(index="btree_not_null")
    email_normalized = fields.Char(index="btree_not_null")
    kala_communication_ids = fields.One2many(
        "kala.communication", "partner_id", domain=const.LISTED_DOMAIN
    )

    _kala_last_communication_idx = models.Index(
        "(kala_last_communication_date DESC NULLS LAST, id DESC)"
    )

    def _kala_customer(self):
        return self

    def _kala_contacts(self):
        return self
