import smtplib

from odoo import api, models

from .kala_email_handover import WATCH
from .kala_email_outbox import CARRIES
from .mail_message import NOTHING_CARRIED


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        if not self.env.context.get(CARRIES):
            self.env["kala.outgoing.email"].sudo()._log(mails)
        return mails

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        result = super().process_email_queue(email_ids=email_ids, batch_size=batch_size)
        # More of ours may wait for their turn.
        self.env["kala.email.outbox"]._wake()
        return result

    def write(self, vals):
        """What somebody wants sent again may leave again."""
        if vals.get("state") == "outgoing":
            self.env["kala.email.handover"].sudo()._unmark(self)
        return super().write(vals)

    def _send(self, auto_commit=False, raise_exception=False, smtp_session=None, **options):
        """Mails that carry messages of ours go one by one, each handed over once (DE3). Before each
        mail of a mass send the mails go that people have typed, also meanwhile (BR3)."""
        options.update(
            auto_commit=auto_commit, raise_exception=raise_exception, smtp_session=smtp_session
        )
        handover = self.env["kala.email.handover"].sudo()
        if self.env["ir.mail_server"]._disable_send():
            return super()._send(**options)
        # A typed mail may have been sent, and deleted, before its turn in the batch.
        mails = self.exists()
        ours = handover._carrying(mails)
        if mails - ours:
            super(MailMail, mails - ours)._send(**options)
        mass = handover._of_mass_sends(ours)
        tried = set(mails.ids)
        for mail in (ours - mass) + mass:
            if mail in mass:
                self._kala_send_typed(tried, auto_commit)
            if handover._take(mail):
                mail._kala_send(handover, options)
            elif auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
        return True

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """An e-mail with a design has a part that was written for those who read no HTML (EM3)."""
        prepared = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        text = self.env["kala.email.outbox"].sudo()._plain_of(self)
        for email in prepared if text else ():
            email["body_alternative"] = text
        return prepared

    def _kala_send_typed(self, tried, auto_commit):
        """Send what people have typed since the batch began: Odoo would do it after the batch.

        :param set tried: ids of mails that are in the batch, or were tried before; grows
        """
        typed = self.env["kala.email.handover"].sudo()._typed_mails(tried)
        if typed:
            tried.update(typed.ids)
            typed.send(auto_commit=auto_commit)

    def _kala_send(self, handover, options):
        with handover._watching(self, options["smtp_session"]) as watch:
            mail = self.with_context(**{WATCH: watch})
            try:
                return super(MailMail, mail)._send(**options)  # pylint: disable=super-method-mismatch
            except smtplib.SMTPServerDisconnected:
                handover._note_lost_connection(self, watch)
                raise

    def mark_outgoing(self):
        self.env["kala.outgoing.email"].sudo()._reopen(self)
        return super().mark_outgoing()

    def cancel(self):
        self.env["kala.outgoing.email"].sudo()._withdraw(self)
        return super().cancel()

    def unlink(self):
        """Their own messages go with them."""
        self.env["kala.outgoing.email"].sudo()._withdraw(self)
        return super(MailMail, self.with_context(**{NOTHING_CARRIED: True})).unlink()

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # Before Odoo deletes the mail.
        self.env["kala.outgoing.email"].sudo()._mirror(
            self, success_pids, success_emails, failure_reason, failure_type
        )
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
