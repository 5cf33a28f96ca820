import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import channels
from ...tools.phone import email_key, format_phone, phone_key, region_of, written_as
from . import registry
from .channel_fields import ChannelField

_logger = logging.getLogger(__name__)

#: Lines that events of one connection may make on one day by naming addresses alone.
NEW_LINES = 20


class KalaLine(models.Model):
    """One number, sender, page or mailbox of ours, and whose work it brings (RE1)."""

    _name = "kala.line"
    _description = "Communication Line"
    _inherit = ["kala.guarded", "kala.hidden.name", "kala.given"]
    _internal_fields = (
        *("channels", "has_groups", "health_misses", "health_told", "number_since"),
        *("provider", "sequence", "test_id", "user_warning"),
    )
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    channel = ChannelField(required=True)
    channels = fields.Json(compute="_compute_channels")
    has_groups = fields.Boolean(compute="_compute_has_groups")
    connection_id = fields.Many2one(
        "kala.connection", index=True, ondelete="restrict", check_company=True
    )
    provider = fields.Char(related="connection_id.provider")
    connection_state = fields.Selection(related="connection_id.state", string="Connection state")
    address = fields.Char(
        help="Phone number in international form, e-mail address, or the sender's name."
    )
    external_id = fields.Char(
        string="Provider's id",
        copy=False,
        help="How the provider names this line in its events.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    is_default = fields.Boolean(
        string="Default line",
        copy=False,
        help="Used for this channel when nothing else decides.",
    )
    is_new = fields.Boolean(
        string="To set up",
        readonly=True,
        help="The provider named this line before anybody had set it up.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="May send from it",
        help="Leave empty to let every communication user of the company send from it.",
    )
    number_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="When its number was replaced: the hours of free text "
        "that a provider grants are the new number's (WA6).",
    )
    former_numbers = fields.Char(string="Earlier numbers", compute="_compute_former_numbers")
    # RE1: what comes in on this line
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    user_warning = fields.Char(compute="_compute_user_warning")
    team_id = fields.Many2one("crm.team", string="Sales team", check_company=True)
    source_id = fields.Many2one("utm.source")
    medium_id = fields.Many2one("utm.medium")
    campaign_id = fields.Many2one("utm.campaign")
    notify_all = fields.Boolean(
        string="Notify everybody",
        help="Notify all communication users who may read the record.",
    )
    group_messages = fields.Selection(
        [("ignore", "Ignore them"), ("log", "Keep them in the log")],
        string="Messages in groups",
        required=True,
        default="ignore",
        help="What people write in groups that this number is in. Kept ones belong to no record "
        "and make no task; communication managers see them.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Send window",
        check_company=True,
        help="Working hours in which texts leave from this line; empty: the company's.",
    )

    _external_uniq = models.UniqueIndex(
        "(connection_id, channel, external_id) WHERE external_id <> ''",
        "The connection already has a line with this provider's id.",
    )
    _default_uniq = models.UniqueIndex(
        "(company_id, channel) WHERE is_default AND active",
        "The channel already has a default line in this company.",
    )
    _address_idx = models.Index("(connection_id, channel, address)")

    # ------------------------------------------------------------------ ORM

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create([self._normalise_vals(vals) for vals in vals_list])
        for line in lines:
            self.env["kala.line.pace"].sudo()._ensure(line)
            line._become_default_if_first()
        return lines

    def write(self, vals):
        if vals.get("is_default"):
            self._drop_other_defaults()
        vals = self._normalise_vals(vals, self[:1])
        result = super().write(vals)
        if not self.env.context.get("kala_keep_new") and self._is_set_up_by(vals):
            self.sudo().filtered("is_new").is_new = False
        if "calendar_id" in vals:
            self._window_changed()
        return result

    @staticmethod
    def _is_set_up_by(vals):
        return bool({"name", "user_id", "team_id", "user_ids", "source_id"} & set(vals))

    def _normalise_vals(self, vals, line=None):
        """Phones are kept as E.164, e-mails in lower case; a sender's name as it is."""
        if not vals.get("address"):
            return vals
        company = self.env["res.company"].browse(
            vals.get("company_id") or (line and line.company_id.id) or self.env.company.id
        )
        return dict(vals, address=self._normalise_address(vals["address"], company))

    @api.model
    def _normalise_address(self, address, company):
        key = email_key(address) or phone_key(address, company._kala_region())
        if not key or key.kind == "raw":
            return address.strip()
        # A provider knows a number of ours in the one spelling in which it gave it to us.
        return written_as(address, key) if key.kind == "phone" else key.value

    def _become_default_if_first(self):
        """The first line of a channel is its default: nobody has to know the switch."""
        if self.is_default or not self.connection_id:
            return
        others = self.search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("channel", "=", self.channel),
                ("is_default", "=", True),
            ]
        )
        if not others:
            self.with_context(kala_keep_new=True).is_default = True

    def _drop_other_defaults(self):
        for line in self:
            others = self.search(
                [
                    ("company_id", "=", line.company_id.id),
                    ("channel", "=", line.channel),
                    ("is_default", "=", True),
                    ("id", "not in", self.ids),
                ]
            )
            others.write({"is_default": False})
            others.flush_recordset()

    @api.depends("connection_id.provider")
    def _compute_channels(self):
        """Channels to choose from: those of the connection's provider."""
        for line in self:
            provider = line.connection_id._provider()
            every = [row.code for row in channels.offered(self.env)]
            line.channels = every if provider is None else list(provider._channels)

    @api.depends("channel")
    def _compute_has_groups(self):
        for line in self:
            line.has_groups = channels.get(line.channel).groups

    @api.onchange("connection_id")
    def _onchange_connection_id(self):
        """Where the provider has one channel only there is nothing to choose."""
        if self.channel not in self.channels:
            self.channel = self.channels[0] if len(self.channels) == 1 else False

    @api.constrains("connection_id", "channel")
    def _check_channel(self):
        for line in self:
            provider = line.connection_id._provider()
            if provider is not None and line.channel not in provider._channels:
                raise ValidationError(
                    self.env._(
                        "%(provider)s has no lines for this channel. Choose another channel or "
                        "another connection.",
                        provider=provider._label,
                    )
                )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        for line in self:
            line.calendar_id._kala_check_opens()

    @api.depends("name", "address", "company_id")
    def _compute_display_name(self):
        return super()._compute_display_name()

    def _set_full_names(self):
        for line in self:
            address = line.address or ""
            if address.startswith("+"):
                address = format_phone(address, line.company_id._kala_region())
            same = not address or address == line.name
            line.display_name = line.name if same else f"{line.name} ({address})"

    def _kala_region(self):
        """:return: ISO country in which local spellings of who writes or calls here are read: of
        the line's number, else its company's (docs/architecture.md, 3.7)"""
        own = (self.address or "").startswith("+") and region_of(self.address)
        return own or (self.company_id or self.env.company)._kala_region()

    @api.depends("user_id.active", "user_id.share", "user_id.company_ids", "company_id")
    def _compute_user_warning(self):
        for line in self:
            line.user_warning = line.user_id._kala_mapping_warning(line.company_id)

    def _compute_former_numbers(self):
        aliases = self.env["kala.line.alias"].sudo().search([("line_id", "in", self.ids)])
        of_line = aliases.grouped("line_id")
        for line in self:
            region = line.company_id._kala_region()
            line.former_numbers = ", ".join(
                format_phone(alias.address, region)
                if (alias.address or "").startswith("+")
                else alias.address or alias.external_id
                for alias in of_line.get(line._origin.sudo(), ())
                if alias.address or alias.external_id
            )

    # ------------------------------------------------------------------ lookup

    @api.model
    def _find_or_create(self, connection, channel, external_id="", address="", name=""):
        """Find the line that an event names; one that is not known yet becomes a new line to
        set up (WA3), so that nothing is lost.

        :param str external_id: the provider's id of our number
        :param str address: our number as the provider wrote it
        :return: ``kala.line``; empty where the event names none and the connection has not
            exactly one
        """
        known = self.with_context(active_test=False).search(
            [("connection_id", "=", connection.id), ("channel", "=", channel)]
        )
        if external_id:
            found = known.filtered(lambda line: line.external_id == external_id)
            if found:
                return found[:1]
        if address:
            address = self._normalise_address(address, connection.company_id)
            found = known.filtered(
                lambda line: line.address == address and not (external_id and line.external_id)
            )
            if found:
                if external_id:
                    found[:1].external_id = external_id
                return found[:1]
        if not external_id and not address:
            return known if len(known) == 1 else known.filtered("is_default")[:1]
        former = self.env["kala.line.alias"]._line_of(connection, channel, external_id, address)
        if former:
            return former
        if not external_id and self._is_flooded(connection, known):
            return known if len(known) == 1 else known.filtered("is_default")[:1]
        return self.create(
            {
                "name": name or address or external_id,
                "channel": channel,
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "external_id": external_id or False,
                "address": address or False,
                "is_new": True,
            }
        )

    @api.model
    def _is_flooded(self, connection, known):
        """Who knows the address of a hook could name a number of ours that is another one each
        time. What names one more is handled like what names none."""
        since = fields.Datetime.now() - timedelta(days=1)
        new = known.filtered(lambda line: line.is_new and line.create_date >= since)
        if len(new) >= NEW_LINES:
            _logger.warning(
                "connection %s: events named %s new numbers of ours within a day; no more lines "
                "are made of them today",
                connection.id,
                len(new),
            )
        return len(new) >= NEW_LINES

    # ------------------------------------------------------------------ sending

    @api.model
    def _connected_channels(self):
        """:return: dict company id → set of channels that have a line one can send from"""
        lines = self.sudo().search(
            [
                ("connection_id.state", "in", ("connected", "paused", "error")),
                # The addon of another one is not installed: there is nothing to press (SE1).
                ("connection_id.provider", "in", list(registry.providers(self.env))),
            ]
        )
        connected = {}
        for line in lines:
            connected.setdefault(line.company_id.id, set()).add(line.channel)
        return connected

    @api.model
    def _is_connected_in(self, companies, channel):
        """:return: whether each of these companies has a line one can send from"""
        connected = self._connected_channels()
        return all(channel in connected.get(company.id, ()) for company in companies)

    def _may_send(self, user):
        """:return: whether this user may send from the line"""
        return not self.user_ids or user in self.user_ids or user._is_superuser()

    def _can_send(self):
        provider = self.connection_id._provider()
        is_call = channels.get(self.channel).family == channels.CALL
        return not is_call and (provider is None or registry.sends(provider))
