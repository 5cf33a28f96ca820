from odoo import api, models

from ...tools import const
from ...tools.phone import ContactKey

#: Addresses of one record that are proposed beside those of its card.
MOST = 10


class KalaCommunication(models.Model):
    """Who wrote on a record, whether his address is on its card or not (SE1)."""

    _inherit = "kala.communication"

    @api.model
    def _writers(self, record, places=()):
        """The addresses from which a record, and some others, were written to, as for an answer.
        One query for each model.

        Index: ``kala_communication_lead_idx``, ``kala_communication_order_idx`` or
        ``kala_communication_partner_idx``.

        :param record: lead, order or customer, which the user may read
        :param places: iterable of (model, id) of the others, which the user may read
        :return: list of (ContactKey, connection id or False), who wrote last first
        """
        ids_of = {}
        for model, res_id in {(record._name, record.id), *places}:
            ids_of.setdefault(model, []).append(res_id)
        company = record._kala_send_company()
        found = [row for model, ids in ids_of.items() for row in self._wrote(model, ids, company)]
        found.sort(key=lambda row: row[-1], reverse=True)
        writers = [
            (
                ContactKey(kind, value),
                connection.id if kind not in const.FIELD_CONTACT_KINDS else False,
            )
            for kind, value, connection, _date in found
        ]
        return list(dict.fromkeys(writers))[:MOST]

    @api.model
    def _writers_of(self, records):
        """The addresses from which each of several records was written to, in one query.

        Index: as of :meth:`_writers`.

        :param records: leads, orders or customers, which the user may read
        :return: dict id → list of (ContactKey, connection id or False), who wrote last first
        """
        field = const.RECORD_FIELDS[records._name]
        found = self.sudo()._read_group(
            [
                (field, "in", records.ids),
                ("res_model", "=", records._name),
                ("direction", "=", "in"),
                ("contact_value", "!=", False),
            ],
            [field, "company_id", "contact_kind", "contact_value", "connection_id"],
            ["date:max"],
            order="date:max desc",
        )
        company_of = {record.id: record._kala_send_company() for record in records}
        writers = {record.id: {} for record in records}
        for record, company, kind, value, connection, _date in found:
            if company == company_of[record.id]:
                bound = connection.id if kind not in const.FIELD_CONTACT_KINDS else False
                writers[record.id][ContactKey(kind, value), bound] = True
        return {res_id: list(points)[:MOST] for res_id, points in writers.items()}

    @api.model
    def _wrote(self, model, ids, company):
        """:return: list of tuples (kind, value, connection, when last), who wrote last first"""
        return self.sudo()._read_group(
            [
                (const.RECORD_FIELDS[model], "in", ids),
                ("res_model", "=", model),
                ("company_id", "=", company.id),
                ("direction", "=", "in"),
                ("contact_value", "!=", False),
            ],
            ["contact_kind", "contact_value", "connection_id"],
            ["date:max"],
            order="date:max desc",
            limit=MOST,
        )
