import logging

from odoo import api, models
from odoo.tools import SQL, sql

_logger = logging.getLogger(__name__)


class KalaRule(models.Model):
    """The index by which a rule about a date finds what is due. Odoo has none on most dates: then
    each look would read the whole table. The job makes it, so that switching a rule on is instant;
    until then the rule works, only slower (QU16)."""

    _inherit = "kala.rule"

    @api.model
    def _index_dates(self):
        """Make the missing indexes of running rules, each in a step of its own."""
        wanted = {}
        for rule in self.search([("state", "=", "running"), ("trigger", "=", "date")]):
            table = self.env[rule.model_id.model]._table
            name = rule.date_field_id.name
            if not self._is_indexed(table, name, rule.yearly):
                wanted[self._index_name(table, name, rule.yearly)] = (table, name, rule.yearly)
        job = self.env["kala.job"]
        for index, place in wanted.items():
            fault = job._do_or_fault(
                lambda i=index, p=place: job._retrying(lambda: self._make_index(i, *p))
            )
            if fault:
                _logger.warning("index %s cannot be made", index, exc_info=fault)

    @api.model
    def _index_name(self, table, name, yearly):
        return sql.make_index_name(table, f"kala_rule_{'day_' if yearly else ''}{name}")

    @api.model
    def _is_indexed(self, table, name, yearly):
        """:return: whether an index begins with the date; of every year only our own will do"""
        if yearly:
            return sql.index_exists(self.env.cr, self._index_name(table, name, True))
        self.env.cr.execute(
            """SELECT 1 FROM pg_index i
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = %s::regclass AND a.attname = %s AND i.indisvalid
                  AND i.indpred IS NULL OR i.indexrelid = to_regclass(%s) AND i.indisvalid
                LIMIT 1""",
            [f'"{table}"', name, self._index_name(table, name, False)],
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _make_index(self, index, table, name, yearly):
        """Writers of the table wait while it is made, a second or two for a million rows; where the
        table is busy, the job gives way and comes back. It cannot be made ``CONCURRENTLY``: that
        waits for every older transaction, and the scheduler holds one as long as the job runs."""
        column = SQL.identifier(name)
        keys = self._days_sql(column) if yearly else SQL("%s, id", column)
        self.env.cr.execute("SET LOCAL lock_timeout = '2s'")
        self.env.cr.execute(
            SQL(
                "CREATE INDEX IF NOT EXISTS %s ON %s (%s) %s",
                SQL.identifier(index),
                SQL.identifier(table),
                keys,
                SQL("") if yearly else SQL("WHERE %s IS NOT NULL", column),
            )
        )
        self.env.cr.execute("SET LOCAL lock_timeout = DEFAULT")
        _logger.info("index %s on %s is made", index, table)

    @api.model
    def _days_sql(self, column):
        """:return: SQL: month and day as Odoo's domains ask for them"""
        return SQL(
            "date_part('month', %s::timestamp), date_part('day', %s::timestamp)", column, column
        )
