from odoo import api, fields, models, tools

from ..tools import const
from ..tools.phone import email_key, phone_key
from ..tools.text import clean_text, one_line
from .kala_matcher import Sender
from .kala_responsible import LEAD_RULES, TASK_RULES, Case

MODELS = ("crm.lead", "sale.order", "res.partner")
BODY_LIMIT = 100_000


class KalaIntake(models.AbstractModel):
    """Incoming e-mail (MX): Odoo's gateway receives it, the matcher says where it goes."""

    _inherit = "kala.intake"

    # ------------------------------------------------------------------ where it goes

    @api.model
    def _route_email(self, message, message_dict, route):
        """Redirect a route that would make a lead, if it came to a mailbox of ours.

        :param message: ``email.message.EmailMessage``
        :param dict message_dict: Odoo's parsed message
        :param tuple route: (model, thread id, custom values, user id, alias)
        :return: the route to take; None for an automatic answer that belongs nowhere
        """
        model, thread_id, custom_values, user_id, alias = route
        if model != "crm.lead" or thread_id:
            message_dict["kala_email"] = {"is_automatic": self._is_automatic(message)}
            return route
        line = self._email_line(message_dict)
        if not line:
            return route
        intake = self.with_company(line.company_id)
        parser = self.env["kala.email.parser"]._find(line, message_dict)
        found = parser._read(message_dict) if parser else {}
        key = intake._email_sender(message_dict, parser, found)
        # A form is sent by a machine, often from our own address: its rule says that it counts.
        is_automatic = not parser and self._is_automatic(message)
        if not parser and self._is_ours(key):
            intake._keep_automatic(line, key, message_dict)
            return None
        intake._hold_sender(line.company_id, key)
        match = intake._match_email(line, key, parser, message_dict)
        if match.model:
            facts = intake._email_facts(line, match)
            message_dict["kala_email"] = dict(facts, is_automatic=is_automatic)
            return match.model, match.res_id, custom_values, user_id, alias
        if is_automatic:
            intake._keep_automatic(line, key, message_dict)
            return None
        vals, rule = intake._prepare_email_lead_vals(line, key, match, found)
        message_dict["kala_email"] = intake._email_facts(line, match, rule)
        return model, False, {**(custom_values or {}), **vals}, user_id, alias

    @api.model
    def _email_line(self, message_dict):
        """:return: the line whose mailbox the e-mail was sent to, empty where it is none"""
        keys = [email_key(a) for a in tools.email_split(message_dict.get("recipients") or "")]
        addresses = [key.value for key in keys if key]
        return self.env["kala.line"].search(
            [("channel", "=", "email"), ("address", "in", addresses)], limit=1
        )

    @api.model
    def _is_automatic(self, message):
        """Out-of-office answers and other machines' mail must not make leads (RFC 3834)."""
        submitted = (message.get("Auto-Submitted") or "no").strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            not submitted.startswith("no")
            or precedence in ("auto_reply", "bulk", "junk")
            or bool(message.get("X-Autoreply") or message.get("X-Autorespond"))
            # Nobody can answer it: RFC 5321 wants this of every notice of a machine.
            or (message.get("Return-Path") or "").strip() == "<>"
        )

    @api.model
    def _is_ours(self, key):
        """Whether one of our mailboxes wrote it: a copy, a forward, a loop."""
        return bool(key) and bool(
            self.env["kala.line"].search_count(
                [("channel", "=", "email"), ("address", "=", key.value)], limit=1
            )
        )

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
        """Index: ``kala_communication__provider_uid_uniq``."""
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

    @api.model
    def _email_sender(self, message_dict, parser, found):
        """Who it is from: the address; of a form e-mail by setting what its content says."""
        own = email_key(message_dict.get("email_from"))
        if parser and parser.match_by == "phone" and found.get("phone"):
            region = (parser.company_id or self.env.company)._kala_region()
            return phone_key(found["phone"], region) or own
        if parser and parser.match_by == "email" and found.get("email_from"):
            return email_key(found["email_from"]) or own
        return own

    @api.model
    def _hold_sender(self, company, key):
        """Two first e-mails of one sender at the same moment: the second transaction fails here
        and is tried again by the mail server's job (DESIGN 3.4).

        Index: ``kala_email_sender__key_uniq``.
        """
        if not key:
            return
        self.env.cr.execute(
            """INSERT INTO kala_email_sender (company_id, kind, value, seen)
               VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT (company_id, kind, value)
                   DO UPDATE SET seen = EXCLUDED.seen""",
            [company.id, key.kind, key.value],
        )

    @api.model
    def _match_email(self, line, key, parser, message_dict):
        match = self.env["kala.matcher"]._match(
            line.company_id,
            [
                Sender(
                    keys=((key, 0),) if key else (),
                    date=fields.Datetime.now(),
                    family="email",
                    connection_id=line.connection_id.id,
                    reply_to=self._answered_uid(message_dict),
                )
            ],
        )[0]
        if parser and parser.match_by == "never":
            return match._replace(model="", res_id=0, rule="always_new")
        return match

    @api.model
    def _answered_uid(self, message_dict):
        """:return: Message-Id that is answered (MA7): of a mass e-mail Odoo knows no thread"""
        known = (message_dict.get("in_reply_to") or message_dict.get("references") or "").split()
        return known[-1] if known else ""

    @api.model
    def _email_facts(self, line, match, rule=False):
        """What the log keeps of the decision, carried to where the message is posted."""
        return {
            "line_id": line.id,
            "match_rule": match.rule,
            "candidates": match.candidates,
            "is_new": not match.model,
            "responsible_rule": rule,
        }

    @api.model
    def _prepare_email_lead_vals(self, line, key, match, found):
        """:return: (values of the new lead, rule that chose its responsible)"""
        company = line.company_id
        case = self._email_case(line, key, self.env["crm.lead"], match.partner_id)
        chosen = self.env["kala.responsible"]._choose(company, [case], LEAD_RULES)
        user, rule = chosen.get(0, (self.env["res.users"], False))
        vals = {
            "company_id": company.id,
            "partner_id": match.partner_id,
            "user_id": user.id,
            "source_id": line.source_id.id,
            "medium_id": line.medium_id.id,
            "campaign_id": line.campaign_id.id,
            "kala_origin": "email",
            **found,
        }
        if line.team_id:
            vals["team_id"] = line.team_id.id
        if match.partner_id:
            # The customer's own phone and e-mail are never overwritten (MA3).
            for name in ("phone", "email_from"):
                vals.pop(name, None)
        return vals, rule

    @api.model
    def _email_case(self, line, key, record, partner_id):
        return Case(
            n=0,
            family="email",
            line=line,
            key=key,
            record=record,
            partner=self.env["res.partner"].browse(partner_id or ()),
            extension="",
            date=fields.Datetime.now(),
        )

    # ------------------------------------------------------------------ the log

    @api.model
    def _log_email(self, record, message):
        """Log an e-mail that the gateway has posted on a lead, order or customer, with its task
        and notification; what an employee writes is no customer's message."""
        if record._name not in MODELS or len(record) != 1:
            return
        if message.author_id and not message.author_id.partner_share:
            return
        facts = self.env.context.get("kala_email") or {}
        company = record.company_id or self.env.company
        line = self.env["kala.line"].browse(facts.get("line_id") or ())
        key = email_key(message.email_from)
        user, rule = self._email_responsible(company, line, key, record, facts)
        # One message to two of our mailboxes may belong to two records: the second has no id.
        uid = not self._is_logged(line, message.message_id) and message.message_id
        is_automatic = bool(facts.get("is_automatic"))
        communication = self.env["kala.communication"].create(
            {
                "channel": "email",
                "direction": "in",
                "state": "received",
                "date": message.date or fields.Datetime.now(),
                "company_id": company.id,
                "line_id": line.id,
                "connection_id": line.connection_id.id,
                "kind": "automatic" if is_automatic else "text",
                "provider_uid": uid,
                "contact_kind": key.kind if key else False,
                "contact_value": key.value if key else False,
                "contact_name": one_line(message.author_id.name, 120) or False,
                "subject": one_line(message.subject, 500) or False,
                "body": clean_text(tools.html2plaintext(message.body or ""))[:BODY_LIMIT],
                "attachment_ids": [(6, 0, message.attachment_ids.ids)],
                "mail_message_id": message.id,
                "match_rule": facts.get("match_rule") or "thread",
                "candidates": facts.get("candidates") or False,
                "user_id": user.id,
                "responsible_rule": rule,
                **self.env["kala.communication"]._attach_vals(record),
            }
        )
        # An automatic answer stands on the record; it is nobody's work.
        if not is_automatic:
            self._follow_up_email(company, communication, user, bool(facts.get("is_new")))
        self.env["kala.live"]._changed(communication)

    @api.model
    def _follow_up_email(self, company, communication, user, is_new):
        """Make its task (TA1) and tell the responsible (NO1)."""
        tasks = self.env["kala.task"]
        if tasks._wanted(company, communication, is_new):
            tasks._create_for([(communication, user)])
        self.env["kala.notifier"]._notify(company, [(communication, user)])

    @api.model
    def _email_responsible(self, company, line, key, record, facts):
        """:return: (user, rule): of a new lead its own, else by RE3"""
        if facts.get("is_new") and record.user_id:
            return record.user_id, facts.get("responsible_rule") or "lead"
        case = self._email_case(line, key, record, record._kala_customer().id)
        chosen = self.env["kala.responsible"]._choose(company, [case], TASK_RULES["email"])
        return chosen.get(0, (self.env["res.users"], False))


class KalaEmailSender(models.Model):
    """Whose first e-mail is being handled: a row to meet at, nothing more (DESIGN 3.4)."""

    _name = "kala.email.sender"
    _description = "E-mail Sender"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    kind = fields.Selection(const.CONTACT_KINDS, required=True)
    value = fields.Char(required=True)
    seen = fields.Datetime(required=True)

    _key_uniq = models.UniqueIndex("(company_id, kind, value)", "The sender is known.")

    @api.autovacuum
    def _gc_senders(self):
        self.env.cr.execute(
            "DELETE FROM kala_email_sender WHERE seen < now() AT TIME ZONE 'UTC' - interval '1 day'"
        )
