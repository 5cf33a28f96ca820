from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from ...tools import const

#: An echo may overtake the answer to our own send (docs/architecture.md, 3.2).
ECHO_WAIT = timedelta(seconds=60)


class KalaIntake(models.AbstractModel):
    """What was typed on the phone, and what repeats a message of ours (WA2,
    docs/architecture.md, 3.2)."""

    _inherit = "kala.intake"

    @api.model
    def _take_echoes(self, company, entries):
        """Log what was typed on the phone (WA2) as outgoing; what we sent is no news."""
        ours = self._own_echoes(entries)
        others = [entry for entry in entries if entry.item.id not in ours]
        waiting = [entry for entry in others if self._may_be_ours(entry)]
        items = self.env["kala.inbound.item"].browse([entry.item.id for entry in waiting])
        for moment, of_moment in items.grouped(lambda item: item.event_id.date).items():
            of_moment._put_off(moment + ECHO_WAIT)
        typed = [entry for entry in others if entry not in waiting]
        if typed:
            self._log_typed(company, typed)

    @api.model
    def _log_typed(self, company, entries):
        """Log what a person wrote on the phone, with a line in the chatter; it makes no lead, and
        closes the task that it answers."""
        matches = self.env["kala.matcher"]._match(
            company, [self._sender_of(entry) for entry in entries]
        )
        records = self._records_of_typed(matches)
        vals_list = [
            dict(
                self._prepare_communication_vals(company, entry),
                **(self.env["kala.communication"]._attach_vals(record) if record else {}),
                direction="out",
                state=const.SENT,
                origin="phone",
                match_rule=match.rule,
            )
            for entry, match, record in zip(entries, matches, records, strict=True)
        ]
        communications = self.env["kala.communication"].create(vals_list)
        self._write_typed(
            [
                (entry, record, communication)
                for entry, record, communication in zip(
                    entries, records, communications, strict=True
                )
                if record
            ]
        )
        self._finish(entries, communications)
        self.env["kala.task"]._close(communications)
        self.env["kala.live"]._changed(communications)

    @api.model
    def _records_of_typed(self, matches):
        """:return: list of the record of each match; of a customer who would get a new lead by
        writing himself: the customer; None for nobody we know"""
        found = self._prefetching(matches)
        partners = self.env["res.partner"]
        ids = {match.partner_id for match in matches if match.partner_id}
        customers = {partner.id: partner for partner in partners.browse(ids)}
        return [
            found[match.model, match.res_id] if match.model else customers.get(match.partner_id)
            for match in matches
        ]

    @api.model
    def _write_typed(self, typed):
        """LO1: a line in the chatter of each record. Nobody tells us which user held the phone.

        :param list typed: of (Entry, record, communication)
        """
        channel = self.env["kala.communication"]._fields["channel"]
        channels = dict(channel._description_selection(self.env))
        lines = self.env["kala.chatter"]._write(
            [
                (
                    record,
                    Markup("<b>%s</b><br/>%s")
                    % (
                        self.env._("%s, typed on the phone", channels[communication.channel]),
                        self._chatter_body(entry),
                    ),
                    (False, entry.line.display_name),
                    communication.company_id,
                )
                for entry, record, communication in typed
            ]
        )
        for (_entry, _record, communication), line in zip(typed, lines, strict=True):
            communication.mail_message_id = line

    @api.model
    def _own_echoes(self, entries):
        """:return: set of ids of items that repeat a message of ours; they are done"""
        found = self.env["kala.attempt"]._find_reported(
            {e.item: (e.item.connection_id.id, e.message.echo_key, e.message.uid) for e in entries}
        )
        own = [(entry, *found[entry.item]) for entry in entries if entry.item in found]
        self.env["kala.communication"]._apply_states(
            [
                {"id": i, "attempt": number, "state": const.SENT, "provider_uid": e.message.uid}
                for e, i, number in own
            ]
        )
        for entry, found_id, _number in own:
            entry.item.write({"state": "done", "result": "report", "communication_id": found_id})
        return {entry.item.id for entry, _id, _number in own}

    @api.model
    def _may_be_ours(self, entry):
        return fields.Datetime.now() < entry.item.event_id.date + ECHO_WAIT
