from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import const

LOG, ANSWERS = "kala.communication", "kala.answer"

#: What a figure counts. SQL of the statements below sorts lines the same way.
_DOMAINS = {
    "incoming": (LOG, [("direction", "=", "in"), ("kind", "not in", const.NO_NEWS)]),
    "outgoing": (
        LOG,
        [
            ("direction", "=", "out"),
            ("kind", "!=", "reaction"),
            "|",
            ("state", "in", const.SENT_STATES),
            ("call_status", "!=", False),
        ],
    ),
    "failed": (
        LOG,
        [("direction", "=", "out"), ("state", "=", const.FAILED), ("call_status", "=", False)],
    ),
    "missed": (LOG, [("direction", "=", "in"), ("call_status", "in", const.UNANSWERED)]),
    "asked": (ANSWERS, [("is_turn", "=", True)]),
    "answered": (ANSWERS, [("is_turn", "=", True), ("answer_date", "!=", False)]),
    "unanswered": (ANSWERS, [("is_turn", "=", True), ("answer_date", "=", False)]),
    "first": (ANSWERS, [("is_first", "=", True), ("answer_date", "!=", False)]),
    "back": (ANSWERS, [("is_missed", "=", True), ("back_date", "!=", False)]),
}
#: Model → the field of its moment.
_DATES = {LOG: "date", ANSWERS: "asked_date"}
#: What a table has a row for → the column of that, and the field of it in a domain.
GROUPS = {
    "user": ("user_id", "user_id"),
    "team": ("team_id", "user_id.sale_team_id"),
    "line": ("line_id", "line_id"),
}

#: Rows of the log in the words of :data:`_DOMAINS`: what a line is.
_SIDE = SQL(
    """CASE WHEN {k}.direction = 'in'
             AND ({k}.kind IS NULL OR {k}.kind NOT IN %(no_news)s) THEN 'in'
            WHEN {k}.direction = 'out' AND {k}.kind IS DISTINCT FROM 'reaction'
             AND ({k}.state IN %(sent)s OR {k}.call_status IS NOT NULL) THEN 'out'
            WHEN {k}.direction = 'out' AND {k}.state = 'failed' THEN 'failed' END""".replace(
        "{k}", "kala_communication"
    ),
    no_news=const.NO_NEWS,
    sent=const.SENT_STATES,
)


class Facts(NamedTuple):
    """
    :ivar dict totals: ``now`` or ``before`` → dict of figures
    :ivar dict bars: (number of the bar, channel, side) → count
    :ivar dict failures: (``now`` or ``before``, kind) → count
    :ivar dict rows: id of the user, team or line → dict of figures
    :ivar dict times: number of the bar → median of the working seconds to an answer
    """

    totals: dict
    bars: dict
    failures: dict
    rows: dict
    times: dict


