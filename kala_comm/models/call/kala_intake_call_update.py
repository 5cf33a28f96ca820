from odoo import api, models

from ...tools import const
from ...tools.messages import IncomingMessage
from ..inbound.kala_intake import Entry
from ..inbound.kala_responsible import LEAD_RULES, TASK_RULES, Case
from .kala_intake_call import NEW_LEAD_RULES
from .kala_intake_call_facts import FINAL, STATUS_RANK


class KalaIntake(models.AbstractModel):
    """Later events of calls that are in the log (VO1): what they know is added, and what only
    they know is made good: whose the call is, and that a missed one makes a lead."""

    _inherit = "kala.intake"

    @api.model
    def _update_calls(self, company, updates):
        """Add what later events know; a final status is never taken back.

        :param list updates: of (communication, facts)
        """
        touched = moved = elsewhere = self.env["kala.communication"]
        writes, lines, ringing = {}, {}, {}
        for communication, facts in updates:
            vals = self._prepare_update_vals(communication, facts)
            self._keep_legs(communication, facts, vals, lines)
            again = self._rings_elsewhere(communication, facts)
            if again:
                ringing[communication] = again
            if not vals:
                continue
            touched |= communication
            writes.setdefault(tuple(vals.items()), []).append(communication.id)
            if "call_status" in vals:
                moved |= communication
            if "extension" in vals:
                elsewhere |= communication
        for vals, ids in writes.items():
            touched.browse(ids).write(dict(vals))
        # A call between colleagues stays a line in the log, however it ends.
        outside = moved.filtered(lambda c: c.match_rule != "internal")
        self._missed_make_leads(company, outside)
        before = {call: call.user_id for call in elsewhere}
        self._choose_again(company, elsewhere)
        for of_round in self._call_rounds(outside):
            self._end_calls(company, of_round)
        self._placed_late(company, elsewhere - moved, before)
        self._tell_of_updates(company, outside, ringing)
        for communication in moved:
            communication.mail_message_id.body = self._call_words(communication)
        self.env["kala.live"]._changed(touched)

    @api.model
    def _tell_of_updates(self, company, moved, ringing):
        """A call that ends unanswered is told; one that rings on is told where it rings now.

        :param dict ringing: communication → numbers of extensions that had not rung before
        """
        self._notify_calls(company, moved)
        present = {
            c: numbers
            for c, numbers in ringing.items()
            if c.call_status == "ringing" and c.match_rule != "internal"
        }
        users = self._users_who_rang(company, present)
        self.env["kala.notifier"]._notify(company, list(users.items()))

    @api.model
    def _rings_elsewhere(self, communication, facts):
        """Remember the extensions that rang; a ring group calls several (VO2).

        :return: numbers that had not rung before
        """
        before = {communication.extension, *self._rung(communication)} - {False}
        new = [number for number in facts["extra"].get("rung", ()) if number not in before]
        if new:
            rung = [*self._rung(communication), *new]
            communication.extra = {**(communication.extra or {}), "rung": rung}
        return new

    @api.model
    def _prepare_update_vals(self, communication, facts):
        if facts["legs"] or (communication.extra or {}).get("legs"):
            return self._prepare_leg_vals(communication, facts)
        before = STATUS_RANK.index(communication.call_status or "")
        now = STATUS_RANK.index(facts["call_status"])
        # Where it rang is no news once somebody else has answered.
        names = ["duration", "recording_url"]
        if now >= before or not communication.extension:
            names.append("extension")
        vals = {
            name: facts[name]
            for name in names
            if facts[name] and facts[name] != communication[name]
        }
        if now > before:
            vals.update(self._prepare_status_vals(communication, facts["call_status"]))
        vals.update(self._prepare_talk_vals(communication, facts, vals))
        return vals

    @api.model
    def _prepare_talk_vals(self, communication, facts, vals):
        """When a talk began is told by one event, when it ended by another."""
        known = communication.extra or {}
        told = {n: facts["extra"][n] for n in ("answered_at", "ended_at") if n in facts["extra"]}
        if any(known.get(name) != moment for name, moment in told.items()):
            communication.extra = known = {**known, **told}
        status = vals.get("call_status", communication.call_status)
        if status != "answered" or vals.get("duration", communication.duration):
            return {}
        talked = self._talked(known)
        return {"duration": talked} if talked else {}

    @api.model
    def _prepare_leg_vals(self, communication, facts):
        """What the legs of a call say replaces what the call itself made us believe."""
        extra = communication.extra or {}
        own = extra.get("own") or {
            "status": communication.call_status or "",
            "duration": communication.duration,
            "ended": communication.call_status in FINAL,
        }
        facts["own"] = self._fold_leg(own, facts["own"])
        facts["legs"] = self._fold_legs(extra.get("legs") or {}, facts["legs"])
        outcome = self._outcome(facts)
        vals = {
            name: value
            for name, value in (
                ("duration", outcome["duration"]),
                ("extension", outcome["extension"]),
                ("recording_url", facts["recording_url"]),
            )
            if value != (communication[name] or type(value)()) and (value or name == "duration")
        }
        if outcome["status"] != (communication.call_status or ""):
            vals.update(self._prepare_status_vals(communication, outcome["status"]))
        return vals

    @api.model
    def _prepare_status_vals(self, communication, status):
        return {
            "call_status": status,
            "state": self._call_state(communication.direction, status),
            "recency_pending": True,
        }

    @api.model
    def _keep_legs(self, communication, facts, vals, lines):
        """Remember what the call and its legs have told, and the line that only the call itself
        names.

        :param dict vals: of the update, completed here
        :param dict lines: cache of :meth:`_line_of`
        """
        if not facts["legs"]:
            return
        kept = {"legs": facts["legs"], "own": facts["own"]}
        extra = communication.extra or {}
        if {name: extra.get(name) for name in kept} != kept:
            communication.extra = {**extra, **kept}
        if facts["line_address"] or facts["line_external_id"]:
            line = self._line_of(communication.connection_id, self._as_message(facts), lines)
            if line != communication.line_id:
                vals["line_id"] = line.id

    @api.model
    def _call_rounds(self, communications):
        """:return: sets in which every contact stands once, in their order: a missed call and
        the answered one after it are not the same as the other way round"""
        rounds, turn = [], {}
        for communication in communications:
            contact = communication.contact_value or communication.id
            place = turn[contact] = turn.get(contact, -1) + 1
            if place == len(rounds):
                rounds.append(self.env["kala.communication"])
            rounds[place] |= communication
        return rounds

    # ------------------------------------------------------------------ made good

    @api.model
    def _missed_make_leads(self, company, communications):
        """MA5: that a call was missed is known when it ends, and it was attached when it rang."""
        missed = communications.filtered(
            lambda c: (
                c.direction == "in"
                and c.call_status in const.UNANSWERED
                and c.match_rule not in (*NEW_LEAD_RULES, "user")
            )
        )
        if not missed or not company.kala_missed_call_always_new_lead:
            return
        leads, chosen = self._make_leads(
            company, [(self._entry_of(call), call.partner_id.id) for call in missed]
        )
        for call, lead, (user, rule) in zip(missed, leads, chosen, strict=True):
            call.write(
                {
                    **call._attach_vals(lead),
                    "match_rule": "always_new",
                    "user_id": user.id,
                    "responsible_rule": rule,
                    "recency_pending": True,
                }
            )
            call.mail_message_id.write({"model": lead._name, "res_id": lead.id})

    @api.model
    def _entry_of(self, communication):
        """:return: Entry of a call that is in the log, for making its lead"""
        message = IncomingMessage(
            channel="voice",
            uid=communication.provider_uid,
            contact_value=communication.contact_value or "",
            contact_name=communication.contact_name or "",
            kind="call",
            extra={"extension": communication.extension or ""},
        )
        key = communication._key() if communication.contact_value else None
        item = self.env["kala.inbound.item"].new({"connection_id": communication.connection_id.id})
        return Entry(item, message, communication.line_id, key, communication.date)

    @api.model
    def _choose_again(self, company, communications):
        """RE2–RE4: the extension is a rule of its own, and some systems name it at the end."""
        self._choose_again_by(
            company,
            communications.filtered(lambda c: c.direction == "in" and c.res_id),
        )
        outgoing = communications.filtered(lambda c: c.direction == "out")
        for user, calls in outgoing.grouped(self._extension_users(outgoing).get).items():
            if user:
                calls.user_id = user

    @api.model
    def _choose_again_by(self, company, communications):
        new = communications.filtered(lambda c: c.match_rule in NEW_LEAD_RULES)
        for calls, rules in ((new, LEAD_RULES), (communications - new, TASK_RULES["call"])):
            cases = [self._case_of(n, call, call in new) for n, call in enumerate(calls)]
            chosen = self.env["kala.responsible"]._choose(company, cases, rules)
            by_choice = {}
            for n, call in enumerate(calls):
                if n in chosen and chosen[n][0] != call.user_id:
                    by_choice.setdefault(chosen[n], self.env["kala.communication"])
                    by_choice[chosen[n]] |= call
            for (user, rule), of_user in by_choice.items():
                if calls == new:
                    of_user.filtered(
                        lambda c: c.lead_id.user_id == c.user_id
                    ).lead_id.user_id = user
                of_user.write({"user_id": user.id, "responsible_rule": rule})

    @api.model
    def _placed_late(self, company, communications, before):
        """Some systems say where a call rang after its end only: then its task follows (RE4), and
        who answered becomes known (RE5).

        :param dict before: communication → whose it was
        """
        ended = communications.filtered(
            lambda c: c.direction == "in" and c.res_id and c.call_status in FINAL
        )
        tasks = self.env["kala.task"]
        for call in ended.filtered(lambda c: c.user_id and c.user_id != before[c]):
            task = call.activity_id
            if task.active and task.user_id == before[call]:
                tasks._pass_on(call, call.user_id)
            elif not task and not before[call] and self._wants_task(company, call):
                tasks._create_for([(call, call.user_id)])
        self._answered(company, ended.filtered(lambda c: c.call_status == "answered"))

    @api.model
    def _case_of(self, n, communication, is_new):
        """:param bool is_new: it made a lead, which has no responsible of its own yet"""
        record = self.env["crm.lead"] if is_new else communication._record()
        return Case(
            n=n,
            family="call",
            line=communication.line_id,
            key=communication._key() if communication.contact_value else None,
            record=record,
            partner=communication.partner_id,
            extension=communication.extension or "",
            date=communication.date,
            connection=communication.connection_id,
        )
