from datetime import timedelta

from odoo import api, fields, models

from ...tools import const, states

LONG_LOOKBACK_DAYS = 183
#: A rule that looks back for months reads at the most so many messages of an address.
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


#: All addresses of the contacts that are asked about: we may have texted or called the phone of a
#: contact who now writes an e-mail. The addresses are those of the records that have the address
#: of the sender, and of the customers of these records. Where too many records have it (a
#: switchboard), only the address of the sender counts. Pins do not count: a pin says where
#: messages go, not whose the address is.
#: Indexes: ``kala_contact_point_key_uniq``, ``kala_contact_point_record_idx``, primary keys.
_ADDRESSES = """
    asked AS (
        SELECT * FROM unnest(%(n)s::int[], %(kind)s::text[], %(value)s::text[],
                             %(connection)s::int[], %(partner)s::int[], %(since)s::timestamp[])
                   AS a(n, kind, value, connection_id, partner_id, since)
    ), owner AS (
        SELECT a.n, p.res_model, p.res_id
          FROM asked a
          JOIN LATERAL (
               SELECT q.res_model, q.res_id
                 FROM kala_contact_point q
                WHERE q.kind = a.kind AND q.value = a.value
                  AND COALESCE(q.connection_id, 0) = a.connection_id
                  AND NOT COALESCE(q.pinned, FALSE)
                LIMIT %(limit)s + 1) p ON TRUE
    ), known AS (
        SELECT n, res_model, res_id
          FROM owner
         WHERE n NOT IN (SELECT n FROM owner GROUP BY n HAVING count(*) > %(limit)s)
    ), person AS (
        SELECT n, res_model, res_id FROM known
         UNION
        SELECT k.n, 'res.partner', l.partner_id
          FROM known k JOIN crm_lead l ON k.res_model = 'crm.lead' AND l.id = k.res_id
         WHERE l.partner_id IS NOT NULL
    ), address AS (
        SELECT n, kind, value, connection_id FROM asked
         UNION
        SELECT w.n, q.kind, q.value, COALESCE(q.connection_id, 0)
          FROM person w
          LEFT JOIN crm_lead l ON w.res_model = 'crm.lead' AND l.id = w.res_id
          LEFT JOIN res_partner r ON w.res_model = 'res.partner' AND r.id = w.res_id
          JOIN kala_contact_point q ON q.res_model = w.res_model AND q.res_id = w.res_id
         WHERE NOT COALESCE(q.pinned, FALSE)
           AND COALESCE(l.company_id, r.company_id, %(company)s) = %(company)s
    )
"""


