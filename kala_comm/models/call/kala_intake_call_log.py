from odoo import api, models

from ...tools import const
from ...tools.call import state_of
from ..inbound.values import Match, Sender


class KalaIntake(models.AbstractModel):
    """New calls: each is matched, and becomes a line of the log and of the chatter (LO1, VO1)."""

    _inherit = "kala.intake"

    @api.model
    def _take_call_round(self, company, calls):
        """Match, log, and do what the present status of the calls asks for."""
        outside, internal = self._part_internal(calls)
        matches = self.env["kala.matcher"]._match(
            company, [self._call_sender(new) for new in outside]
        )
        matched = list(zip(outside, matches, strict=True))
        communications = self._log_incoming_calls(
            company, [pair for pair in matched if pair[0].call.direction != "out"]
        ) | self._log_outgoing_calls(
            company, [pair for pair in matched if pair[0].call.direction == "out"]
        )
        self._log_internal_calls(company, internal)
        self._notify_calls(company, communications)
        self.env["kala.task"]._wake(communications)
        self._end_calls(company, communications)
        self.env["kala.live"]._changed(communications)

    @api.model
    def _call_sender(self, new):
        """:param NewCall new:"""
        is_missed = new.call.call_status in const.UNANSWERED
        return Sender.of(new, missed=is_missed, ours=new.call.direction == "out")

    @api.model
    def _log_incoming_calls(self, company, matched):
        """:param list matched: of (NewCall, Match)"""
        calls = [new for new, _match in matched]
        records, made = self._records_of(company, calls, [match for _new, match in matched])
        users = self._responsibles(company, calls, records, made)
        return self._create_calls(company, matched, records, users)

    @api.model
    def _log_outgoing_calls(self, company, matched):
        """An outgoing call to a stranger stays unattached. Its user is the user of the extension.

        :param list matched: of (NewCall, Match)
        """
        found = self._prefetching([match for _new, match in matched])
        partners = self.env["res.partner"]
        records = [
            found[match.model, match.res_id]
            if match.model
            else partners.browse(match.partner_id or ())
            for _new, match in matched
        ]
        callers = [(new.connection, new.extension) for new, _match in matched]
        by_extension = self._users_by_extension(callers)
        users = {
            n: (by_extension[caller], False)
            for n, caller in enumerate(callers)
            if by_extension.get(caller)
        }
        return self._create_calls(company, matched, records, users)

    @api.model
    def _part_internal(self, calls):
        """:param list calls: of NewCall
        :return: (calls with the world, calls between colleagues)"""
        desks = self._users_by_extension(
            [(new.connection, new.call.contact_value) for new in calls]
        )
        outside, internal = [], []
        for new in calls:
            is_desk = (new.connection, new.call.contact_value) in desks
            is_internal = new.call.direction == "internal" or is_desk
            (internal if is_internal else outside).append(new)
        return outside, internal

    @api.model
    def _log_internal_calls(self, company, calls):
        """Calls between colleagues become a line in the log, and nothing more.

        :param list calls: of NewCall
        """
        records = [self.env["res.partner"]] * len(calls)
        matched = [(new, Match.nowhere("internal")) for new in calls]
        return self._create_calls(company, matched, records, {})

    @api.model
    def _create_calls(self, company, matched, records, users):
        """Write the log lines, and a line in each record's chatter (LO1).

        :param list matched: of (NewCall, Match)
        :param list records: in the same order, perhaps empty ones
        :param dict users: place → (user, rule)
        """
        vals_list = []
        for n, ((new, match), record) in enumerate(zip(matched, records, strict=True)):
            user, rule = users.get(n, (self.env["res.users"], False))
            vals = self._prepare_call_vals(company, new, match)
            vals.update(user_id=user.id, responsible_rule=rule)
            if record:
                vals.update(self.env["kala.communication"]._attach_vals(record))
            vals_list.append(vals)
        communications = self.env["kala.communication"].create(vals_list)
        self._write_call_lines(communications, matched, records)
        self._finish_items(
            [
                (item, communication)
                for communication, (new, _match) in zip(communications, matched, strict=True)
                for item in new.items
            ]
        )
        return communications

    @api.model
    def _write_call_lines(self, communications, matched, records):
        attached = [
            (communication, record, new)
            for communication, (new, _match), record in zip(
                communications, matched, records, strict=True
            )
            if record
        ]
        lines = self.env["kala.chatter"]._write(
            [
                (
                    record,
                    self._call_words(communication),
                    self._author_of(record, new),
                    communication.company_id,
                )
                for communication, record, new in attached
            ]
        )
        for (communication, _record, _new), line in zip(attached, lines, strict=True):
            communication.mail_message_id = line

    # ------------------------------------------------------------------ values

    @api.model
    def _prepare_call_vals(self, company, new, match):
        call = new.call
        direction = "out" if call.direction == "out" else "in"
        return dict(
            self._prepare_arrival_vals(company, new),
            kind="call",
            provider_uid=call.uid or False,
            direction=direction,
            state=state_of(direction, call.call_status),
            call_status=call.call_status or False,
            duration=call.duration,
            extension=call.final_extension or False,
            recording_url=call.recording_url or False,
            extra=call.kept,
            match_rule=match.rule,
            candidates=match.candidates,
        )

    @api.model
    def _call_words(self, communication):
        """:return: one line for the chatter: direction, status, duration, who"""
        statuses = dict(communication._fields["call_status"]._description_selection(self.env))
        direction = (
            self.env._("Incoming call")
            if communication.direction == "in"
            else self.env._("Outgoing call")
        )
        parts = [direction, communication.contact_display]
        if communication.call_status:
            parts.append(statuses[communication.call_status])
        if communication.duration:
            minutes, seconds = divmod(communication.duration, 60)
            parts.append(f"{minutes}:{seconds:02d}")
        return " · ".join(parts)
