from typing import NamedTuple

from odoo import api, fields, models

from ...tools import const

#: Candidates that are kept with a communication (MA9).
KEPT_CANDIDATES = 10
#: Of an address that more records of a model share (a switchboard, the e-mail of a form), only
#: so many are looked at: the newest, those it wrote to or from last, and pinned ones.
CROWD = 500

#: Verdicts on customers whom a new lead may be linked to.
FITTING = ("ok", "old")

_MODELS = ("sale.order", "crm.lead", "res.partner")

#: All candidates of all senders of a batch, judged and ranked. Steps: points of the senders →
#: the customers behind them → orders, leads, customers → verdict of each → place of each.
#: Indexes: ``kala_contact_point__key_uniq`` and ``__pinned_idx``, ``sale_order`` and ``crm_lead``
#: by customer, ``kala_communication__real_idx`` for the age, ``__contact_idx`` for a crowd,
#: ``__provider_uid_uniq`` for quoted replies.
_CANDIDATES = """
    WITH sender AS (
        SELECT * FROM unnest(%(n)s::int[], %(kind)s::text[], %(value)s::text[],
                             %(connection)s::int[])
                   AS s(n, kind, value, connection_id)
    ), moment AS (
        SELECT * FROM unnest(%(all_n)s::int[], %(date)s::timestamp[], %(all_connection)s::int[],
                             %(reply)s::text[], %(is_news)s::boolean[])
                   AS m(n, date, connection_id, reply_to, is_news)
    ), newest AS (
        SELECT s.n, s.kind, s.value, s.connection_id, p.res_model, p.res_id,
               COALESCE(p.pinned, FALSE) AND p.company_id = %(company)s AS pinned,
               p.pinned_date
          FROM sender s
         CROSS JOIN unnest(%(models)s::text[]) AS m(model)
          JOIN LATERAL (
               SELECT * FROM kala_contact_point q
                WHERE q.kind = s.kind AND q.value = s.value
                  AND COALESCE(q.connection_id, 0) = s.connection_id AND q.res_model = m.model
                ORDER BY q.res_id DESC LIMIT %(crowd)s) p ON TRUE
    ), crowded AS (
        SELECT DISTINCT n, kind, value, connection_id FROM newest
         GROUP BY n, kind, value, connection_id, res_model HAVING count(*) >= %(crowd)s
    ), recent AS MATERIALIZED (
        SELECT DISTINCT s.*, k.res_model, k.res_id
          FROM crowded s
          JOIN LATERAL (
               SELECT c.res_model, c.res_id FROM kala_communication c
                WHERE c.contact_kind = s.kind AND c.contact_value = s.value
                  AND (c.direction = 'in' OR c.state IN ('sent', 'delivered', 'read'))
                ORDER BY c.date DESC LIMIT %(crowd)s) k ON TRUE
         WHERE k.res_id IS NOT NULL
    ), point AS (
        SELECT n, res_model, res_id, kind, pinned, pinned_date FROM newest
         UNION ALL
        SELECT s.n, p.res_model, p.res_id, s.kind, TRUE, p.pinned_date
          FROM crowded s
          JOIN kala_contact_point p ON p.kind = s.kind AND p.value = s.value
           AND COALESCE(p.connection_id, 0) = s.connection_id
         WHERE p.pinned AND p.company_id = %(company)s
         UNION ALL
        SELECT r.n, r.res_model, r.res_id, r.kind, FALSE, NULL
          FROM recent r
          JOIN LATERAL (
               SELECT FROM kala_contact_point p
                WHERE p.kind = r.kind AND p.value = r.value
                  AND COALESCE(p.connection_id, 0) = r.connection_id
                  AND p.res_model = r.res_model AND p.res_id = r.res_id
                  AND NOT COALESCE(p.pinned, FALSE)
                LIMIT 1) p ON TRUE
        {not_filled}
    ), customer AS (
        SELECT n, res_id AS id FROM point WHERE res_model = 'res.partner'
         UNION
        SELECT point.n, l.partner_id
          FROM point JOIN crm_lead l ON l.id = point.res_id
         WHERE point.res_model = 'crm.lead' AND l.partner_id IS NOT NULL
           AND point.kind <> ALL(%(field_kinds)s)
    ), candidate AS (
        SELECT m.n, k.res_model AS model, k.res_id AS id, 0 AS source,
               NULL::timestamp AS pinned_date
          FROM moment m
          JOIN kala_communication k
            ON k.connection_id = m.connection_id AND k.direction IN ('in', 'out')
           AND k.provider_uid = m.reply_to AND k.provider_uid <> ''
           AND (k.direction = 'out' OR NOT m.is_news)
         WHERE m.reply_to <> '' AND k.res_id IS NOT NULL
         UNION ALL
        SELECT n, res_model, res_id, 1, pinned_date FROM point WHERE pinned
         UNION ALL
        SELECT n, res_model, res_id, 2, NULL FROM point WHERE NOT pinned
         UNION ALL
        SELECT n, 'res.partner', id, 2, NULL FROM customer
         UNION ALL
        SELECT c.n, 'crm.lead', l.id, 2, NULL
          FROM customer c JOIN crm_lead l ON l.partner_id = c.id
         UNION ALL
        SELECT c.n, 'sale.order', o.id, 2, NULL
          FROM customer c JOIN sale_order o ON o.partner_id = c.id
         UNION ALL
        SELECT c.n, 'sale.order', o.id, 2, NULL
          FROM customer c JOIN sale_order o ON o.partner_invoice_id = c.id
         UNION ALL
        SELECT c.n, 'sale.order', o.id, 2, NULL
          FROM customer c JOIN sale_order o ON o.partner_shipping_id = c.id
    ), once AS (
        SELECT n, model, id, min(source) AS source, max(pinned_date) AS pinned_date
          FROM candidate GROUP BY n, model, id
         ORDER BY n, model, id
    ), judged AS (
        SELECT x.n, x.model, x.id, x.source, x.pinned_date, 1 AS kind_rank,
               o.company_id = %(company)s AS in_company,
               TRUE AS alive,
               COALESCE(s.kala_status_type_id, f.kala_status_type_id, %(open)s) AS type_id,
               o.create_date, o.partner_id, NULL::int AS owner_id
          FROM once x
          JOIN sale_order o ON o.id = x.id
          LEFT JOIN kala_order_status s ON s.id = o.kala_status_id
          LEFT JOIN LATERAL (
               SELECT kala_status_type_id FROM kala_order_status
                WHERE o.kala_status_id IS NULL AND state = o.state AND active
                ORDER BY sequence, id LIMIT 1) f ON TRUE
         WHERE x.model = 'sale.order'
         UNION ALL
        SELECT x.n, x.model, x.id, x.source, x.pinned_date, 2,
               l.company_id IS NULL OR l.company_id = %(company)s,
               l.active OR l.won_status = 'lost',
               CASE WHEN l.won_status = 'lost'
                    THEN COALESCE(r.kala_status_type_id, %(lost)s)
                    ELSE COALESCE(g.kala_status_type_id, %(open)s) END,
               l.create_date, l.partner_id, w.id
          FROM once x
          JOIN crm_lead l ON l.id = x.id
          LEFT JOIN res_partner w ON w.id = l.partner_id AND w.active
           AND (w.company_id IS NULL OR w.company_id = %(company)s)
          LEFT JOIN crm_stage g ON g.id = l.stage_id
          LEFT JOIN crm_lost_reason r ON r.id = l.lost_reason_id
         WHERE x.model = 'crm.lead'
         UNION ALL
        SELECT x.n, x.model, x.id, x.source, x.pinned_date, 3,
               p.company_id IS NULL OR p.company_id = %(company)s,
               p.active, NULL, p.create_date, p.id, p.id
          FROM once x
          JOIN res_partner p ON p.id = x.id
         WHERE x.model = 'res.partner'
    ), dated AS MATERIALIZED (
        SELECT j.*, COALESCE(k.date, j.create_date) AS recency,
               CASE WHEN NOT j.in_company THEN 'company'
                    WHEN j.source = 0 AND NOT m.is_news THEN 'ok'
                    WHEN NOT j.alive THEN 'archived'
                    WHEN j.type_id = ANY(%(excluded)s) THEN 'status'
                    WHEN j.source > 0
                     AND GREATEST(COALESCE(k.date, j.create_date), j.pinned_date)
                         < m.date - %(days)s * interval '1 day' THEN 'old'
                    ELSE 'ok' END AS verdict
          FROM judged j
          JOIN moment m ON m.n = j.n
          LEFT JOIN LATERAL (
               SELECT c.date FROM kala_communication c
                WHERE c.res_model = j.model AND c.res_id = j.id
                  AND c.res_id IS NOT NULL
                  AND (c.direction = 'in' OR c.state IN ('sent', 'delivered', 'read'))
                ORDER BY c.date DESC LIMIT 1) k ON TRUE
    ), placed AS (
        SELECT d.*,
               row_number() OVER ranking AS place,
               count(*) FILTER (WHERE kind_rank = 3 AND verdict IN ('ok', 'old'))
                   OVER (ranking ROWS UNBOUNDED PRECEDING) AS customers
          FROM dated d
         WHERE verdict <> 'company'
        WINDOW ranking AS (
               PARTITION BY n
               ORDER BY verdict <> 'ok', source, kind_rank, recency DESC, id DESC)
    )
    SELECT n, model, id, source, verdict, recency, partner_id, owner_id
      FROM placed
     WHERE place <= %(kept)s OR (kind_rank = 3 AND customers = 1 AND verdict IN ('ok', 'old'))
     ORDER BY n, place
"""

