from odoo import models

from .kala_search_text import TEXTS


class KalaCommunication(models.Model):
    """What is changed in a message is found as it is now (LO11)."""

    _inherit = "kala.communication"

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint((*TEXTS, "contact_kind", "contact_value")):
            self.env["kala.search.text"]._take(self._searched())
        return result

    def _searched(self):
        """:return: those of self whose words are kept already; the job comes to the others"""
        self.env.cr.execute(
            "SELECT communication_id FROM kala_search_text WHERE communication_id = ANY(%s)",
            [list(self._ids)],
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())
