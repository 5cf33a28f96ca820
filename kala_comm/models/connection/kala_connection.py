import hashlib
import secrets
import time

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import consteq

#: Seconds between two writes of refusals by one process: a flood must not become updates.
REFUSALS_EVERY = 2.0
_refusals = {}

#: What changes without anybody's configuring; the door does not need it.
_LIVELY_FIELDS = frozenset(
    "state state_reason balance balance_date balance_told refused_count refused_date is_told "
    "trouble_kind trouble_date trouble_looks hook_fault health_misses health_told polled_until "
    "templates_date templates_error write_date write_uid".split()
)


def _token_digest(token):
    """Looked up instead of the token, so that the time it takes says nothing about it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class KalaConnection(models.Model):
    """Our login at a provider, through which one or many lines run."""

    _name = "kala.connection"
    _description = "Communication Connection"
    _inherit = ["kala.guarded", "mail.thread", "kala.hidden.name"]
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
    last_in_date = fields.Datetime(compute="_compute_last_dates", string="Last received")
    last_out_date = fields.Datetime(compute="_compute_last_dates", string="Last sent")
    dead_count = fields.Integer(compute="_compute_dead_count", string="Dead letters")

    _webhook_token_uniq = models.UniqueIndex(
        "(webhook_token)", "Two connections cannot share one webhook address."
    )

    # ------------------------------------------------------------------ ORM

    @api.model_create_multi
    def create(self, vals_list):
        self._forget_facts()
        return super().create(vals_list)

    def write(self, vals):
        if not _LIVELY_FIELDS.issuperset(vals):
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
        return [
            (code, model._label) for code, model in self.env["kala.provider"]._providers().items()
        ]

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
            connection.has_calls = bool(
                connection.extension_ids or known and "voice" in provider._channels
            )
            connection.has_api = known and bool(
                provider._api_url or "api_url" in provider._required_fields
            )

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

    def _compute_last_dates(self):
        """Read from the log (DESIGN 3.10): index ``kala_communication_connection_idx``."""
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """SELECT c.id,
                      (SELECT max(date) FROM kala_communication
                        WHERE connection_id = c.id AND direction = 'in'),
                      (SELECT max(date) FROM kala_communication
                        WHERE connection_id = c.id AND direction = 'out'
                          AND state IN ('sent', 'delivered', 'read'))
                 FROM unnest(%s::int[]) AS c(id)""",
            [list(self._origin._ids)],
        )
        dates = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for connection in self:
            last_in, last_out = dates.get(connection._origin.id, (None, None))
            connection.last_in_date = last_in
            connection.last_out_date = last_out

    def _compute_dead_count(self):
        counts = dict(
            self.env["kala.inbound.item"]
            .sudo()
            ._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "dead")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.dead_count = counts.get(connection, 0)

    # ------------------------------------------------------------------ checks

    @api.constrains("provider")
    def _check_provider(self):
        providers = self.env["kala.provider"]._providers()
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
        return self.env["kala.provider"]._get(self and self.ensure_one().provider)

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
        """:return: dict digest of the webhook token → values of the connection, without those
        that change by themselves. It is in this process's memory only, as the records that
        it is read from are."""
        names = [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in _LIVELY_FIELDS
        ]
        connections = self.sudo().with_context(active_test=False).search_fetch([], names)
        return {
            _token_digest(values["webhook_token"]): values
            for values in connections.read(names, load="")
        }

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
        )
        self.invalidate_recordset(["refused_count", "refused_date"])

    # ------------------------------------------------------------------ state

    def action_connect(self):
        """Check the login at the provider and open the connection for sending.

        :raise UserError: with what is missing, or what the provider said
        """
        self.check_access("write")
        fingerprint = self.env["kala.fingerprint"]
        # Who only tries things in a copy does not mean that the copy may write to customers.
        if not fingerprint._is_known() or set(self.mapped("provider")) != {"sandbox"}:
            # First of all: in a copy that nobody has confirmed the provider is not asked.
            fingerprint._remember()
        for connection in self:
            connection._check_connectable()
            health = connection._ask_health()
            if not health["ok"]:
                raise UserError(
                    self.env._(
                        "%(provider)s did not accept the login of “%(name)s”: %(reason)s",
                        provider=connection.provider_label,
                        name=connection.name,
                        reason=health.get("reason") or self.env._("no reason was given"),
                    )
                )
            connection._apply_health(health)
            connection._set_state("connected")
        self.env["kala.dispatcher"]._wake()
        self.env["kala.email.outbox"]._wake()
        return True

    def action_pause(self):
        """Keep outgoing messages until somebody resumes; incoming ones go on."""
        self._set_state("paused", self.env._("Paused by %s", self.env.user.name))
        return True

    def action_resume(self):
        return self.action_connect()

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

    def _check_connectable(self):
        missing = self._missing_sentence()
        if missing:
            raise UserError(missing)

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

    def _ask_health(self):
        """Ask the provider whether the login works; a GET, so asking twice does no harm.

        :return: dict of :meth:`kala.provider._read_health`
        """
        provider = self._provider()
        missing = self._missing_sentence()
        if missing:
            return {"ok": False, "reason": missing}
        request = provider._prepare_health(self.sudo())
        return {"ok": True} if request is None else self._ask_for_health(request)

    def _ask_for_health(self, request):
        """:param request: SendRequest
        :return: dict of :meth:`kala.provider._read_health`"""
        heard = self._ask(request, self._provider()._read_health)
        return {"ok": False, "reason": heard.fault} if heard.fault else heard.told

    def _apply_health(self, health):
        self._keep_balance(health.get("balance"))
        for line in health.get("lines") or ():
            self.env["kala.line"].sudo()._find_or_create(
                self,
                line.get("channel") or self._provider()._channels[0],
                external_id=line.get("external_id", ""),
                address=line.get("address", ""),
                name=line.get("name", ""),
            )

    # ------------------------------------------------------------------ buttons

    def action_open_lines(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_line_action")
        action["domain"] = [("connection_id", "in", self.ids)]
        action["context"] = {"default_connection_id": self.id}
        return action

    def action_open_communications(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kala_comm.kala_communication_action"
        )
        action["domain"] = [("connection_id", "in", self.ids)]
        return action

    def action_simulate(self):
        """Write what a customer would write, on this sandbox connection (AD2)."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_simulate_action")
        action["context"] = {"default_line_id": self.line_ids[:1].id}
        return action

    def action_open_dead(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_inbound_item_action")
        action["domain"] = [("connection_id", "in", self.ids)]
        return action
