from odoo import models

from ...tools import channels


class KalaCommunicationMixin(models.AbstractModel):
    """The button that opens what one writes in: the composer for one record, a mass send for
    several (SE3, BR1)."""

    _inherit = "kala.communication.mixin"

    def action_kala_compose(self):
        """Open the composer on the channel of the context key ``kala_channel``, to the number of
        ``kala_number`` where there is one, in answer to the message ``kala_reply_to``. To several
        records one writes by a mass send (BR1)."""
        self.check_access("read")
        if len(self) > 1:
            return self.env["kala.mass.send"]._action_from_list(self)
        asked = self.env.context
        composer = self.env["kala.composer"].create(
            {
                "res_model": self._name,
                "res_ids": self.ids,
                "channel": asked.get("kala_channel") or channels.DEFAULT,
            }
        )
        if asked.get("kala_number"):
            composer._propose(asked["kala_number"])
        if asked.get("kala_reply_to"):
            composer._answer(self.env["kala.communication"].browse(asked["kala_reply_to"]))
        return {
            "type": "ir.actions.client",
            "tag": "kala_comm.compose",
            "name": self.env._("Write to %s", composer.record_name or ""),
            "target": "new",
            # The dialog has the answer box, whose buttons send.
            "context": {"footer": False},
            "params": {
                "model": self._name,
                "res_id": self.id,
                "composer": composer.id,
                "channel": asked.get("kala_channel") or False,
                "number": asked.get("kala_number") or False,
                "reply_to": asked.get("kala_reply_to") or False,
            },
        }
