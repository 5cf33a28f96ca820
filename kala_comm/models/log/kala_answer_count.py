from collections import namedtuple
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from odoo import api, models

from ...tools import const, states
from ...tools.work_clock import WorkClock

#: Notes that are worked off in one transaction.
CHUNK = 1000

#: Columns of a line ``k`` that the counting needs.
_COLUMNS = f"""
    k.id, k.date, k.company_id, k.res_model, k.res_id, k.channel, k.line_id, k.user_id,
    ({states.is_real("k")} AND {states.is_answer("k")}) IS TRUE AS is_answer,
    {states.is_asked("k")} AS is_asked, ({states.is_missed("k")}) IS TRUE AS is_missed,
    k.direction = 'out' AND k.call_status IS NOT NULL AS is_call
"""
#: Lines of a record by its own column; ``OFFSET 0`` makes each place look by the index. A record
#: that is older than what its company keeps of the log may have had an answer that is deleted.
_OF_RECORD = f"""
    SELECT p.n, r.is_cut, k.*
      FROM place p CROSS JOIN LATERAL (
           SELECT EXISTS (SELECT FROM {{table}} r
                           WHERE r.id = p.id AND r.create_date < p.kept_from) AS is_cut OFFSET 0) r
     CROSS JOIN LATERAL (
           SELECT {_COLUMNS} FROM kala_communication k
            WHERE k.{{column}} = p.id AND k.res_model = '{{model}}' AND k.res_id = p.id
              AND k.company_id = p.company_id OFFSET 0) k
     WHERE p.model = '{{model}}'"""
#: Lines of a contact that are attached to no record.
_OF_CONTACT = f"""
    SELECT p.n, p.kept_from IS NOT NULL AS is_cut, k.* FROM place p CROSS JOIN LATERAL (
           SELECT {_COLUMNS} FROM kala_communication k
            WHERE k.contact_kind = p.kind AND k.contact_value = p.value AND k.res_id IS NULL
              AND k.company_id = p.company_id OFFSET 0) k
     WHERE p.model IS NULL"""

#: What is said of the places. A turn is what lies between two answers, with the answer that ends
#: it: that is the answer to the first question of the turn. Windows alone say so, since a join
#: would look at each pair of turns of a long conversation. The same statement deletes the rows of
#: lines that have none any more, so that the log of a place is read once.
#: Where older lines may have been deleted by age, the first one that is left says nothing: a row
#: stays what it was, and a new one of a record is not the first.
_TURNS = """
    WITH place AS MATERIALIZED (
        SELECT * FROM unnest(%(models)s::text[], %(ids)s::int[], %(companies)s::int[],
                             %(kinds)s::text[], %(values)s::text[], %(kept_from)s::timestamp[])
                 WITH ORDINALITY AS p(model, id, company_id, kind, value, kept_from, n)
    ), line AS MATERIALIZED ({lines}), numbered AS (
        SELECT *,
               count(*) FILTER (WHERE is_answer)
                   OVER (PARTITION BY n ORDER BY date, id) - is_answer::int AS turn,
               min(date) FILTER (WHERE is_call)
                   OVER (PARTITION BY n ORDER BY date DESC, id DESC) AS back_date
          FROM line
    ), answered AS (
        SELECT *,
               is_asked AND count(*) FILTER (WHERE is_asked)
                   OVER (PARTITION BY n, turn ORDER BY date, id) = 1 AS is_turn,
               max(id) FILTER (WHERE is_answer) OVER whole AS answer_id,
               max(date) FILTER (WHERE is_answer) OVER whole AS answer_date,
               max(user_id) FILTER (WHERE is_answer) OVER whole AS answer_user_id
          FROM numbered
        WINDOW whole AS (PARTITION BY n, turn)
    ), gone AS (
        DELETE FROM kala_answer a USING answered k
         WHERE a.communication_id = k.id AND NOT (k.is_asked AND (k.is_turn OR k.is_missed))
    )
    SELECT k.id, k.company_id, k.res_model, k.res_id, k.channel, k.line_id,
           COALESCE(CASE WHEN k.is_turn THEN k.answer_user_id END, k.user_id) AS user_id,
           k.date AS asked_date, k.is_turn,
           k.is_turn AND turn = 0
               AND (NOT is_cut OR COALESCE(
                   (SELECT a.is_first FROM kala_answer a WHERE a.communication_id = k.id),
                   k.res_id IS NULL)) AS is_first,
           CASE WHEN k.is_turn THEN k.answer_id END AS answer_id,
           CASE WHEN k.is_turn THEN k.answer_date END AS answer_date,
           k.is_turn AND k.answer_id IS NOT NULL AS is_answered, k.is_missed,
           CASE WHEN k.is_missed THEN k.back_date END AS back_date
      FROM answered k
     WHERE k.is_asked AND (k.is_turn OR k.is_missed)
"""
#: Columns of ``kala_answer`` with PostgreSQL's types, in the order of :data:`_TURNS`.
_WRITTEN = {
    "communication_id": "int",
    "company_id": "int",
    "res_model": "text",
    "res_id": "int",
    "channel": "text",
    "line_id": "int",
    "user_id": "int",
    "asked_date": "timestamp",
    "is_turn": "bool",
    "is_first": "bool",
    "answer_id": "int",
    "answer_date": "timestamp",
    "is_answered": "bool",
    "is_missed": "bool",
    "back_date": "timestamp",
    "seconds": "int",
    "work_seconds": "int",
    "back_seconds": "int",
}
#: What :data:`_TURNS` says; the seconds are counted from it.
_Row = namedtuple("_Row", list(_WRITTEN)[:-3])


