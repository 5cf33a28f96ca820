from odoo import api, models
from odoo.exceptions import UserError

from ...tools import channels
from ...tools.phone import ContactKey, email_key, is_mobile, is_number, phone_key


class KalaCommunicationMixin(models.AbstractModel):
    """Which addresses of a record can be written to on a channel, and which one is chosen (SE1,
    SE3): the table of channels says what a channel takes, the log says where the contact wrote."""

    _inherit = "kala.communication.mixin"

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
        (MA6). Index: ``kala_communication_contact_idx``.

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
