import hashlib
import secrets
import time

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import consteq

from ...tools import channels
from . import registry

#: Seconds between two writes of refusals by one process: a flood must not become updates.
REFUSALS_EVERY = 2.0
_refusals = {}

#: What the door needs of a connection, beside what its provider needs to verify a request.
DOOR_FIELDS = ("webhook_token", "provider", "company_id", "api_url")


def _token_digest(token):
    """Looked up instead of the token, so that the time it takes says nothing about it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class KalaConnection(models.Model):
    """Our login at a provider, through which one or many lines run."""

    _name = "kala.connection"
    _description = "Communication Connection"
    _inherit = ["kala.guarded", "mail.thread", "kala.hidden.name"]
    _internal_fields = (
        *("balance_told", "can_mark_read", "can_poll", "has_api", "has_calls"),
        *("health_misses", "health_told", "hook_fault", "is_told", "keeps_templates"),
        *("polled_to", "polled_until", "provider", "sequence", "trouble_date"),
        *("trouble_kind", "trouble_looks", "webhook_token"),
    )
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    provider = fields.Char(
        string="Provider code",
        required=True,
        index=True,
        help="Code of the provider. Its addon must be installed for the connection to work.",
    )
    provider_choice = fields.Selection(
        selection="_selection_provider",
        string="Provider",
        compute="_compute_provider_choice",
        inverse="_inverse_provider_choice",
    )
    provider_label = fields.Char(compute="_compute_provider_choice")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    api_url = fields.Char(
        string="API address",
        groups="base.group_system",
        help="Leave empty to use the provider's own address.",
    )
    webhook_token = fields.Char(
        required=True,
        copy=False,
        readonly=True,
        groups="base.group_system",
        default=lambda self: secrets.token_urlsafe(32),
    )
    webhook_url = fields.Char(
        string="Webhook address",
        compute="_compute_webhook_url",
        groups="base.group_system",
        help="Give this address to the provider. It is a secret.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("connected", "Connected"),
            ("paused", "Paused"),
            ("error", "Error"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    state_reason = fields.Char(readonly=True, copy=False)
    line_ids = fields.One2many("kala.line", "connection_id")
    line_count = fields.Integer(compute="_compute_line_count")
    extension_ids = fields.One2many("kala.extension", "connection_id")
    has_calls = fields.Boolean(compute="_compute_kind_of_provider")
    has_api = fields.Boolean(compute="_compute_kind_of_provider")
    help_page = fields.Char(compute="_compute_help_page")
    notify_all = fields.Boolean(
        string="Notify everybody",
        help="Notify all communication users who may read the record, not only the "
        "responsible user.",
    )
    refused_count = fields.Integer(
        string="Refused requests",
        readonly=True,
        copy=False,
        help="Requests to the webhook address that did not prove to be from the provider.",
    )
    refused_date = fields.Datetime(readonly=True, copy=False)
    _webhook_token_uniq = models.UniqueIndex(
        "(webhook_token)", "Two connections cannot share one webhook address."
    )

    # ------------------------------------------------------------------ ORM

    @api.model_create_multi
    def create(self, vals_list):
        self._forget_facts()
        return super().create(vals_list)

    def write(self, vals):
        if not self._door_fields().isdisjoint(vals):
            self._forget_facts()
        return super().write(vals)

    def unlink(self):
        self._forget_facts()
        return super().unlink()

    def _forget_facts(self):
        """Now, and once more when it is committed: until then another thread at the door reads
        what was before, and would refuse what the provider signs from now on."""
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    # ------------------------------------------------------------------ computed

    @api.model
    def _selection_provider(self):
        return [(code, model._label) for code, model in registry.providers(self.env).items()]

    @api.depends("provider")
    def _compute_provider_choice(self):
        installed = dict(self._selection_provider())
        for connection in self:
            code = connection.provider
            connection.provider_choice = code if code in installed else False
            connection.provider_label = installed.get(code) or (
                self.env._("%(code)s (not installed)", code=code) if code else False
            )

    @api.onchange("provider_choice")
    def _inverse_provider_choice(self):
        for connection in self:
            if connection.provider_choice:
                connection.provider = connection.provider_choice

    @api.depends("provider", "extension_ids")
    def _compute_kind_of_provider(self):
        """What there is to fill in: extensions are of telephone systems, and those of a provider
        that is gone stay; an address is asked for where something is asked at it."""
        for connection in self:
            provider = connection._provider()
            known = provider is not None
            spoken = provider._channels if known else ()
            calls = any(channels.get(channel).family == channels.CALL for channel in spoken)
            connection.has_calls = bool(connection.extension_ids or calls)
            connection.has_api = known and bool(
                provider._api_url or "api_url" in provider._required_fields
            )

    @api.depends("provider")
    def _compute_help_page(self):
        for connection in self:
            provider = connection._provider()
            connection.help_page = provider._help_page if provider is not None else False

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        for connection in self:
            connection.webhook_url = (
                f"{connection.get_base_url()}/kala/webhook/{connection.webhook_token}"
            )

    @api.depends("line_ids")
    def _compute_line_count(self):
        for connection in self:
            connection.line_count = len(connection.line_ids)

    # ------------------------------------------------------------------ checks

    @api.constrains("provider")
    def _check_provider(self):
        providers = registry.providers(self.env)
        for connection in self:
            if connection.provider not in providers and connection.state == "draft":
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is not a provider that is installed. Choose one of: %(known)s.",
                        code=connection.provider,
                        known=", ".join(sorted(providers)),
                    )
                )

    # ------------------------------------------------------------------ provider

    def _provider(self):
        """:return: the provider's model, or None when its addon is not installed; also None of no
        connection at all: e-mails and lines may be without one"""
        return registry.provider(self.env, self and self.ensure_one().provider)

    @api.model
    def _find_by_token(self, token):
        """Find the connection of a webhook address; works on archived ones too, since what a
        customer wrote must not be lost.

        No query, also for addresses that are none of ours: every webhook passes here (QU1).

        :param str token: ``webhook_token``
        :return: ``kala.connection``, its facts at hand; empty where no connection has the token
        """
        found = self._door_facts().get(_token_digest(token))
        if not found or not consteq(found["webhook_token"], token):
            return self.browse()
        connection = self.browse(found["id"])
        connection._update_cache(found, validate=False)
        return connection

    @api.model
    @tools.ormcache()
    def _door_facts(self):
        """:return: dict digest of the webhook token → values of the connection. It is in this
        process's memory only, as the records that it is read from are."""
        names = sorted(self._door_fields())
        connections = self.sudo().with_context(active_test=False).search_fetch([], names)
        return {
            _token_digest(values["webhook_token"]): values
            for values in connections.read(names, load="")
        }

    @api.model
    def _door_fields(self):
        """:return: set of the fields that the door reads: a connection is configured by them, and
        they do not change with every message"""
        providers = registry.providers(self.env).values()
        return set(DOOR_FIELDS).union(
            *((*p._required_fields, *p._secret_fields, *p._door_fields) for p in providers)
        )

    def _count_refusal(self):
        """Count a refused request on the connection's health, at most one write per process
        and :data:`REFUSALS_EVERY` seconds."""
        self.ensure_one()
        key = (self.env.cr.dbname, self.id)
        waiting, last = _refusals.get(key, (0, 0.0))
        now = time.monotonic()
        waiting += 1
        if now - last < REFUSALS_EVERY:
            _refusals[key] = (waiting, last)
            return
        _refusals[key] = (0, now)
        # A connection row has no hot columns: plain UPDATE by primary key.
        self.env.cr.execute(
            """UPDATE kala_connection
                  SET refused_count = COALESCE(refused_count, 0) + %s,
                      refused_date = now() AT TIME ZONE 'UTC'
                WHERE id = %s""",
            [waiting, self.id],
            log_exceptions=False,
        )
        self.invalidate_recordset(["refused_count", "refused_date"])

    # ------------------------------------------------------------------ state

    def action_draft(self):
        self._set_state("draft")
        return True

    def action_renew_webhook(self):
        """Make a new webhook address; the old one stops working at once."""
        self.check_access("write")
        for connection in self.sudo():
            connection.webhook_token = secrets.token_urlsafe(32)
        return True

    def _set_state(self, state, reason=False):
        self.check_access("write")
        self.sudo().write({"state": state, "state_reason": reason})
        self._state_changed()

    def _check_connectable(self):
        missing = self._missing_sentence()
        if missing:
            raise UserError(missing)

    def _not_installed_sentence(self):
        return self.env._(
            "The provider “%s” is not installed. Install its addon, then connect.", self.provider
        )

    def _missing_sentence(self):
        """:return: which fields of the login are empty, or that nobody knows the provider, and what
        to do; "" where nothing is missing"""
        if self._provider() is None:
            return self._not_installed_sentence()
        missing = self._provider()._missing_fields(self.sudo())
        if not missing:
            return ""
        labels = [self._fields[name]._description_string(self.env) for name in missing]
        return self.env._(
            "Fill in %(fields)s before connecting “%(name)s”.",
            fields=", ".join(labels),
            name=self.name,
        )

    # ------------------------------------------------------------------ buttons

    def action_open_lines(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_line_action")
        action["domain"] = [("connection_id", "in", self.ids)]
        action["context"] = {"default_connection_id": self.id}
        return action
