from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...tools import channels, mail_layout, placeholders
from ..connection.channel_fields import WrittenChannelField


class KalaTemplate(models.Model):
    """A text with placeholders (TE1), for one channel, of one company or shared (TE4)."""

    _name = "kala.template"
    _description = "Message Template"
    _inherit = ["kala.hidden.name"]
    _internal_fields = (
        *("buttons", "external_id", "header_attachment_id", "header_file"),
        *("header_file_name", "is_external", "obstacle", "placeholder_help", "sequence"),
        *("unsupported",),
    )
    _order = "sequence, name, id"

    name = fields.Char(string="Title", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    channel = WrittenChannelField(required=True, default=channels.DEFAULT)
    subject = fields.Char(translate=True)
    body = fields.Text(required=True, translate=True)
    line_id = fields.Many2one(
        "kala.line",
        string="Sending line",
        ondelete="set null",
        domain="[('channel', '=', channel)]",
        help="Wins over the user's own and the default line.",
    )
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        default=lambda self: self._default_user_id(),
        help="Who alone uses and changes it; empty: everybody uses it, managers change it.",
    )
    placeholder_help = fields.Html(compute="_compute_placeholder_help")
    preview_record = fields.Reference(
        [("res.partner", "Customer"), ("crm.lead", "Lead"), ("sale.order", "Order")],
        string="Preview on",
        store=False,
        default=lambda self: self._default_preview_record(),
    )
    preview = fields.Text(compute="_compute_preview")

    @api.constrains("body", "subject")
    def _check_placeholders(self):
        """Refuse unknown names, attributes, calls and other syntax, with the word (TE2)."""
        names = self.env["kala.placeholder"]._names()
        for template in self:
            for lang, _name in self.env["res.lang"].get_installed():
                translated = template.with_context(lang=lang)
                for text in (translated.body, translated.subject):
                    self._check_text(text, names)

    @api.model
    def _check_text(self, text, names):
        """:raise ValidationError: with the offending word and what to do"""
        try:
            placeholders.check(text or "", names)
        except placeholders.TemplateError as error:
            raise ValidationError(self._explain(error)) from error

    @api.model
    def _explain(self, error):
        sentences = {
            "name": self.env._(
                "“%s” is not a known placeholder. Pick one from the list.", error.word
            ),
            "filter": self.env._(
                "“%(word)s” is not a known filter. Use one of: %(known)s.",
                word=error.word,
                known=", ".join(placeholders.FILTERS),
            ),
            "long": self.env._("The text is too long: %s characters at most.", error.word),
            "syntax": self.env._("The template cannot be read: %s", error.word),
        }
        return sentences.get(error.kind) or self.env._(
            "“%s” is not allowed in a template: only placeholders, filters and conditions are.",
            error.word,
        )

    @api.constrains("channel", "line_id", "company_id")
    def _check_line(self):
        for template in self.filtered("line_id"):
            line = template.line_id
            if line.channel != template.channel:
                raise ValidationError(
                    self.env._("The sending line is of another channel than the template.")
                )
            if template.company_id and line.company_id != template.company_id:
                raise ValidationError(
                    self.env._("The sending line is of another company than the template.")
                )

    @api.model
    def _default_user_id(self):
        """:return: managers make templates for all; a user makes one of his own (TE5)"""
        shares = self.env.su or self.env.user.has_group("kala_comm.group_manager")
        return False if shares else self.env.user

    @api.model
    def _check_owner(self, vals):
        """TE5: who is no manager makes, and keeps, templates of his own."""
        if self._default_user_id() and vals.get("user_id", self.env.uid) != self.env.uid:
            raise AccessError(
                self.env._(
                    "Only communication managers make templates for others. Keep it as one of "
                    "your own, or ask a manager."
                )
            )

    def _compute_placeholder_help(self):
        groups = self.env["kala.placeholder"]._groups()
        self.placeholder_help = self.env["ir.qweb"]._render(
            "kala_comm.placeholder_help", {"groups": groups}
        )

    @api.model
    def _default_preview_record(self):
        """:return: the newest lead that the user may read, else the newest customer"""
        for model in ("crm.lead", "res.partner"):
            if self.env[model].has_access("read"):
                record = self.env[model].search([], order="id desc", limit=1)
                if record:
                    return f"{model},{record.id}"
        return False

    @api.depends("body", "preview_record", "design", "channel")
    @api.depends_context("uid", "lang")
    def _compute_preview(self):
        for template in self:
            # The browser says which record: its texts are for those who may read it.
            record = template.preview_record
            readable = record and record.exists().has_access("read")
            try:
                template.preview = template._render(record)[1] if readable else template.body
            except placeholders.TemplateError as error:
                template.preview = self._explain(error)

    def _holes(self, record):
        """Find what these templates name and the record does not have (TE2).

        :param record: lead, order or customer
        :return: dict template → set of placeholders that would leave a hole in its text
        """
        names = self.env["kala.placeholder"]._names()
        values = self.env["kala.placeholder"]._values(record)
        found = {}
        for template in self:
            texts = template._texts_to_fill()
            try:
                found[template] = set().union(*(placeholders.holes(t, values) for t in texts))
            except placeholders.TemplateError:
                found[template] = set()
        return {template: holes & names for template, holes in found.items()}

    def _texts_to_fill(self):
        """:return: list of the texts in which placeholders stand"""
        if self.connection_id:
            return self._external_texts_to_fill()
        return [text for text in (self.subject, self.body) if text]

    def _render(self, record):
        """Render in the contact's language (TE4).

        :param record: lead, order or customer
        :return: (subject, body)
        :raise TemplateError: if the template is not valid (any more)
        """
        self.ensure_one()
        if self.connection_id:
            return self._render_external(record)
        lang = record._kala_customer().lang or self.env.lang
        template = self.with_context(lang=lang)
        names = self.env["kala.placeholder"]._names()
        used = placeholders.check(template.body, names) | placeholders.check(
            template.subject, names
        )
        values = self.env["kala.placeholder"].with_context(lang=lang)._values(record, used)
        subject = placeholders.render(template.subject or "", values).strip()
        if self._is_designed():
            return subject, mail_layout.plain(template._marked_text(template.body, values))
        return subject, placeholders.render(template.body or "", values)
