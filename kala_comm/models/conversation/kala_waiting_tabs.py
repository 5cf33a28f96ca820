from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ...tools import const, states

#: Counting stops here: nobody needs to know how many more there are, and no count costs more.
LIMIT = 1000
#: Digits that make a search one for a number.
DIGITS = 4
#: Lines with the words of a search whose conversations are listed: the newest.
HITS = 80
#: Where the names of records and of their customers stand.
NAMES = {
    "crm.lead": ("name", "contact_name", "partner_name", "partner_id", "email_from"),
    "sale.order": ("name", "partner_id", "client_order_ref"),
    "res.partner": ("complete_name", "email"),
}

_OPEN = "{a}.active IS TRUE AND {a}.kala_count > 0 AND {a}.kala_is_put_off IS NOT TRUE"
_CALLS = "{a}.kala_kind IN ('missed_call', 'answered_call')"
#: Tabs of tasks → condition of an activity, and what it is sorted by. Each has words of an index:
#: ``mail_activity_kala_mine_idx``, ``mail_activity_kala_put_off_idx``.
TASKS = {
    "mine": (f"{{a}}.user_id = %(uid)s AND {_OPEN}", "COALESCE({a}.kala_since, {a}.create_date)"),
    "unassigned": (
        f"{{a}}.user_id IS NULL AND {_OPEN}",
        "COALESCE({a}.kala_since, {a}.create_date)",
    ),
    "missed": (
        f"{{a}}.user_id = %(uid)s AND {_OPEN} AND {_CALLS}",
        "COALESCE({a}.kala_since, {a}.create_date)",
    ),
    "put_off": (
        "{a}.user_id = %(uid)s AND {a}.active IS TRUE AND {a}.kala_is_put_off IS TRUE",
        "COALESCE({a}.kala_put_off_until, '9999-12-31')",
    ),
}
#: Tabs of messages of ours → condition of a communication, and what it is sorted by. Indexes:
#: ``kala_communication_trouble_idx``, ``kala_communication_planned_idx``; of one record:
#: ``kala_communication_open_end_idx``.
MESSAGES = {
    "failed": (
        f"{states.is_open_end('{a}')} AND {states.is_trouble('{a}')}",
        "{a}.date",
    ),
    "scheduled": (
        f"{states.is_open_end('{a}')} AND {states.is_planned('{a}')}",
        "{a}.send_after",
    ),
}
TABS = (*TASKS, *MESSAGES, "all")

#: Of the tasks of one user on a record, the one that waits longest stands for the record.
_TASK_ROWS = """
    SELECT a.res_model AS model, a.res_id AS id, {sort} AS moment, a.id AS tie, NULL::int AS line
      FROM mail_activity a
     WHERE a.res_model = %(model)s AND {which} AND {readable} AND {asked} AND {after}
       AND (a.kala_company_id IS NULL OR a.kala_company_id = ANY(%(companies)s))
       AND {once}
"""
#: Of the messages of a record, the first one in the order of the tab stands for the record.
_MESSAGE_ROWS = """
    SELECT a.res_model AS model, a.res_id AS id, {sort} AS moment, a.id AS tie, a.id AS line
      FROM kala_communication a
     WHERE a.res_model = %(model)s AND a.res_id IS NOT NULL AND a.company_id = ANY(%(companies)s)
       AND {which} AND {readable} AND {asked} AND {after}
       AND {once}
"""
#: A customer may have a conversation with each of the user's companies: the newer one counts.
#: Index: ``kala_waiting_newest_idx``.
_ALL_ROWS = """
    SELECT w.model, w.id, w.moment, w.tie, w.line
      FROM unnest(%(companies)s) AS c(id)
      JOIN LATERAL (
           SELECT a.res_model AS model, a.res_id AS id, a.last_date AS moment, a.id AS tie,
                  NULL::int AS line
             FROM kala_waiting a
            WHERE a.res_model = %(model)s AND a.company_id = c.id
              AND {readable} AND {asked} AND {after}
              AND {once}
            {newest} LIMIT %(limit)s) w ON TRUE
"""