class KalaDashboard(models.AbstractModel):
    """How the figures of the dashboard are counted (LO12): two statements, one over the log and one
    over the answer times, each of which reads its rows once and as the reader may (LO8)."""

    _inherit = "kala.dashboard"

    @api.model
    def _facts(self, choice, group):
        """:param Choice choice:
        :param str group: key of :data:`GROUPS`
        :return: Facts"""
        facts = Facts({"now": {}, "before": {}}, {}, {}, {}, {})
        # The ids that a reader may see are asked for once for all rows, if they have room.
        # Compiling the statements takes longer than running them.
        self.env.cr.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        self._add_log(facts, choice, group)
        self._add_answers(facts, choice, group)
        return facts

    # ------------------------------------------------------------------ domains

    @api.model
    def _figure_domain(self, key, choice, begin=None, end=None):
        """:param str key: of ``_DOMAINS``
        :param datetime begin: naive UTC, default: of the period
        :return: (model, Domain) of the records behind a figure"""
        model, what = _DOMAINS[key]
        moment = _DATES[model]
        return model, (
            Domain(what)
            & Domain(moment, ">=", begin or choice.period.begin)
            & Domain(moment, "<", end or choice.period.end)
            & self._chosen_domain(choice)
        )

    @api.model
    def _query(self, model, choice):
        """:return: Query of the rows of both periods that the reader may see"""
        moment, period = _DATES[model], choice.period
        domain = Domain(moment, ">=", period.before_begin) & Domain(moment, "<", period.end)
        records = self.env[model]
        records.check_access("read")
        records.flush_model()
        return records._search(domain & self._chosen_domain(choice), order="")

    @api.model
    def _bounds(self, period):
        """Bars of the chart begin at the third bound: what lies before is the period before, and
        perhaps a gap between them."""
        steps = [*period.steps(), period.end]
        return [period.before_begin, period.before_end, *steps]

    # ------------------------------------------------------------------ the log

    @api.model
    def _add_log(self, facts, choice, group):
        """Index: ``kala_communication_company_idx``, where the period is short."""
        query = self._query(LOG, choice)
        self.env.cr.execute(
            SQL(
                """WITH line AS MATERIALIZED (
                        SELECT width_bucket(kala_communication.date,
                                            %(bounds)s::timestamp[]) AS bar,
                               kala_communication.channel, kala_communication.user_id,
                               kala_communication.line_id, %(side)s AS side,
                               kala_communication.direction = 'in'
                                   AND kala_communication.call_status IN %(missed)s AS is_missed,
                               kala_communication.failure_kind,
                               count(*) AS lines, sum(%(cost)s) AS cost
                          FROM %(source)s WHERE %(where)s
                         GROUP BY 1, 2, 3, 4, 5, 6, 7
                   ), counted AS (
                        SELECT line.*, bar > 1 AS is_now, u.sale_team_id AS team_id
                          FROM line LEFT JOIN res_users u ON u.id = line.user_id
                         WHERE bar <> 2 AND side IS NOT NULL
                   )
                   SELECT grouping(bar, %(group)s), is_now, bar, channel, %(group)s, side,
                          is_missed, failure_kind, sum(lines)::int, sum(cost)::int
                     FROM counted
                    GROUP BY GROUPING SETS (
                          (is_now, side, is_missed, failure_kind),
                          (is_now, bar, channel, side),
                          (is_now, %(group)s, side, is_missed))""",
                bounds=self._bounds(choice.period),
                side=_SIDE,
                missed=const.UNANSWERED,
                cost=self._cost_sql(),
                source=query.from_clause,
                where=query.where_clause or SQL("TRUE"),
                group=SQL.identifier(GROUPS[group][0]),
            )
        )
        for row in self.env.cr.fetchall():
            self._add_log_row(facts, *row)

    @api.model
    def _cost_sql(self):
        """:return: SQL of how many parts of a message were paid. An addon whose channel is paid by
        parts knows."""
        return SQL("NULL::int")

    @api.model
    def _add_log_row(
        self, facts, level, is_now, bar, channel, of_group, side, is_missed, kind, count, cost
    ):
        names = {"in": "incoming", "out": "outgoing", "failed": "failed"}
        if level == 1:
            if is_now:
                key = (bar - 3, channel, names[side])
                facts.bars[key] = facts.bars.get(key, 0) + count
            return
        when = "now" if is_now else "before"
        if level == 2:
            if not is_now:
                return
            figures = facts.rows.setdefault(of_group or False, {})
        else:
            figures = facts.totals[when]
            if side == "failed":
                facts.failures[when, kind or False] = count
        figures[names[side]] = figures.get(names[side], 0) + count
        figures["cost"] = figures.get("cost", 0) + (cost or 0)
        if is_missed:
            figures["missed"] = figures.get("missed", 0) + count

    # ------------------------------------------------------------------ answer times

    @api.model
    def _add_answers(self, facts, choice, group):
        """Index: ``kala_answer_company_idx``."""
        query = self._query(ANSWERS, choice)
        self.env.cr.execute(
            SQL(
                """WITH answer AS MATERIALIZED (
                        SELECT width_bucket(kala_answer.asked_date, %(bounds)s::timestamp[]) AS bar,
                               kala_answer.user_id, kala_answer.line_id, is_turn, is_first,
                               is_missed, answer_date IS NOT NULL AS is_answered,
                               CASE WHEN answer_date IS NOT NULL THEN seconds END AS seconds,
                               CASE WHEN answer_date IS NOT NULL THEN work_seconds END AS work,
                               CASE WHEN back_date IS NOT NULL THEN back_seconds END AS back
                          FROM %(source)s WHERE %(where)s
                   ), counted AS (
                        SELECT answer.*, bar > 1 AS is_now, u.sale_team_id AS team_id
                          FROM answer LEFT JOIN res_users u ON u.id = answer.user_id
                         WHERE bar <> 2
                   )
                   SELECT 0, is_now, NULL, %(totals)s FROM counted GROUP BY is_now
                    UNION ALL
                   SELECT 1, TRUE, %(group)s, %(totals)s FROM counted WHERE is_now
                    GROUP BY %(group)s
                    UNION ALL
                   SELECT 2, TRUE, bar, %(median)s
                     FROM counted WHERE is_now AND is_turn AND is_answered GROUP BY bar""",
                bounds=self._bounds(choice.period),
                source=query.from_clause,
                where=query.where_clause or SQL("TRUE"),
                group=SQL.identifier(GROUPS[group][0]),
                totals=_TOTALS,
                median=_MEDIAN_ONLY,
            )
        )
        for level, is_now, of_group, *values in self.env.cr.fetchall():
            figures = _figures(values)
            if level == 0:
                facts.totals["now" if is_now else "before"].update(figures)
            elif level == 1:
                facts.rows.setdefault(of_group or False, {}).update(figures)
            else:
                facts.times[of_group - 3] = figures["answer_work"][0]


def _percentiles(column, condition):
    return SQL(
        "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %s) FILTER (WHERE %s)",
        SQL(column),
        SQL(condition),
    )


#: Counts and times, in the order of :func:`_figures`. Each time: its median, and what nine of ten
#: are within.
_COUNTS = {
    "asked": "is_turn",
    "answered": "is_turn AND is_answered",
    "first": "is_first AND is_answered",
    "back": "is_missed AND back IS NOT NULL",
}
_TIMES = {
    "answer_work": ("work", "is_turn AND is_answered"),
    "answer_plain": ("seconds", "is_turn AND is_answered"),
    "first_work": ("work", "is_first AND is_answered"),
    "first_plain": ("seconds", "is_first AND is_answered"),
    "back_plain": ("back", "is_missed"),
}
_TOTALS = SQL(", ").join(
    [
        *(SQL("count(*) FILTER (WHERE %s)", SQL(which)) for which in _COUNTS.values()),
        *(_percentiles(column, which) for column, which in _TIMES.values()),
    ]
)
_MEDIAN_ONLY = SQL(", ").join(
    [
        *(SQL("0") for _name in _COUNTS),
        _percentiles("work", "TRUE"),
        *(SQL("NULL") for _name in list(_TIMES)[1:]),
    ]
)


def _figures(values):
    """:return: dict of figures; each time is a pair of seconds, or None where there is none"""
    counts = dict(zip(_COUNTS, values, strict=False))
    times = dict(zip(_TIMES, values[len(_COUNTS) :], strict=True))
    return counts | {
        name: pair and pair[0] is not None and tuple(round(value) for value in pair) or None
        for name, pair in times.items()
    }
