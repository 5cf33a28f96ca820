from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import const
from ..connection.channel_fields import ChannelField, ContactKindField


class KalaConsent(models.Model):
    """The proof of each change of a permission: who, when, how (CO2). It is only ever added
    to."""

    _name = "kala.consent"
    _description = "Proof of Consent"
    _inherit = ["kala.hidden.name"]
    _order = "date DESC, id DESC"
    _rec_name = "contact_value"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    contact_kind = ContactKindField(required=True, readonly=True)
    contact_value = fields.Char(required=True, readonly=True)
    channel = ChannelField(required=True, readonly=True)
    purpose = fields.Selection(
        const.PURPOSES, string="What for", required=True, readonly=True, default="all"
    )
    allowed = fields.Boolean(readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    origin = fields.Char(readonly=True)
    # Who said so belongs to the proof.
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    _contact_idx = models.Index("(contact_kind, contact_value, date DESC)")

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("A proof of consent cannot be changed. Record a new answer.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A proof of consent cannot be deleted. Record a new answer."))
