from odoo import api, models

from ...tools import const


class KalaIntake(models.AbstractModel):
    """Messages in groups: no enquiry of the member who wrote, so no lead, no task, and no answer
    to "may we write?". The line says whether they are kept."""

    _inherit = "kala.intake"

    @api.model
    def _set_groups_aside(self, company, entries):
        """Finish the messages that were written in groups.

        :return: list of Entry of the others
        """
        groups = [entry for entry in entries if entry.message.group]
        kept = [entry for entry in groups if entry.line.group_messages == "log"]
        for entry in groups:
            if entry not in kept:
                entry.item.write({"state": "done", "result": "group", "error": False})
        communications = self.env["kala.communication"].create(
            [
                dict(
                    self._prepare_communication_vals(company, entry),
                    match_rule="group",
                    **(
                        {"direction": "out", "state": const.SENT, "origin": "phone"}
                        if entry.message.echo
                        else {"direction": "in", "state": "received"}
                    ),
                )
                for entry in kept
            ]
        )
        if kept:
            self._finish(kept, communications)
        return [entry for entry in entries if not entry.message.group]
