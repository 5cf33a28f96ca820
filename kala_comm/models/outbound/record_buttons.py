import copy

from odoo import api, fields, models

from ...tools import channels
from ...tools.phone import phone_key


class KalaCommunicationMixin(models.AbstractModel):
    """The buttons by which a record is written to or called (SE1, SE2)."""

    _inherit = "kala.communication.mixin"

    kala_can_sms = fields.Boolean(compute="_compute_kala_channels")
    kala_can_whatsapp = fields.Boolean(compute="_compute_kala_channels")
    kala_can_email = fields.Boolean(compute="_compute_kala_channels")
    kala_call_number = fields.Char(compute="_compute_kala_call_number")

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
        """Before the button of e-mail stand those of the other channels of the table (SE1): the
        button of e-mail, and the field that shows it, are their pattern."""
        arch, view = super()._get_view(view_id, view_type, **options)
        pattern = channels.get("email")
        fields_of = arch.xpath("//field[@name=$name]", name=pattern.button)
        buttons = arch.xpath(
            "//button[@name='action_kala_compose'][contains(@context, $code)]",
            code=repr(pattern.code),
        )
        for row in self._kala_button_rows():
            if row == pattern:
                continue
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
        writers = self.env["kala.communication"]._writers_of(self._origin) if connected else {}
        usable = {}
        for record in self:
            company = record._kala_send_company()
            for channel in channels:
                is_open = channel in connected.get(company.id, ())
                # Those of the card first, then who only wrote on the record.
                there = [*points.get(record.id, []), *writers.get(record._origin.id, [])]
                keys = record._kala_usable(channel, list(dict.fromkeys(there))) if is_open else []
                usable[record, channel] = [(company, key, channel) for key in keys]
        allowed = self.env["kala.gate"]._allowed(
            {asked for rows in usable.values() for asked in rows}
        )
        return {place: [row[1] for row in rows if row in allowed] for place, rows in usable.items()}
