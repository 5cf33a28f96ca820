from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.phone import phone_key
from ..tools.placeholders import TemplateError

#: First letters of placeholders that are about another kind of record.
FOREIGN = {
    "crm.lead": ("order_",),
    "sale.order": ("lead_",),
    "res.partner": ("lead_", "order_"),
}


class KalaComposer(models.TransientModel):
    """What is written: a template or a free text, what it quotes, and its files (SE3, TE1, WA6)."""

    _inherit = "kala.composer"

    free_until = fields.Datetime(compute="_compute_free_until")
    is_free = fields.Boolean(compute="_compute_free_until")
    template_id = fields.Many2one(
        "kala.template",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', usable_template_ids)]",
    )
    usable_template_ids = fields.Many2many("kala.template", compute="_compute_usable_template_ids")
    holes = fields.Char(
        compute="_compute_holes", help="What the template names and the record does not have."
    )
    is_approved = fields.Boolean(related="template_id.is_external")
    subject = fields.Char(compute="_compute_body", store=True, readonly=False)
    body = fields.Text(string="Text", compute="_compute_body", store=True, readonly=False)
    reply_to_id = fields.Many2one("kala.communication", readonly=True, ondelete="cascade")
    quoted_text = fields.Char(compute="_compute_quoted_text")
    takes_files = fields.Boolean(compute="_compute_takes_files")
    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        compute="_compute_attachment_ids",
        store=True,
        readonly=False,
    )
    prints_document = fields.Boolean(compute="_compute_prints_document")
    with_document = fields.Boolean(
        string="The order as PDF",
        compute="_compute_with_document",
        store=True,
        readonly=False,
    )
    document_ids = fields.Many2many(
        "ir.attachment",
        "kala_composer_document_rel",
        string="Documents of the record",
        domain="[('res_model', '=', res_model), ('res_id', 'in', res_ids)]",
    )

    @api.depends("channel", "line_id", "address_id", "number", "colleague_id")
    def _compute_free_until(self):
        """Until when free text may be sent (WA6): for ever with most providers."""
        gate = self.env["kala.gate"]
        for composer in self:
            composer.free_until, composer.is_free = False, True
            line, address = composer.line_id._origin.sudo(), composer.address_id
            if not composer.is_one or not line or not address:
                continue
            key = address._key()
            if composer.is_typed:
                key = phone_key(composer.number or "", line.company_id._kala_region())
            elif composer._to_user():
                partner = composer._to_user().partner_id.sudo()
                key = next(iter(partner._kala_writable(composer.channel)), None)
            composer.free_until, composer.is_free = gate._free_until(line, composer.channel, key)

    @api.depends("channel", "line_id", "is_free", "company_ids")
    def _compute_usable_template_ids(self):
        """Our own texts, and what the line's provider approved; outside its hours for free text
        only the latter (WA6)."""
        for composer in self:
            connections = (composer.line_id or composer.usable_line_ids)._origin.connection_id
            kept = [("connection_id", "in", connections.ids)]
            own = [("connection_id", "=", False)]
            templates = self.env["kala.template"].search(
                Domain(
                    [
                        ("channel", "=", composer.channel),
                        ("company_id", "in", [False, *(composer.company_ids or ())]),
                        ("is_ready", "=", True),
                    ]
                )
                & (Domain(kept) | Domain(own) if composer.is_free else Domain(kept))
            )
            composer.usable_template_ids = composer._fitting(templates)

    def _fitting(self, templates):
        """:return: those of the templates that are not about another kind of record: on a lead, the
        number of an order is a hole"""
        record = self._records()
        foreign = FOREIGN.get(record._name, ())
        if not record or not foreign:
            return templates
        holes = templates._holes(record)
        return templates.filtered(
            lambda template: not any(name.startswith(foreign) for name in holes[template])
        )

    @api.depends("template_id", "res_ids")
    def _compute_holes(self):
        labels = {
            row["name"]: row["label"]
            for group in self.env["kala.placeholder"].get_groups()
            for row in group["rows"]
        }
        for composer in self:
            template, record = composer.template_id._origin, composer._records()
            names = template._holes(record)[template] if template and record else ()
            composer.holes = ", ".join(sorted(labels[name] for name in names)) or False

    @api.depends("channel", "usable_template_ids")
    def _compute_template_id(self):
        for composer in self:
            if composer.template_id not in composer.usable_template_ids._origin:
                composer.template_id = False

    @api.depends("template_id")
    def _compute_body(self):
        """Subject and text of the template as the contact will read them, to be edited (TE1)."""
        for composer in self:
            template = composer.template_id
            subject, body = composer.subject or False, composer.body or False
            if template and composer.is_one:
                try:
                    subject, body = template._render(composer._records())
                except TemplateError as error:
                    raise UserError(template._explain(error)) from error
            composer.subject, composer.body = subject, body

    @api.depends("template_id")
    def _compute_attachment_ids(self):
        """The template's files come along, to be taken out (TE5); those of another one go."""
        for composer in self:
            files = composer.attachment_ids
            composer.attachment_ids = composer.template_id._instead_of_files(files)

    @api.depends("reply_to_id", "line_id", "address_id")
    def _compute_quoted_text(self):
        """Empty where the chosen line or address cannot quote it."""
        for composer in self:
            # The record that it belongs to may be somebody else's by now.
            mine = composer.reply_to_id._origin.with_user(self.env.uid)
            quoted = mine._filtered_access("read")
            key = composer.address_id._origin._key()
            may = quoted and quoted.sudo()._may_be_quoted(composer.line_id._origin.sudo(), key)
            composer.quoted_text = quoted._quote() if may else False

    @api.depends("line_id", "channel")
    def _compute_takes_files(self):
        for composer in self:
            lines = (composer.line_id or composer.usable_line_ids)._origin.sudo()
            providers = [line.connection_id._provider() for line in lines]
            composer.takes_files = any(p is not None and p._max_files for p in providers)

    @api.depends("channel", "is_one", "takes_files")
    def _compute_prints_document(self):
        """An order can be printed; where no files are taken it goes as a link by a template."""
        for composer in self:
            composer.prints_document = (
                composer.is_one and composer.takes_files and composer.res_model == "sale.order"
            )

    @api.depends("channel", "prints_document")
    def _compute_with_document(self):
        """Who writes an e-mail about an order mostly sends it along (SE3)."""
        for composer in self:
            composer.with_document = composer.prints_document and composer.channel == "email"
