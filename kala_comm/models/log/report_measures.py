from odoo import api, fields, models
from odoo.tools import SQL


class KalaCommunication(models.Model):
    """What the report adds up beside lines and seconds of talk (LO5)."""

    _inherit = "kala.communication"

    contact_count = fields.Integer(
        string="Contacts",
        compute="_compute_contact_count",
        aggregator="sum",
        exportable=False,
        help="How many different contacts there are.",
    )

    @api.depends("contact_value")
    def _compute_contact_count(self):
        for communication in self:
            communication.contact_count = bool(communication.contact_value)

    def _read_group_select(self, aggregate_spec, query):
        """Who wrote ten times is one contact."""
        if aggregate_spec != "contact_count:sum":
            return super()._read_group_select(aggregate_spec, query)
        kind, value = (
            self._field_to_sql(self._table, name, query)
            for name in ("contact_kind", "contact_value")
        )
        return SQL("COUNT(DISTINCT %s || ':' || %s)", kind, value)
