from odoo import api, models

from ...tools import const
from ...tools.phone import ContactKey

#: Addresses of one record that are proposed beside those of its card.
MOST = 10


class KalaCommunication(models.Model):
    """Who wrote on a record, whether his address is on its card or not (SE1)."""

    _inherit = "kala.communication"

    @api.model
    def _writers(self, record):
        """The addresses from which a record was written to, as for an answer.

        Index: ``kala_communication_lead_idx``, ``kala_communication_order_idx`` or
        ``kala_communication_partner_idx``.

        :param record: lead, order or customer, which the user may read
        :return: list of (ContactKey, connection id or False), who wrote last first
        """
        found = self.sudo()._read_group(
            [
                (const.RECORD_FIELDS[record._name], "=", record.id),
                ("res_model", "=", record._name),
                ("company_id", "=", record._kala_send_company().id),
                ("direction", "=", "in"),
                ("contact_value", "!=", False),
            ],
            ["contact_kind", "contact_value", "connection_id"],
            ["date:max"],
            order="date:max desc",
            limit=MOST,
        )
        writers = [
            (
                ContactKey(kind, value),
                connection.id if kind not in const.FIELD_CONTACT_KINDS else False,
            )
            for kind, value, connection, _date in found
        ]
        return list(dict.fromkeys(writers))
