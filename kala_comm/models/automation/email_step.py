from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import mail_layout, placeholders


class KalaRuleAction(models.Model):
    """The e-mail of a step (EM1–EM3): its from name, its subject, whom it goes to, and how it looks
    on a record."""

    _inherit = "kala.rule.action"

    from_name = fields.Char(
        string="From name",
        compute="_compute_from_name",
        store=True,
        readonly=False,
        precompute=True,
        help="What recipients see as the sender: a fixed text.",
    )
    subject = fields.Char(
        translate=True, help="With placeholders. Empty: the subject of the template."
    )
    summary = fields.Char(compute="_compute_summary", string="Message")
    template_subject = fields.Char(
        compute="_compute_template_subject", string="Subject of the template"
    )
    preview_record = fields.Reference(
        [("res.partner", "Customer"), ("crm.lead", "Lead"), ("sale.order", "Order")],
        string="Preview on",
        store=False,
    )
    preview_from = fields.Char(string="From", compute="_compute_preview_html")
    preview_subject = fields.Char(string="Subject of it", compute="_compute_preview_html")
    preview_html = fields.Text(compute="_compute_preview_html")

    @api.depends("template_id.subject")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_template_subject(self):
        for step in self:
            step.template_subject = step._readable_template().subject

    @api.depends("channel", "subject", "template_id.body", "template_id.subject")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_summary(self):
        """What the list of steps shows of the message: no marks of a design."""
        for step in self:
            template = step._readable_template()
            text = template.body or ""
            if step.channel == "email" and template.design:
                text = mail_layout.plain(text)
            subject = step.channel == "email" and (step.subject or template.subject)
            step.summary = " · ".join(filter(None, (subject, " ".join(text.split()))))

    @api.depends("sender_id", "channel")
    def _compute_from_name(self):
        """EM1: prefilled with the name of the sender; a name of one's own stays with another
        sender."""
        given = self._names_of_senders()
        for step in self:
            sender, name = step.sender_id.sudo(), step.from_name
            if step.channel != "email" or not sender:
                step.from_name = name
            elif not name or name in given.get(sender.company_id._origin, ()):
                step.from_name = sender.name

    def _names_of_senders(self):
        """:return: dict company → the names of all its senders: a step that has one of them has no
        name of its own"""
        companies = self.sender_id.sudo().company_id._origin
        groups = (
            self.env["kala.sender"]
            .sudo()
            ._read_group([("company_id", "in", companies.ids)], ["company_id"], ["name:array_agg"])
        )
        return dict(groups)

    @api.constrains("from_name")
    def _check_from_name(self):
        for step in self:
            if "{{" in (step.from_name or "") or "{%" in (step.from_name or ""):
                raise ValidationError(
                    self.env._(
                        "The from name is a fixed text. Placeholders can stand in the subject and "
                        "in the text only."
                    )
                )

    @api.constrains("subject")
    def _check_subject(self):
        names = self.env["kala.placeholder"]._names()
        for step in self:
            for lang, _name in self.env["res.lang"].get_installed():
                self.env["kala.template"]._check_text(step.with_context(lang=lang).subject, names)

    # ------------------------------------------------------------------ preview

    @api.depends(
        *("channel", "template_id.body", "template_id.design", "template_id.color"),
        *("subject", "from_name", "sender_id", "preview_record"),
    )
    @api.depends_context("uid", "lang", "company", "allowed_company_ids")
    def _compute_preview_html(self):
        for step in self:
            template = step._readable_template()
            if step.channel != "email" or not template:
                step.update(
                    {"preview_html": False, "preview_from": False, "preview_subject": False}
                )
                continue
            # The browser says which record: its texts are for those who may read it.
            record = step.preview_record
            shown = record if record and record.exists().has_access("read") else None
            footer = step.sender_id._origin._footer_lines() if step.sender_id else ()
            step.update(
                {
                    "preview_html": template._preview_mail(shown, footer),
                    "preview_from": step._from_line(),
                    "preview_subject": step._preview_subject(shown),
                }
            )

    def _from_line(self):
        sender = self.sender_id._origin
        return sender._from(self.from_name) if sender else self.from_name

    def _preview_subject(self, record):
        if not record:
            return self.subject or self.template_id.subject
        try:
            return self._subject_for(record) or self.template_id._origin._render(record)[0]
        except placeholders.TemplateError as error:
            return self.env["kala.template"]._explain(error)

    def _subject_for(self, record):
        """:return: str: the subject of this step for a record, in its contact's language; empty
            where the template's counts
        :raise TemplateError: if it cannot be rendered"""
        lang = record._kala_customer().lang or self.env.lang
        source = self.with_context(lang=lang).subject
        if not source:
            return ""
        texts = self.env["kala.placeholder"].with_context(lang=lang)
        used = placeholders.check(source, texts._names())
        return placeholders.render(source, texts._values(record, used)).strip()

    def _message_vals(self):
        """:return: dict: further values of each message of this step"""
        if self.channel != "email":
            return None
        return {"sender_id": self.sender_id.id, "sender_name": self.from_name or False}

    # ------------------------------------------------------------------ to

    def _paths(self):
        """:return: list of the fields that it goes to, such as partner_id.email (EM2)"""
        return [path.strip() for path in (self.field_path or "").split(",") if path.strip()]
