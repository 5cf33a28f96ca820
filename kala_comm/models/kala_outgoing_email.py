from odoo import api, fields, models, tools

from ..tools import const
from ..tools.phone import email_key
from ..tools.text import clean_text, one_line

#: Odoo's kinds of failure → ours.
FAILURES = {
    "mail_email_invalid": "address",
    "mail_email_missing": "address",
    "mail_from_invalid": "sender",
    "mail_from_missing": "sender",
    "mail_smtp": "connection",
    "mail_bl": "consent",
    "mail_optout": "consent",
    "mail_dup": "rejected",
}
MODELS = ("crm.lead", "sale.order", "res.partner")
BODY_LIMIT = 100_000


class KalaOutgoingEmail(models.AbstractModel):
    """Outgoing e-mails of leads, orders and customers in the log: one communication for each
    outside address (DESIGN 3.12). Odoo sends them; their state is mirrored."""

    _name = "kala.outgoing.email"
    _description = "Outgoing E-mail in the Log"

    @api.model
    def _log(self, mails):
        """Log new mails, all at once. One that is made again for the same message and address
        (Odoo splits and repeats mails) is logged once."""
        rows = []
        for mail in mails.filtered(lambda m: m.model in MODELS and m.res_id):
            for key, partner in self._outside(mail):
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
        by_person = communications.filtered(lambda c: c.priority == const.PRIORITY_PERSON)
        self.env["kala.task"]._close(
            by_person.filtered(lambda c: c.company_id.kala_task_closed_by_reply)
        )

    @api.model
    def _outside(self, mail):
        """:return: list of (ContactKey, partner or empty) of the addresses that are not ours"""
        found = {}
        for partner in mail.recipient_ids:
            key = email_key(partner.email)
            if key and partner.partner_share:
                found[key] = partner
        for address in tools.email_split(mail.email_to or ""):
            key = email_key(address)
            if key:
                found.setdefault(key, self.env["res.partner"])
        return list(found.items())

    @api.model
    def _request_key(self, mail, key):
        return f"mail:{mail.mail_message_id.id}:{key.value}"

    @api.model
    def _known(self, keys):
        """Index: ``kala_communication__request_key_uniq``."""
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
            "state": "queued",
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
        communications = self.env["kala.communication"].search(
            [
                ("mail_message_id", "in", mails.mail_message_id.ids),
                ("channel", "=", "email"),
                ("direction", "=", "out"),
            ]
        )
        if not communications:
            return
        sent = {
            key.value
            for key in map(email_key, [*[p.email for p in success_pids], *success_emails])
            if key
        }
        rows = []
        for communication in communications:
            if communication.contact_value in sent:
                rows.append({"id": communication.id, "state": "sent"})
            elif failure_type:
                rows.append(
                    {
                        "id": communication.id,
                        "state": "failed",
                        "failure_kind": FAILURES.get(failure_type, "rejected"),
                        "failure_reason": failure_reason or failure_type,
                    }
                )
        self.env["kala.communication"]._apply_states(rows)
