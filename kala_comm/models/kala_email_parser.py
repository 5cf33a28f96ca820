import re
from email import message_from_string, policy

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools import email_form
from ..tools.phone import email_key

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
        """:return: the first parser that knows this e-mail, empty where none does"""
        sender = email_key(message_dict.get("email_from"))
        subject = (message_dict.get("subject") or "").casefold()
        parsers = self.search(
            [("company_id", "=", line.company_id.id), ("line_id", "in", [False, line.id])]
        )
        return parsers.filtered(lambda p: p._knows(sender and sender.value, subject))[:1]

    def _knows(self, sender, subject):
        self.ensure_one()
        wanted = (self.sender or "").strip().lower()
        if wanted and not (
            sender == wanted or (wanted.startswith("@") and (sender or "").endswith(wanted))
        ):
            return False
        return (self.subject or "").strip().casefold() in subject

    def _read(self, message_dict):
        """:return: dict field of the lead → text, of what was found"""
        self.ensure_one()
        html = message_dict.get("body") or ""
        text = tools.html2plaintext(html)
        found = {}
        for field in self.field_ids:
            value = field._extract(text, html)
            if value:
                found.setdefault(field.target, value)
        return found

    # ------------------------------------------------------------------ tester

    @api.depends("test_email", "field_ids", "sender", "subject")
    def _compute_test_result(self):
        for parser in self:
            parser.test_result = parser.test_email and parser._explain(parser.test_email)

    def _explain(self, raw):
        """:return: what would come out of a raw e-mail, in lines"""
        message = message_from_string(raw, policy=policy.SMTP)
        values = self.env["mail.thread"].message_parse(message)
        sender = email_key(values.get("email_from"))
        lines = []
        if not self._knows(sender and sender.value, (values.get("subject") or "").casefold()):
            lines.append(self.env._("This e-mail is not known by its sender and subject."))
        found = self._read(values)
        labels = dict(TARGETS)
        for field in self.field_ids:
            value = found.get(field.target)
            lines.append(f"{labels[field.target]}: {value or self.env._('not found')}")
        return "\n".join(lines)


class KalaEmailParserField(models.Model):
    _name = "kala.email.parser.field"
    _description = "Field of a Form E-mail"
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
                raise ValidationError(
                    self.env._(
                        "The pattern “%(pattern)s” cannot be used: %(reason)s.",
                        pattern=field.expression,
                        reason=error,
                    )
                ) from error

    def _extract(self, text, html):
        self.ensure_one()
        if self.method == "label":
            return email_form.by_label(text, self.expression)
        if self.method == "cell":
            return email_form.by_cell(html, self.expression)
        try:
            return email_form.by_pattern(text, self.expression)
        except re.error:
            return ""
