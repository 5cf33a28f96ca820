import logging
import time
from email import message_from_bytes, policy

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...tools import email_form
from ...tools.phone import email_key, phone_key
from .values import EmailFacts

_logger = logging.getLogger(__name__)

#: Key of the context: the e-mail is read as if it had come to one of our mailboxes.
READS = "kala_reads_email"
#: Fields of a lead that a form e-mail may fill.
TARGETS = [
    ("name", "Title"),
    ("contact_name", "Contact name"),
    ("partner_name", "Company name"),
    ("phone", "Phone"),
    ("kala_phone2", "Additional phone"),
    ("email_from", "E-mail"),
    ("city", "City"),
    ("street", "Street"),
    ("website", "Website"),
    ("referred", "Referred by"),
    ("description", "Notes"),
]


class KalaEmailParser(models.Model):
    """Turns form e-mails of one sender or subject into leads (MX2)."""

    _name = "kala.email.parser"
    _description = "E-mail Content Analysis"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    line_id = fields.Many2one(
        "kala.line",
        string="Mailbox",
        check_company=True,
        domain="[('channel', '=', 'email')]",
        help="Empty: every mailbox.",
    )
    sender = fields.Char(help="The address it comes from, or its end: @forms.example.com")
    subject = fields.Char(help="Words that the subject contains.")
    match_by = fields.Selection(
        [
            ("never", "always make a new lead"),
            ("phone", "find the record by the phone in the content"),
            ("sender", "find the record by the address it came from"),
            ("email", "find the record by the e-mail in the content"),
        ],
        string="Then",
        required=True,
        default="never",
    )
    field_ids = fields.One2many("kala.email.parser.field", "parser_id", string="Fields", copy=True)
    test_email = fields.Text(store=False, help="Paste a whole e-mail, with its headers.")
    test_result = fields.Text(compute="_compute_test_result")

    @api.constrains("sender", "subject")
    def _check_conditions(self):
        for parser in self:
            if not (parser.sender or "").strip() and not (parser.subject or "").strip():
                raise ValidationError(
                    self.env._("Say by which sender or subject these e-mails are known.")
                )

    # ------------------------------------------------------------------ find, read

    @api.model
    def _find(self, line, message_dict):
        """:return: the first parser that knows this e-mail; empty if no parser knows it"""
        subject = (message_dict.get("subject") or "").casefold()
        parsers = self.search(
            [("company_id", "=", line.company_id.id), ("line_id", "in", [False, line.id])]
        )
        senders = self._senders(message_dict)
        return parsers.filtered(lambda p: any(p._knows(s, subject) for s in senders))[:1]

    @api.model
    def _senders(self, message_dict):
        """:return: list of the addresses of the sender: the one that we use, and the one that the
        header From had"""
        came = EmailFacts.of(message_dict).as_it_came or {}
        told = [message_dict.get("email_from"), *filter(None, [came.get("email_from")])]
        return [key and key.value for key in map(email_key, told)]

    def _knows(self, sender, subject):
        self.ensure_one()
        wanted = (self.sender or "").strip().lower()
        # "example.com" means the same as "@example.com".
        end = wanted if wanted.startswith("@") else f"@{wanted}"
        if wanted and sender != wanted and not (sender or "").endswith(end):
            return False
        return (self.subject or "").strip().casefold() in subject

    def _read(self, message_dict):
        """Read the fields of the lead from the e-mail. The reading has a time limit, so that an
        e-mail cannot hold up the others. The lead is made without the fields that are left.

        :return: dict field of the lead → text that was found
        """
        self.ensure_one()
        html = str(message_dict.get("body") or "")[: email_form.HTML_LIMIT]
        # A link is read as people see it: its text, without its address.
        text = tools.html2plaintext(html, include_references=False)
        tables = email_form.read_tables(html)
        found, end = {}, time.monotonic() + email_form.READ_TIME
        for field in self.field_ids:
            if time.monotonic() > end:
                _logger.warning("The e-mail rule %s has no time for all its fields", self.id)
                break
            value = found.get(field.target) or field._extract(text, tables)
            if value:
                found[field.target] = value
        if found.get("email_from"):
            addresses = tools.email_split(found["email_from"])
            found["email_from"] = addresses[0] if addresses else found["email_from"]
        return found

    def _contacts(self, message_dict, found):
        """:param dict found: of :meth:`_read`
        :return: list of ContactKey. The record is found by the address that the rule names. If
            the rule makes a new lead, the customer is found by the addresses in the content.
        """
        told = {
            "sender": email_key(message_dict.get("email_from")),
            "email": email_key(found.get("email_from")),
            "phone": phone_key(found.get("phone"), self.company_id._kala_region()),
        }
        if told["phone"] and told["phone"].kind != "phone":
            # The form may say "none" or "see below": that is no number.
            told["phone"] = None
        names = ("email", "phone") if self.match_by == "never" else (self.match_by,)
        return [told[name] for name in names if told[name]]

    # ------------------------------------------------------------------ tester

    @api.depends(
        "test_email",
        "sender",
        "subject",
        "match_by",
        "line_id",
        "company_id",
        "field_ids.target",
        "field_ids.method",
        "field_ids.expression",
    )
    def _compute_test_result(self):
        for parser in self:
            parser.test_result = parser.test_email and parser._explain(parser.test_email)

    def _explain(self, raw):
        """Say what the rule would do with an e-mail (MX2).

        :param str raw: the whole e-mail, with its headers
        :return: str of several lines
        """
        message = self._pasted(raw)
        threads = self.env["mail.thread"].sudo().with_context(**{READS: True})
        values = threads.message_parse(message)
        line = self.line_id or self.env["kala.line"].new({"company_id": self.company_id.id})
        facts = self.env["kala.intake"].sudo()._email_facts_of(message, values, line)
        values["kala_email"] = facts
        found = self._read(values)
        lines = []
        subject = (values.get("subject") or "").casefold()
        if not any(self._knows(sender, subject) for sender in self._senders(values)):
            lines.append(self.env._("This e-mail is not known by its sender and subject."))
        lines += self._explain_fields(values, found)
        lines.append(self._explain_record(values, found))
        return "\n".join(lines)

    def _pasted(self, raw):
        """The program that showed the e-mail has decoded it already: the pasted text is UTF-8,
        whatever its headers say.

        :return: EmailMessage
        """
        message = message_from_bytes(raw.lstrip().encode("utf-8", "replace"), policy=policy.SMTP)
        for part in message.walk():
            encoding = (part.get("Content-Transfer-Encoding") or "8bit").strip().lower()
            is_text = part.get_content_maintype() == "text"
            if is_text and encoding in ("7bit", "8bit", "binary"):
                part.set_param("charset", "utf-8")
        return message

    def _explain_fields(self, values, found):
        labels = dict(
            self.env["kala.email.parser.field"]._fields["target"]._description_selection(self.env)
        )
        title = values.get("subject") or self.env._("No Subject")
        by_target = self.field_ids.grouped("target")
        lines = [] if "name" in by_target else [f"{labels['name']}: {title}"]
        for target, fields_of in by_target.items():
            broken = [reason for field in fields_of if (reason := field._broken())]
            missing = title if target == "name" else self.env._("not found")
            lines += broken or [f"{labels.get(target, '')}: {found.get(target) or missing}"]
        return lines

    def _explain_record(self, values, found):
        """:return: a sentence that says to which record the e-mail would go"""
        keys = self._contacts(values, found)
        line = self.line_id or self.env["kala.line"].new({"company_id": self.company_id.id})
        match = self.env["kala.intake"].sudo()._match_email(line, keys, values)
        if match.model and self.match_by != "never":
            record = self.env[match.model].browse(match.res_id)
            if not record.has_access("read"):
                return self.env._("It goes to a record that you may not see.")
            return self.env._("It goes to: %s", record.display_name)
        customer = self.env["res.partner"].browse(match.partner_id or ())
        if customer and customer.has_access("read"):
            return self.env._("It makes a new lead of the customer %s.", customer.display_name)
        return self.env._("It makes a new lead.")


