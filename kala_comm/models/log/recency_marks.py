from odoo import api, models


class KalaCommunicationMixin(models.AbstractModel):
    """What is in the log already counts for records that come later (LO6)."""

    _inherit = "kala.communication.mixin"

    @api.model
    def _kala_mark_recency(self, ids):
        """Give these records of this model the date of their contacts' last communication.

        :param list ids: of records that are new, or have other contact points
        """
        self.env["kala.recency"]._mark_records(self._name, ids)
