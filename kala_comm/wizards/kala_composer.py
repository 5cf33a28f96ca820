from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.connection.channel_fields import TextChannelField, WrittenChannelField
from ..tools import channels, const
from ..tools.phone import format_phone, phone_key

#: What can be typed on a channel → the row that stands for it.
TYPED = {"phone": "other", "email": "other_email"}
#: Rows that are no address: something to type, or one of us.
NO_ADDRESS = ("other", "other_email", "responsible", "colleague")


class KalaComposer(models.TransientModel):
    """Write to the contact of one record (SE3, SE4). A message to several is a mass send (BR1).

    Here: to which address, and from which line. What is written: ``kala_composer_text.py``; what
    would become of it: ``kala_composer_preview.py``; the button: ``kala_composer_send.py``.
    """

    _name = "kala.composer"
    _description = "Write a Message"
    _inherit = ["kala.given"]

    res_model = fields.Char(required=True)
    res_ids = fields.Json(required=True)
    is_one = fields.Boolean(compute="_compute_records")
    record_name = fields.Char(compute="_compute_records", string="To")
    channel = WrittenChannelField(required=True, default=channels.DEFAULT)
    channels = fields.Json(compute="_compute_channels")
    address_ids = fields.One2many("kala.composer.address", "composer_id", string="All addresses")
    usable_address_ids = fields.Many2many(
        "kala.composer.address", compute="_compute_usable_address_ids"
    )
    address_id = fields.Many2one(
        "kala.composer.address",
        compute="_compute_address_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', usable_address_ids)]",
    )
    fallback_channels = fields.Json(compute="_compute_fallback_channels")
    fallback_channel = TextChannelField(string="If it cannot arrive, by")
    is_typed = fields.Boolean(compute="_compute_is_typed")
    number = fields.Char(string="Write to")
    is_colleague = fields.Boolean(compute="_compute_is_typed")
    colleague_id = fields.Many2one(
        "res.users", string="Which colleague", domain="[('share', '=', False)]"
    )
    usable_line_ids = fields.Many2many("kala.line", compute="_compute_usable_line_ids")
    line_id = fields.Many2one(
        "kala.line",
        string="From",
        compute="_compute_line_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', usable_line_ids)]",
    )
    fixed_line_id = fields.Many2one(
        related="template_id.line_id", string="From (fixed by the template)"
    )
    company_ids = fields.Json(compute="_compute_channels")
    send_when = fields.Selection(
        [("now", "Now"), ("later", "At a chosen time")],
        string="Send",
        default="now",
        required=True,
    )
    send_after = fields.Datetime(string="Not before")
    ignore_window = fields.Boolean(string="Send now all the same")
    refusal = fields.Char(compute="_compute_refusal")
    opens_at = fields.Datetime(compute="_compute_refusal")
    held_because = fields.Char(compute="_compute_held_because")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_channel(vals)
        composers = super().create(vals_list)
        for composer in composers:
            composer._load_addresses()
        return composers

    def write(self, vals):
        self._check_channel(vals)
        return super().write(vals)

    @api.model
    def _check_channel(self, vals):
        channel = vals.get("channel")
        if channel and channel not in channels.codes(*channels.WRITTEN):
            raise UserError(
                self.env._("“%s” is not a channel for texts. Choose another channel.", channel)
            )

    def _check_given(self, names):
        for composer in self:
            composer._records()
        return super()._check_given(names)

    def _load_addresses(self):
        """Keep the addresses of the record as rows that can be chosen."""
        if not self.is_one:
            return
        record = self._records()
        company = record._kala_send_company()
        points = self._all_points(record)
        names = self._names_of([key for key, _connection in points])
        rows = [
            {
                "composer_id": self.id,
                "kind": key.kind,
                "value": key.value,
                "connection_id": connection_id,
                "name": format_phone(key.value, company._kala_region())
                if key.kind == "phone"
                else names.get(key, key.value),
            }
            for key, connection_id in points
        ]
        rows += [{"composer_id": self.id, **vals} for vals in self._prepare_other_rows(record)]
        self.env["kala.composer.address"].create(rows)

    @api.model
    def _names_of(self, keys):
        """Whom a channel knows by an id only (MA8) is called by the name that he gave there last.

        Index: ``kala_communication_contact_idx``.

        :return: dict ContactKey → name, of what the user may read
        """
        ids = {key for key in keys if key.kind not in ("phone", "email", "raw")}
        if not ids:
            return {}
        lines = self.env["kala.communication"]
        named = [
            ("contact_kind", "in", [key.kind for key in ids]),
            ("contact_value", "in", [key.value for key in ids]),
            ("contact_name", "!=", False),
        ]
        newest = lines._read_group(named, ["contact_kind", "contact_value"], ["id:max"])
        found = lines.browse(row[2] for row in newest)
        return {line._key(): line.contact_name for line in found}

    @api.model
    def _all_points(self, record):
        """:return: list of (ContactKey, connection id or False): those of the card, then those
        that wrote on the record, or on a similar one that the user may read, and are not on it
        (SE1, LO2)"""
        points = record._kala_points()[record.id]
        similar = self.env["kala.conversation"]._records(record)
        places = [(row["model"], row["id"]) for row in similar]
        writers = self.env["kala.communication"]._writers(record, places)
        return list(dict.fromkeys([*points, *writers]))

    def _prepare_other_rows(self, record):
        """Who else it may go to (SE3): an address that is typed, the record's responsible,
        another one of us."""
        rows = [
            {"kind": "other", "name": self.env._("Another number")},
            {"kind": "other_email", "name": self.env._("Another e-mail address")},
        ]
        responsible = record.user_id if record.user_id != self.env.user else None
        if responsible:
            name = self.env._("%s (responsible)", responsible.name)
            rows.append({"kind": "responsible", "name": name, "user_id": responsible.id})
        return [*rows, {"kind": "colleague", "name": self.env._("A colleague")}]

    def _propose(self, number):
        """Write to this number of the record first (SE2)."""
        region = self._companies()[:1]._kala_region()
        key = phone_key(number, region)
        rows = self.usable_address_ids.filtered(lambda row: key and row._key() == key)
        self.address_id = rows[:1] or self.address_id

    def _answer(self, communication):
        """Write to who wrote this, from the line that was written to, and quote it (SE4, WA1)."""
        communication.check_access("read")
        self.reply_to_id = communication
        self._write_to(communication)

    def _write_to(self, communication):
        """Write to the address of this message, from its line."""
        key = communication._key()
        rows = self.usable_address_ids.filtered(lambda row: row._key() == key)
        self.address_id = rows[:1] or self.address_id
        if communication.line_id in self.usable_line_ids:
            self.line_id = communication.line_id

    # ------------------------------------------------------------------ computed

    def _records(self):
        """:return: the lead, order or customer that is written to; empty if it is gone
        :raise UserError: if it is something else, or more than one
        :raise AccessError: if the user may not read it: what is told of it here would be news to
            him
        """
        if not self.res_model:
            return self.env["res.partner"]
        ids = self.res_ids or []
        is_list = isinstance(ids, list) and all(type(res_id) is int for res_id in ids)
        if self.res_model not in const.RECORD_MODELS or not is_list:
            raise UserError(
                self.env._(
                    "You can write to leads, orders and customers. Open one of them and press the "
                    "button of the channel there."
                )
            )
        records = self.env[self.res_model].browse(dict.fromkeys(ids)).exists()
        records.with_user(self.env.uid).check_access("read")
        if len(records) > 1:
            raise UserError(
                self.env._(
                    "This window writes to one contact. To write to several, select them in their "
                    "list and press the button of the channel there: that makes a mass send."
                )
            )
        return records

    @api.depends("res_model", "res_ids")
    def _compute_records(self):
        for composer in self:
            records = composer._records()
            composer.is_one = bool(records)
            composer.record_name = False
            if records:
                names = [records.display_name, records._kala_customer().display_name]
                if "contact_name" in records._fields:
                    names.append(records.contact_name)
                composer.record_name = " – ".join(dict.fromkeys(filter(None, names)))

    @api.depends("res_model", "res_ids")
    def _compute_channels(self):
        """Channels that some line of the record's companies can send on."""
        connected = self.env["kala.line"]._connected_channels()
        for composer in self:
            found = set()
            for company in composer._companies():
                found |= connected.get(company.id, set())
            composer.company_ids = composer._companies().ids
            composer.channels = [
                c for c in channels.codes(*channels.WRITTEN) if c in found | {composer.channel}
            ]

    @api.depends("channel", "channels")
    def _compute_fallback_channels(self):
        for composer in self:
            others = set(composer.channels) - {composer.channel}
            composer.fallback_channels = [
                c
                for c in channels.codes(channels.TEXT)
                if c in others and composer.channel != "email"
            ]

    def _companies(self):
        companies = self.env["res.company"]
        for record in self._records():
            companies |= record._kala_send_company()
        return companies

    @api.depends("channel", "address_ids")
    def _compute_usable_address_ids(self):
        for composer in self:
            rows = composer.address_ids._origin
            own = rows.filtered(lambda row: row.kind not in NO_ADDRESS)
            points = [(row._key(), row.connection_id.id) for row in own]
            chosen = rows.browse()
            records = composer._records()
            for row in own if composer.channel else ():
                usable = records._kala_usable(composer.channel, points, row.connection_id)
                if row._key() in usable:
                    chosen |= row
            composer.usable_address_ids = chosen | (rows - own).filtered(composer._is_usable_other)

    def _is_usable_other(self, row):
        """:return: whether a row that is no address can be chosen on the channel"""
        if row.kind == "responsible":
            return bool(row.user_id.partner_id._kala_writable(self.channel))
        typed = TYPED.get(channels.get(self.channel).typed)
        return row.kind in (typed, typed and "colleague")

    @api.depends("usable_address_ids")
    def _compute_address_id(self):
        """Propose where the contact last wrote from, else the first usable one."""
        for composer in self:
            usable = composer.usable_address_ids._origin
            if composer.address_id in usable:
                continue
            keys = {row._key(): row for row in usable if row._key()}
            last = (
                composer._records()._kala_last_written(composer.channel, list(keys))
                if composer.is_one
                else None
            )
            composer.address_id = keys.get(last) or usable[:1]

    @api.depends("address_id")
    def _compute_is_typed(self):
        for composer in self:
            composer.is_typed = composer.address_id.kind in TYPED.values()
            composer.is_colleague = composer.address_id.kind == "colleague"

    @api.depends("channel", "address_id")
    def _compute_usable_line_ids(self):
        for composer in self:
            lines = self.env["kala.line"]
            for company in composer._companies():
                lines |= lines.search(lines._usable_domain(company, composer.channel))
            connection = composer.address_id.connection_id
            composer.usable_line_ids = lines.filtered(
                lambda line, connection=connection: (
                    line._may_send(self.env.user)
                    and line.sudo()._can_send()
                    and (not connection or line.connection_id == connection)
                )
            )

    @api.depends("usable_line_ids")
    def _compute_line_id(self):
        """The user's own line, the one that the contact wrote to, or the default (SE4)."""
        for composer in self:
            usable = composer.usable_line_ids._origin
            if composer.line_id in usable:
                continue
            line = self.env["kala.line"]
            if composer.is_one:
                line = line._choose(
                    composer._records()._kala_send_company(),
                    composer.channel,
                    self.env.user,
                    composer.address_id._key(),
                )
            composer.line_id = (line & usable) or usable[:1]
