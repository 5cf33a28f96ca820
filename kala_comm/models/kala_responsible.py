from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models

LONG_LOOKBACK_DAYS = 183
#: Of these many the records' responsible users are asked for.
LONG_LOOKBACK_MESSAGES = 100

#: RE2: whose a new lead is. The first rule that names a usable user decides.
LEAD_RULES = (
    "line",
    "extension",
    "last_outgoing_days",
    "customer",
    "similar_lead",
    "company_default",
)
#: RE3, RE4: whose the task of an incoming communication is.
TASK_RULES = {
    "text": (
        "last_outgoing_hours",
        "record",
        "line",
        "long_lookback",
        "company_default",
    ),
    "call": (
        "line",
        "extension",
        "last_outgoing_hours",
        "record",
        "long_lookback",
        "company_default",
    ),
    "email": (
        "line",
        "last_outgoing_hours",
        "record",
        "long_lookback",
        "company_default",
    ),
}


class Case(NamedTuple):
    """One question "whose is this?".

    :ivar int n: place in the caller's list
    :ivar str family: text, call or email
    :ivar line: ``kala.line``
    :ivar key: ContactKey of the other party, or None
    :ivar record: the record it was attached to; empty for a new lead
    :ivar partner: the customer, perhaps empty
    :ivar str extension: number of the PBX extension that was called
    :ivar datetime date: naive UTC
    :ivar connection: ``kala.connection`` of the extension; it may have named no line
    """

    n: int
    family: str
    line: object
    key: object
    record: object
    partner: object
    extension: str
    date: object
    connection: object = None


