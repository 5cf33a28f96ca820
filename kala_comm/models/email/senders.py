from odoo import api, models

from ...tools import const


class KalaOutbox(models.AbstractModel):
    """Who sends what: the lanes of the dispatcher texts, Odoo's mail the e-mails."""

    _inherit = "kala.outbox"

    @api.model
    def _wake_senders(self, communications):
        """Lanes send texts, now and at the first later moment; e-mails are Odoo's."""
        emails = communications.filtered(lambda c: c.channel == "email")
        for sender, members in (
            (self.env["kala.dispatcher"], communications - emails),
            (self.env["kala.email.outbox"], emails),
        ):
            later = [c.send_after for c in members if c.state == const.SCHEDULED]
            if members:
                sender._wake()
            if later:
                sender._wake(at=min(later))

    @api.model
    def _wake_all(self):
        """Something that waited may leave now: texts and e-mails."""
        self.env["kala.dispatcher"]._wake()
        self.env["kala.email.outbox"]._wake()
