from datetime import timedelta

from odoo import api, fields, models

#: An echo may overtake the answer to our own send (DESIGN 3.2).
ECHO_WAIT = timedelta(seconds=60)


class KalaIntake(models.AbstractModel):
    """What was typed on the phone, and what repeats a message of ours (WA2, DESIGN 3.2)."""

    _inherit = "kala.intake"

    @api.model
    def _take_echoes(self, company, entries):
        """Log what was typed on the phone (WA2) as outgoing; what we sent is no news."""
        ours = self._own_echoes(entries)
        waiting = [e for e in entries if e.item.id not in ours and self._may_be_ours(e)]
        for entry in waiting:
            entry.item.write({"due": entry.item.event_id.date + ECHO_WAIT, "attempts": 0})
        typed = [e for e in entries if e.item.id not in ours and e not in waiting]
        if not typed:
            return
        matches = self.env["kala.matcher"]._match(
            company, [self._sender_of(entry) for entry in typed]
        )
        vals_list = []
        for entry, match in zip(typed, matches, strict=True):
            vals = self._prepare_communication_vals(company, entry)
            if match.model:
                record = self.env[match.model].browse(match.res_id)
                vals.update(self.env["kala.communication"]._attach_vals(record))
            elif match.partner_id:
                record = self.env["res.partner"].browse(match.partner_id)
                vals.update(self.env["kala.communication"]._attach_vals(record))
            vals.update(direction="out", state="sent", origin="phone", match_rule=match.rule)
            vals_list.append(vals)
        communications = self.env["kala.communication"].create(vals_list)
        self._finish(typed, communications)
        self.env["kala.task"]._close(communications)
        self.env["kala.live"]._changed(communications)

    @api.model
    def _own_echoes(self, entries):
        """:return: set of ids of items that repeat a message of ours; they are done"""
        communications = self.env["kala.communication"]
        found = communications._find_by_echo_keys({e.message.echo_key for e in entries})
        own = [
            (entry, found[entry.message.echo_key])
            for entry in entries
            if entry.message.echo_key in found
        ]
        communications._apply_states(
            [{"id": i, "state": "sent", "provider_uid": e.message.uid} for e, i in own]
        )
        for entry, found_id in own:
            entry.item.write({"state": "done", "result": "report", "communication_id": found_id})
        return {entry.item.id for entry, _id in own}

    @api.model
    def _may_be_ours(self, entry):
        return fields.Datetime.now() < entry.item.event_id.date + ECHO_WAIT