class KalaResponsible(models.AbstractModel):
    """Finds the user whose work an incoming communication is: two ordered chains of small rules
    (RE2 for new leads, RE3 and RE4 for tasks). A rule gets all open cases at once and answers
    with the users it knows of each, the best first; unusable ones are passed over (RE6)."""

    _name = "kala.responsible"
    _description = "Responsible User"

    @api.model
    def _choose(self, company, cases, rules):
        """Ask the rules in their order.

        :param list cases: of Case
        :param rules: names of rules, of ``LEAD_RULES`` or ``TASK_RULES``
        :return: dict n → (user, rule); a case that nobody answers is not in it
        """
        chosen, pending = {}, list(cases)
        for rule in rules:
            if not pending:
                break
            found = getattr(self, f"_rule_{rule}")(company, pending)
            for case in pending:
                users = found.get(case.n) or ()
                user = next((u for u in users if self._is_usable(company, u, case.record)), None)
                if user is not None:
                    chosen[case.n] = (user, rule)
            pending = [case for case in pending if case.n not in chosen]
        return chosen

    @api.model
    def _is_usable(self, company, user, record):
        """RE6: archived, portal and out-of-company users and those who may not read the record
        are passed over."""
        if not user.active or user.share or company not in user.company_ids:
            return False
        # A new lead is not there yet: its user must be one who may read leads at all.
        record = record or self.env["crm.lead"]
        return record.with_user(user).sudo(False).has_access("read")

    @api.model
    def _words(self):
        """:return: dict rule → how it reads on the communication (RE6)"""
        return {
            "line": self.env._("responsible of the line"),
            "extension": self.env._("user of the extension that was called"),
            "last_outgoing_days": self.env._("who last wrote to or called this contact"),
            "last_outgoing_hours": self.env._("who last wrote to or called this contact"),
            "customer": self.env._("responsible of the customer"),
            "similar_lead": self.env._("responsible of the most recent similar lead"),
            "record": self.env._("responsible of the record"),
            "answered": self.env._("who answered the call"),
            "long_lookback": self.env._("responsible of a record written to in six months"),
            "company_default": self.env._("the company's default for this channel"),
        }

    # ------------------------------------------------------------------ rules

    @api.model
    def _rule_line(self, company, cases):
        return {case.n: case.line.user_id for case in cases if case.line}

    @api.model
    def _rule_extension(self, company, cases):
        wanted = [case for case in cases if case.extension and case.connection]
        if not wanted:
            return {}
        extensions = self.env["kala.extension"].search(
            [
                ("connection_id", "in", [case.connection.id for case in wanted]),
                ("number", "in", [case.extension for case in wanted]),
            ]
        )
        users = {(e.connection_id, e.number): e.user_id for e in extensions}
        return {case.n: users.get((case.connection, case.extension)) for case in wanted}

    @api.model
    def _rule_last_outgoing_days(self, company, cases):
        if not company.kala_responsible_last_outgoing:
            return {}
        return self._last_outgoing_users(
            company, cases, timedelta(days=company.kala_responsible_last_outgoing_days)
        )

    @api.model
    def _rule_last_outgoing_hours(self, company, cases):
        if not company.kala_task_last_outgoing:
            return {}
        return self._last_outgoing_users(
            company, cases, timedelta(hours=company.kala_task_last_outgoing_hours)
        )

    @api.model
    def _rule_customer(self, company, cases):
        if not company.kala_responsible_from_customer or company.kala_ignore_customer_responsible:
            return {}
        return {case.n: case.partner.user_id for case in cases if case.partner}

    @api.model
    def _rule_similar_lead(self, company, cases):
        """The responsible users of the leads of the same contact or customer, that of the most
        recent one first.

        Indexes: ``kala_contact_point__key_uniq``, ``crm_lead_partner_id_index``.
        """
        if not company.kala_responsible_from_customer:
            return {}
        known = [case for case in cases if case.key]
        self.env.cr.execute(
            """SELECT s.n, l.user_id
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[])
                        AS s(n, kind, value, partner_id)
                 JOIN LATERAL (
                      SELECT x.id, x.user_id, x.create_date FROM crm_lead x
                        JOIN kala_contact_point p
                          ON p.res_model = 'crm.lead' AND p.res_id = x.id
                       WHERE p.kind = s.kind AND p.value = s.value
                       UNION
                      SELECT x.id, x.user_id, x.create_date FROM crm_lead x
                       WHERE x.partner_id = s.partner_id) l ON TRUE
                 JOIN crm_lead lead ON lead.id = l.id
                 JOIN res_users u ON u.id = l.user_id AND u.active AND NOT u.share
                 JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %s
                WHERE lead.company_id IS NULL OR lead.company_id = %s
                GROUP BY s.n, l.user_id
                ORDER BY s.n, max(l.create_date) DESC, max(l.id) DESC""",
            [
                [case.n for case in known],
                [case.key.kind for case in known],
                [case.key.value for case in known],
                [case.partner.id or 0 for case in known],
                company.id,
                company.id,
            ],
        )
        return self._users_of(self.env.cr.fetchall())

    @api.model
    def _rule_record(self, company, cases):
        return {case.n: case.record.user_id for case in cases if case.record}

    @api.model
    def _rule_long_lookback(self, company, cases):
        """The responsible users of the records that were written to or called in the last six
        months, the latest first."""
        if not company.kala_responsible_long_lookback:
            return {}
        rows = self._last_outgoing(
            company,
            cases,
            timedelta(days=LONG_LOOKBACK_DAYS),
            "k.res_id IS NOT NULL",
            limit=LONG_LOOKBACK_MESSAGES,
        )
        ids = {}
        for _n, _user_id, model, res_id in rows:
            ids.setdefault(model, set()).add(res_id)
        users = {
            (model, record.id): record.user_id
            for model, of_model in ids.items()
            for record in self.env[model].browse(of_model).exists()
        }
        found = {}
        for n, _user_id, model, res_id in rows:
            user = users.get((model, res_id), self.env["res.users"])
            found[n] = found.get(n, user) | user
        return found

    @api.model
    def _rule_company_default(self, company, cases):
        return {case.n: company[f"kala_default_responsible_{case.family}_id"] for case in cases}

    # ------------------------------------------------------------------ look-ups

    @api.model
    def _last_outgoing_users(self, company, cases, age):
        """Who sent the last text, or had the last answered call: a person, not a rule, a mass
        send, an e-mail or an unanswered call."""
        rows = self._last_outgoing(
            company, cases, age, "k.user_id IS NOT NULL AND COALESCE(k.priority, 0) = 0"
        )
        return self._users_of([row[:2] for row in rows])

    @api.model
    def _last_outgoing(self, company, cases, age, condition, limit=1):
        """:param str condition: a constant of this file, never a value
        :param int limit: rows per case
        :return: rows (n, user_id, res_model, res_id), latest first

        Index: ``kala_communication__contact_idx``.
        """
        known = [case for case in cases if case.key]
        if not known:
            return []
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT s.n, c.user_id, c.res_model, c.res_id
                  FROM unnest(%s::int[], %s::text[], %s::text[], %s::timestamp[])
                         AS s(n, kind, value, since)
                  JOIN LATERAL (
                       SELECT k.user_id, k.res_model, k.res_id, k.date
                         FROM kala_communication k
                        WHERE k.contact_kind = s.kind AND k.contact_value = s.value
                          AND k.date >= s.since AND k.company_id = %s
                          AND k.direction = 'out' AND k.channel <> 'email'
                          AND k.state IN ('sent', 'delivered', 'read')
                          AND {condition}
                        ORDER BY k.date DESC LIMIT %s) c ON TRUE
                 ORDER BY s.n, c.date DESC""",
            [
                [case.n for case in known],
                [case.key.kind for case in known],
                [case.key.value for case in known],
                [(case.date or fields.Datetime.now()) - age for case in known],
                company.id,
                limit,
            ],
        )
        return self.env.cr.fetchall()

    @api.model
    def _users_of(self, rows):
        """:param rows: (n, user id), those of a case in their order"""
        users = self.env["res.users"].browse({user_id for _n, user_id in rows}).exists()
        by_id = {user.id: user for user in users}
        found = {}
        for n, user_id in rows:
            user = by_id.get(user_id, users.browse())
            found[n] = found.get(n, user) | user
        return found
