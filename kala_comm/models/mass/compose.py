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
        composer = self.env["kala.composer"].create(
            {
                "res_model": self._name,
                "res_ids": self.ids,
                "channel": self.env.context.get("kala_channel") or channels.DEFAULT,
            }
        )
        if self.env.context.get("kala_number"):
            composer._propose(self.env.context["kala_number"])
        if self.env.context.get("kala_reply_to"):
            composer._answer(
                self.env["kala.communication"].browse(self.env.context["kala_reply_to"])
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write a message"),
            "res_model": "kala.composer",
            "res_id": composer.id,
            "views": [(False, "form")],
            "target": "new",
        }
