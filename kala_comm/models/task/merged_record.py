from odoo import models


class KalaCommunicationMixin(models.AbstractModel):
    """What records that are merged leave to the one that stays (MA12)."""

    _inherit = "kala.communication.mixin"

    def _kala_absorb(self, others):
        """Take over the communications, addresses and tasks of records merged into this one."""
        self.ensure_one()
        self._kala_keep_phone(others)
        if self.env["kala.communication"]._move_records(self._name, others.ids, self):
            # Tasks are about communications: where there are none, nobody looks for tasks.
            self.env["kala.task"]._merge(self, others)
        self.env["kala.contact.point"].sudo()._move(self._name, others.ids, self.id)