#: Each record once in a list. A count does not ask for it row by row: it counts records.
_TASK_ONCE = """
    NOT EXISTS (
        SELECT FROM mail_activity b
        WHERE b.res_model = a.res_model AND b.res_id = a.res_id AND {other}
          AND (b.kala_company_id IS NULL OR b.kala_company_id = ANY(%(companies)s))
          AND ({other_sort}, b.id) < ({sort}, a.id))
"""
_MESSAGE_ONCE = """
    NOT EXISTS (
        SELECT FROM kala_communication b
        WHERE b.res_model = a.res_model AND b.res_id = a.res_id AND b.res_id IS NOT NULL
          AND b.company_id = ANY(%(companies)s) AND {other}
          AND ({other_sort}, b.id) < ({sort}, a.id))
"""
_ALL_ONCE = """
    NOT EXISTS (
        SELECT FROM kala_waiting b
        WHERE b.res_model = a.res_model AND b.res_id = a.res_id AND b.id <> a.id
          AND b.company_id = ANY(%(companies)s)
          AND (b.last_date, b.id) > (a.last_date, a.id))
"""


class Place(NamedTuple):
    """Where a row stands in a tab.

    :ivar moment: naive UTC: what the tab is sorted by
    :ivar int tie: id that decides between two of the same moment
    :ivar line: id of the communication that the row shows; None = the last one
    """

    model: str
    res_id: int
    moment: object
    tie: int
    line: int | None


