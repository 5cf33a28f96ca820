from odoo import api, fields, models
from odoo.fields import Datetime
from odoo.tools import SQL

from ...tools import const, states

#: Nobody needs to know how many more he has not read.
MOST = 100

#: A line ``k`` by which a person of ours answers the contact, and one in which he wants something.
ANSWER, ASKED = states.is_answer("k"), states.is_asked("k")

#: When a person of ours last answered on each record ``p`` (model, id, company): what left, and
#: what is about to. Indexes: ``kala_communication_real_idx``, ``kala_communication_open_end_idx``.
ANSWERED = f"""
    SELECT max(date) AS date FROM (
        (SELECT k.date FROM kala_communication k
          WHERE k.res_model = p.model AND k.res_id = p.id AND k.res_id IS NOT NULL
            AND k.company_id = ANY(p.companies) AND {states.is_real("k")} AND {ANSWER}
          ORDER BY k.date DESC LIMIT 1)
          UNION ALL
        (SELECT k.date FROM kala_communication k
          WHERE k.res_model = p.model AND k.res_id = p.id AND k.res_id IS NOT NULL
            AND k.company_id = ANY(p.companies) AND {states.is_open_end("k")}
            AND {states.is_none(const.FAILED, alias="k")} AND {ANSWER}
          ORDER BY k.date DESC LIMIT 1)) x
"""


class KalaReading(models.Model):
    """How far a user has read the conversation of a record (LO9). Each user has his own marks, and
    nobody reads another's."""

    _name = "kala.reading"
    _inherit = ["kala.hidden.name"]
    _description = "Read Mark"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(required=True, readonly=True, model_field="res_model")
    read_until = fields.Datetime(readonly=True)
    unread_since = fields.Datetime(
        readonly=True, help="When he marked it as unread; an answer of ours after it ends that."
    )

    _place_uniq = models.UniqueIndex(
        "(res_model, res_id, user_id)", "A user has one mark on a record."
    )

    @api.model
    def _state(self, places):
        """What the user has not read of some records. Who asks has looked whether he may read them.

        Indexes: ``kala_reading_place_uniq``, ``kala_communication_real_idx``.

        :param list places: of (model, id)
        :return: dict (model, id) → (naive UTC until which he has read it, or None; how many lines
            came since, at most 100)
        """
        if not places:
            return {}
        self.env["kala.communication"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            f"""SELECT p.model, p.id, s.until, n.count, s.is_unread
                  FROM (SELECT r.model, r.id, %(companies)s::int[] AS companies
                          FROM unnest(%(models)s::text[], %(ids)s::int[]) AS r(model, id)) p
                  LEFT JOIN kala_reading m
                    ON m.user_id = %(uid)s AND m.res_model = p.model AND m.res_id = p.id
                 CROSS JOIN LATERAL ({ANSWERED}) a
                 CROSS JOIN LATERAL (
                       SELECT greatest(m.read_until, a.date) AS until,
                              m.unread_since > COALESCE(a.date, '-infinity') AS is_unread) s
                 CROSS JOIN LATERAL (
                       SELECT count(*) FROM (
                              SELECT FROM kala_communication k
                               WHERE k.res_model = p.model AND k.res_id = p.id
                                 AND k.res_id IS NOT NULL AND k.company_id = ANY(p.companies)
                                 AND {states.is_real("k")} AND {ASKED}
                                 AND k.date > COALESCE(s.until, '-infinity')
                               LIMIT {MOST}) x) n""",
            {
                "models": [model for model, _id in places],
                "ids": [res_id for _model, res_id in places],
                "companies": self.env.companies.ids,
                "uid": self.env.uid,
            },
        )
        return {
            (model, res_id): (until, max(count, 1) if is_unread else count)
            for model, res_id, until, count, is_unread in self.env.cr.fetchall()
        }

    @api.model
    def _mark(self, places, is_read):
        """Note what the user has read, or wants to see as unread. Who asks has looked whether he
        may read the records.

        Index: ``kala_reading_place_uniq``.

        :param places: iterable of (model, id)
        """
        places = sorted(set(places))
        if not places:
            return
        self.flush_model()
        # A provider's clock may be ahead of ours by some seconds: what is in the log is read.
        self.env.cr.execute(
            SQL(
                """INSERT INTO kala_reading AS m
                               (user_id, res_model, res_id, read_until, unread_since)
                   SELECT %(uid)s, p.model, p.id,
                          CASE WHEN %(read)s THEN greatest(%(now)s, w.date) END,
                          CASE WHEN NOT %(read)s THEN greatest(%(now)s, w.date) END
                     FROM unnest(%(models)s::text[], %(ids)s::int[]) AS p(model, id)
                    CROSS JOIN LATERAL (
                          SELECT max(k.date) AS date FROM kala_communication k
                           WHERE k.res_model = p.model AND k.res_id = p.id
                             AND k.res_id IS NOT NULL AND k.date <= %(now)s + interval '1 day'
                             AND %(real)s) w
                       ON CONFLICT (res_model, res_id, user_id) DO UPDATE
                      SET read_until = COALESCE(excluded.read_until, m.read_until),
                          unread_since = excluded.unread_since""",
                uid=self.env.uid,
                read=is_read,
                now=Datetime.now(),
                models=[model for model, _id in places],
                ids=[res_id for _model, res_id in places],
                real=SQL(states.is_real("k")),
            ),
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _follow(self, model, from_ids, to_id):
        """A merged record leaves its marks to the one that stays; a deleted one leaves none.

        :param to_id: id of the record that stays, None = none does
        """
        self.flush_model()
        values = {"model": model, "from": list(from_ids), "to": to_id}
        if to_id:
            # What is unread of one of them is unread: the older mark counts.
            self.env.cr.execute(
                """INSERT INTO kala_reading AS m
                               (user_id, res_model, res_id, read_until, unread_since)
                   SELECT user_id, res_model, %(to)s, min(read_until), max(unread_since)
                     FROM kala_reading
                    WHERE res_model = %(model)s AND res_id = ANY(%(from)s)
                    GROUP BY user_id, res_model
                       ON CONFLICT (res_model, res_id, user_id) DO UPDATE
                      SET read_until = least(m.read_until, excluded.read_until),
                          unread_since = greatest(m.unread_since, excluded.unread_since)""",
                values,
            )
        self.env.cr.execute(
            "DELETE FROM kala_reading WHERE res_model = %(model)s AND res_id = ANY(%(from)s)",
            values,
        )
        self.invalidate_model(flush=False)
