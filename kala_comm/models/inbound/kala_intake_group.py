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
        moved = self._follow_groups(groups)
        kept = [entry for entry in groups if entry.line.group_messages == "log"]
        for entry in groups:
            if entry not in kept:
                entry.item.write({"state": "done", "result": "group", "error": False})
        communications = self.env["kala.communication"].create(
            [
                dict(
                    self._prepare_communication_vals(company, entry),
                    match_rule="group",
                    **moved.get(entry.item.id, {}),
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

    @api.model
    def _follow_groups(self, groups):
        """Take the history of groups along that have another id now: the notice of it comes before
        or after what is written under the new id, and what was written under the former one may
        come after both.

        :param list groups: of Entry
        :return: dict id of an item → values of its communication
        """
        log = self.env["kala.communication"]
        now = {}
        for entry in groups:
            new = entry.message.new_uid
            if new and entry.key and new != entry.key.value:
                log._move_contact(entry.connection, entry.key, new)
                now[entry.connection.id, entry.key] = new
        places = {(entry.connection.id, entry.key) for entry in groups if entry.key}
        now = {**log._ids_now(places - now.keys()), **now}
        return {
            entry.item.id: {
                "contact_value": now[entry.connection.id, entry.key],
                "contact_uid": entry.key.value,
            }
            for entry in groups
            if (entry.connection.id, entry.key) in now
        }
