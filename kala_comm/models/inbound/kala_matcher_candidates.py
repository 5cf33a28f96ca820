from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import const, states
from .kala_matcher import MODELS

#: Of ``c``, a communication that counts for "last communication".
_REAL = SQL(states.is_real("c"))


class KalaMatcher(models.AbstractModel):
    """The statement that finds, judges and ranks all candidates of all senders of a batch (MA1).

    It is composed of named parts, each a method here, in this order: points of the senders → the
    customers behind them → orders, leads, customers → verdict on each → place of each. What a part
    must know of a record model, the model says itself (``record/candidate.py``).
    """

    _inherit = "kala.matcher"

    @api.model
    def _candidates_query(self, company, senders, crowd, kept):
        """:param list senders: of Sender
        :param int crowd: so many points and messages of one address are looked at
        :param int kept: so many candidates of each sender are given
        :return: SQL of rows: place of the sender, model, id, source, verdict, recency, customer,
            owner; a sender's best candidate first
        """
        parts = {
            "sender": self._part_sender(senders),
            "moment": self._part_moment(senders),
            "newest": self._part_newest(company, crowd),
            "crowded": self._part_crowded(crowd),
            "recent": self._part_recent(crowd),
            "point": self._part_point(company),
            "customer": self._part_customer(),
            "candidate": self._part_candidate(),
            "once": self._part_once(),
            "judged": self._part_judged(company),
            "dated": self._part_dated(company),
            "placed": self._part_placed(),
        }
        # These two are small, and much is joined with them: they are computed once.
        once = {"recent", "dated"}
        named = [
            SQL(
                "%s AS %s (%s)",
                SQL(name),
                SQL("MATERIALIZED" if name in once else ""),
                part,
            )
            for name, part in parts.items()
        ]
        return SQL(
            """WITH %s
               SELECT n, model, id, source, verdict, recency, partner_id, owner_id
                 FROM placed
                WHERE place <= %s
                   OR (kind_rank = 3 AND customers = 1 AND verdict IN ('ok', 'old'))
                ORDER BY n, place""",
            SQL(", ").join(named),
            kept,
        )

    # ------------------------------------------------------------------ who is asked about

    @api.model
    def _part_sender(self, senders):
        """The addresses of the senders."""
        points = [
            (n, key.kind, key.value, connection_id or 0)
            for n, sender in enumerate(senders)
            for key, connection_id in sender.keys
        ]
        columns = [[point[i] for point in points] for i in range(4)]
        return SQL(
            """SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[])
                          AS s(n, kind, value, connection_id)""",
            *columns,
        )

    @api.model
    def _part_moment(self, senders):
        """When each of them wrote, and what is quoted."""
        return SQL(
            """SELECT * FROM unnest(%s::int[], %s::timestamp[], %s::int[], %s::text[],
                                    %s::boolean[])
                          AS m(n, date, connection_id, reply_to, is_news)""",
            list(range(len(senders))),
            [sender.date or fields.Datetime.now() for sender in senders],
            [sender.connection_id or 0 for sender in senders],
            [sender.reply_to or "" for sender in senders],
            [sender.is_news for sender in senders],
        )

    # ------------------------------------------------------------------ points

    @api.model
    def _part_newest(self, company, crowd):
        """The points of each address, of an address that many records share the newest of each
        model.

        Index: ``kala_contact_point_key_uniq``, read backward from the last point of the model.
        The condition on connection and model is one that no other index can answer. Else, where
        the database thinks that the table is empty, it would read
        ``kala_contact_point_record_idx`` from its end, for each sender anew. What the condition
        lets through of other models comes after the points of this one.
        """
        return SQL(
            """SELECT s.n, s.kind, s.value, s.connection_id, p.res_model, p.res_id,
                      COALESCE(p.pinned, FALSE) AND p.company_id = %(company)s AS pinned,
                      p.pinned_date
                 FROM sender s
                CROSS JOIN unnest(%(models)s::text[]) AS m(model)
                 JOIN LATERAL (
                      SELECT * FROM kala_contact_point q
                       WHERE q.kind = s.kind AND q.value = s.value
                         AND (COALESCE(q.connection_id, 0), q.res_model)
                             <= (s.connection_id, m.model)
                       ORDER BY COALESCE(q.connection_id, 0) DESC, q.res_model DESC, q.res_id DESC
                       LIMIT %(crowd)s) p
                   ON p.res_model = m.model AND COALESCE(p.connection_id, 0) = s.connection_id""",
            company=company.id,
            models=list(MODELS),
            crowd=crowd,
        )

    @api.model
    def _part_crowded(self, crowd):
        """The addresses that many records share."""
        return SQL(
            """SELECT DISTINCT n, kind, value, connection_id FROM newest
                GROUP BY n, kind, value, connection_id, res_model HAVING count(*) >= %s""",
            crowd,
        )

    @api.model
    def _part_recent(self, crowd):
        """The records that a crowded address wrote to or from last.

        Index: ``kala_communication_contact_idx``.
        """
        return SQL(
            """SELECT DISTINCT s.*, k.res_model, k.res_id
                 FROM crowded s
                 JOIN LATERAL (
                      SELECT c.res_model, c.res_id FROM kala_communication c
                       WHERE c.contact_kind = s.kind AND c.contact_value = s.value
                         AND %s
                       ORDER BY c.date DESC LIMIT %s) k ON TRUE
                WHERE k.res_id IS NOT NULL""",
            _REAL,
            crowd,
        )

    @api.model
    def _part_point(self, company):
        """All points that count; of a crowded address also the pinned ones, and those of its last
        records that are there still.

        Indexes: ``kala_contact_point_pinned_idx``, ``kala_contact_point_key_uniq``.
        """
        newest = SQL("SELECT n, res_model, res_id, kind, pinned, pinned_date FROM newest")
        pinned = SQL(
            """SELECT s.n, p.res_model, p.res_id, s.kind, TRUE, p.pinned_date
                 FROM crowded s
                 JOIN kala_contact_point p ON p.kind = s.kind AND p.value = s.value
                  AND COALESCE(p.connection_id, 0) = s.connection_id
                WHERE p.pinned AND p.company_id = %s""",
            company.id,
        )
        recent = SQL(
            """SELECT r.n, r.res_model, r.res_id, r.kind, FALSE, NULL
                 FROM recent r
                 JOIN LATERAL (
                      SELECT FROM kala_contact_point p
                       WHERE p.kind = r.kind AND p.value = r.value
                         AND COALESCE(p.connection_id, 0) = r.connection_id
                         AND p.res_model = r.res_model AND p.res_id = r.res_id
                         AND NOT COALESCE(p.pinned, FALSE)
                       LIMIT 1) p ON TRUE"""
        )
        unfilled = []
        if not self.env["kala.backfill"]._is_done():
            unfilled = [part for m in MODELS for part in self.env[m]._kala_unfilled_points()]
        return SQL(" UNION ALL ").join([newest, pinned, recent, *unfilled])

    # ------------------------------------------------------------------ candidates

    @api.model
    def _part_customer(self):
        """The customers who have the address, and those of the leads that have it."""
        return SQL(
            """SELECT n, res_id AS id FROM point WHERE res_model = 'res.partner'
                UNION
               SELECT point.n, l.partner_id
                 FROM point JOIN crm_lead l ON l.id = point.res_id
                WHERE point.res_model = 'crm.lead' AND l.partner_id IS NOT NULL
                  AND point.kind <> ALL(%s)""",
            list(const.FIELD_CONTACT_KINDS),
        )

    @api.model
    def _part_candidate(self):
        """The records, each with how it was found: 0 its message is quoted, 1 pinned, 2 by address
        or customer.

        Index: ``kala_communication_provider_uid_uniq``.
        """
        quoted = SQL(
            """SELECT m.n, k.res_model AS model, k.res_id AS id, 0 AS source,
                      NULL::timestamp AS pinned_date
                 FROM moment m
                 JOIN kala_communication k
                   ON k.connection_id = m.connection_id AND k.direction IN ('in', 'out')
                  AND k.provider_uid = m.reply_to AND k.provider_uid <> ''
                  AND (k.direction = 'out' OR NOT m.is_news)
                WHERE m.reply_to <> '' AND k.res_id IS NOT NULL"""
        )
        pinned = SQL("SELECT n, res_model, res_id, 1, pinned_date FROM point WHERE pinned")
        known = SQL("SELECT n, res_model, res_id, 2, NULL FROM point WHERE NOT pinned")
        # From the customers on: their own place, then their leads and their orders.
        of_customer = [
            part for m in reversed(MODELS) for part in self.env[m]._kala_candidates_of_customer()
        ]
        return SQL(" UNION ALL ").join([quoted, pinned, known, *of_customer])

    @api.model
    def _part_once(self):
        """Each candidate once, by the best way in which it was found."""
        return SQL(
            """SELECT n, model, id, min(source) AS source, max(pinned_date) AS pinned_date
                 FROM candidate GROUP BY n, model, id
                ORDER BY n, model, id"""
        )

    # ------------------------------------------------------------------ verdict and place

    @api.model
    def _part_judged(self, company):
        """What decides about each candidate, as its model says."""
        judged = SQL(" UNION ALL ").join(
            self.env[model]._kala_judged_candidates(company, rank)
            for rank, model in enumerate(MODELS, 1)
        )
        return SQL(
            """SELECT * FROM (%s)
                   AS j(n, model, id, source, pinned_date, kind_rank, in_company, alive, type_id,
                        create_date, partner_id, owner_id)""",
            judged,
        )

    @api.model
    def _part_dated(self, company):
        """When each was last communicated with (MA1), and the verdict on it (MA2).

        Index: ``kala_communication_real_idx``.
        """
        return SQL(
            """SELECT j.*, COALESCE(k.date, j.create_date) AS recency,
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
                         AND %(real)s
                       ORDER BY c.date DESC LIMIT 1) k ON TRUE""",
            real=_REAL,
            excluded=company.kala_excluded_status_type_ids.ids,
            days=company.kala_match_days,
        )

    @api.model
    def _part_placed(self):
        """The place of each among the candidates of its sender; those of other companies have
        none."""
        return SQL(
            """SELECT d.*,
                      row_number() OVER ranking AS place,
                      count(*) FILTER (WHERE kind_rank = 3 AND verdict IN ('ok', 'old'))
                          OVER (ranking ROWS UNBOUNDED PRECEDING) AS customers
                 FROM dated d
                WHERE verdict <> 'company'
               WINDOW ranking AS (
                      PARTITION BY n
                      ORDER BY verdict <> 'ok', source, kind_rank, recency DESC, id DESC)"""
        )
