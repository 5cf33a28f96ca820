import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: Pages of templates that are fetched: an account has some thousands of templates at most.
PAGES = 200
#: States that the managers are told of.
BAD_STATES = ("rejected", "paused", "disabled", "deleted")


class KalaConnection(models.Model):
    """Fetches the templates that the provider keeps (WA1): by a button, by a daily job, and
    when the provider says that something changed."""

    _inherit = "kala.connection"

    keeps_templates = fields.Boolean(compute="_compute_keeps_templates")
    template_ids = fields.One2many("kala.template", "connection_id")
    template_count = fields.Integer(compute="_compute_template_count")
    templates_date = fields.Datetime(string="Templates fetched", readonly=True, copy=False)
    templates_error = fields.Char(readonly=True, copy=False)

    @api.depends("provider")
    def _compute_keeps_templates(self):
        for connection in self:
            provider = connection._provider()
            connection.keeps_templates = bool(provider is not None and provider._template_channel)

    @api.depends("template_ids")
    def _compute_template_count(self):
        for connection in self:
            connection.template_count = len(connection.template_ids)

    def action_sync_templates(self):
        """Fetch the provider's templates now.

        :raise UserError: with what the provider said
        """
        self.check_access("write")
        for connection in self.sudo():
            connection._sync_templates()
        return self.action_open_templates()

    def action_open_templates(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_template_action")
        action["domain"] = [("connection_id", "in", self.ids)]
        return action

    @api.model
    def _wake_templates(self):
        self.env.ref("kala_comm.ir_cron_templates").sudo()._trigger()

    @api.model
    def _cron_sync_templates(self):
        """Fetch the templates of each connection; one that fails says so on its page."""
        for connection in self.search([("state", "=", "connected")]).filtered("keeps_templates"):
            self.env["kala.job"]._guarded(connection, lambda asked: asked._sync_or_note())
            self.env["ir.cron"]._commit_progress(1)

    def _sync_or_note(self):
        """Fetch all templates, or change none; the reason is shown on the connection."""
        try:
            with self.env.cr.savepoint():
                self._sync_templates()
        except UserError as error:
            _logger.info("templates of connection %s: %s", self.id, error)
            self.templates_error = str(error)[:500]

    def _sync_templates(self):
        """:raise UserError: if a page cannot be read: the templates on it would count as deleted"""
        self.ensure_one()
        self.env["kala.template"].sudo()._keep_external(self, self._read_all_templates())
        self.write({"templates_date": fields.Datetime.now(), "templates_error": False})

    def _read_all_templates(self):
        """:return: list of ExternalTemplate"""
        found, cursor = [], ""
        for _n in range(PAGES):
            page = self._ask_templates(cursor)
            found += page.templates
            cursor = page.cursor
            if not cursor:
                return found
        raise UserError(
            self.env._(
                "The list of templates of %s has no end. Nothing was changed; try again later.",
                self.provider_label,
            )
        )

    def _ask_templates(self, cursor):
        provider = self._provider()
        request = provider._prepare_templates(self.sudo(), cursor)
        heard = self._ask(request, provider._read_templates)
        error = heard.fault or heard.told.error
        if error:
            raise UserError(
                self.env._(
                    "%(provider)s did not give us its templates: %(reason)s",
                    provider=self.provider_label,
                    reason=self._failure_words(error),
                )
            )
        return heard.told


class KalaTemplate(models.Model):
    """Keeps what providers tell about their templates."""

    _inherit = "kala.template"

    @api.model
    def _keep_external(self, connection, found):
        """Make the provider's templates ours; those that it has no more are archived.

        :param list found: of ExternalTemplate, all that the provider has
        """
        kept = self.with_context(active_test=False).search([("connection_id", "=", connection.id)])
        # A template that moved to another page while the list was read comes twice.
        found = list({external.external_id: external for external in found}.values())
        by_id = {template.external_id: template for template in kept}
        fresh = [external for external in found if external.external_id not in by_id]
        made = self.with_context(lang=None).create(
            [
                {
                    "connection_id": connection.id,
                    "company_id": connection.company_id.id,
                    "channel": connection._provider()._template_channel,
                    "body": external.name,
                    "name": external.name.replace("_", " ").capitalize(),
                    **self._external_vals(external),
                }
                for external in fresh
            ]
        )
        by_id.update(zip([external.external_id for external in fresh], made, strict=True))
        for external in found:
            by_id[external.external_id]._take_external(external)
        gone = kept.filtered(lambda t: t.external_id not in {e.external_id for e in found})
        gone._set_approval("deleted")

    def _take_external(self, external):
        """Write what changed at the provider, and keep what people said of its variables."""
        vals = self._external_vals(external)
        changed = {
            name: value for name, value in vals.items() if (self[name] or False) != (value or False)
        }
        state = changed.pop("approval_state", None)
        if changed:
            self.write(changed)
        self._keep_variables(external.variables)
        self._write_body()
        if state:
            self._set_approval(state, external.reason)

    @api.model
    def _external_vals(self, external):
        return {
            "external_id": external.external_id,
            "external_name": external.name,
            "external_language": external.language,
            "external_header": external.header,
            "external_body": external.body,
            "external_footer": external.footer,
            "category": external.category,
            "approval_state": external.state,
            "approval_reason": external.reason,
            "quality": external.quality,
            "header_kind": external.header_kind,
            "buttons": list(external.buttons),
            "unsupported": external.unsupported,
        }

    def _keep_variables(self, variables):
        own = {(v.part, v.place, v.name): v for v in self.variable_ids}
        wanted = {(v.part, v.place, v.name): v for v in variables}
        for key in own.keys() - wanted.keys():
            own[key].unlink()
        self.env["kala.template.variable"].create(
            [
                {
                    "template_id": self.id,
                    "part": variable.part,
                    "place": variable.place,
                    "name": variable.name,
                    "kind": variable.kind,
                    "example": variable.example,
                }
                for key, variable in wanted.items()
                if key not in own
            ]
        )

    def _set_approval(self, state, reason=""):
        """Write what the provider thinks of templates, and tell the managers of bad news."""
        for template in self.filtered(lambda t: t.approval_state != state):
            was = template.approval_state
            template.write(
                {
                    "approval_state": state,
                    "approval_reason": reason or False,
                    "active": state != "deleted",
                }
            )
            if state in BAD_STATES and was == "approved":
                # Defined where people are told: health/lost_template.py.
                template._tell_lost()

    def _take_update(self, update):
        """Take news about one template (WA1), unless they are older than the last ones."""
        if self.approval_date and update.date and update.date < self.approval_date:
            return
        vals = {
            name: value
            for name, value in (
                ("approval_date", update.date if update.state else None),
                ("quality", update.quality),
                ("category", update.category),
            )
            if value
        }
        if vals:
            self.write(vals)
        if update.state:
            self._set_approval(update.state, update.reason)


class KalaIntake(models.AbstractModel):
    """News about templates."""

    _inherit = "kala.intake"

    @api.model
    def _take_templates(self, company, items):
        for item in items:
            update = item._parsed()
            template = self._template_of(item.connection_id, update)
            if template:
                template._take_update(update)
            if update.changed or not template:
                self.env["kala.connection"]._wake_templates()
            item.write({"state": "done", "result": "template", "error": False})

    @api.model
    def _template_of(self, connection, update):
        """Index: ``kala_template_external_uniq``, else ``kala_template__connection_id_index``."""
        templates = self.env["kala.template"].with_context(active_test=False)
        own = [("connection_id", "=", connection.id)]
        found = templates.search([*own, ("external_id", "=", update.external_id)], limit=1)
        language = (update.language or "").replace("-", "_")
        return found or templates.search(
            [*own, ("external_name", "=", update.name), ("external_language", "=", language)],
            limit=1,
        )
