from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import const
from .kala_template_variable import label

#: What the provider decides; people change it there.
_KEPT_BY_PROVIDER = frozenset(
    "body subject channel connection_id external_id external_name external_language "
    "external_body external_header external_footer category approval_state approval_reason "
    "quality header_kind buttons unsupported".split()
)


class KalaTemplate(models.Model):
    """Templates that a provider keeps and approves (WA1, WA8). Its text is the provider's; a
    person says what stands for each of its variables, in the language of templates (TE2).
    ``body`` is written from both, so that preview, log and rendering are as with any other."""

    _inherit = "kala.template"

    connection_id = fields.Many2one(
        "kala.connection",
        string="Kept by",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The provider that approves the template; empty: a text of our own.",
    )
    is_external = fields.Boolean(compute="_compute_is_external")
    external_id = fields.Char(string="Provider's id", readonly=True, copy=False)
    external_name = fields.Char(string="Provider's name", readonly=True)
    external_language = fields.Char(string="Language", readonly=True)
    external_header = fields.Char(readonly=True)
    external_body = fields.Text(string="Approved text", readonly=True)
    external_footer = fields.Char(readonly=True)
    category = fields.Char(readonly=True)
    approval_state = fields.Selection(const.APPROVAL_STATES, string="Approval", readonly=True)
    approval_reason = fields.Char(readonly=True)
    approval_date = fields.Datetime(readonly=True, help="Older news changes nothing.")
    quality = fields.Selection(const.TEMPLATE_QUALITIES, readonly=True)
    header_kind = fields.Selection(const.HEADER_KINDS, string="Header", readonly=True)
    header_attachment_id = fields.Many2one(
        "ir.attachment",
        string="File of the header",
        help="Goes out with each message, unless the message has a file of its own.",
    )
    header_file = fields.Binary(
        string="Header file", compute="_compute_header_file", inverse="_inverse_header_file"
    )
    header_file_name = fields.Char(compute="_compute_header_file", inverse="_inverse_header_file")
    buttons = fields.Json(string="Buttons as data", readonly=True)
    buttons_text = fields.Text(string="Buttons", compute="_compute_buttons_text")
    unsupported = fields.Char(readonly=True, help="A part that cannot be sent from here.")
    variable_ids = fields.One2many("kala.template.variable", "template_id", string="Variables")
    is_ready = fields.Boolean(
        string="Can be sent",
        compute="_compute_is_ready",
        store=True,
        help="Approved, and each of its variables has a text.",
    )
    obstacle = fields.Char(compute="_compute_obstacle")
    sibling_ids = fields.Many2many(
        "kala.template", string="Other languages", compute="_compute_sibling_ids"
    )

    _external_uniq = models.UniqueIndex(
        "(connection_id, external_id) WHERE external_id <> ''",
        "This template is known already.",
    )

    # ------------------------------------------------------------------ ORM

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_rights(vals)
        templates = super().create(vals_list)
        for template in templates.sudo():
            # A context gives values, too.
            given = ("connection_id", "header_attachment_id")
            templates._check_kept({name: template[name].id for name in given})
        templates._check_library(["library"] if any(templates.mapped("library")) else [])
        templates._check_fixed_line()
        templates._keep_files()
        return templates

    def write(self, vals):
        self._check_rights(vals)
        self._check_library(vals)
        kept = self.filtered("connection_id")
        if kept and not self.env.su and not _KEPT_BY_PROVIDER.isdisjoint(vals):
            raise UserError(
                self.env._(
                    "“%(name)s” is kept by %(provider)s. Change it there, then fetch the "
                    "templates anew; here you say what stands for its variables.",
                    name=kept[:1].name,
                    provider=kept[:1].sudo().connection_id.provider_label,
                )
            )
        result = super().write(vals)
        if not {"company_id", "line_id"}.isdisjoint(vals):
            self._check_fixed_line()
        if "attachment_ids" in vals:
            self._keep_files()
        # Defined where rules are known: automation/template_use.py.
        self._rules_follow(vals)
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        """The dialog of translations does not write by :meth:`write`."""
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        self._rules_follow([field_name])
        return result

    def _check_fixed_line(self):
        """Nobody fixes a line that he may not read, nor gives his template to another company."""
        if not self.env.su:
            self.check_access("write")
            self.sudo().line_id.sudo(False).check_access("read")

    def _check_rights(self, vals):
        """What a provider keeps comes from there (WA1). The file of the header goes out with each
        message: nobody sends one that he may not read (SC4)."""
        self._check_owner(vals)
        self._check_kept(vals)

    @api.model
    def _check_kept(self, vals):
        if not self.env.su and vals.get("connection_id"):
            raise AccessError(
                self.env._(
                    "What a provider keeps is made there. Make it there, then fetch the "
                    "templates of the connection."
                )
            )
        file_id = vals.get("header_attachment_id")
        self.env["ir.attachment"].browse(file_id or ()).check_access("read")

    def copy_data(self, default=None):
        """A copy is a text of our own: the provider knows nothing of it."""
        vals_list = super().copy_data(default)
        for vals in vals_list:
            for name in (*_KEPT_BY_PROVIDER - {"body", "subject", "channel"}, "variable_ids"):
                vals.pop(name, None)
        return vals_list

    # ------------------------------------------------------------------ computed

    @api.depends("connection_id")
    def _compute_is_external(self):
        for template in self:
            template.is_external = bool(template.connection_id)

    @api.depends("header_attachment_id")
    def _compute_header_file(self):
        for template in self:
            template.header_file = template.header_attachment_id.datas
            template.header_file_name = template.header_attachment_id.name

    def _inverse_header_file(self):
        for template in self:
            template.header_attachment_id = template.header_file and self.env[
                "ir.attachment"
            ].create(
                {
                    "name": template.header_file_name or template.name,
                    "datas": template.header_file,
                    "res_model": self._name,
                    "res_id": template.id,
                }
            )

    @api.depends("buttons")
    def _compute_buttons_text(self):
        for template in self:
            template.buttons_text = "\n".join(
                " – ".join(filter(None, (button.get("text"), button.get("target"))))
                for button in template.buttons or ()
            )

    @api.depends(
        "connection_id",
        "approval_state",
        "unsupported",
        "header_kind",
        "header_attachment_id",
        "variable_ids.value",
    )
    def _compute_is_ready(self):
        for template in self:
            template.is_ready = not template._obstacle()

    @api.depends("is_ready", "approval_reason")
    def _compute_obstacle(self):
        for template in self:
            template.obstacle = template._obstacle()

    @api.depends("connection_id", "external_name")
    def _compute_sibling_ids(self):
        for template in self:
            kept = template.connection_id and [
                ("connection_id", "=", template.connection_id.id),
                ("external_name", "=", template.external_name),
                ("is_ready", "=", True),
            ]
            template.sibling_ids = self.search(kept) if kept else self.browse()

    # ------------------------------------------------------------------ may it leave

    def _files_refusal(self, provider, channel, files, body):
        """Say why files cannot go along with this template, or with a text where it is empty.

        :param provider: the model of the provider that would send them
        :param files: ``ir.attachment``; empty where the only file is still to be printed
        :param str body: the text that goes with them
        :return: a sentence, what to do included; "" where they can
        """
        if self.connection_id and self.header_kind not in const.FILE_HEADERS:
            return provider._template_file_refusal(self.name)
        # The text of a template that the provider keeps is not the file's.
        text = "" if self.connection_id else body
        return provider._file_refusal(channel, files, text) if files else ""

    def _is_advertising(self):
        """:return: whether its provider counts it as an advertisement, which a contact may refuse
        apart from all else (CO2)"""
        return (self.sudo().category or "").upper() == "MARKETING"

    def _obstacle(self):
        """:return: why the template cannot be sent, and what to do; "" where it can"""
        self.ensure_one()
        if not self.connection_id:
            return ""
        provider = self.sudo().connection_id.provider_label
        if self.approval_state != "approved":
            return self._approval_sentence(provider)
        if self.unsupported:
            return self.env._(
                "“%(name)s” has a part that cannot be sent from here (%(part)s). Choose another "
                "template.",
                name=self.name,
                part=self.unsupported,
            )
        missing = self.variable_ids.filtered(lambda variable: not (variable.value or "").strip())
        if missing:
            return self.env._(
                "Say what stands for %(variables)s in “%(name)s”: open the template and fill in "
                "its variables.",
                variables=", ".join(missing.mapped("display_name")),
                name=self.name,
            )
        if self.header_kind in const.FILE_HEADERS and not self.header_attachment_id:
            return self.env._(
                "“%s” begins with a file, and none is chosen. Open the template and choose it.",
                self.name,
            )
        return ""

    def _approval_sentence(self, provider):
        sentences = {
            "pending": self.env._("is still being reviewed by %s.", provider),
            "rejected": self.env._("was rejected by %s.", provider),
            "paused": self.env._(
                "is paused by %s, since too many people blocked or reported it.", provider
            ),
            "disabled": self.env._("was disabled by %s.", provider),
            "deleted": self.env._("does not exist at %s any more.", provider),
        }
        state = sentences.get(self.approval_state) or self.env._("is not approved by %s.", provider)
        reason = f" ({self.approval_reason})" if self.approval_reason else ""
        return self.env._(
            "“%(name)s” %(state)s%(reason)s Choose another template.",
            name=self.name,
            state=state,
            reason=reason,
        )

    def _refusal(self, line, values):
        """:param line: ``kala.line`` that it would leave from
        :param dict values: of :meth:`_prepare_values`
        :return: why it may not leave, and what to do; "" where it may"""
        self.ensure_one()
        if not self.connection_id:
            return ""
        if line.connection_id != self.connection_id:
            return self.env._(
                "“%(name)s” was approved for “%(connection)s”. Choose a line of it, or another "
                "template.",
                name=self.name,
                connection=self.connection_id.name,
            )
        empty = [v for v in values["variables"] if not v["text"]]
        if empty and not self._obstacle():
            return self.env._(
                "“%(name)s” needs a text for each variable, and there is none for %(variables)s "
                "here. Fill in the card, or give the variable a text to fall back to, such as "
                "{{ first_name or 'there' }}.",
                name=self.name,
                variables=", ".join(label(v["name"]) for v in empty),
            )
        return self._obstacle()
