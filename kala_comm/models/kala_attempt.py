from odoo import fields, models

from ..tools import const


class KalaAttempt(models.Model):
    """One try to send a message; old tries stay visible (DE4)."""

    _name = "kala.attempt"
    _description = "Attempt to Send"
    _order = "communication_id, number DESC"
    _log_access = False

    communication_id = fields.Many2one(
        "kala.communication", required=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(required=True)
    date = fields.Datetime(required=True)
    state = fields.Selection(
        [
            ("sending", "Sending"),
            ("sent", "Accepted"),
            ("delivered", "Delivered"),
            ("retry", "To try again"),
            ("failed", "Refused"),
            ("unknown", "Unknown"),
        ],
        required=True,
    )
    failure_kind = fields.Selection(const.FAILURE_KINDS)
    failure_reason = fields.Char()
    code = fields.Char(string="Provider's code")
    provider_uid = fields.Char(string="Provider's id")
    http_status = fields.Integer()

    _uid_idx = models.Index("(provider_uid) WHERE provider_uid <> ''")
