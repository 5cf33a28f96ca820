from odoo import models
from odoo.modules.db import FunctionStatus
from odoo.tools import sql

#: Columns of customers in which a part is found.
CUSTOMER_NAMES = ("complete_name", "email")


class ResPartner(models.Model):
    """A part of a customer's name or address is found among a million of them (LO11, QU15). Leads
    and orders have such indexes by Odoo."""

    _inherit = "res.partner"

    def init(self):
        """Indexes of the letters of a column, where PostgreSQL has them (``pg_trgm``)."""
        super().init()
        registry = self.env.registry
        if not registry.has_trigram:
            return
        for column in CUSTOMER_NAMES:
            expression = f'"{column}"'
            if registry.has_unaccent == FunctionStatus.INDEXABLE:
                expression = registry.unaccent(expression)
            sql.create_index(
                self.env.cr,
                f"res_partner_kala_{column}_idx",
                self._table,
                [f"{expression} gin_trgm_ops"],
                method="gin",
            )
