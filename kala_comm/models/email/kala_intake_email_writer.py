import re

from odoo import api, models, tools
from odoo.tools.mail import decode_message_header, unfold_references

from odoo.addons.iap.tools import iap_tools

from ...tools import const, email_machine
from ...tools.phone import email_key
from .form_parser import READS
from .values import EmailFacts

#: Where lists and servers that write their own address into From keep who wrote.
_ORIGINAL = ("X-Original-From", "X-Google-Original-From", "X-Original-Sender")
#: Addresses from which machines write.
_NOBODY = re.compile(r"^(?:no|do-?not|dont|never)[-_.]?(?:reply|respond|answer)", re.IGNORECASE)
#: 'Gil Adar' via Sales
_VIA = re.compile(r"^\W*(.+?)\W*\svia\s")
#: References of a message that are looked at, the newest ones (as Odoo does).
_REFERENCES = 32


class KalaIntake(models.AbstractModel):
    """Who wrote an e-mail to a mailbox of ours (MX): often not who stands in From. The form of our
    web site writes with our own address, a list with its own; a machine is nobody."""

    _inherit = "kala.intake"

    @api.model
    def _reads(self, message):
        """:return: whether we say how an e-mail is read: it came to a mailbox of ours, or answers
        what we wrote to a lead, an order's customer or a customer.
        Index: ``mail_message__message_id_index``."""
        if self.env.context.get(READS) or self._email_line(message):
            return True
        told = " ".join(decode_message_header(message, n) for n in ("References", "In-Reply-To"))
        known = [uid.strip() for uid in unfold_references(told)][-_REFERENCES:]
        return bool(known) and bool(
            self.env["mail.message"].search_count(
                [("message_id", "in", known), ("model", "in", list(const.RECORD_MODELS))], limit=1
            )
        )

    @api.model
    def _email_facts_of(self, message, message_dict, line):
        """Name in ``message_dict`` who wrote an e-mail to a mailbox of ours.

        :return: EmailFacts: what is known of it before its record is
        """
        answers, as_it_came = self._answered_uid(message_dict), None
        writer = line and self._writer(message, message_dict)
        if writer:
            as_it_came = {
                name: message_dict.get(name) for name in ("email_from", "from", "author_id")
            }
            message_dict.update(email_from=writer, author_id=False)
            message_dict["from"] = writer
        told = message_dict.get("email_from")
        return EmailFacts(
            line_id=line.id,
            answers=answers,
            as_it_came=as_it_came,
            is_automatic=self._is_automatic(message, is_named=bool(writer)),
            told=told,
            is_nameless=bool(line) and not email_key(told),
        )

    @api.model
    def _writer(self, message, message_dict):
        """:return: formatted address of who wrote it, empty where From says it, or nothing"""
        sender = email_key(message_dict.get("email_from"))
        own = self._own_domains()
        for header in self._headers_of_writer(message, message_dict, sender, own):
            told = decode_message_header(message, header, separator=",")
            for address in tools.mail.email_split_and_format(told):
                key = email_key(address)
                if self._may_have_written(key, sender, header, own):
                    return self._named(address, message_dict)
        return ""

    @api.model
    def _headers_of_writer(self, message, message_dict, sender, own):
        """:return: the headers that may say it, likeliest first; none where From is to be
        believed"""
        if sender and self._is_employee(sender):
            # What a colleague answers is his own.
            return () if self._answered_uid(message_dict) else (*_ORIGINAL, "Reply-To")
        if not sender or self._is_own(sender, own) or _NOBODY.search(sender.value):
            return (*_ORIGINAL, "Reply-To")
        if any(message.get(header) for header in _ORIGINAL):
            return _ORIGINAL
        is_of_list = sender.value in email_machine.list_hosts(message)
        return ("Reply-To",) if is_of_list else ()

    @api.model
    def _may_have_written(self, key, sender, header, own):
        """:param ContactKey key: of an address that a header tells
        :param ContactKey sender: of From, perhaps None
        """
        if not key or key == sender or self._is_own(key, own) or self._is_employee(key):
            return False
        # The other address of a machine's own house is as much a machine's.
        is_machine = bool(sender) and _NOBODY.search(sender.value)
        same_house = is_machine and key.value.partition("@")[2] == sender.value.partition("@")[2]
        return header != "Reply-To" or not same_house

    @api.model
    def _named(self, address, message_dict):
        """:return: an address with the name that From gives its writer, where it has none"""
        name, plain = tools.mail.email_split_tuples(address)[0]
        via = _VIA.match(message_dict.get("email_from") or "")
        return tools.formataddr((name or (via and via[1]) or "", plain))

    @api.model
    def _own_domains(self):
        """:return: list of our mailboxes' addresses or, where it is our own, of their ends:
        ``@example.com``"""
        lines = self.env["kala.line"].search([("channel", "=", "email"), ("address", "!=", False)])
        return [
            end
            for address in lines.mapped("address")
            if (end := iap_tools.mail_prepare_for_domain_search(address))
        ]

    @api.model
    def _is_own(self, key, own):
        """Whether it is an address of one of our mailboxes, or of their house: our web site's."""
        return key.value.endswith(tuple(own)) if own else False

    @api.model
    def _is_automatic(self, message, is_named=False):
        """Out-of-office answers and other machines' mail must not make leads (RFC 3834).

        :param bool is_named: a header beside From says who wrote it: what a machine sent for him
            is no machine's, its answer is
        """
        kind = email_machine.kind(message)
        if kind != email_machine.NOTICE:
            return bool(kind)
        return not is_named and not self._is_of_own_list(message)

    @api.model
    def _is_of_own_list(self, message):
        """:return: whether all that makes it a machine's is that it came by a list of our own"""
        if not email_machine.is_only_of_list(message):
            return False
        ends = [own.replace("@", "") for own in self._own_domains() if own.startswith("@")]
        hosts = email_machine.list_hosts(message)
        return any(re.search(rf"(?:^|[.@]){re.escape(e)}$", h) for h in hosts for e in ends)
