from odoo import fields, models


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    viber_auth_token = fields.Char(
        string="Viber bot token",
        groups="base.group_system",
        copy=False,
        help="The authentication token of the bot, as Viber's admin panel shows it.",
    )
    viber_welcome = fields.Text(
        string="Greeting",
        translate=True,
        help="What somebody reads who opens the chat. Viber allows one message then; he may be "
        "written to again only after he has written himself. Empty: no greeting. [empty]",
    )