#: While the points of a living database are being filled, Odoo's own columns are looked up
#: too (DESIGN 3.11). Indexes: ``*_phone_sanitized``, ``*_email_normalized``.
_NOT_FILLED = """
     UNION ALL
    SELECT s.n, 'res.partner', p.id, s.kind, FALSE, NULL
      FROM sender s JOIN res_partner p ON p.phone_sanitized = s.value
     WHERE s.kind = 'phone' AND p.kala_contact_keys IS NULL
     UNION ALL
    SELECT s.n, 'res.partner', p.id, s.kind, FALSE, NULL
      FROM sender s JOIN res_partner p ON p.email_normalized = s.value
     WHERE s.kind = 'email' AND p.kala_contact_keys IS NULL
     UNION ALL
    SELECT s.n, 'crm.lead', l.id, s.kind, FALSE, NULL
      FROM sender s JOIN crm_lead l ON l.phone_sanitized = s.value
     WHERE s.kind = 'phone' AND l.kala_contact_keys IS NULL
     UNION ALL
    SELECT s.n, 'crm.lead', l.id, s.kind, FALSE, NULL
      FROM sender s JOIN crm_lead l ON l.email_normalized = s.value
     WHERE s.kind = 'email' AND l.kala_contact_keys IS NULL
"""


