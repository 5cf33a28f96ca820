from markupsafe import Markup, escape

from odoo import api, models
from odoo.tools import clean_context

from ...tools import const


class KalaOutbox(models.AbstractModel):
    """Prepared messages become rows of the log that the lanes find."""

    _inherit = "kala.outbox"

    @api.model
    def _queue(self, vals_list):
        """Create the messages, their chatter lines, close the answered tasks, wake the dispatcher
        when this transaction commits, and mark as read what is answered."""
        # Default values of the form that it was asked from are meant for other models: Odoo's own
        # action names a template of its own like that.
        self = self.with_context(clean_context(self.env.context))
        # None of them is a real communication yet: what leaves tells so itself (LO6).
        communications = (
            self.env["kala.communication"]
            .sudo()
            .create([{**vals, "recency_pending": False} for vals in vals_list])
        )
        self._own_lent_files(communications)
        live = communications.filtered(lambda c: c.state != const.FAILED)
        self._write_chatter(live)
        live._close_tasks()
        # Defined where conversations are listed: conversation/waiting_news.py.
        live._show_waiting()
        communications._show_state()
        # Defined where all who send are known: email/senders.py.
        self._wake_senders(live)
        self.env["kala.read.mark"]._answered(communications)
        return communications.sudo(False)

    @api.model
    def _write_chatter(self, communications):
        """A line for what a person writes; automatic and mass messages only by setting (LO1);
        none for what Odoo has written there already."""
        wanted = communications.filtered(
            lambda c: (
                not c.mail_message_id
                and c.res_model
                and c.kind != "reaction"
                and (c.priority == const.PRIORITY_PERSON or c.company_id.kala_chatter_automatic)
            )
        )
        author = self.env.user.partner_id
        channels = dict(communications._fields["channel"]._description_selection(self.env))
        messages = self.env["kala.chatter"]._write(
            [
                (
                    c._record(),
                    self._chatter_body(c, channels),
                    (author.id, author.email_formatted),
                    c.company_id,
                )
                for c in wanted
            ]
        )
        for communication, message in zip(wanted, messages, strict=True):
            communication.mail_message_id = message

    @api.model
    def _chatter_body(self, communication, channels):
        head = f"{channels[communication.channel]} → {communication.contact_display}"
        body = Markup("<br/>").join(
            escape(line) for line in (communication.body or "").splitlines()
        )
        return Markup("<b>%s</b><br/>%s") % (head, body)
