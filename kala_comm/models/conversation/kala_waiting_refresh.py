from odoo import api, models
from odoo.fields import Datetime

from ...tools import states
from .kala_reading import ANSWERED, ASKED

#: What the log says of each place ``p`` (model, id, company): its last line, and the first one that
#: nobody has answered. Indexes: ``kala_communication_real_idx``,
#: ``kala_communication_open_end_idx``, ``kala_waiting_place_uniq``.
_FACTS = f"""
    SELECT p.model, p.id, p.company_id, l.id AS last_id, l.date AS last_date,
           s.date AS waiting_since
      FROM (SELECT DISTINCT r.model, r.id, r.company_id, ARRAY[r.company_id] AS companies
              FROM unnest(%(models)s::text[], %(ids)s::int[], %(companies)s::int[])
                     AS r(model, id, company_id)) p
      LEFT JOIN kala_waiting w
        ON w.res_model = p.model AND w.res_id = p.id AND w.company_id = p.company_id
     CROSS JOIN LATERAL ({ANSWERED}) a
      LEFT JOIN LATERAL (
           SELECT id, date FROM (
               (SELECT k.id, k.date FROM kala_communication k
                 WHERE k.res_model = p.model AND k.res_id = p.id AND k.res_id IS NOT NULL
                   AND k.company_id = p.company_id AND {states.is_real("k")}
                 ORDER BY k.date DESC, k.id DESC LIMIT 1)
                UNION ALL
               (SELECT k.id, k.date FROM kala_communication k
                 WHERE k.res_model = p.model AND k.res_id = p.id AND k.res_id IS NOT NULL
                   AND k.company_id = p.company_id AND {states.is_open_end("k")}
                 ORDER BY k.date DESC, k.id DESC LIMIT 1)) x
            ORDER BY date DESC, id DESC LIMIT 1) l ON TRUE
      LEFT JOIN LATERAL (
           SELECT k.date FROM kala_communication k
            WHERE k.res_model = p.model AND k.res_id = p.id AND k.res_id IS NOT NULL
              AND k.company_id = p.company_id AND {states.is_real("k")} AND {ASKED}
              AND k.date > COALESCE(greatest(a.date, w.done_date), '-infinity')
            ORDER BY k.date LIMIT 1) s ON TRUE
"""


class KalaWaiting(models.Model):
    """How the rows follow the log: each is made anew from it, in one statement for all that changed
    together. A row that was written twice, late or out of order is right all the same."""

    _inherit = "kala.waiting"

    @api.model
    def _refresh(self, places):
        """Write the rows of some places.

        :param places: iterable of (model, id, company id)
        :raise psycopg2.errors.SerializationFailure: if another transaction writes one of them
        """
        places = sorted(set(places))
        if not places:
            return
        self.env["kala.communication"].flush_model()
        self.flush_model()
        columns = [list(column) for column in zip(*places, strict=True)]
        values = dict(zip(("models", "ids", "companies"), columns, strict=True))
        self.env.cr.execute(
            f"""WITH fact AS MATERIALIZED ({_FACTS}), gone AS (
                     DELETE FROM kala_waiting w USING fact f
                      WHERE f.last_id IS NULL AND w.res_model = f.model AND w.res_id = f.id
                        AND w.company_id = f.company_id)
                INSERT INTO kala_waiting AS w
                            (res_model, res_id, company_id, last_id, last_date, waiting_since)
                SELECT model, id, company_id, last_id, last_date, waiting_since FROM fact
                 WHERE last_id IS NOT NULL
                 ORDER BY model, id, company_id
                    ON CONFLICT (res_model, res_id, company_id) DO UPDATE
                   SET last_id = excluded.last_id, last_date = excluded.last_date,
                       waiting_since = excluded.waiting_since
                 WHERE (w.last_id, w.last_date, w.waiting_since)
                       IS DISTINCT FROM
                       (excluded.last_id, excluded.last_date, excluded.waiting_since)""",
            values,
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _drop(self, model, ids):
        """Forget the rows of records that are deleted, or merged into another.

        Index: ``kala_waiting_place_uniq``.
        """
        self.flush_model()
        self.env.cr.execute(
            "DELETE FROM kala_waiting WHERE res_model = %s AND res_id = ANY(%s)",
            [model, list(ids)],
        )
        self.invalidate_model(flush=False)

    # ------------------------------------------------------------------ done

    @api.model
    def _set_done(self, places, company_ids):
        """What came until now needs no answer. Index: ``kala_waiting_place_uniq``.

        :param list places: of (model, id)
        """
        if not places:
            return
        self.flush_model()
        self.env.cr.execute(
            """UPDATE kala_waiting w SET done_date = greatest(%s, w.last_date), waiting_since = NULL
                 FROM unnest(%s::text[], %s::int[]) AS p(model, id)
                WHERE w.res_model = p.model AND w.res_id = p.id AND w.company_id = ANY(%s)""",
            [
                Datetime.now(),
                [model for model, _id in places],
                [res_id for _model, res_id in places],
                list(company_ids),
            ],
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _note_done(self, tasks):
        """:param tasks: that were done; where others of the record are open, it goes on waiting"""
        for company, of_company in tasks.grouped("kala_company_id").items():
            places = {(task.res_model, task.res_id) for task in of_company if task.res_id}
            if company and places:
                self._set_done(list(places - self._with_tasks(places, company)), company.ids)

    @api.model
    def _with_tasks(self, places, company):
        """Index: ``mail_activity__res_id_index``.

        :return: set of those of the (model, id) on which a task of ours is open
        """
        self.env["mail.activity"].flush_model()
        self.env.cr.execute(
            """SELECT DISTINCT p.model, p.id
                 FROM unnest(%s::text[], %s::int[]) AS p(model, id)
                 JOIN mail_activity a ON a.res_model = p.model AND a.res_id = p.id
                WHERE a.active IS TRUE AND a.kala_count > 0
                  AND (a.kala_company_id IS NULL OR a.kala_company_id = %s)""",
            [[model for model, _id in places], [i for _model, i in places], company.id],
        )
        return {tuple(row) for row in self.env.cr.fetchall()}

    @api.model
    def _undo_done(self, tasks):
        """Tasks were opened again: who waited on their records waits again."""
        places = {(t.res_model, t.res_id, t.kala_company_id.id) for t in tasks if t.kala_company_id}
        if not places:
            return
        self.flush_model()
        self.env.cr.execute(
            """UPDATE kala_waiting w SET done_date = NULL
                 FROM unnest(%s::text[], %s::int[], %s::int[]) AS p(model, id, company_id)
                WHERE w.res_model = p.model AND w.res_id = p.id AND w.company_id = p.company_id
                  AND w.done_date IS NOT NULL""",
            [[place[n] for place in places] for n in range(3)],
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)
        self._refresh(places)
