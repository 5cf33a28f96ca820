from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    message_type = fields.Selection(
        selection_add=[("kala", "Communication")],
        ondelete={"kala": lambda messages: messages.write({"message_type": "comment"})},
    )

    def unlink(self):
        """The database deletes their mails, without telling those."""
        mails = self.env["mail.mail"].sudo()
        mails = mails.search([("mail_message_id", "in", self.ids), ("state", "=", "outgoing")])
        self.env["kala.outgoing.email"].sudo()._withdraw(mails)
        return super().unlink()
