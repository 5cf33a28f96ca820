from odoo import api, fields, models

from ..connection.channel_fields import ContactKindField


class KalaEmailSender(models.Model):
    """A sender whose e-mail is being handled. Two transactions that handle e-mails of one sender
    meet at this row, and one of them fails and is tried again (docs/architecture.md, 3.4)."""

    _name = "kala.email.sender"
    _description = "E-mail Sender"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    kind = ContactKindField(required=True)
    value = fields.Char(required=True)
    seen = fields.Datetime(required=True)

    _key_uniq = models.UniqueIndex("(company_id, kind, value)", "The sender is known.")

    @api.autovacuum
    def _gc_senders(self):
        self.env.cr.execute(
            "DELETE FROM kala_email_sender WHERE seen < now() AT TIME ZONE 'UTC' - interval '1 day'"
        )
