from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import const

#: What a person may send again (DE4).
AGAIN = (const.FAILED, const.CANCELLED, const.UNKNOWN)


class KalaCommunication(models.Model):
    """What people do with outgoing messages: again, arrived, cancel, change (DE4, WI4)."""

    _inherit = "kala.communication"

    def action_resend(self):
        """Try failed, cancelled and unsure messages again, as a new attempt (DE4).

        :raise UserError: if one of them is on its way or has arrived, or is a call
        """
        self._check_outbox_right()
        wrong = self.filtered(lambda c: c.channel == "voice" or c.state not in AGAIN)
        if wrong:
            raise UserError(
                self.env._("Only failed, cancelled or unsure messages can be sent again.")
            )
        messages = self.sudo()
        messages._requeue(fields.Datetime.now(), by_person=True)
        messages._close_tasks()
        messages._moved()
        return True

    def action_resend_failed(self):
        """Try the selected messages again, none of which can have arrived (DE4).

        :raise UserError: if one of them may have arrived
        """
        unsure = self.filtered(lambda communication: communication.state == const.UNKNOWN)
        if unsure:
            raise UserError(
                self.env._(
                    "%s of the selected messages may have arrived. Select the failed ones only, or "
                    "press “Send again all the same”.",
                    len(unsure),
                )
            )
        return self.action_resend()

    def action_choose_template(self):
        """Write again with an approved template, which may be sent at any time (WA6)."""
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(
                self.env._("Attach the message to a record first, then write from there.")
            )
        action = record.with_context(kala_channel=self.channel).action_kala_compose()
        self.env["kala.composer"].browse(action["params"]["composer"])._write_to(self)
        return action

    def action_arrived(self):
        """A person knows that an unsure message arrived (docs/architecture.md, 3.6)."""
        self._check_outbox_right()
        if any(communication.state != const.UNKNOWN for communication in self):
            raise UserError(self.env._("Only messages in state Unknown need this answer."))
        messages = self.sudo()
        messages._apply_states([{"id": i, "state": const.SENT} for i in self.ids])
        messages._settle_mails()
        return True

    def action_cancel(self):
        """Cancel messages that have not left (WI4).

        :raise UserError: if one is being sent or was sent
        """
        self._check_outbox_right()
        messages = self.sudo()
        # One statement decides the race with the dispatcher's claim.
        cancelled = messages._move(
            "cancel", messages, const.CANCELLED, columns={"wait_reason": None}
        )
        if cancelled != messages:
            raise UserError(
                self.env._("Some of these messages have left already and cannot be cancelled.")
            )
        messages._moved()
        return True

    def action_open_change(self):
        """Change the text or the time of a message that has not left (WI4)."""
        self.ensure_one()
        self._check_outbox_right()
        if self.state not in const.UNSENT_STATES:
            raise UserError(self.env._("This message has left already and cannot be changed."))
        wizard = self.env["kala.change"].create(
            {
                "communication_id": self.id,
                "subject": self.subject,
                "body": self.body,
                "send_when": "later" if self.send_after > fields.Datetime.now() else "now",
                "send_after": self.send_after,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the Message"),
            "res_model": "kala.change",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _change(self, vals):
        """Change a message, unless it has left or a lane has taken it to send it (WI4). One
        statement decides the race with the dispatcher. Index: primary key.

        :param dict vals: columns, the state among them
        :return: whether it was changed
        """
        self.ensure_one()
        columns = dict(vals)
        changed = self._move(
            "wait",
            self,
            columns.pop("state"),
            which=SQL("(c.claimed_until IS NULL OR c.claimed_until < now() AT TIME ZONE 'UTC')"),
            columns=columns,
        )
        if changed:
            outbox = self.env["kala.outbox"]
            if self.mail_message_id:
                channels = dict(self._fields["channel"]._description_selection(self.env))
                self.mail_message_id.body = outbox._chatter_body(self, channels)
            self._moved()
            outbox._wake_senders(self)
        return bool(changed)

    def _check_outbox_right(self):
        self.check_access("read")
        for communication in self:
            if communication.direction != "out":
                raise UserError(self.env._("This works on outgoing messages only."))
            communication._record().check_access("write")
