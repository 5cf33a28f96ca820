from odoo import api, fields, models, tools

from ...tools import const
from ...tools.phone import email_key
from ...tools.text import clean_text, one_line
from .kala_email_handover import WATCH

BODY_LIMIT = 100_000


class KalaOutgoingEmail(models.AbstractModel):
    """Outgoing e-mails of leads, orders and customers in the log: one communication for each
    outside address (docs/architecture.md, 3.12). Odoo sends them; their state is mirrored."""

    _name = "kala.outgoing.email"
    _description = "Outgoing E-mail in the Log"

    @api.model
    def _log(self, mails):
        """Log new mails, all at once. One that is made again for the same message and address
        (Odoo splits and repeats mails) is logged once."""
        rows = []
        mails = mails.filtered(lambda m: m.model in const.RECORD_MODELS and m.res_id)
        ours = self._inside(mails)
        for mail in mails:
            for key, partner in self._outside(mail):
                if key.value not in ours:
                    rows.append((mail, key, partner))
        if not rows:
            return
        known = self._known([self._request_key(mail, key) for mail, key, _partner in rows])
        vals_list, seen = [], set(known)
        for mail, key, partner in rows:
            request_key = self._request_key(mail, key)
            record = self.env[mail.model].browse(mail.res_id).exists()
            if record and request_key not in seen:
                seen.add(request_key)
                vals_list.append(self._prepare_vals(mail, key, partner, record, request_key))
        communications = self.env["kala.communication"].create(vals_list)
        self.env["kala.task"]._close(communications._answers())

    @api.model
    def _outside(self, mail):
        """:return: list of (ContactKey, partner or empty) of the addresses that are not ours"""
        found = {}
        for partner in mail.recipient_ids:
            key = email_key(partner.email)
            if key and partner.partner_share:
                found[key] = partner
        for key in self._typed(mail):
            found.setdefault(key, self.env["res.partner"])
        return list(found.items())

    @api.model
    def _typed(self, mail):
        """:return: list of ContactKey of the addresses that are written, not chosen"""
        typed = [*tools.email_split(mail.email_to or ""), *tools.email_split(mail.email_cc or "")]
        return [key for key in map(email_key, typed) if key]

    @api.model
    def _inside(self, mails):
        """:return: set of the typed addresses that are an employee's or a mailbox of ours: what
            they get is no communication
        Index: ``res_partner__email_normalized_index``."""
        typed = {key.value for mail in mails for key in self._typed(mail)}
        if not typed:
            return set()
        employees = self.env["res.partner"].search(
            [
                ("email_normalized", "in", list(typed)),
                ("partner_share", "=", False),
                ("user_ids", "!=", False),
            ]
        )
        lines = self.env["kala.line"].search(
            [("channel", "=", "email"), ("address", "in", list(typed))]
        )
        return {*employees.mapped("email_normalized"), *lines.mapped("address")}

    @api.model
    def _request_key(self, mail, key):
        return f"mail:{mail.mail_message_id.id}:{key.value}"

    @api.model
    def _known(self, keys):
        """Index: ``kala_communication_request_key_uniq``."""
        found = self.env["kala.communication"].search([("request_key", "in", keys)])
        return found.mapped("request_key")

    @api.model
    def _prepare_vals(self, mail, key, partner, record, request_key):
        message = mail.mail_message_id
        company = record.company_id or self.env.company
        author = message.author_id.user_ids.filtered(lambda u: not u.share)[:1]
        is_person = bool(author) and message.message_type in ("comment", "email")
        return {
            "channel": "email",
            "direction": "out",
            "state": const.QUEUED,
            "company_id": company.id,
            "line_id": self._line_of(company, mail).id,
            "contact_kind": key.kind,
            "contact_value": key.value,
            "contact_name": partner.name or False,
            "subject": one_line(mail.subject, 500) or False,
            "body": clean_text(tools.html2plaintext(message.body or mail.body_html or ""))[
                :BODY_LIMIT
            ],
            "user_id": author.id if is_person else False,
            "priority": const.PRIORITY_PERSON if is_person else const.PRIORITY_AUTOMATION,
            "mail_message_id": message.id,
            "attachment_ids": [(6, 0, mail.attachment_ids.ids)],
            "send_after": mail.scheduled_date or fields.Datetime.now(),
            "request_key": request_key,
            **self.env["kala.communication"]._attach_vals(record),
        }

    @api.model
    def _line_of(self, company, mail):
        """:return: the mailbox that it goes out from, empty where it is none of our lines"""
        addresses = [
            key.value for key in (email_key(mail.reply_to), email_key(mail.email_from)) if key
        ]
        return self.env["kala.line"].search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "email"),
                ("address", "in", addresses),
            ],
            limit=1,
        )

    # ------------------------------------------------------------------ state

    @api.model
    def _mirror(self, mails, success_pids, success_emails, failure_reason, failure_type):
        """Mirror what Odoo knows about its mails after a try to send.

        :param success_pids: ``res.partner`` that were sent to
        :param success_emails: addresses that were sent to
        """
        # Of a message that Odoo has split, another mail may carry the rest.
        communications = self._of_mails(mails)
        if not communications:
            return
        sent = {
            key.value
            for key in map(email_key, [*[p.email for p in success_pids], *success_emails])
            if key
        }
        if not failure_type:
            # Odoo counts those who get a copy with the first recipient, and does not name them.
            copies = (tools.email_split(mail.email_cc or "") for mail in mails)
            sent |= {key.value for of_mail in copies for a in of_mail if (key := email_key(a))}
        arrived = communications.filtered(lambda c: c.contact_value in sent)
        rows = [{"id": i, "state": const.SENT} for i in arrived.ids]
        watch = self.env.context.get(WATCH)
        is_unsure = bool(watch and watch.is_unsure)
        if failure_type and not is_unsure:
            rest = (communications - arrived).filtered(lambda c: c.state not in const.SENT_STATES)
            vals = self._prepare_failure_vals(mails, failure_type, failure_reason)
            rows += [{"id": i, **vals} for i in rest.ids]
        changed = self.env["kala.communication"]._apply_states(rows)
        self.env["kala.attempt"]._follow(changed)
        if failure_type:
            said = f"{failure_reason or ''} {mails[:1].failure_reason or ''}"
            self.env["kala.sender"]._note_refusal(communications, said)
        if is_unsure:
            self._set_unsure(mails, self.env["kala.email.handover"]._reason())
        if changed.mass_send_id:
            changed._mass_may_be_over()

    @api.model
    def _bounced(self, email_message, message_dict):
        """A message that was sent came back as undeliverable (DE1).

        :param email_message: the notice, ``email.message.EmailMessage``
        :param dict message_dict: as Odoo parsed it
        """
        key = email_key(message_dict.get("bounced_email"))
        message = message_dict.get("bounced_message")
        if not key or not message or not self._is_failure(email_message):
            return
        communications = self._of_messages(message).filtered(lambda c: c.contact_value == key.value)
        self.env["kala.sender"]._note_refusal(communications, self._bounce_reason(email_message))
        self.env["kala.communication"]._apply_states(
            [
                {
                    "id": communication.id,
                    # It may have been sent again since, and that one is under way.
                    "attempt": communication.attempt_count,
                    "state": const.FAILED,
                    "failure_kind": "address",
                    "failure_reason": self._bounce_reason(email_message)
                    or self.env._("The message came back as undeliverable."),
                }
                for communication in communications
            ]
        )

    @api.model
    def _of_messages(self, messages):
        """:return: the outgoing e-mails that belong to chatter messages
        Index: ``kala_communication_message_idx``."""
        return self.env["kala.communication"].search(
            [
                ("mail_message_id", "in", messages.ids),
                ("channel", "=", "email"),
                ("direction", "=", "out"),
            ]
        )

    @api.model
    def _of_mails(self, mails):
        """:return: those of them that these mails carry: Odoo may have split a message"""
        carried = {
            (mail.mail_message_id, key.value) for mail in mails for key, _p in self._outside(mail)
        }
        return self._of_messages(mails.mail_message_id).filtered(
            lambda c: (c.mail_message_id, c.contact_value) in carried
        )

    # ------------------------------------------------------------------ again

    @api.model
    def _reopen(self, mails):
        """Odoo tries mails again, by its own button: what failed or was taken back waits again."""
        communications = self._of_mails(mails)
        again = communications._put_back(communications, fields.Datetime.now(), by_person=True)
        # Odoo has them already: our own job must not hand them over as well.
        ours = again.filtered("send_key")
        ours._move("send", ours, const.SENDING)
        again._moved()

    @api.model
    def _set_unsure(self, mails, reason):
        """Nobody knows whether what these mails carry arrived (DE3)."""
        communications = self._of_mails(mails)
        unsure = communications._move(
            "lose",
            communications,
            const.UNKNOWN,
            columns={"failure_reason": reason, "failure_kind": None, "wait_reason": None},
        )
        self.env["kala.attempt"]._follow(unsure)
        unsure._moved()

    @api.model
    def _settle(self, communications):
        """A person knows that these arrived: Odoo does not offer to send their mails again, nor
        shows them as failed, once nothing that they carry is open.
        Index: ``kala_communication_message_idx``."""
        messages = communications.mail_message_id
        open_ones = self._of_messages(messages).filtered(lambda c: c.state not in const.SENT_STATES)
        messages -= open_ones.mail_message_id
        mails = self.env["mail.mail"].search(
            [("mail_message_id", "in", messages.ids), ("state", "=", "exception")]
        )
        self.env["mail.notification"].search(
            [("mail_mail_id", "in", mails.ids), ("notification_status", "=", "exception")]
        ).write({"notification_status": "sent", "failure_type": False, "failure_reason": False})
        mails.write({"state": "sent", "failure_type": False, "failure_reason": False})

    @api.model
    def _withdraw(self, mails):
        """Somebody cancels or deletes mails in Odoo: what they carry does not leave (DE1), and is
        no answer (TA3). Index: primary key."""
        mails = mails.filtered(lambda mail: mail.state == "outgoing")
        if not mails:
            return
        carried = self._of_mails(mails)
        cancelled = carried._move(
            "withdraw", carried, const.CANCELLED, columns={"wait_reason": None}
        )
        self.env["kala.attempt"]._end_taken_back(cancelled)
        cancelled._moved()

    @api.model
    def _send_again(self, communications, send_after):
        """Give failed communications back to Odoo: a mail to exactly those addresses, so that
        nobody gets it twice.

        :param datetime send_after: naive UTC
        """
        for message, same in communications.grouped("mail_message_id").items():
            mail = self.env["mail.mail"].search(
                [("mail_message_id", "=", message.id), ("state", "in", ("exception", "cancel"))],
                limit=1,
            )
            vals = self._prepare_again_vals(message, same, mail)
            if mail:
                mail.write(dict(vals, state="outgoing", failure_type=False, failure_reason=False))
            else:
                mail = self.env["mail.mail"].create(
                    dict(vals, mail_message_id=message.id, body_html=message.body)
                )
            self._wake(send_after)

    @api.model
    def _prepare_again_vals(self, message, communications, mail):
        """:return: recipients of a mail to these communications only"""
        wanted = set(communications.mapped("contact_value"))
        partners = (
            mail.recipient_ids | message.partner_ids | message.notified_partner_ids
        ).filtered(lambda p: (email_key(p.email) or ("", ""))[1] in wanted)
        rest = wanted - {email_key(partner.email).value for partner in partners}
        return {
            "recipient_ids": [(6, 0, partners.ids)],
            "email_to": ", ".join(sorted(rest)),
            "email_cc": False,
        }

    @api.model
    def _wake(self, at):
        """Let Odoo send its mails, when this transaction is over or later."""
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger(at=at)


class KalaCommunication(models.Model):
    _inherit = "kala.communication"

    def _settle_mails(self):
        """A person knows that these arrived: Odoo forgets that their mails failed."""
        emails = self.filtered(lambda c: c.channel == "email" and c.mail_message_id)
        self.env["kala.outgoing.email"].sudo()._settle(emails)

    def _hand_back_emails(self, send_after):
        """Odoo sends e-mails: those that it made itself go back to it, ours by our own job.

        :param datetime send_after: naive UTC
        """
        # Of many texts none is read.
        emails = self.search([("id", "in", self.ids), ("channel", "=", "email")])
        if emails:
            foreign = emails.filtered(lambda c: not c.send_key and c.mail_message_id)
            self.env["kala.outgoing.email"]._send_again(foreign, send_after)
            self.env["kala.email.outbox"]._wake(at=send_after)