class KalaWaiting(models.Model):
    """Which records stand in a tab of the inbox, and how many (LO9, TA4). Each model is a branch of
    its own, with the rules of that model in it (LO8): PostgreSQL walks the tab's index and asks for
    each record whether the user may read it, or starts with his few records, as is cheaper."""

    _inherit = "kala.waiting"

    @api.model
    def _places(self, tab, after, limit, order, search="", asked=None):
        """
        :param str tab, order, search: as of :meth:`load`
        :param list after: of (moment, tie) of a row
        :param list asked: only these (model, id); None = all
        :return: list of Place, in the tab's order, each record once
        """
        if tab not in TABS:
            raise UserError(self.env._("There is no such list. Reload the page."))
        if order not in ("waiting", "newest"):
            raise UserError(self.env._("There is no such order. Reload the page."))
        downward = tab == "all" or order == "newest"
        branches = [
            SQL(
                "(%s ORDER BY moment %s, tie %s LIMIT %s)",
                branch,
                *[SQL("DESC" if downward else "ASC")] * 2,
                limit,
            )
            for branch in self._branches(tab, limit, after, downward, search, asked)
        ]
        if not branches:
            return []
        self._flush_tabs()
        return [
            Place(*row)
            for row in self.env.execute_query(
                SQL(
                    "SELECT * FROM (%s) f ORDER BY moment %s, tie %s LIMIT %s",
                    SQL(" UNION ALL ").join(branches),
                    *[SQL("DESC" if downward else "ASC")] * 2,
                    limit,
                )
            )
        ]

    @api.model
    def _counts(self):
        """:return: dict tab → number of its conversations (TA4); where there are 1000 tasks or
        messages, counting stops, and it is 1000"""
        parts = []
        for tab in TABS:
            counts = [
                SQL(
                    """SELECT CASE WHEN count(*) < %s THEN count(DISTINCT id) ELSE %s END AS count
                         FROM (%s LIMIT %s) f""",
                    LIMIT,
                    LIMIT,
                    branch,
                    LIMIT,
                )
                for branch in self._branches(tab, LIMIT, None, tab == "all", is_list=False)
            ]
            if counts:
                parts.append(
                    SQL(
                        "SELECT %s, (SELECT least(sum(count), %s)::int FROM (%s) n)",
                        tab,
                        LIMIT,
                        SQL(" UNION ALL ").join(counts),
                    )
                )
        if not parts:
            return dict.fromkeys(TABS, 0)
        self._flush_tabs()
        found = self.env.execute_query(SQL(" UNION ALL ").join(parts))
        return {**dict.fromkeys(TABS, 0), **dict(found)}

    @api.model
    def _flush_tabs(self):
        for model in ("mail.activity", "kala.communication", "kala.waiting"):
            self.env[model].flush_model()
        for model in const.RECORD_MODELS:
            self.env[model].flush_model()

    @api.model
    def _branches(self, tab, limit, after, downward, search="", asked=None, is_list=True):
        """:param bool is_list: each record once
        :return: list of SQL, one for each model that the user may read"""
        found = []
        said = self._records_saying(search)
        for model in const.RECORD_MODELS:
            ids = None if asked is None else [i for of_model, i in asked if of_model == model]
            if ids == [] or model not in self.env or not self.env[model].has_access("read"):
                continue
            records = self.env[model].with_context(active_test=False)
            domain = self._search_domain(model, search, said.get(model, ()))
            if ids is not None:
                domain &= Domain("id", "in", ids)
            found.append(
                self._branch(
                    tab, model, records._search(domain), ids, after, downward, limit, is_list
                )
            )
        return found

    @api.model
    def _branch(self, tab, model, query, ids, after, downward, limit, is_list):
        """:return: SQL of the rows of one model: model, id, moment, tie, line"""
        values = {
            "uid": self.env.uid,
            "model": model,
            "companies": self.env.companies.ids,
            "limit": limit,
            "readable": SQL("a.res_id IN %s", query.subselect()),
            "asked": SQL("a.res_id = ANY(%s)", ids) if ids is not None else SQL("TRUE"),
        }
        if tab == "all":
            values["after"] = self._after(SQL("a.last_date"), after, downward)
            rows = _ALL_ROWS
            words = {
                "once": _ALL_ONCE if is_list else "TRUE",
                "newest": "ORDER BY a.last_date DESC, a.id DESC" if is_list else "",
            }
            for name, sql in words.items():
                rows = rows.replace(f"{{{name}}}", sql)
            return _sql(rows, values, ())
        rows, once, (which, sort) = (
            (_TASK_ROWS, _TASK_ONCE, TASKS[tab])
            if tab in TASKS
            else (_MESSAGE_ROWS, _MESSAGE_ONCE, MESSAGES[tab])
        )
        rows = rows.replace("{once}", once if is_list else "TRUE")
        words = {
            "which": which.format(a="a"),
            "sort": sort.format(a="a"),
            "other": which.format(a="b"),
            "other_sort": sort.format(a="b"),
        }
        values["after"] = self._after(SQL(words["sort"]), after, downward)
        return _sql(rows, values, words)

    @api.model
    def _after(self, sort, after, downward):
        if not after:
            return SQL("TRUE")
        moment, tie = after
        moment = fields.Datetime.to_datetime(moment)
        return SQL("(%s, a.id) %s (%s, %s)", sort, SQL("<" if downward else ">"), moment, int(tie))

    @api.model
    def _records_saying(self, search):
        """:return: dict model → ids of the records of the newest lines with these words (LO11)"""
        if not (search or "").strip():
            return {}
        found = {}
        for hit in self.env["kala.search"].find(search, limit=HITS)["hits"]:
            found.setdefault(hit["model"], set()).add(hit["res_id"])
        return found

    @api.model
    def _search_domain(self, model, search, said=()):
        """:param said: ids of records in whose lines the words are
        :return: domain of the records whose name, or whose customer's name or number, has the
        words of a search, or whose lines have them"""
        words = (search or "").strip()
        if not words:
            return Domain.TRUE
        digits = "".join(filter(str.isdecimal, words)).lstrip("0")
        is_number = len(digits) >= DIGITS and not any(map(str.isalpha, words))
        names = NAMES.get(model, ("display_name",))
        domain = Domain.OR(Domain(name, "ilike", escape_psql(words)) for name in names)
        domain |= Domain("id", "in", list(said))
        if is_number:
            phone = "partner_id.phone_sanitized" if model == "sale.order" else "phone_sanitized"
            domain |= Domain(phone, "like", digits)
        return domain


def _sql(statement, values, words):
    """:return: SQL of a statement with ``{name}`` in it: SQL or words of ours, and ``%(name)s``:
    values"""
    pieces = {name: f"%({name})s" for name in ("readable", "asked", "after")}
    return SQL(statement.format(**{**pieces, **dict(words)}), **values)
