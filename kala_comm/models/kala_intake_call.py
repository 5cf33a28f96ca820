from datetime import timedelta

from odoo import api, models

from ..tools.messages import IncomingMessage, to_naive_utc
from ..tools.phone import phone_key
from .kala_intake import OLDEST, Entry
from .kala_matcher import Sender
from .kala_responsible import TASK_RULES

#: A call that began later than this after we heard of it has a wrong clock.
CLOCK_ERROR = timedelta(minutes=10)

#: A call's status may move to the right only, in whatever order its events come (VO1).
STATUS_RANK = ("", "ringing", "failed", "busy", "missed", "voicemail", "forwarded", "answered")
FINAL = ("failed", "busy", "missed", "voicemail", "forwarded", "answered")


class KalaIntake(models.AbstractModel):
    """Calls: one log line per call, that grows as its events come, in any order (VO1)."""

    _inherit = "kala.intake"

    @api.model
    def _take_calls(self, company, items):
        """Log the calls of a set: the events of one call are folded into one line."""
        by_call = {}
        for item in items:
            by_call.setdefault((item.connection_id, item.content.get("uid")), []).append(item)
        known = self._known_calls(by_call)
        for (connection, uid), of_call in by_call.items():
            events = [item._parsed() for item in of_call]
            communication = known.get((connection.id, uid))
            if communication:
                self._update_call(communication, events)
            else:
                communication = self._log_call(company, connection, of_call, events)
            self._finish_calls(of_call, communication)

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

    # ------------------------------------------------------------------ a new call

    @api.model
    def _log_call(self, company, connection, items, events):
        """Match, log, and do what the present status of the call asks for."""
        facts = self._facts_of(events, connection)
        line = self.env["kala.line"]._find_or_create(
            connection,
            "voice",
            external_id=facts["line_external_id"],
            address=facts["line_address"],
        )
        key = phone_key(facts["contact_value"], company._kala_region())
        entry = Entry(items[0], self._as_message(facts), line, key, self._call_date(items, facts))
        match = self.env["kala.matcher"]._match(
            company,
            [
                Sender(
                    keys=((key, 0),) if key else (),
                    date=entry.date,
                    connection_id=connection.id,
                    family="call",
                    missed=facts["call_status"] == "missed",
                )
            ],
        )[0]
        communication = self.env["kala.communication"].create(
            self._prepare_call_vals(company, entry, facts, match)
        )
        self._attach_call(company, communication, entry, match, facts)
        return communication

    @api.model
    def _attach_call(self, company, communication, entry, match, facts):
        """Give a call its record; an outgoing one to a stranger stays unattached."""
        new = None
        if match.model:
            record = self.env[match.model].browse(match.res_id)
        elif communication.direction == "out":
            record = self.env["res.partner"].browse(match.partner_id or ())
        else:
            record, (new,) = self._make_leads(company, [(entry, match.partner_id)])
        if record:
            communication.write(self.env["kala.communication"]._attach_vals(record))
            communication.mail_message_id = self.env["kala.chatter"]._write(
                [(record, self._call_words(communication), self._author_of(record, entry))]
            )
        if communication.direction == "in":
            self._set_call_responsible(company, communication, entry, record, new)
            self._notify_call(company, communication)
        self._end_call(company, communication, new is not None)
        self.env["kala.live"]._changed(communication)

    @api.model
    def _set_call_responsible(self, company, communication, entry, record, new):
        """:param tuple new: (user, rule) of a new lead's responsible; None on a known record"""
        if new and new[0]:
            communication.write({"user_id": new[0].id, "responsible_rule": new[1]})
            return
        case = self._case(0, entry, record, record._kala_customer().id)
        chosen = self.env["kala.responsible"]._choose(company, [case], TASK_RULES["call"])
        user, rule = chosen.get(0, (self.env["res.users"], False))
        communication.write({"user_id": user.id, "responsible_rule": rule})

    @api.model
    def _notify_call(self, company, communication):
        """The caller's card for the responsible and the extension's user (VO2)."""
        if communication.call_status not in ("ringing", "missed"):
            return
        users = communication.user_id | self._extension_user(communication)
        self.env["kala.notifier"]._notify(company, [(communication, user) for user in users])

    @api.model
    def _extension_user(self, communication):
        return (
            self.env["kala.extension"]
            .search(
                [
                    ("connection_id", "=", communication.connection_id.id),
                    ("number", "=", communication.extension or ""),
                ],
                limit=1,
            )
            .user_id
        )

    # ------------------------------------------------------------------ later events

    @api.model
    def _update_call(self, communication, events):
        """Add what later events know; a final status is never taken back."""
        facts = self._facts_of(events, communication.connection_id)
        before = communication.call_status or ""
        vals = {
            name: facts[name]
            for name in ("duration", "recording_url", "extension")
            if facts[name] and facts[name] != communication[name]
        }
        status = facts["call_status"]
        if status and STATUS_RANK.index(status) > STATUS_RANK.index(before):
            vals["call_status"] = status
            vals["state"] = self._call_state(communication.direction, status)
            vals["recency_pending"] = True
        if not vals:
            return
        communication.write(vals)
        if "call_status" in vals:
            company = communication.company_id
            is_new = communication.match_rule in ("new", "always_new", "new_for_customer")
            self._end_call(company, communication, is_new)
            if before != "ringing" or communication.call_status == "missed":
                self._notify_call(company, communication)
            communication.mail_message_id.body = self._call_words(communication)
        self.env["kala.live"]._changed(communication)

    @api.model
    def _end_call(self, company, communication, is_new):
        """What the end of a call brings: a task (TA1, RE4), a new responsible (RE5)."""
        status = communication.call_status
        if status not in FINAL or not communication.res_id:
            return
        tasks = self.env["kala.task"]
        if communication.direction == "out":
            if status == "answered":
                tasks._close(communication)
            return
        if status == "answered":
            self._answered(company, communication)
        nobody = not communication.user_id and company.kala_no_task_without_responsible
        if tasks._wanted(company, communication, is_new) and not nobody:
            tasks._create_for([(communication, communication.user_id)])

    @api.model
    def _answered(self, company, communication):
        """Who answered becomes responsible, if the company wants it (RE5); what waited for an
        answer is done."""
        user = self._extension_user(communication)
        if user:
            communication.write({"user_id": user.id, "responsible_rule": "answered"})
        record = communication._record()
        if user and company.kala_call_updates_responsible and "user_id" in record._fields:
            usable = self.env["kala.responsible"]._is_usable(company, user, record)
            if usable and record.user_id != user:
                record.user_id = user
        self.env["kala.task"]._close(communication)

    # ------------------------------------------------------------------ facts

    @api.model
    def _facts_of(self, events, connection):
        """Fold the events of one call that came together; later knowledge fills gaps.

        :param connection: of the call, for telephone systems that have settings of their own
        """
        facts = dict.fromkeys(
            (
                "direction",
                "contact_value",
                "contact_name",
                "line_external_id",
                "line_address",
                "extension",
                "recording_url",
                "call_status",
            ),
            "",
        )
        facts.update(duration=0, date=None, uid=events[0].uid, extra={})
        for event in events:
            for name in (
                "direction",
                "contact_value",
                "contact_name",
                "line_external_id",
                "line_address",
                "extension",
                "recording_url",
            ):
                facts[name] = getattr(event, name) or facts[name]
            facts["duration"] = max(facts["duration"], event.duration or 0)
            moments = [event.started_at, event.date]
            facts["date"] = facts["date"] or next((m for m in moments if m), None)
            facts["extra"].update(event.extra)
            status = self._status_of(event)
            if STATUS_RANK.index(status) > STATUS_RANK.index(facts["call_status"]):
                facts["call_status"] = status
        return facts

    @api.model
    def _status_of(self, event):
        """:return: the status an event tells; an end without one says missed or answered"""
        if event.status in STATUS_RANK and event.status:
            return event.status
        if event.event == "answered":
            return "answered"
        if event.event == "ringing":
            return "ringing"
        if event.event == "ended":
            return "answered" if event.duration else "missed"
        return ""

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
    def _prepare_call_vals(self, company, entry, facts, match):
        direction = "out" if facts["direction"] == "out" else "in"
        vals = self._prepare_communication_vals(company, entry)
        vals.update(
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
        if direction == "out":
            extension = self.env["kala.extension"].search(
                [
                    ("connection_id", "=", entry.item.connection_id.id),
                    ("number", "=", facts["extension"]),
                ],
                limit=1,
            )
            vals["user_id"] = extension.user_id.id
        return vals

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

    @api.model
    def _finish_calls(self, items, communication):
        for item in items:
            item.write(
                {
                    "state": "done",
                    "result": "logged",
                    "error": False,
                    "communication_id": communication.id,
                }
            )
