from odoo import fields, models


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    telegram_bot_token = fields.Char(
        string="Telegram bot token",
        groups="base.group_system",
        copy=False,
        help="As BotFather shows it: digits, a colon, letters.",
    )
