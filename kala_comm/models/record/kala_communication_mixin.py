import copy

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import channels, const
from ...tools.phone import ContactKey, email_key, is_mobile, is_number, phone_key


class KalaCommunicationMixin(models.AbstractModel):
    """A record that communications are attached to: lead, order, customer."""

    _name = "kala.communication.mixin"
    _description = "Record with Communications"

    kala_last_communication_date = fields.Datetime(
        string="Last communication",
        readonly=True,
        copy=False,
        help="The last incoming or sent communication with this record's contacts.",
    )
    kala_can_sms = fields.Boolean(compute="_compute_kala_channels")
    kala_can_whatsapp = fields.Boolean(compute="_compute_kala_channels")
    kala_can_email = fields.Boolean(compute="_compute_kala_channels")
    kala_call_number = fields.Char(compute="_compute_kala_call_number")

    # ------------------------------------------------------------------ seams

    def _kala_customer(self):
        """:return: the customer of the record (``res.partner``, perhaps empty)"""
        raise NotImplementedError()

    def _kala_contacts(self):
        """:return: the customers whose contact points count as the record's (MA6)"""
        raise NotImplementedError()

    @api.model
    def _kala_communication_field(self):
        """:return: the field of ``kala.communication`` that points to this model"""
        return const.RECORD_FIELDS[self._name]

    def _kala_send_company(self):
        """:return: the company in whose name the record is written to"""
        return self.company_id or self.env.company

    # ------------------------------------------------------------------ computed

    @api.model
    def _kala_buttons(self):
        """:return: dict field that shows a button → its channel"""
        return {row.button: row.code for row in self._kala_button_rows()}

    @api.model
    def _kala_button_rows(self):
        """:return: list of the Channels that have a button on the record"""
        return [row for row in channels.offered(self.env) if row.button in self._fields]

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Beside the buttons of the core's channels stand those of channels of other addons (SE1):
        the button of e-mail, and the field that shows it, are their pattern."""
        arch, view = super()._get_view(view_id, view_type, **options)
        pattern = channels.get("email")
        fields_of = arch.xpath("//field[@name=$name]", name=pattern.button)
        buttons = arch.xpath(
            "//button[@name='action_kala_compose'][contains(@context, $code)]",
            code=repr(pattern.code),
        )
        for row in self._kala_button_rows():
            if row.addon:
                for field in fields_of:
                    added = copy.deepcopy(field)
                    added.set("name", row.button)
                    field.addprevious(added)
                for button in buttons:
                    button.addprevious(self._kala_button_of(row, button, pattern))
        return arch, view

    @api.model
    def _kala_button_of(self, row, button, pattern):
        """:return: the button of a Channel, made like that of another one"""
        added = copy.deepcopy(button)
        added.set("context", repr({"kala_channel": row.code}))
        for name in {"string", "title"} & set(added.attrib):
            added.set(name, self.env._(row.label))
        if added.get("icon"):
            added.set("icon", row.icon)
        if added.get("invisible"):
            added.set("invisible", added.get("invisible").replace(pattern.button, row.button))
        return added

    def _compute_kala_channels(self):
        """A button shows only when the record can be written to on that channel, the contact
        allows it and a line is connected (SE1)."""
        open_addresses = self._kala_open_addresses(self._kala_buttons().values())
        for record in self:
            for field, channel in self._kala_buttons().items():
                record[field] = bool(open_addresses[record, channel])

    def _compute_kala_call_number(self):
        """The number that the button "Call" dials; empty where there is no telephone line."""
        open_addresses = self._kala_open_addresses(["voice"])
        for record in self:
            record.kala_call_number = next(
                (key.value for key in open_addresses[record, "voice"]), False
            )

    def kala_phone_channels(self, number):
        """On which channels a number of this record can be reached now (SE2).

        :param str number: as it stands on the card
        :return: list of dicts ``channel``, ``label``, in their usual order
        """
        self.ensure_one()
        self.check_access("read")
        company = self._kala_send_company()
        key = phone_key(number, company._kala_region())
        connected = self.env["kala.line"]._connected_channels().get(company.id, ())
        wanted = [
            row.code
            for row in channels.offered(self.env)
            if key and row.code in connected and self._kala_usable(row.code, [(key, False)])
        ]
        allowed = self.env["kala.gate"]._allowed({(company, key, channel) for channel in wanted})
        labels = dict(
            self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
        )
        return [
            {"channel": channel, "label": labels[channel]}
            for channel in wanted
            if (company, key, channel) in allowed
        ]

    def _kala_open_addresses(self, channels):
        """Where records can be written to at the moment (SE1).

        :return: dict (record, channel) → list of ContactKeys, the one to propose first
        """
        connected = self.env["kala.line"]._connected_channels()
        points = self._kala_points() if connected else {}
        usable = {}
        for record in self:
            company = record._kala_send_company()
            for channel in channels:
                is_open = channel in connected.get(company.id, ())
                keys = record._kala_usable(channel, points.get(record.id, [])) if is_open else []
                usable[record, channel] = [(company, key, channel) for key in keys]
        allowed = self.env["kala.gate"]._allowed(
            {asked for rows in usable.values() for asked in rows}
        )
        return {place: [row[1] for row in rows if row in allowed] for place, rows in usable.items()}

    # ------------------------------------------------------------------ order

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """The web client asks for a plain DESC: that would put never-contacted records first
        and miss the index (DESIGN 3.8). The id makes pages stable.

        Indexes: ``*__kala_last_communication_idx``, forwards and backwards.
        """
        if field_name != "kala_last_communication_date" or nulls.code:
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        descending = direction.code == "DESC"
        nulls = SQL("NULLS LAST") if descending else SQL("NULLS FIRST")
        term = super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        return SQL("%s, %s %s", term, SQL.identifier(alias, "id"), direction)

    # ------------------------------------------------------------------ responsible

    def _kala_given(self, vals):
        """:param dict vals: of a write that is about to come
        :return: the records that get another responsible by it"""
        user_id = vals.get("user_id")
        return self.filtered(lambda r: r.user_id.id != user_id) if user_id else self.browse()

    # ------------------------------------------------------------------ contacts

    def _kala_points(self):
        """Read the contact points of some records, their customers' included (MA6).

        :return: dict record id → list of (ContactKey, connection id or False); own ones first
        :raise AccessError: if the user may not read one of the records: what is read of them here
            as superuser would else be there for him (DESIGN 3.15)
        """
        self.check_access("read")
        owners = {
            record.id: dict.fromkeys(
                [(self._name, record.id)]
                + [("res.partner", partner_id) for partner_id in record._kala_contacts().ids]
            )
            for record in self.sudo()
        }
        found = self.env["kala.contact.point"]._of_owners(set().union(*owners.values()))
        return {
            res_id: self._kala_ranked(
                list(dict.fromkeys(point for owner in own for point in found.get(owner, ())))
            )
            for res_id, own in owners.items()
        }

    @api.model
    def _kala_ranked(self, points):
        """Mobiles before other phones: the first one is proposed (SE1). What has no rival is not
        looked at: reading a number costs as much as all the rest of a recipient."""
        if sum(key.kind != "email" for key, _connection_id in points) < 2:
            return points
        return sorted(points, key=lambda p: p[0].kind == "phone" and not is_mobile(p[0].value))

    def _kala_address(self, channel, points, connection=None):
        """Choose where to write to on a channel.

        :param list points: of :meth:`_kala_points`
        :param connection: the connection that will send; ids of others are of no use.
            Without it the address tells which line to choose.
        :return: ContactKey, or None
        """
        usable = self._kala_usable(channel, points, connection)
        last = self._kala_last_written(channel, usable)
        return last or (usable[0] if usable else None)

    def _kala_address_first(self, channel, points, connection):
        """The same without a look into the log, for many records at once."""
        usable = self._kala_usable(channel, points, connection)
        return usable[0] if usable else None

    def _kala_usable(self, channel, points, connection=None):
        """:return: list of the ContactKeys that can be written to on a channel"""
        row = channels.get(channel)
        keys = [key for key, _c in points if key.kind in row.contact_kinds]
        if row.family != channels.TEXT:
            return keys
        usable = [key for key in keys if key.kind == "phone" and is_mobile(key.value)]
        usable += self._kala_answerable(channel, keys)
        usable += [
            key
            for key, connection_id in points
            if row.has_ids
            and key.kind == row.code
            and (not connection or connection_id == connection.id)
        ]
        return usable

    @api.model
    def _kala_answerable(self, channel, keys):
        """Numbers that cannot be read are answered where they wrote, to exactly their digits
        (MA6). Index: ``kala_communication__contact_idx``.

        :return: list of those of the keys that wrote on the channel
        """
        asked = list(filter(is_number, keys))
        if not asked:
            return []
        wrote = (
            self.env["kala.communication"]
            .sudo()
            ._read_group(
                [
                    ("contact_kind", "=", "raw"),
                    ("contact_value", "in", [key.value for key in asked]),
                    ("direction", "=", "in"),
                    ("channel", "=", channel),
                ],
                ["contact_value"],
            )
        )
        known = {value for (value,) in wrote}
        return [key for key in asked if key.value in known]

    def _kala_writable(self, channel):
        """:return: list of the ContactKeys of the one record that a channel can write to"""
        return self._kala_usable(channel, self._kala_points()[self.id])

    def _kala_last_written(self, channel, keys):
        """:return: of some keys the one that last wrote on a channel, or None"""
        if len(keys) < 2:
            return None
        communication = (
            self.env["kala.communication"]
            .sudo()
            .search(
                [
                    ("contact_kind", "in", [key.kind for key in keys]),
                    ("contact_value", "in", [key.value for key in keys]),
                    ("direction", "=", "in"),
                    ("channel", "=", channel),
                ],
                limit=1,
            )
        )
        return communication._key() if communication and communication._key() in keys else None

    # ------------------------------------------------------------------ send

    def kala_send(
        self,
        channel,
        body=None,
        template=None,
        line=None,
        number=None,
        attachments=None,
        send_after=None,
        now=False,
        key=None,
        reply_to=None,
        fallback=None,
        templates=None,
        subject=None,
        to_user=None,
    ):
        """Write to the contact of each record. Nothing leaves here: the messages are queued.

        :param str channel: ``sms``, ``whatsapp``, ``email``, …; ``last`` is the one on which the
            contact last wrote; it needs a ``fallback`` (SE5)
        :param str body: the text; wins over the template's
        :param template: ``kala.template`` or its id; its line wins over ``line`` (TE3)
        :param line: ``kala.line`` or its id; default: with the setting on the user's own line,
            else the line the contact wrote to, else the channel's default line (SE4)
        :param str number: another phone than the card's, in any spelling; of e-mail another
            address. It takes the customer's consent, unless it opted out itself (SE3)
        :param attachments: ``ir.attachment`` or ids
        :param send_after: datetime, or its text in ISO 8601; without an offset it is UTC; default:
            as soon as possible
        :param bool now: do not wait for the send window (WI3)
        :param str key: makes a repeat return the first result
        :param reply_to: ``kala.communication`` or its id that the message quotes, where it is
            of the same contact and line and the provider can
        :param str fallback: channel that is used instead where the first one cannot be, and
            once more where the provider says later that the address is wrong (SE5)
        :param templates: ``kala.template`` or ids for ``last`` and ``fallback``: the one of the
            channel that is used wins over ``template``
        :param str subject: of an e-mail; wins over the template's
        :param to_user: ``res.users`` or its id: one of us that it goes to instead of the contact,
            the responsible or somebody else (SE3)
        :return: the communications; over RPC their ids
        :raise UserError: if none of the records can be written to, with the reason; or if an
            argument is of the wrong kind, with its name
        """
        self.check_access("write")
        outbox = self.env["kala.outbox"]
        given = {
            "body": body,
            "template": template,
            "line": line,
            "number": number,
            "attachments": attachments,
            "send_after": send_after,
            "now": now,
            "key": key,
            "reply_to": reply_to,
            "fallback": fallback,
            "templates": templates,
            "subject": subject,
        }
        return outbox._send_records(
            self,
            channel,
            **outbox._read_arguments(channel, given),
            to_user=self._kala_check_user(to_user),
        )

    def _kala_check_user(self, user):
        """:param user: ``res.users`` or its id
        :raise UserError: if he is none of us"""
        user = self.env["kala.outbox"]._read_records("to_user", "res.users", user, single=True)
        if user and not user.sudo()._is_internal():
            raise UserError(
                self.env._("“%s” is none of our users. Type his number instead.", user.name)
            )
        return user

    def action_kala_compose(self):
        """Open the composer on the channel of the context key ``kala_channel``, to the number of
        ``kala_number`` where there is one, in answer to the message ``kala_reply_to``. To several
        records one writes by a mass send (BR1)."""
        self.check_access("read")
        if len(self) > 1:
            return self.env["kala.mass.send"]._action_from_list(self)
        composer = self.env["kala.composer"].create(
            {
                "res_model": self._name,
                "res_ids": self.ids,
                "channel": self.env.context.get("kala_channel") or "sms",
            }
        )
        if self.env.context.get("kala_number"):
            composer._propose(self.env.context["kala_number"])
        if self.env.context.get("kala_reply_to"):
            composer._answer(
                self.env["kala.communication"].browse(self.env.context["kala_reply_to"])
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write a message"),
            "res_model": "kala.composer",
            "res_id": composer.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # ------------------------------------------------------------------ merge, delete

    def _kala_absorb(self, others):
        """Take over the communications, addresses and tasks of records merged into this one."""
        self.ensure_one()
        self._kala_keep_phone(others)
        if self.env["kala.communication"]._move_records(self._name, others.ids, self):
            # Tasks are about communications: where there are none, nobody looks for tasks.
            self.env["kala.task"]._merge(self, others)
        self.env["kala.contact.point"].sudo()._move(self._name, others.ids, self.id)

    def unlink(self):
        model, ids = self._name, self.ids
        self.env["kala.communication"]._detach(model, ids)
        result = super().unlink()
        self.env["kala.contact.point"].sudo()._forget(model, ids)
        return result

    @api.model
    def _kala_check_number(self, number, company, channel=None):
        """Read an address that a person typed; one that was chosen is known already.

        :param number: str, or ContactKey of the record's own
        :param str channel: of e-mail it is an e-mail address, else a phone number
        :return: ContactKey
        :raise UserError: with what is wrong with it
        """
        if isinstance(number, ContactKey):
            return number
        if channel == "email":
            return self._kala_check_email(number)
        key = phone_key(number, company._kala_region())
        if not key or key.kind != "phone" and not self._kala_answerable(channel, [key]):
            raise UserError(
                self.env._(
                    "“%s” is not a phone number. Write it with the country code, for example "
                    "+972 50 234 5678.",
                    number,
                )
            )
        return key

    @api.model
    def _kala_check_email(self, address):
        key = email_key(address)
        if not key:
            raise UserError(
                self.env._(
                    "“%s” is not an e-mail address. Write it like dana@example.com.", address
                )
            )
        return key

    def _kala_documents(self):
        """Make the documents of the record that go along with a message (SE3).

        :return: list of (file name, bytes)
        """
        return []
