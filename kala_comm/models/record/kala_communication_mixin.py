from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import const
from ...tools.phone import is_mobile


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

    # ------------------------------------------------------------------ order

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """The web client asks for a plain DESC: that would put never-contacted records first
        and miss the index (docs/architecture.md, 3.8). The id makes pages stable.

        Indexes: ``*_kala_last_communication_idx``, forwards and backwards.
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
            as superuser would else be there for him (docs/architecture.md, 3.15)
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

    # ------------------------------------------------------------------ documents

    def _kala_documents(self):
        """Make the documents of the record that go along with a message (SE3).

        :return: list of (file name, bytes)
        """
        return []