class KalaResponsible(models.AbstractModel):
    """Finds the user whose work an incoming communication is. There are two chains of small rules:
    RE2 for new leads, RE3 and RE4 for tasks. Each rule gets all open cases at once. It answers
    with the users that it knows for each case, the best user first. A user who cannot take the
    work is left out (RE6)."""

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
            if not self._is_on(company, rule):
                continue
            found = getattr(self, f"_rule_{rule}")(company, pending)
            for case in pending:
                users = found.get(case.n) or ()
                user = next((u for u in users if u._kala_may_take(company, case.record)), None)
                if user is not None:
                    chosen[case.n] = (user, rule)
            pending = [case for case in pending if case.n not in chosen]
        return chosen

    @api.model
    def _trace(self, company, case, rules):
        """Ask the rules about one case as :meth:`_choose` does, and keep what each of them said.

        :return: list of (rule, list of (user, what speaks against him or False)), up to the rule
            that decides
        """
        steps = []
        for rule in rules:
            steps.append((rule, self._ask_one(company, case, rule)))
            if any(not obstacle for _user, obstacle in steps[-1][1]):
                break
        return steps

    @api.model
    def _ask_one(self, company, case, rule):
        """:return: list of (user, what speaks against him or False), up to the one who fits"""
        if not self._is_on(company, rule):
            return []
        asked = []
        for user in getattr(self, f"_rule_{rule}")(company, [case]).get(case.n) or ():
            asked.append((user, user._kala_obstacle(company, case.record)))
            if not asked[-1][1]:
                break
        return asked

    @api.model
    def _is_on(self, company, rule):
        """:return: whether the company's settings let a rule be asked (RE2, RE3)"""
        from_customer = company.kala_responsible_from_customer
        switches = {
            "last_outgoing_days": company.kala_responsible_last_outgoing,
            "last_outgoing_hours": company.kala_task_last_outgoing,
            "customer": from_customer and not company.kala_ignore_customer_responsible,
            "similar_lead": from_customer,
            "long_lookback": company.kala_responsible_long_lookback,
        }
        return switches.get(rule, True)

    @api.model
    def _obstacle_words(self):
        """:return: dict obstacle → how it reads"""
        return {
            "archived": self.env._("archived"),
            "portal": self.env._("no employee"),
            "company": self.env._("of another company"),
            "read": self.env._("may not read the record"),
        }

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
        return self._last_outgoing_users(
            company, cases, timedelta(days=company.kala_responsible_last_outgoing_days)
        )

    @api.model
    def _rule_last_outgoing_hours(self, company, cases):
        return self._last_outgoing_users(
            company, cases, timedelta(hours=company.kala_task_last_outgoing_hours)
        )

    @api.model
    def _rule_customer(self, company, cases):
        return {case.n: case.partner.user_id for case in cases if case.partner}

    @api.model
    def _rule_similar_lead(self, company, cases):
        """The responsible users of the leads of the same contact or customer. The user of the
        newest lead comes first. An address that very many records have does not count
        (docs/architecture.md, 3.7).

        Indexes: ``kala_contact_point_key_uniq``, ``crm_lead__partner_id_index``.
        """
        rows = self._ask_addresses(
            company,
            cases,
            """, holder AS (
                   SELECT a.*, p.res_model, p.res_id
                     FROM address a
                     JOIN LATERAL (
                          SELECT q.res_model, q.res_id
                            FROM kala_contact_point q
                           WHERE q.kind = a.kind AND q.value = a.value
                             AND COALESCE(q.connection_id, 0) = a.connection_id
                           LIMIT %(limit)s + 1) p ON TRUE
               ), crowded AS (
                   SELECT n, kind, value, connection_id FROM holder
                    GROUP BY n, kind, value, connection_id HAVING count(*) > %(limit)s
               ), related AS (
                   SELECT n, res_id AS id FROM holder
                    WHERE res_model = 'crm.lead'
                      AND (n, kind, value, connection_id) NOT IN (SELECT * FROM crowded)
                    UNION
                   SELECT a.n, l.id FROM asked a JOIN crm_lead l ON l.partner_id = a.partner_id
               )
               SELECT s.n, l.user_id
                 FROM related s
                 JOIN crm_lead l ON l.id = s.id
                 JOIN res_users u ON u.id = l.user_id AND u.active AND NOT u.share
                 JOIN res_company_users_rel r ON r.user_id = u.id AND r.cid = %(company)s
                WHERE l.company_id IS NULL OR l.company_id = %(company)s
                GROUP BY s.n, l.user_id
                ORDER BY s.n, max(l.create_date) DESC, max(l.id) DESC""",
        )
        return self._users_of(rows)

    @api.model
    def _rule_record(self, company, cases):
        return {case.n: case.record.user_id for case in cases if case.record}

    @api.model
    def _rule_long_lookback(self, company, cases):
        """The responsible users of the records that were written to or called in the last six
        months, the latest first."""
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
        """The user who sent the last text, or who had the last answered call. Only a person
        counts: a rule, a mass send, an e-mail or an unanswered call does not."""
        rows = self._last_outgoing(
            company,
            cases,
            age,
            "k.channel <> 'email' AND k.user_id IS NOT NULL AND COALESCE(k.priority, 0) = 0",
        )
        return self._users_of([row[:2] for row in rows])

    @api.model
    def _last_outgoing(self, company, cases, age, condition, limit=1):
        """:param str condition: a constant of this file, never a value
        :param int limit: rows per case and address
        :return: rows (n, user_id, res_model, res_id), latest first

        Index: ``kala_communication_contact_idx``.
        """
        return self._ask_addresses(
            company,
            cases,
            f"""SELECT a.n, c.user_id, c.res_model, c.res_id
                  FROM address a
                  JOIN asked s ON s.n = a.n
                  JOIN LATERAL (
                       SELECT k.id, k.user_id, k.res_model, k.res_id, k.date
                         FROM kala_communication k
                        WHERE k.contact_kind = a.kind AND k.contact_value = a.value
                          AND (a.connection_id = 0 OR k.connection_id = a.connection_id)
                          AND k.date >= s.since AND k.company_id = %(company)s
                          AND k.direction = 'out' AND {states.is_sent("k")}
                          AND {condition}
                        ORDER BY k.date DESC LIMIT {int(limit)}) c ON TRUE
                 ORDER BY a.n, c.date DESC, c.id DESC""",
            age,
        )

    @api.model
    def _ask_addresses(self, company, cases, select, age=timedelta()):
        """Run a query over ``asked`` and ``address`` of :data:`_ADDRESSES`.

        :param str select: a constant of this file: the query, or further parts of its WITH
        :param timedelta age: how long before a case ``since`` is
        """
        known = [case for case in cases if case.key]
        if not known:
            return []
        self.env.flush_all()
        self.env.cr.execute(
            f"WITH {_ADDRESSES} {select}",
            {
                "n": [case.n for case in known],
                "kind": [case.key.kind for case in known],
                "value": [case.key.value for case in known],
                "connection": [self._connection_id(case) for case in known],
                "partner": [case.partner.id or 0 for case in known],
                "since": [(case.date or fields.Datetime.now()) - age for case in known],
                "limit": const.SIMILAR_LIMIT,
                "company": company.id,
            },
        )
        return self.env.cr.fetchall()

    @api.model
    def _connection_id(self, case):
        """:return: id of the connection on which alone the address of a case exists (MA8), or 0"""
        is_field = case.key.kind in const.FIELD_CONTACT_KINDS
        return 0 if is_field or not case.connection else case.connection.id

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
