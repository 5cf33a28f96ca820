from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    message_type = fields.Selection(
        selection_add=[("kala", "Communication")],
        ondelete={"kala": lambda messages: messages.write({"message_type": "comment"})},
    )
