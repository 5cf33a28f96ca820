from odoo import api, models

from ...tools import const
from ...tools.call import FINAL
from ..inbound.kala_responsible import LEAD_RULES, TASK_RULES
from ..inbound.values import Case
from .kala_intake_call_end import NEW_LEAD_RULES
from .values import logged_call


class KalaIntake(models.AbstractModel):
    """Later events of calls that are in the log (VO1): what they know is added, and what only
    they know is made good: whose the call is, and that a missed one makes a lead."""

    _inherit = "kala.intake"

    @api.model
    def _update_calls(self, company, updates):
        """Add what later events know; a final status is never taken back.

        :param list updates: of (communication, Call)
        """
        values = {known: self._changes_of_call(known, call) for known, call in updates}
        ringing = {known: call.rings_also(known) for known, call in updates}
        self._add_lines(updates, values)
        changed = self._write_changes(values)
        moved = changed.filtered(lambda c: "call_status" in values[c])
        placed = changed.filtered(lambda c: "extension" in values[c])
        # A call between colleagues stays a line in the log, however it ends.
        outside = moved.filtered(lambda c: c.match_rule != "internal")
        self._missed_make_leads(company, outside)
        before = {call: call.user_id for call in placed}
        self._choose_again(company, placed)
        for of_round in self._call_rounds(outside):
            self._end_calls(company, of_round)
        self._extension_told_late(company, placed - moved, before)
        self._tell_of_updates(company, outside, ringing)
        for communication in moved:
            communication.mail_message_id.body = self._call_words(communication)
        self.env["kala.live"]._changed(changed)

    @api.model
    def _changes_of_call(self, communication, call):
        """Hook of telephone systems that have settings of their own.

        :return: dict of the values of the communication that the call changes
        """
        return call.changes(communication)

    @api.model
    def _add_lines(self, updates, values):
        """Of a call with legs only the call itself names the line.

        :param dict values: communication → its new values, completed here
        """
        lines = {}
        for communication, call in updates:
            extra = values[communication].get("extra") or communication.extra or {}
            if extra.get("legs") and (call.line_address or call.line_external_id):
                line = self._line_of(communication.connection_id, call, lines)
                if line != communication.line_id:
                    values[communication]["line_id"] = line.id

    @api.model
    def _write_changes(self, values):
        """Write equal values together; what is only kept in ``extra`` is no change that anybody is
        told.

        :param dict values: communication → its new values
        :return: the communications that changed
        """
        changed = self.env["kala.communication"]
        states, writes = [], {}
        for communication, told in values.items():
            vals = dict(told)
            extra = vals.pop("extra", None)
            if extra is not None:
                communication.extra = extra
            if vals:
                changed |= communication
                state = vals.pop("state", communication.state)
                if state != communication.state:
                    states.append({"id": communication.id, "state": state})
                writes.setdefault(tuple(vals.items()), []).append(communication.id)
        changed._move("call", states)
        for vals, ids in writes.items():
            changed.browse(ids).write(dict(vals))
        return changed

    @api.model
    def _tell_of_updates(self, company, moved, ringing):
        """A call that ends unanswered is told; one that rings on is told where it rings now.

        :param dict ringing: communication → numbers of extensions that had not rung before
        """
        self._notify_calls(company, moved)
        present = {
            c: numbers
            for c, numbers in ringing.items()
            if numbers and c.call_status == "ringing" and c.match_rule != "internal"
        }
        users = self._users_who_rang(company, present)
        self.env["kala.notifier"]._notify(company, list(users.items()))

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
            company, [(logged_call(call), call.partner_id.id) for call in missed]
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
            # A new lead has no responsible of its own yet.
            cases = [
                Case.of(
                    logged_call(call),
                    self.env["crm.lead"] if call in new else call._record(),
                    call.partner_id,
                    n,
                )
                for n, call in enumerate(calls)
            ]
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
    def _extension_told_late(self, company, communications, before):
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
