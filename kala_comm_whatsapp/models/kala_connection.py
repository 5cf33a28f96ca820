from odoo import fields, models


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    meta_access_token = fields.Char(
        string="Access token",
        groups="base.group_system",
        copy=False,
        help="A permanent token of a system user with the permissions "
        "whatsapp_business_messaging and whatsapp_business_management.",
    )
    meta_app_secret = fields.Char(
        string="App secret",
        groups="base.group_system",
        copy=False,
        help="Proves that an event is from Meta. Without it every event is refused.",
    )
    meta_waba_id = fields.Char(
        string="WhatsApp Business account id",
        groups="base.group_system",
        help="With it, connecting finds the account's numbers and makes their lines.",
    )
    wabox_token = fields.Char(
        string="waboxapp token",
        groups="base.group_system",
        copy=False,
        help="The token of the account, as waboxapp shows it.",
    )
