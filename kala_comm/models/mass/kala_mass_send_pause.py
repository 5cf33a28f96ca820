from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import const

#: Where the messages of a paused mass send wait.
NEVER = "9999-01-01"


class KalaMassSend(models.Model):
    """Buttons that hold, resume, cancel and repeat a mass send (BR2)."""

    _inherit = "kala.mass.send"

    def action_pause(self):
        """Keep the messages that have not left until somebody resumes."""
        wrong = self.filtered(lambda m: m.state not in ("preparing", "sending"))
        if wrong:
            raise UserError(self.env._("Only a mass send that is under way can be paused."))
        self.check_access("write")
        self.sudo().write({"state": "paused"})
        self._take_back_emails()
        self._move_waiting(const.SCHEDULED, NEVER)
        self._wake_soon()
        return True

    def action_resume(self):
        """Send the messages that were kept."""
        if any(mass.state != "paused" for mass in self):
            raise UserError(self.env._("Only a paused mass send can be resumed."))
        self.check_access("write")
        now = fields.Datetime.now()
        for mass in self.sudo():
            mass.state = "sending" if mass.is_prepared else "preparing"
            # Its own time may still be to come.
            later = bool(mass.send_after and mass.send_after > now)
            mass._move_waiting(
                const.SCHEDULED if later else const.QUEUED,
                fields.Datetime.to_string(mass.send_after if later else now),
            )
        self._wake()
        self._wake_senders()
        return True

    def action_cancel(self):
        """Cancel the messages that have not left."""
        if any(mass.state in ("done", "cancelled") for mass in self):
            raise UserError(self.env._("This mass send is over already."))
        self.check_access("write")
        # Who would get a draft is of no use any more, nor how many would not.
        self.filtered(lambda mass: mass.state == "draft")._forget_check()
        self.sudo().write({"state": "cancelled"})
        self._take_back_emails()
        self._move_waiting(const.CANCELLED, None)
        self._wake_soon()
        return True

    def action_retry_failed(self):
        """Send the failed ones again, as new attempts; while it is paused they wait with the
        others."""
        if any(mass.state in ("draft", "cancelled") for mass in self):
            raise UserError(self.env._("Only a mass send that was started can be retried."))
        self.check_access("write")
        failed = (
            self.env["kala.communication"]
            .sudo()
            .search([("mass_send_id", "in", self.ids), ("state", "=", const.FAILED)])
        )
        if not failed:
            raise UserError(self.env._("Nothing failed here."))
        # What follows is done for all at once: of 100,000 messages none is read.
        self.sudo()._go_on_with(failed._requeue(fields.Datetime.now(), by_person=True))
        self._hold_if_paused()
        return True

    def _move_waiting(self, state, send_after):
        """Move the messages that have not left. It is one statement, so that a lane takes a message
        either before it or not at all. Messages that are being sent stay as they are, and rows that
        need no change are not written.

        Index: ``kala_communication_mass_state_idx``.
        """
        if not self:
            return
        self.flush_recordset()
        moment = SQL("COALESCE(%s::timestamp, c.send_after)", send_after)
        # Nothing follows: nobody watches the single messages of a mass send.
        self.env["kala.communication"]._move(
            "cancel" if state == const.CANCELLED else "wait",
            None,
            state,
            which=SQL(
                "c.mass_send_id = ANY(%s) AND (c.state <> %s OR c.send_after <> %s)",
                self.ids,
                state,
                moment,
            ),
            columns={
                "send_after": moment,
                "wait_reason": "person" if state == const.SCHEDULED else None,
                "claim_token": None,
                "claimed_until": None,
            },
        )

    def _hold_if_paused(self):
        """Messages that come back to the queue of a paused mass send wait with the others (BR2)."""
        paused = self.filtered(lambda m: m.state == "paused")
        paused._move_waiting(const.SCHEDULED, NEVER)

    @api.model
    def _go_on_with(self, communications):
        """A mass send of which a message waits again is not done. Index: primary keys."""
        over = [("state", "=", "done"), ("communication_ids", "in", communications.ids)]
        self.search(over).write({"state": "sending"})

    def _take_back_emails(self):
        """Take the e-mails back from Odoo that it has not sent yet."""
        emails = self.filtered(lambda m: m.channel == "email")
        in_hand = self.env["kala.communication"].sudo()
        if emails:
            in_hand = in_hand.search(
                [("mass_send_id", "in", emails.ids), ("state", "=", const.SENDING)]
            )
        self.env["kala.email.outbox"].sudo()._take_back(in_hand)

    def _wake_senders(self):
        """Lanes send texts; e-mails are Odoo's."""
        if any(mass.channel == "email" for mass in self):
            self.env["kala.email.outbox"]._wake()
        if any(mass.channel != "email" for mass in self):
            self.env["kala.dispatcher"]._wake()
