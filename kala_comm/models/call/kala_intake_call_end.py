from odoo import api, models

from ...tools import const
from ...tools.call import FINAL, rung

#: What the matcher says of calls that made a lead.
NEW_LEAD_RULES = ("new", "always_new", "new_for_customer")


class KalaIntake(models.AbstractModel):
    """What calls bring: the caller's card while it rings, and at their end tasks and responsible
    users (VO2, TA1, RE4, RE5)."""

    _inherit = "kala.intake"

    @api.model
    def _notify_calls(self, company, communications):
        """The caller's card for the responsible and for the users of the extensions that rang
        (VO2)."""
        calls = communications.filtered(
            lambda c: c.direction == "in" and c.call_status in ("ringing", *const.UNANSWERED)
        )
        numbers = {call: {call.extension, *rung(call)} for call in calls}
        users = self._users_who_rang(company, numbers)
        self.env["kala.notifier"]._notify(
            company, [(call, call.user_id | users[call]) for call in calls]
        )

    @api.model
    def _users_who_rang(self, company, numbers):
        """:param dict numbers: communication → numbers of extensions
        :return: dict communication → their users, as far as they may read its record (RE6)"""
        by_extension = self._users_by_extension(
            [(call.connection_id, number) for call, rang in numbers.items() for number in rang]
        )
        nobody = self.env["res.users"]
        return {
            call: nobody.union(
                *[
                    user
                    for number in rang
                    if (user := by_extension.get((call.connection_id, number)))
                    and user._kala_may_take(company, call._record())
                ]
            )
            for call, rang in numbers.items()
        }

    @api.model
    def _extension_users(self, communications):
        """:return: dict communication → user of its extension, perhaps empty"""
        users = self._users_by_extension([(c.connection_id, c.extension) for c in communications])
        nobody = self.env["res.users"]
        return {c: users.get((c.connection_id, c.extension), nobody) for c in communications}

    @api.model
    def _users_by_extension(self, pairs):
        """Index: ``kala_extension_number_uniq``.

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
        # The tasks come first: RE3 says whose they are. Only then the call gets the user who
        # answered it.
        tasks._create_for(
            [(call, call.user_id) for call in incoming if self._wants_task(company, call)]
        )
        self._answered(company, answered & incoming)

    @api.model
    def _wants_task(self, company, call):
        """RE4: a setting says whether a missed call without a responsible user makes a task."""
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
                    lambda r: r.user_id != user and user._kala_may_take(company, r)
                ).user_id = user
