from odoo import fields, models
from odoo.exceptions import UserError


class KalaDismiss(models.TransientModel):
    """Put dead letters aside, many at once, with a reason (AD3)."""

    _name = "kala.dismiss"
    _description = "Dismiss Dead Letters"
    _inherit = ["kala.given"]

    item_ids = fields.Many2many("kala.inbound.item", readonly=True)
    reason = fields.Char(required=True)

    def action_dismiss(self):
        """:raise UserError: if there is no reason, or an item is not dead"""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Write why nothing is to be done about them."))
        # The browser says which: they are dismissed with the rights of the user.
        self.item_ids.with_user(self.env.user)._dismiss(self.reason.strip())
        return True