class Sender(NamedTuple):
    """Who an incoming communication is from, as the matcher needs it.

    :ivar tuple keys: pairs (ContactKey, connection id or 0): a person may be known by his
        number and by his id on the connection
    :ivar int connection_id: where ``reply_to`` is an id
    :ivar datetime date: when it was sent, naive UTC
    :ivar str reply_to: provider's id of the message of ours that is quoted
    :ivar str family: text, call or email
    :ivar bool missed: a call that nobody answered
    :ivar bool ours: a call or message of ours: it never makes a lead (MA4, MA5)
    :ivar bool is_news: whether it may make a lead; else ``reply_to`` is the message of whomever
        that it reacts to or changes, and it goes to that one's record in spite of MA2
    """

    keys: tuple
    date: object
    connection_id: int = 0
    reply_to: str = ""
    family: str = "text"
    missed: bool = False
    ours: bool = False
    is_news: bool = True


class Match(NamedTuple):
    """Where an incoming communication goes.

    :ivar str model: ``sale.order``, ``crm.lead``, ``res.partner``; empty = a new lead, or of a
        sender that is no news: nowhere
    :ivar int partner_id: the customer the contact belongs to, or False
    :ivar str rule: reply, target, pinned, order, lead, customer, new, new_for_customer,
        always_new, nowhere
    :ivar list candidates: dicts ``model, id, verdict, recency`` of all that competed
    """

    model: str
    res_id: int
    partner_id: int
    rule: str
    candidates: list