class KalaEmailParserField(models.Model):
    _name = "kala.email.parser.field"
    _description = "Field of a Form E-mail"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "sequence, id"

    parser_id = fields.Many2one("kala.email.parser", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    target = fields.Selection(TARGETS, required=True)
    method = fields.Selection(
        [
            ("label", "after the label"),
            ("cell", "in the table cell after"),
            ("pattern", "by the pattern"),
        ],
        required=True,
        default="label",
    )
    expression = fields.Char(required=True)

    @api.constrains("method", "expression")
    def _check_expression(self):
        for field in self.filtered(lambda f: f.method == "pattern"):
            try:
                email_form.check_pattern(field.expression)
            except ValueError as error:
                raise ValidationError(field._refusal(error)) from error

    def _refusal(self, reason):
        return self.env._(
            "The pattern “%(pattern)s” cannot be used: %(reason)s.",
            pattern=self.expression,
            reason=reason,
        )

    def _broken(self):
        """:return: a sentence why the pattern cannot find anything; "" if it can"""
        if self.method != "pattern":
            return ""
        try:
            email_form.check_broken(self.expression or "")
        except ValueError as error:
            return self._refusal(error)
        return ""

    def _extract(self, text, tables):
        """:param list tables: of ``email_form.read_tables``
        :return: the text that the field finds. A pattern that fails finds nothing: the lead is
            made without it."""
        self.ensure_one()
        wanted = self.expression or ""
        if not wanted.strip():
            return ""
        labels = (self.parser_id.field_ids - self).filtered(lambda f: f.method != "pattern")
        others = [field.expression or "" for field in labels]
        if self.method == "label":
            return email_form.by_label(text, wanted, others, self.target == "description")
        if self.method == "cell":
            return email_form.by_cell(tables, wanted, others)
        try:
            return email_form.by_pattern(text, wanted)
        except (ValueError, RuntimeError, MemoryError, email_form.TooSlow) as error:
            _logger.warning("The pattern %r of an e-mail rule found nothing: %r", wanted, error)
            return ""
