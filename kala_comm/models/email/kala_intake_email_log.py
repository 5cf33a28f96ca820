from odoo import api, fields, models, tools

from ...tools import const
from ...tools.phone import email_key
from ...tools.text import clean_text, one_line
from ..inbound.kala_intake import NEWEST, OLDEST
from ..inbound.kala_responsible import TASK_RULES
from ..inbound.values import Case
from .values import EmailFacts

BODY_LIMIT = 100_000


class KalaIntake(models.AbstractModel):
    """Incoming e-mail in the log, with its task and notification (LO1, TA1, NO1)."""

    _inherit = "kala.intake"

    @api.model
    def _log_email(self, record, message):
        """Log an e-mail that the gateway has posted on a lead, order or customer, with its task
        and notification; what an employee writes is no customer's message."""
        if record._name not in const.RECORD_MODELS or len(record) != 1:
            return
        facts = EmailFacts.carried(self.env)
        is_ours = message.author_id and not message.author_id.partner_share
        # A form comes from our own site, often with our own address. Odoo posts an e-mail that
        # names nobody as its own.
        if is_ours and not facts.is_form and not facts.is_nameless:
            return
        line = self.env["kala.line"].browse(facts.line_id or ())
        company = (
            record.company_id
            or line.company_id
            or self._company_of(facts.answers)
            or self.env.company
        )
        line = line.filtered(lambda own: own.company_id == company)
        key = self._logged_key(message, facts)
        user, rule = self._email_responsible(company, line, key, record, facts)
        communication = self.env["kala.communication"].create(
            {
                **self._prepare_email_vals(company, line, message, facts),
                "user_id": user.id,
                "responsible_rule": rule,
                **self.env["kala.communication"]._attach_vals(record),
            }
        )
        # An automatic answer stands on the record; it makes no task.
        if not facts.is_automatic:
            self.env["kala.task"]._wake(communication)
            self._follow_up_email(
                company, communication, user, facts.is_new, must=facts.is_nameless
            )
        self.env["kala.live"]._changed(communication)
        communication._show_waiting()

    @api.model
    def _prepare_email_vals(self, company, line, message, facts):
        key = self._logged_key(message, facts)
        # One message to two of our mailboxes may belong to two records: the second has no id.
        uid = not self._is_logged(line, message.message_id) and message.message_id
        return {
            "channel": "email",
            "direction": "in",
            "state": "received",
            "date": self._email_date(message),
            "company_id": company.id,
            "line_id": line.id,
            "connection_id": line.connection_id.id,
            "kind": "automatic" if facts.is_automatic else "text",
            "provider_uid": uid,
            "contact_kind": key.kind if key else False,
            "contact_value": key.value if key else False,
            "contact_name": self._logged_name(message, facts),
            "subject": one_line(message.subject, 500) or False,
            "body": clean_text(tools.html2plaintext(message.body or ""))[:BODY_LIMIT],
            "attachment_ids": [(6, 0, message.attachment_ids.ids)],
            "mail_message_id": message.id,
            "match_rule": facts.match_rule or "thread",
            "candidates": facts.candidates or False,
        }

    @api.model
    def _company_of(self, uid):
        """Find the company of a message of ours. An answer in the thread of a customer whom
        companies share is for the company that wrote to him, not for the company that fetches it.
        Indexes: ``mail_message__message_id_index``, ``kala_communication_message_idx``.

        :param str uid: Message-Id that is answered, perhaps empty
        :return: ``res.company``, empty where it is unknown
        """
        if not uid:
            return self.env["res.company"]
        message = self.env["mail.message"].search([("message_id", "=", uid)], limit=1)
        sent = message and self.env["kala.communication"].search(
            [("mail_message_id", "=", message.id)], limit=1
        )
        return sent and sent.company_id or message.record_company_id

    @api.model
    def _email_date(self, message):
        """An e-mail is as old as it says, unless the sender's clock is wrong: an e-mail with a date
        in 2038 would be the last communication for years."""
        now = fields.Datetime.now()
        date = message.date or now
        return date if now - OLDEST <= date <= now + NEWEST else now

    @api.model
    def _logged_key(self, message, facts):
        """:return: ContactKey of whom one answers, None where nobody is named"""
        if facts.contact:
            return facts.contact
        return None if facts.is_nameless else email_key(message.email_from)

    @api.model
    def _logged_name(self, message, facts):
        author = facts.told if facts.is_nameless else message.author_id.name
        return one_line(facts.contact_name or author, 120) or False

    @api.model
    def _follow_up_email(self, company, communication, user, is_new, must=False):
        """Make its task (TA1) and tell the responsible (NO1).

        :param bool must: whatever the settings say: nobody can answer it, so somebody must look
        """
        tasks = self.env["kala.task"]
        if must or tasks._wanted(company, communication, is_new):
            tasks._create_for([(communication, user)])
        self.env["kala.notifier"]._notify(company, [(communication, user)])

    @api.model
    def _email_responsible(self, company, line, key, record, facts):
        """:return: (user, rule): of a new lead its own, else by RE3"""
        if facts.is_new and record.user_id:
            return record.user_id, facts.responsible_rule or "lead"
        case = Case.of(self._email_arrival(line, key), record, record._kala_customer())
        chosen = self.env["kala.responsible"]._choose(company, [case], TASK_RULES["email"])
        return chosen.get(0, (self.env["res.users"], False))

    # ------------------------------------------------------------------ automatic answers

    @api.model
    def _keep_automatic(self, line, key, message_dict):
        """An automatic answer that belongs nowhere makes no lead; managers find it in the log."""
        if self._is_logged(line, message_dict.get("message_id")):
            return
        self.env["kala.communication"].create(
            {
                "channel": "email",
                "direction": "in",
                "state": "received",
                "kind": "automatic",
                "company_id": line.company_id.id,
                "line_id": line.id,
                "connection_id": line.connection_id.id,
                "provider_uid": message_dict.get("message_id"),
                "contact_kind": key.kind if key else False,
                "contact_value": key.value if key else False,
                "subject": one_line(message_dict.get("subject"), 500) or False,
                "body": clean_text(tools.html2plaintext(message_dict.get("body") or ""))[
                    :BODY_LIMIT
                ],
                "match_rule": "automatic",
            }
        )

    @api.model
    def _is_logged(self, line, uid):
        """Index: ``kala_communication_provider_uid_uniq``."""
        return bool(
            self.env["kala.communication"].search_count(
                [
                    ("connection_id", "=", line.connection_id.id),
                    ("direction", "=", "in"),
                    ("provider_uid", "=", uid),
                ],
                limit=1,
            )
        )
