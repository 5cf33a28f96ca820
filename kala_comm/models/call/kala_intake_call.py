from datetime import timedelta

from odoo import api, fields, models

from ...tools.call import Call
from ...tools.messages import to_naive_utc
from ..inbound.kala_intake import OLDEST
from .values import NewCall

#: A call that began later than this after we heard of it has a wrong clock.
CLOCK_ERROR = timedelta(minutes=10)

#: Seconds after an event that does not say who called at which it is looked at again; the last
#: one is longer than a call may last.
CALL_LOOKS = (60, 900, 3600, 5 * 3600)


class KalaIntake(models.AbstractModel):
    """Calls: one log line per call, that grows as its events come, in any order (VO1)."""

    _inherit = "kala.intake"

    @api.model
    def _take_calls(self, company, items):
        """Log the calls of a set: the events of one call are folded into one line. Several calls
        of one contact go one after the other, so that the second finds the lead of the first."""
        by_call = {}
        for item in items | self._waiting_calls(items):
            by_call.setdefault((item.connection_id, item.content.get("uid")), []).append(item)
        known = self._known_calls(by_call)
        new, updates, finished, lines = [], [], [], {}
        for (connection, uid), of_call in by_call.items():
            call = self._settled(Call.of([item._parsed() for item in of_call]), connection)
            communication = known.get((connection.id, uid))
            if communication:
                updates.append((communication, call))
                finished.extend((item, communication) for item in of_call)
            elif call.is_partial and self._may_wait(of_call):
                self._wait_for_call(of_call)
            else:
                new.append(self._new_call(company, connection, of_call, call, lines))
        self._finish_items(finished)
        self._update_calls(company, updates)
        for of_round in self._rounds(new):
            self._take_call_round(company, of_round)

    @api.model
    def _settled(self, call, connection):
        """Hook: let what a connection knows of its extensions change how the call went.

        :return: Call
        """
        return call

    @api.model
    def _known_calls(self, by_call):
        """Index: ``kala_communication_provider_uid_uniq``."""
        pairs = [(connection.id, uid) for connection, uid in by_call]
        found = self.env["kala.communication"].search(
            [
                ("connection_id", "in", [pair[0] for pair in pairs]),
                ("provider_uid", "in", [pair[1] for pair in pairs]),
                ("direction", "in", ("in", "out")),
                ("channel", "=", "voice"),
            ]
        )
        return {(c.connection_id.id, c.provider_uid): c for c in found}

    # ------------------------------------------------------------------ what waits

    @api.model
    def _waiting_calls(self, items):
        """:return: items of the same calls that wait for the event that says who called

        Index: ``kala_inbound_item_pending_idx``.
        """
        waiting = self.env["kala.inbound.item"].search(
            [
                ("state", "=", "pending"),
                ("due", "!=", False),
                ("kind", "=", "call"),
                ("connection_id", "in", items.connection_id.ids),
                ("id", "not in", items.ids),
            ]
        )
        calls = {(item.connection_id, item.content.get("uid")) for item in items}
        return waiting.filtered(lambda i: (i.connection_id, i.content.get("uid")) in calls)

    @api.model
    def _may_wait(self, items):
        return fields.Datetime.now() < self._wait_until(items)[-1]

    @api.model
    def _wait_until(self, items):
        """:return: the moments at which the events of a call without a caller are looked at"""
        first = min(item.event_id.date for item in items)
        return [first + timedelta(seconds=s) for s in CALL_LOOKS]

    @api.model
    def _wait_for_call(self, items):
        """An event that does not say who called waits for one that does; after the last look
        the call is logged as it is."""
        now = fields.Datetime.now()
        due = next(moment for moment in self._wait_until(items) if moment > now)
        self.env["kala.inbound.item"].browse([item.id for item in items])._put_off(due)

    # ------------------------------------------------------------------ a new call

    @api.model
    def _new_call(self, company, connection, items, call, lines):
        """:param dict lines: cache of :meth:`_line_of`
        :return: NewCall"""
        line = self._line_of(connection, call, lines)
        key = connection._phone_key(call.contact_value, (line or company)._kala_region())
        return NewCall.of(call, items, line, key, self._call_date(items, call))

    @api.model
    def _call_date(self, items, call):
        """A call is as old as its system says, unless its clock is wrong: some send local time as
        if it were UTC."""
        received = items[0].event_id.date
        date = call.date and to_naive_utc(call.date)
        in_range = date and received - OLDEST <= date <= received + CLOCK_ERROR
        return date if in_range else received
