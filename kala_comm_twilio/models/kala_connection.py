from odoo import fields, models


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    twilio_account_sid = fields.Char(
        string="Account SID",
        groups="base.group_system",
        help="On the front page of Twilio's console; begins with AC.",
    )
    twilio_auth_token = fields.Char(
        string="Auth token",
        groups="base.group_system",
        copy=False,
        help="Beside the account SID. Messages from Twilio are proved with it: the "
        "account's own token is needed here, not an API key.",
    )