class KalaAnswer(models.Model):
    """How the rows follow the log: a job makes those of a place anew, all of them together
    (docs/architecture.md, 3.21). There is one job, so that nobody else writes them."""

    _inherit = "kala.answer"

    @api.model
    def _cron_count(self):
        """Count what is new, then what was there before this was installed, chunk after chunk until
        the job's time is over."""
        self._run_plainly()
        while done := self._retrying(self._count_chunk):
            if not self.env["ir.cron"]._commit_progress(done, remaining=1):
                return
        self._cron_fill()

    @api.model
    def _count_chunk(self):
        """:return: how many notes were worked off"""
        places, done = self.env["kala.answer.due"]._take(CHUNK)
        self._count(places)
        return done

    @api.model
    def _count(self, places):
        """Write the rows of some places.

        Indexes: ``kala_communication_lead_idx`` and those of the other records,
        ``kala_communication_contact_idx``, ``kala_answer_line_uniq``.

        :param places: iterable of (model, id, company id, contact kind, contact value); model and
            id, or kind and value, are None
        """
        places = [p for p in places if p[0] is None or p[0] in const.RECORD_FIELDS]
        if not places:
            return
        self.env["kala.communication"].flush_model()
        self.flush_model()
        names = ("models", "ids", "companies", "kinds", "values")
        place = dict(zip(names, map(list, zip(*places, strict=True)), strict=True))
        companies = self.env["res.company"].sudo().browse(set(place["companies"]))
        starts = {company.id: company._kala_log_start() for company in companies}
        place["kept_from"] = [starts[company_id] for company_id in place["companies"]]
        self.env.cr.execute(_TURNS.format(lines=self._lines_sql()), place)
        rows = self.env.cr.fetchall()
        self._write_rows(self._with_seconds(rows))
        self.invalidate_model(flush=False)

    @api.model
    def _lines_sql(self):
        parts = [
            _OF_RECORD.format(model=model, column=column, table=self.env[model]._table)
            for model, column in const.RECORD_FIELDS.items()
            if model in self.env
        ]
        return " UNION ALL ".join([*parts, _OF_CONTACT])

    @api.model
    def _write_rows(self, rows):
        """Nothing is written where nothing changed.

        :param list rows: tuples in the order of :data:`_WRITTEN`
        """
        if not rows:
            return
        names = list(_WRITTEN)
        given = ", ".join(f"%s::{kind}[]" for kind in _WRITTEN.values())
        new = ", ".join(f"excluded.{name}" for name in names[1:])
        self.env.cr.execute(
            f"""INSERT INTO kala_answer AS a ({", ".join(names)})
                SELECT * FROM unnest({given})
                    ON CONFLICT (communication_id) DO UPDATE
                   SET ({", ".join(names[1:])}) = ROW({new})
                 WHERE ({", ".join(f"a.{name}" for name in names[1:])}) IS DISTINCT FROM ({new})""",
            [list(column) for column in zip(*rows, strict=True)],
        )

    # ------------------------------------------------------------------ seconds

    @api.model
    def _with_seconds(self, rows):
        """:param list rows: of :data:`_TURNS`
        :return: the same with plain seconds, seconds of work and seconds to the call back"""
        spans = {}
        for row in map(_Row._make, rows):
            if row.answer_date:
                first, last = spans.get(row.company_id, (row.asked_date, row.answer_date))
                span = min(first, row.asked_date), max(last, row.answer_date)
                spans[row.company_id] = span
        clocks = {
            company_id: self._work_clock(self.env["res.company"].browse(company_id), *span)
            for company_id, span in spans.items()
        }
        return [
            (*row, *self._seconds_of_row(row, clocks.get(row.company_id)))
            for row in map(_Row._make, rows)
        ]

    @api.model
    def _seconds_of_row(self, row, clock):
        asked, answered = row.asked_date, row.answer_date
        plain = _seconds(asked, answered)
        work = clock.seconds(asked, answered) if clock and answered else plain
        return plain, work, _seconds(asked, row.back_date)

    @api.model
    def _work_clock(self, company, first, last):
        """The working hours of a company, without its holidays, in the zone of its calendar.

        :param datetime first: naive UTC
        :param datetime last: naive UTC
        :return: WorkClock; None for a company without fixed working hours: time is plain there
        """
        calendar = company.sudo().resource_calendar_id
        if not calendar.attendance_ids or calendar.flexible_hours:
            return None
        zone = ZoneInfo(calendar.tz or "UTC")
        # Whole days by the calendar's clock.
        start = datetime.combine(_local(first, zone).date(), time.min, zone)
        end = datetime.combine(_local(last, zone).date(), time.max, zone)
        holidays = [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]
        found = calendar.sudo()._work_intervals_batch(start, end, domain=holidays)[False]
        return WorkClock((_naive(begin), _naive(stop)) for begin, stop, _meta in found)


def _seconds(start, end):
    return round((end - start).total_seconds()) if end else None


def _local(moment, zone):
    return moment.replace(tzinfo=UTC).astimezone(zone)


def _naive(moment):
    return moment.astimezone(UTC).replace(tzinfo=None)
