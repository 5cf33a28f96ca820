from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models

from ...tools import const
from ...tools.messages import IncomingMessage, to_naive_utc
from ..inbound.kala_intake import OLDEST, Entry
from ..inbound.kala_matcher import Match, Sender
from .kala_intake_call_facts import FINAL

#: A call that began later than this after we heard of it has a wrong clock.
CLOCK_ERROR = timedelta(minutes=10)

#: Seconds after an event that does not say who called at which it is looked at again; the last
#: one is longer than a call may last.
CALL_LOOKS = (60, 900, 3600, 5 * 3600)
#: What the matcher says of calls that made a lead.
NEW_LEAD_RULES = ("new", "always_new", "new_for_customer")


class Call(NamedTuple):
    """A call that is not in the log yet: the entry, the facts of its events, their items."""

    entry: Entry
    facts: dict
    items: list


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
        calls, updates, lines = {}, [], {}
        later = []
        for (connection, uid), of_call in by_call.items():
            facts = self._facts_of([item._parsed() for item in of_call], connection)
            communication = known.get((connection.id, uid))
            if communication:
                updates.append((communication, facts))
                later.extend((item, communication) for item in of_call)
            elif facts["is_partial"] and self._may_wait(of_call):
                self._wait_for_call(of_call)
            else:
                entry = self._call_entry(company, connection, of_call, facts, lines)
                calls[entry.item.id] = Call(entry, facts, of_call)
        self._finish_items(later)
        self._update_calls(company, updates)
        for entries in self._rounds([call.entry for call in calls.values()]):
            self._take_call_round(company, [calls[entry.item.id] for entry in entries])

    @api.model
    def _known_calls(self, by_call):
        """Index: ``kala_communication__provider_uid_uniq``."""
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

        Index: ``kala_inbound_item__pending_idx``.
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
    def _call_entry(self, company, connection, items, facts, lines):
        """:param dict lines: cache of :meth:`_line_of`"""
        message = self._as_message(facts)
        line = self._line_of(connection, message, lines)
        return Entry(
            items[0],
            message,
            line,
            connection._phone_key(facts["contact_value"], (line or company)._kala_region()),
            self._call_date(items, facts),
        )

    @api.model
    def _take_call_round(self, company, calls):
        """Match, log, and do what the present status of the calls asks for."""
        outside, internal = self._part_internal(calls)
        matches = self.env["kala.matcher"]._match(
            company, [self._call_sender(call) for call in outside]
        )
        matched = list(zip(outside, matches, strict=True))
        communications = self._log_incoming_calls(
            company, [pair for pair in matched if pair[0].facts["direction"] != "out"]
        ) | self._log_outgoing_calls(
            company, [pair for pair in matched if pair[0].facts["direction"] == "out"]
        )
        self._log_internal_calls(company, internal)
        self._notify_calls(company, communications)
        self._end_calls(company, communications)
        self.env["kala.live"]._changed(communications)

    @api.model
    def _call_sender(self, call):
        key = call.entry.key
        return Sender(
            keys=((key, 0),) if key else (),
            date=call.entry.date,
            connection_id=call.entry.item.connection_id.id,
            family="call",
            missed=call.facts["call_status"] in const.UNANSWERED,
            ours=call.facts["direction"] == "out",
        )

    @api.model
    def _log_incoming_calls(self, company, matched):
        """:param list matched: of (Call, match)"""
        entries = [call.entry for call, _match in matched]
        matches = [match for _call, match in matched]
        records, new = self._records_of(company, entries, matches)
        users = self._responsibles(company, entries, records, new)
        return self._create_calls(company, matched, records, users)

    @api.model
    def _log_outgoing_calls(self, company, matched):
        """An outgoing call to a stranger stays unattached; its user is the extension's.

        :param list matched: of (Call, match)
        """
        found = self._prefetching([match for _call, match in matched])
        partners = self.env["res.partner"]
        records = [
            found[match.model, match.res_id]
            if match.model
            else partners.browse(match.partner_id or ())
            for _call, match in matched
        ]
        by_extension = self._users_by_extension(
            [(call.entry.item.connection_id, call.facts["extension"]) for call, _match in matched]
        )
        users = {}
        for n, (call, _match) in enumerate(matched):
            user = by_extension.get((call.entry.item.connection_id, call.facts["extension"]))
            if user:
                users[n] = (user, False)
        return self._create_calls(company, matched, records, users)

    @api.model
    def _part_internal(self, calls):
        """:return: (calls with the world, calls between colleagues)"""
        desks = self._users_by_extension(
            [(c.entry.item.connection_id, c.facts["contact_value"]) for c in calls]
        )
        outside, internal = [], []
        for call in calls:
            is_desk = (call.entry.item.connection_id, call.facts["contact_value"]) in desks
            inside = call.facts["direction"] == "internal" or is_desk
            (internal if inside else outside).append(call)
        return outside, internal

    @api.model
    def _log_internal_calls(self, company, calls):
        """Colleagues who call each other are no customers: a line in the log, nothing more."""
        nowhere = Match("", 0, False, "internal", [])
        records = [self.env["res.partner"]] * len(calls)
        return self._create_calls(company, [(call, nowhere) for call in calls], records, {})

    @api.model
    def _create_calls(self, company, matched, records, users):
        """Write the log lines, and a line in each record's chatter (LO1).

        :param list matched: of (Call, match)
        :param list records: in the same order, perhaps empty ones
        :param dict users: place → (user, rule)
        """
        vals_list = []
        for n, ((call, match), record) in enumerate(zip(matched, records, strict=True)):
            user, rule = users.get(n, (self.env["res.users"], False))
            vals = self._prepare_call_vals(company, call, match)
            vals.update(user_id=user.id, responsible_rule=rule)
            if record:
                vals.update(self.env["kala.communication"]._attach_vals(record))
            vals_list.append(vals)
        communications = self.env["kala.communication"].create(vals_list)
        self._write_call_lines(communications, matched, records)
        self._finish_items(
            [
                (item, communication)
                for communication, (call, _match) in zip(communications, matched, strict=True)
                for item in call.items
            ]
        )
        return communications

    @api.model
    def _write_call_lines(self, communications, matched, records):
        attached = [
            (communication, record, call.entry)
            for communication, (call, _match), record in zip(
                communications, matched, records, strict=True
            )
            if record
        ]
        lines = self.env["kala.chatter"]._write(
            [
                (
                    record,
                    self._call_words(communication),
                    self._author_of(record, entry),
                    communication.company_id,
                )
                for communication, record, entry in attached
            ]
        )
        for (communication, _record, _entry), line in zip(attached, lines, strict=True):
            communication.mail_message_id = line

    # ------------------------------------------------------------------ what calls bring

    @api.model
    def _notify_calls(self, company, communications):
        """The caller's card for the responsible and for the users of the extensions that rang
        (VO2)."""
        calls = communications.filtered(
            lambda c: c.direction == "in" and c.call_status in ("ringing", *const.UNANSWERED)
        )
        rung = {call: {call.extension, *self._rung(call)} for call in calls}
        users = self._users_who_rang(company, rung)
        self.env["kala.notifier"]._notify(
            company, [(call, call.user_id | users[call]) for call in calls]
        )

    @api.model
    def _rung(self, communication):
        """:return: list of the extensions that rang so far, as far as the events told"""
        return (communication.extra or {}).get("rung") or []

    @api.model
    def _users_who_rang(self, company, rung):
        """:param dict rung: communication → numbers of extensions
        :return: dict communication → their users, as far as they may read its record (RE6)"""
        by_extension = self._users_by_extension(
            [(call.connection_id, number) for call, numbers in rung.items() for number in numbers]
        )
        nobody = self.env["res.users"]
        is_usable = self.env["kala.responsible"]._is_usable
        return {
            call: nobody.union(
                *[
                    user
                    for number in numbers
                    if (user := by_extension.get((call.connection_id, number)))
                    and is_usable(company, user, call._record())
                ]
            )
            for call, numbers in rung.items()
        }

    @api.model
    def _extension_users(self, communications):
        """:return: dict communication → user of its extension, perhaps empty"""
        users = self._users_by_extension([(c.connection_id, c.extension) for c in communications])
        nobody = self.env["res.users"]
        return {c: users.get((c.connection_id, c.extension), nobody) for c in communications}

    @api.model
    def _users_by_extension(self, pairs):
        """Index: ``kala_extension__number_uniq``.

        :param list pairs: of (connection, number)
        :return: dict pair → user
        """
        wanted = [pair for pair in pairs if pair[1]]
        if not wanted:
            return {}
        extensions = self.env["kala.extension"].search(
            [
                ("connection_id", "in", [connection.id for connection, _number in wanted]),
                ("number", "in", [number for _connection, number in wanted]),
            ]
        )
        return {(e.connection_id, e.number): e.user_id for e in extensions}

    @api.model
    def _end_calls(self, company, communications):
        """What the end of calls brings: tasks (TA1, RE4), a new responsible (RE5).

        :param communications: of which every contact has one
        """
        ended = communications.filtered(lambda c: c.call_status in FINAL and c.res_id)
        incoming = ended.filtered(lambda c: c.direction == "in")
        answered = ended.filtered(lambda c: c.call_status == "answered")
        tasks = self.env["kala.task"]
        tasks._withdraw(answered)
        tasks._close(answered)
        # Before who answered becomes the user of the call: a task is whose RE3 says.
        tasks._create_for(
            [(call, call.user_id) for call in incoming if self._wants_task(company, call)]
        )
        self._answered(company, answered & incoming)

    @api.model
    def _wants_task(self, company, call):
        """RE4: by setting, a missed call that is nobody's makes no task."""
        is_nobodys = not call.user_id and call.call_status != "answered"
        if is_nobodys and company.kala_no_task_without_responsible:
            return False
        return self.env["kala.task"]._wanted(company, call, call.match_rule in NEW_LEAD_RULES)

    @api.model
    def _answered(self, company, communications):
        """Who answered becomes responsible, if the company wants it (RE5)."""
        answered_by = self._extension_users(communications)
        for user, calls in communications.grouped(answered_by.get).items():
            if user and user.active:
                calls.write({"user_id": user.id, "responsible_rule": "answered"})
                if company.kala_call_updates_responsible:
                    self._hand_over(company, calls, user)

    @api.model
    def _hand_over(self, company, communications, user):
        """Make a user responsible for the records of calls that he answered (RE5)."""
        for model, calls in communications.grouped("res_model").items():
            records = self.env[model].browse(set(calls.mapped("res_id"))).exists()
            if "user_id" in records._fields:
                records.filtered(
                    lambda r: (
                        r.user_id != user
                        and self.env["kala.responsible"]._is_usable(company, user, r)
                    )
                ).user_id = user

    # ------------------------------------------------------------------ values

    @api.model
    def _call_date(self, items, facts):
        """A call is as old as its system says, unless its clock is wrong: some send local time as
        if it were UTC."""
        received = items[0].event_id.date
        date = facts["date"] and to_naive_utc(facts["date"])
        in_range = date and received - OLDEST <= date <= received + CLOCK_ERROR
        return date if in_range else received

    @api.model
    def _as_message(self, facts):
        """A call speaks the language of messages where both go the same way."""
        return IncomingMessage(
            channel="voice",
            uid=facts["uid"],
            contact_value=facts["contact_value"],
            contact_name=facts["contact_name"],
            line_external_id=facts["line_external_id"],
            line_address=facts["line_address"],
            kind="call",
            extra=dict(facts["extra"], extension=facts["extension"]),
        )

    @api.model
    def _call_state(self, direction, status):
        """Only an answered outgoing call counts as a communication (SPEC, Words)."""
        if direction == "in":
            return "received"
        return "sent" if status == "answered" else "cancelled"

    @api.model
    def _prepare_call_vals(self, company, call, match):
        facts = call.facts
        direction = "out" if facts["direction"] == "out" else "in"
        return dict(
            self._prepare_communication_vals(company, call.entry),
            direction=direction,
            state=self._call_state(direction, facts["call_status"]),
            call_status=facts["call_status"] or False,
            duration=facts["duration"],
            extension=facts["extension"] or False,
            recording_url=facts["recording_url"] or False,
            match_rule=match.rule,
            candidates=match.candidates,
            body=False,
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
