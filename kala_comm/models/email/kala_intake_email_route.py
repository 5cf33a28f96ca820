from odoo import api, fields, models

from ...tools.phone import email_key, phone_key
from ..inbound.kala_responsible import LEAD_RULES
from ..inbound.values import Arrival, Case, Sender
from .values import EmailFacts


class KalaIntake(models.AbstractModel):
    """Incoming e-mail (MX): Odoo's gateway receives it, the matcher says where it goes."""

    _inherit = "kala.intake"

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
        # A message may have several routes: the first one of ours reads the facts.
        if "kala_email" not in message_dict:
            message_dict["kala_email"] = self._email_facts_of(message, message_dict, line)
        facts = EmailFacts.of(message_dict)
        if model != "crm.lead" or thread_id or not line:
            return route
        intake = self.with_company(line.company_id)
        parser = self.env["kala.email.parser"]._find(line, message_dict)
        if parser:
            return intake._route_form(message_dict, route, line, parser)
        key = email_key(message_dict.get("email_from"))
        if self._is_ours(key) or (facts.is_automatic and self._is_employee(key)):
            intake._keep_automatic(line, key, message_dict)
            return None
        if self._is_employee(key):
            # A colleague passes something on: Odoo makes a new lead, as it always does.
            return route
        intake._hold_senders(line.company_id, [key])
        match = intake._match_email(line, [key], message_dict)
        if match.model:
            message_dict["kala_email"] = facts._replace(line_id=line.id).decided(match)
            return match.model, match.res_id, custom_values, user_id, alias
        if facts.is_automatic:
            intake._keep_automatic(line, key, message_dict)
            return None
        return intake._route_new_lead(message_dict, route, line, key, match)

    @api.model
    def _route_form(self, message_dict, route, line, parser):
        """A machine sends the e-mails of a form, often from our own address. So the rule says who
        it is from, and that it is no automatic e-mail (MX2)."""
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
        message_dict["kala_email"] = EmailFacts(
            is_form=True,
            line_id=line.id,
            as_it_came=EmailFacts.of(message_dict).as_it_came,
            # The answer goes to the person, not to the machine that wrote for him.
            contact=contact,
            contact_name=found.get("contact_name") or found.get("partner_name"),
        )
        if match.model:
            message_dict["kala_email"] = message_dict["kala_email"].decided(match)
            return match.model, match.res_id, custom_values, user_id, alias
        return self._route_new_lead(message_dict, route, line, key, match, found)

    @api.model
    def _route_new_lead(self, message_dict, route, line, key, match, found=None):
        """:return: the route that makes a lead with what the mailbox and the form say (MA3, MX3)"""
        model, _thread_id, custom_values, user_id, alias = route
        vals, rule = self._prepare_email_lead_vals(line, key, match, found)
        facts = EmailFacts.of(message_dict)._replace(line_id=line.id)
        message_dict["kala_email"] = facts.decided(match, rule)
        return model, False, {**(custom_values or {}), **vals}, user_id, alias

    # ------------------------------------------------------------------ whose it is

    @api.model
    def _hold_senders(self, company, keys):
        """Two first e-mails of one sender at the same moment: the second transaction fails here
        and is tried again by the mail server's job (docs/architecture.md, 3.4).

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

    # ------------------------------------------------------------------ a new lead

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
        """Nothing overwrites the customer's own phone and e-mail (MA3): a phone that he does not
        have yet becomes the additional phone of the lead."""
        vals.pop("email_from", None)
        phone = vals.pop("phone", None)
        customer = self.env["res.partner"].browse(vals["partner_id"])
        region = self.env.company._kala_region()
        known = {phone_key(number, region) for number in (customer.phone, customer.kala_phone2)}
        if phone and phone_key(phone, region) not in known:
            vals.setdefault("kala_phone2", phone)
