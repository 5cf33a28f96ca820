from odoo import fields, models


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    messenger_page_token = fields.Char(
        string="Page access token",
        groups="base.group_system",
        copy=False,
        help="A token of the page that does not expire, with the permission pages_messaging; for "
        "Instagram, instagram_manage_messages too.",
    )
    messenger_app_secret = fields.Char(
        string="Messenger app secret",
        groups="base.group_system",
        copy=False,
        help="Proves that an event is from Meta. Without it every event is refused.",
    )
    messenger_human_agent = fields.Boolean(
        string="People answer for seven days",
        help="Meta allowed the app the tag HUMAN_AGENT: what a user types may leave until seven "
        "days after the contact wrote. Automatic messages keep to 24 hours. [off]",
    )
