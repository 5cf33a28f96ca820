from odoo import fields, models

#: Marks the deletion of messages that carry no mail of ours: it asks for none.
NOTHING_CARRIED = "kala_nothing_carried"


class MailMessage(models.Model):
    _inherit = "mail.message"

    message_type = fields.Selection(
        selection_add=[("kala", "Communication")],
        ondelete={"kala": lambda messages: messages.write({"message_type": "comment"})},
    )

    def unlink(self):
        """The database deletes their mails, without telling those."""
        if not self.env.context.get(NOTHING_CARRIED):
            mails = self.env["mail.mail"].sudo()
            mails = mails.search([("mail_message_id", "in", self.ids), ("state", "=", "outgoing")])
            self.env["kala.outgoing.email"].sudo()._withdraw(mails)
        return super().unlink()
