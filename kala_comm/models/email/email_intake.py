from odoo import api, fields, models, tools
from odoo.tools.mail import decode_message_header

from ...tools import const
from ...tools.phone import ContactKey, email_key, phone_key
from ...tools.text import clean_text, one_line
from ..connection.channel_fields import ContactKindField
from ..inbound.kala_intake import NEWEST, OLDEST
from ..inbound.kala_responsible import LEAD_RULES, TASK_RULES
from ..inbound.values import Arrival, Case, Sender

BODY_LIMIT = 100_000
#: Headers that name a mailbox it was sent to, likeliest first; of a blind copy only the last ones
#: do.
RECIPIENTS = ("To", "Cc", "Resent-To", "Resent-Cc", "Delivered-To", "X-Original-To")


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
        line = self._email_line(message)
        # Of several routes the first one that is ours says it.
        if "kala_email" not in message_dict:
            message_dict["kala_email"] = self._email_facts_of(message, message_dict, line)
        if model != "crm.lead" or thread_id or not line:
            return route
        intake = self.with_company(line.company_id)
        parser = self.env["kala.email.parser"]._find(line, message_dict)
        if parser:
            return intake._route_form(message_dict, route, line, parser)
        key = email_key(message_dict.get("email_from"))
        is_automatic = message_dict["kala_email"]["is_automatic"]
        if self._is_ours(key) or (is_automatic and self._is_employee(key)):
            intake._keep_automatic(line, key, message_dict)
            return None
        if self._is_employee(key):
            # He passes something on: it is new, as ever, and no matter of his own contact.
            return route
        intake._hold_senders(line.company_id, [key])
        match = intake._match_email(line, [key], message_dict)
        if match.model:
            message_dict["kala_email"].update(intake._email_facts(line, match))
            return match.model, match.res_id, custom_values, user_id, alias
        if is_automatic:
            intake._keep_automatic(line, key, message_dict)
            return None
        return intake._route_new_lead(message_dict, route, line, key, match)

    @api.model
    def _route_form(self, message_dict, route, line, parser):
        """A form e-mail is sent by a machine, often from our own address: who it is from and that
        it counts is said by its rule (MX2)."""
        model, _thread_id, custom_values, user_id, alias = route
        found = parser._read(message_dict)
        keys = parser._contacts(message_dict, found)
        self._hold_senders(line.company_id, keys)
        match = self._match_email(line, keys, message_dict)
        if parser.match_by == "never":
            match = match._replace(model="", res_id=0, rule="always_new")
        sender = email_key(message_dict.get("email_from"))
        key = next(iter(keys), sender)
        contact = email_key(found.get("email_from")) if parser.match_by != "sender" else sender
        contact = contact or key
        message_dict["kala_email"] = {
            "is_form": True,
            "line_id": line.id,
            "as_it_came": message_dict["kala_email"].get("as_it_came"),
            # Whom one answers is the person, not the machine that wrote for him.
            "contact": contact and list(contact),
            "contact_name": found.get("contact_name") or found.get("partner_name"),
        }
        if match.model:
            message_dict["kala_email"].update(self._email_facts(line, match))
            return match.model, match.res_id, custom_values, user_id, alias
        return self._route_new_lead(message_dict, route, line, key, match, found)

    @api.model
    def _route_new_lead(self, message_dict, route, line, key, match, found=None):
        """:return: the route that makes a lead with what the mailbox and the form say (MA3, MX3)"""
        model, _thread_id, custom_values, user_id, alias = route
        vals, rule = self._prepare_email_lead_vals(line, key, match, found)
        message_dict["kala_email"].update(self._email_facts(line, match, rule))
        return model, False, {**(custom_values or {}), **vals}, user_id, alias

    @api.model
    def _email_line(self, message):
        """Find the line whose mailbox an e-mail was sent to: by the addresses it names, with or
        without a tag (``sales+spring@…``); of a blind copy by the mailbox that was fetched.

        :return: ``kala.line``, empty where it is none
        """
        named = [
            key.value
            for header in RECIPIENTS
            for address in tools.email_split(decode_message_header(message, header, separator=","))
            if (key := email_key(address))
        ]
        addresses = [a for address in named for a in (address, self._without_tag(address))]
        fetched = self._fetched_address()
        if fetched and not any(a.endswith(fetched[fetched.index("@") :]) for a in addresses):
            addresses.append(fetched)
        lines = self.env["kala.line"].search(
            [("channel", "=", "email"), ("address", "in", addresses)]
        )
        return lines.sorted(lambda line: addresses.index(line.address))[:1]

    @api.model
    def _others_aliases(self, routes):
        """Find the aliases of others in a message that names a mailbox of ours, too: what comes
        there is made as Odoo makes it (MX1). Where no alias of leads is the mailbox, they are
        where the mailbox forwards to.

        :return: ``mail.alias``
        """
        new = [(model, alias) for model, thread, _v, _u, alias in routes if alias and not thread]
        nobody = self.env["mail.alias"]
        of_leads = nobody.union(*[alias for model, alias in new if model == "crm.lead"])
        ours = of_leads.filtered(self._is_mailbox) or of_leads
        return nobody.union(*[alias for _model, alias in new]) - ours

    @api.model
    def _passes_by(self, message, routes):
        """:return: whether it names a mailbox of ours, and Odoo only knows the aliases of others
        that it names, too: jobs, projects (MX1)"""
        others = [alias for model, thread, _v, _u, alias in routes if alias and not thread]
        if not others or len(others) < len(routes) or any(r[0] == "crm.lead" for r in routes):
            return False
        return bool(self._email_line(message)) and not any(map(self._is_mailbox, others))

    @api.model
    def _is_mailbox(self, alias):
        """:return: whether a line of ours has the address of an alias"""
        address = [("address", "=", alias.alias_full_name)]
        if alias.alias_incoming_local:
            address = ["|", *address, ("address", "=like", f"{alias.alias_name}@%")]
        return bool(
            self.env["kala.line"].search_count([("channel", "=", "email"), *address], limit=1)
        )

    @api.model
    def _without_tag(self, address):
        name, _at, domain = address.rpartition("@")
        return f"{name.partition('+')[0]}@{domain}"

    @api.model
    def _fetched_address(self):
        """:return: address of the mailbox that Odoo fetches just now, empty where its login is
        none"""
        server_id = self.env.context.get("default_fetchmail_server_id")
        key = email_key(self.env["fetchmail.server"].browse(server_id or ()).user)
        return key.value if key else ""

    @api.model
    def _is_employee(self, key):
        """:return: whether it is the address of somebody who works with Odoo
        Index: ``res_partner__email_normalized_index``."""
        return bool(key) and bool(
            self.env["res.partner"].search_count(
                [
                    ("email_normalized", "=", key.value),
                    ("partner_share", "=", False),
                    ("user_ids", "!=", False),
                ],
                limit=1,
            )
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

    @api.model
    def _hold_senders(self, company, keys):
        """Two first e-mails of one sender at the same moment: the second transaction fails here
        and is tried again by the mail server's job (DESIGN 3.4).

        Index: ``kala_email_sender_key_uniq``.
        """
        for key in sorted(key for key in keys if key):
            self.env.cr.execute(
                """INSERT INTO kala_email_sender (company_id, kind, value, seen)
                   VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC')
                       ON CONFLICT (company_id, kind, value)
                       DO UPDATE SET seen = EXCLUDED.seen""",
                [company.id, key.kind, key.value],
            )

    @api.model
    def _match_email(self, line, keys, message_dict):
        """:param list keys: of ContactKey of the sender, perhaps None"""
        sender = Sender.of(
            self._email_arrival(line, None),
            keys=tuple((key, 0) for key in keys if key),
            reply_to=self._answered_uid(message_dict),
        )
        return self.env["kala.matcher"]._match(line.company_id, [sender])[0]

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
    def _prepare_email_lead_vals(self, line, key, match, found=None):
        """:param dict found: what a form says, None for an e-mail that is none
        :return: (values of the new lead, rule that chose its responsible)"""
        company = line.company_id
        customer = self.env["res.partner"].browse(match.partner_id or ())
        case = Case.of(self._email_arrival(line, key), self.env["crm.lead"], customer)
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
            **(found or {}),
        }
        if line.team_id:
            vals["team_id"] = line.team_id.id
        if match.partner_id:
            self._keep_customer_address(vals)
        return vals, rule

    @api.model
    def _keep_customer_address(self, vals):
        """The customer's own phone and e-mail are never overwritten (MA3): a phone that is not
        his yet is the lead's additional one."""
        vals.pop("email_from", None)
        phone = vals.pop("phone", None)
        customer = self.env["res.partner"].browse(vals["partner_id"])
        region = self.env.company._kala_region()
        known = {phone_key(number, region) for number in (customer.phone, customer.kala_phone2)}
        if phone and phone_key(phone, region) not in known:
            vals.setdefault("kala_phone2", phone)

    @api.model
    def _email_arrival(self, line, key):
        """:param key: ContactKey of the sender, or None
        :return: Arrival"""
        return Arrival(
            channel="email",
            connection=line.connection_id,
            line=line,
            key=key,
            date=fields.Datetime.now(),
        )

    # ------------------------------------------------------------------ the log

    @api.model
    def _log_email(self, record, message):
        """Log an e-mail that the gateway has posted on a lead, order or customer, with its task
        and notification; what an employee writes is no customer's message."""
        if record._name not in const.RECORD_MODELS or len(record) != 1:
            return
        facts = self.env.context.get("kala_email") or {}
        is_ours = message.author_id and not message.author_id.partner_share
        # A form comes from our own site, and often by our own address; what names nobody is posted
        # as Odoo's own.
        is_nameless = bool(facts.get("is_nameless"))
        if is_ours and not facts.get("is_form") and not is_nameless:
            return
        line = self.env["kala.line"].browse(facts.get("line_id") or ())
        company = (
            record.company_id
            or line.company_id
            or self._company_of(facts.get("answers"))
            or self.env.company
        )
        line = line.filtered(lambda own: own.company_id == company)
        key = self._logged_key(message, facts)
        user, rule = self._email_responsible(company, line, key, record, facts)
        # One message to two of our mailboxes may belong to two records: the second has no id.
        uid = not self._is_logged(line, message.message_id) and message.message_id
        is_automatic = bool(facts.get("is_automatic"))
        communication = self.env["kala.communication"].create(
            {
                "channel": "email",
                "direction": "in",
                "state": "received",
                "date": self._email_date(message),
                "company_id": company.id,
                "line_id": line.id,
                "connection_id": line.connection_id.id,
                "kind": "automatic" if is_automatic else "text",
                "provider_uid": uid,
                "contact_kind": key.kind if key else False,
                "contact_value": key.value if key else False,
                "contact_name": self._logged_name(message, facts),
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
            self._follow_up_email(
                company, communication, user, bool(facts.get("is_new")), must=is_nameless
            )
        self.env["kala.live"]._changed(communication)

    @api.model
    def _company_of(self, uid):
        """Whose a message of ours is: an answer in the thread of a customer whom companies share
        is for the company that wrote to him, not for the one that fetches the mail.
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
        """An e-mail is as old as it says, unless the sender's clock is wrong: what is dated 2038
        would be the last communication for years."""
        now = fields.Datetime.now()
        date = message.date or now
        return date if now - OLDEST <= date <= now + NEWEST else now

    @api.model
    def _logged_key(self, message, facts):
        """:return: ContactKey of whom one answers, None where nobody is named"""
        if facts.get("contact"):
            return ContactKey(*facts["contact"])
        return None if facts.get("is_nameless") else email_key(message.email_from)

    @api.model
    def _logged_name(self, message, facts):
        author = facts.get("told") if facts.get("is_nameless") else message.author_id.name
        return one_line(facts.get("contact_name") or author, 120) or False

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
        if facts.get("is_new") and record.user_id:
            return record.user_id, facts.get("responsible_rule") or "lead"
        case = Case.of(self._email_arrival(line, key), record, record._kala_customer())
        chosen = self.env["kala.responsible"]._choose(company, [case], TASK_RULES["email"])
        return chosen.get(0, (self.env["res.users"], False))


class KalaEmailSender(models.Model):
    """Whose first e-mail is being handled: a row to meet at, nothing more (DESIGN 3.4)."""

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