class KalaMatcher(models.AbstractModel):
    """Finds the order, lead or customer that an incoming communication belongs to (MA)."""

    _name = "kala.matcher"
    _description = "Matcher"

    @api.model
    def _match(self, company, senders):
        """Match the senders of a batch in one query, whatever their number.

        :param company: ``res.company`` of the lines they wrote to
        :param list senders: of Sender
        :return: list of Match, in the order of the senders
        """
        rows_by_n = self._find_candidates(company, senders)
        return [
            self._choose(company, sender, rows_by_n.get(n, [])) for n, sender in enumerate(senders)
        ]

    @api.model
    def _find_candidates(self, company, senders):
        self.env["kala.recency"].env.flush_all()
        points = [
            (n, key.kind, key.value, connection_id or 0)
            for n, sender in enumerate(senders)
            for key, connection_id in sender.keys
        ]
        columns = list(zip(*points, strict=True)) if points else [(), (), (), ()]
        types = self.env["kala.status.type"]
        query = _CANDIDATES.format(
            not_filled="" if self.env["kala.backfill"]._is_done() else _NOT_FILLED
        )
        self.env.cr.execute(
            query,
            {
                "n": list(columns[0]),
                "kind": list(columns[1]),
                "value": list(columns[2]),
                "connection": list(columns[3]),
                "all_n": list(range(len(senders))),
                "date": [sender.date or fields.Datetime.now() for sender in senders],
                "all_connection": [sender.connection_id or 0 for sender in senders],
                "reply": [sender.reply_to or "" for sender in senders],
                "is_news": [sender.is_news for sender in senders],
                "company": company.id,
                "field_kinds": list(const.FIELD_CONTACT_KINDS),
                "open": types._id_of("open"),
                "lost": types._id_of("lost"),
                "excluded": company.kala_excluded_status_type_ids.ids,
                "days": company.kala_match_days,
                "kept": KEPT_CANDIDATES,
                "crowd": CROWD,
                "models": list(_MODELS),
            },
        )
        rows_by_n = {}
        for n, *row in self.env.cr.fetchall():
            rows_by_n.setdefault(n, []).append(row)
        return rows_by_n

    # ------------------------------------------------------------------ words

    @api.model
    def _words(self):
        """:return: dict rule → how it reads on the communication (MA9)"""
        return {
            "reply": self.env._("it answers a message of ours that belongs there"),
            "target": self.env._("the message it is about belongs there"),
            "nowhere": self.env._("a reaction or the like of somebody of whom no record is known"),
            "pinned": self.env._("a user attached this contact there before"),
            "order": self.env._("the contact's order with the most recent communication"),
            "lead": self.env._("the contact's lead with the most recent communication"),
            "customer": self.env._("the contact's customer; no open order or lead was found"),
            "new": self.env._("no record of this contact fitted: a new lead was made"),
            "new_for_customer": self.env._("a new lead for a known customer, by setting"),
            "always_new": self.env._("this channel always makes a new lead, by setting"),
            "internal": self.env._("a call between colleagues belongs to no record"),
            "automatic": self.env._("an automatic answer that belongs to no record"),
            "thread": self.env._("it continues an e-mail thread of that record"),
            "group": self.env._("it was written in a group, which belongs to no record"),
            "user": self.env._("a user attached it there"),
            "deleted": self.env._("the record it was attached to was deleted"),
        }

    @api.model
    def _verdict_words(self, company):
        """:return: dict verdict on a candidate → how it reads (MA9)"""
        return {
            "ok": self.env._("fitted too, but the chosen one came first"),
            "old": self.env._(
                "its last communication was older than %s days", company.kala_match_days
            ),
            "status": self.env._("its status type is excluded in the settings"),
            "archived": self.env._("it is archived"),
        }

    # ------------------------------------------------------------------ choice

    @api.model
    def _choose(self, company, sender, rows):
        """Choose among the ranked candidates of one sender (MA1, MA3, MA4, MA5, MA7)."""
        candidates = [
            {"model": m, "id": i, "verdict": v, "recency": fields.Datetime.to_string(r)}
            for m, i, _s, v, r, _p, _o in rows
        ]
        partner_id = self._customer_of(rows)
        best = next((row for row in rows if row[3] == "ok"), None)
        rule = self._rule_of(best)
        if not sender.is_news:
            return self._choose_aside(best, rule, partner_id, candidates)
        if rule != "reply" and self._always_new(company, sender):
            return Match("", 0, partner_id, "always_new", candidates)
        if best is None:
            return Match("", 0, partner_id, "new", candidates)
        model, res_id = best[:2]
        if rule == "customer" and self._new_for_customer(company, sender):
            return Match("", 0, res_id, "new_for_customer", candidates)
        customer_id = res_id if model == "res.partner" else best[5]
        return Match(model, res_id, customer_id or False, rule, candidates)

    @api.model
    def _choose_aside(self, best, rule, partner_id, candidates):
        """A reaction, an edit or the like goes to the record of its message, else where a text
        would go, else to the customer; it never makes a lead."""
        if best:
            rule = "target" if rule == "reply" else rule
            return Match(best[0], best[1], best[5] or False, rule, candidates)
        if partner_id:
            return Match("res.partner", partner_id, partner_id, "customer", candidates)
        return Match("", 0, False, "nowhere", candidates)

    @api.model
    def _customer_of(self, rows):
        """Whom a new lead is linked to (MA3): the customer who has the address, else the one of
        the contact's former lead.

        :return: id or False
        """
        known = [i for m, i, _s, v, _r, _p, _o in rows if m == "res.partner" and v in FITTING]
        # Whose message is quoted says nothing of whose the address is.
        former = [o for _m, _i, s, v, _r, _p, o in rows if o and s and v in (*FITTING, "status")]
        return next(iter(known + former), False)

    @api.model
    def _rule_of(self, row):
        if row is None:
            return "new"
        model, _id, source = row[:3]
        if source < 2:
            return ("reply", "pinned")[source]
        return ("order", "lead", "customer")[_MODELS.index(model)]

    @api.model
    def _always_new(self, company, sender):
        """MA5: some channels always make a new lead."""
        if sender.ours:
            return False
        if sender.family == "text":
            return company.kala_text_always_new_lead
        if sender.family == "call":
            return company.kala_call_always_new_lead or (
                sender.missed and company.kala_missed_call_always_new_lead
            )
        return False

    @api.model
    def _new_for_customer(self, company, sender):
        """MA4: a customer was found, but the company wants a lead for each matter."""
        return not sender.ours and company[f"kala_new_lead_on_partner_{sender.family}"]
