from odoo import api, models


class KalaIntake(models.AbstractModel):
    """What people change of a message after we had it (WA1): edited and deleted messages."""

    _inherit = "kala.intake"

    @api.model
    def _apply_changes(self, changes):
        """Note on the messages what became of them. Only who wrote a message changes it.

        Index: ``kala_communication_provider_uid_uniq``.

        :param list changes: of (Entry, the communication that tells the change)
        """
        uids = [entry.message.target_uid for entry, _change in changes if entry.message.target_uid]
        if not uids:
            return
        found = self.env["kala.communication"].search(
            [
                ("connection_id", "in", [change.connection_id.id for _entry, change in changes]),
                ("direction", "in", ("in", "out")),
                ("provider_uid", "in", uids),
            ]
        )
        by_uid = {(m.connection_id, m.direction, m.provider_uid): m for m in found}
        for entry, change in changes:
            target = by_uid.get((change.connection_id, change.direction, entry.message.target_uid))
            if not target or target._key() != change._key():
                continue
            if change.kind == "revoke":
                target.revoked_date = change.date
            elif not target.edited_date or target.edited_date <= change.date:
                target.write({"edited_body": entry.message.edited_body, "edited_date": change.date})
        self.env["kala.live"]._changed(found)
