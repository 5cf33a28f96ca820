from odoo import api, fields, models

from ...tools import const, mail_design, mail_layout, placeholders
from ...tools.mail_layout import Frame, Look, color_or
from ...tools.text import clean_text

#: How an e-mail can look; ``tools/mail_design.py`` draws them.
DESIGNS = [
    ("letter", "Letter: white, from edge to edge"),
    ("card", "Card: a white sheet with a line in our colour"),
    ("band", "Band: the title on our colour"),
    ("soft", "Soft: centred, on a light ground of our colour"),
]
#: Colours where the company has none that can be read.
COLOR, ON_COLOR = "#875a7b", "#ffffff"


class KalaTemplate(models.Model):
    """E-mails with a design (EM3): the text has a few marks (``tools/mail_layout.py``), and looks
    like the company. What people read in the log, and whose client shows no HTML, is the text
    without marks."""

    _inherit = "kala.template"

    design = fields.Selection(
        DESIGNS,
        help="How the e-mail looks. Empty: a plain text. With a design, lines may begin with "
        "marks: “# ” makes a title, “* ” a list, “| name | value |” a row of details, and "
        "“[Words](link)” alone in a line a button.",
    )
    color = fields.Char(
        string="Colour", help="Of the band, the line and buttons. Empty: the company's own."
    )
    font = fields.Selection(
        [("sans", "Plain (Arial)"), ("serif", "With serifs (Georgia)")],
        required=True,
        default="sans",
    )
    preview_html = fields.Text(compute="_compute_preview_html")

    @api.depends("body", "subject", "channel", "design", "color", "font", "preview_record")
    @api.depends_context("company", "lang", "uid")
    def _compute_preview_html(self):
        for template in self:
            # The browser says which record: its texts are for those who may read it.
            record = template.preview_record
            readable = record and record.exists().has_access("read")
            template.preview_html = template.channel == "email" and template._preview_mail(
                record if readable else None
            )

    @api.readonly
    def get_mail_preview(self, model=None, res_id=None):
        """Show the e-mail in the library, on a record or with the names of its placeholders (EM3).

        :param str model: of a lead, an order or a customer; None: without a record
        :param int res_id: its id; one that the user may not read counts as none
        :return: dict ``subject``, ``html``
        :raise AccessError: if the user may not read the template
        """
        self.ensure_one()
        self.check_access("read")
        record = None
        # True is an int as well.
        is_named = isinstance(model, str) and type(res_id) is int and res_id > 0
        if is_named and model in const.RECORD_MODELS:
            record = self.env[model].browse(res_id).exists()
            record = record if record and record.has_access("read") else None
        try:
            subject = self._render(record)[0] if record else self.subject
        except placeholders.TemplateError as error:
            subject = self._explain(error)
        return {"subject": subject or "", "html": self._preview_mail(record)}

    def _preview_mail(self, record, footer=()):
        """:param record: lead, order or customer that the user may read; None: names of the
            placeholders stand for their values
        :param footer: lines
        :return: str: the e-mail as a document, or the sentence that says what is wrong in it"""
        try:
            vals = self._prepare_mail_vals(record) if record else self._unfilled_vals()
        except placeholders.TemplateError as error:
            vals = {**self._unfilled_vals(), "source": mail_layout.quote(self._explain(error))}
        company = record._kala_send_company() if record else self.company_id or self.env.company
        return self._mail_html(vals, company.sudo(), footer)

    def _is_designed(self):
        return bool(self.design) and self.channel == "email"

    def _unfilled_vals(self):
        return {**self._look_vals(), "source": self.body or "", "title": self.subject or ""}

    def _look_vals(self):
        return {"design": self.design, "color": self.color or "", "font": self.font}

    @api.model
    def _marked_text(self, source, values):
        """:param str source: a text with marks and placeholders
        :param dict values: name → text
        :return: str: rendered; what stands for a placeholder has no marks"""
        return placeholders.render(source or "", values, _final)

    def _prepare_mail_vals(self, record, source=None):
        """Render for one record, in the contact's language (TE4).

        :param record: lead, order or customer
        :param str source: a text with placeholders in the place of the template's, perhaps None
        :return: dict: what :meth:`_mail_html` makes the e-mail of, kept with the message
        :raise TemplateError: if it is not valid (any more)
        """
        self.ensure_one()
        lang = record._kala_customer().lang or self.env.lang
        template = self.with_context(lang=lang)
        source = template.body if source is None else source
        names = self.env["kala.placeholder"]._names()
        used = placeholders.check(source, names) | placeholders.check(template.subject, names)
        values = self.env["kala.placeholder"].with_context(lang=lang)._values(record, used)
        return {
            **self._look_vals(),
            "lang": lang,
            "title": placeholders.render(template.subject or "", values).strip(),
            "source": clean_text(template._marked_text(source, values)),
        }

    def _prepare_designed_vals(self, record, body=None, subject=None):
        """:param str body: text that was edited, without marks; it keeps the design
        :param str subject: that was edited
        :return: dict ``body``, ``subject``, ``template_id``, ``template_values`` of a message
        :raise TemplateError: as :meth:`_prepare_mail_vals`"""
        vals = self._prepare_mail_vals(record)
        text = mail_layout.plain(vals["source"])
        if body and body.strip() != text:
            text, vals = body, self._with_text(vals, body)
        subject = subject or vals["title"]
        return {
            "body": text,
            "subject": subject,
            "template_id": self.id,
            "template_values": {**vals, "title": subject},
        }

    @api.model
    def _with_text(self, vals, text):
        """:param dict vals: of :meth:`_prepare_mail_vals`
        :param str text: that somebody typed: it keeps the design, and has no marks
        :return: dict: likewise"""
        lines = map(mail_layout.quote, clean_text(text).split("\n"))
        return {**vals, "source": "\n".join(lines)}

    @api.model
    def _mail_html(self, vals, company, footer=()):
        """:param dict vals: of :meth:`_prepare_mail_vals`
        :param company: ``res.company``
        :param footer: lines under the text (EM4)
        :return: str: the whole document"""
        look = Look(
            design=vals["design"] or "letter",
            color=color_or(vals["color"], color_or(company.email_secondary_color, COLOR)),
            on_color=color_or(company.email_primary_color, ON_COLOR),
            font=vals["font"],
        )
        logo = f"{company.get_base_url()}/logo.png?company={company.id}"
        source = vals["source"]
        if not vals["design"]:
            # A text without a design has no marks.
            source = "\n".join(map(mail_layout.quote, source.split("\n")))
        frame = Frame(
            title=vals["title"],
            lang=vals.get("lang") or self.env.lang,
            company=company.name,
            logo="" if company.uses_default_logo else logo,
            footer=tuple(footer),
        )
        return mail_design.html(source, look, frame)


def _final(value):
    """One function for all, since compiled templates are kept by it."""
    return mail_layout.quote(str(value))
