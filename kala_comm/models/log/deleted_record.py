from odoo import models


class KalaCommunicationMixin(models.AbstractModel):
    """What stays of a record that is deleted: its log (MA12)."""

    _inherit = "kala.communication.mixin"

    def unlink(self):
        model, ids = self._name, self.ids
        self.env["kala.communication"]._detach(model, ids)
        result = super().unlink()
        self.env["kala.contact.point"].sudo()._forget(model, ids)
        return result
