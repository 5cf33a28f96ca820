"""How many rows a statement touches, as PostgreSQL's plan of it tells."""

import contextlib
import json
from unittest.mock import patch

from odoo.sql_db import Cursor

from .common import KalaCommon


class EffortCommon(KalaCommon):
    @contextlib.contextmanager
    def _effort(self, mark="kala_contact_point"):
        """Run the statements of the block that hold a mark under ``EXPLAIN ANALYZE`` first.

        :yield: dict start of a statement → the most rows that its plan touched
        """
        efforts, execute = {}, Cursor.execute

        def measured(cr, query, params=None, log_exceptions=True):
            text = query if isinstance(query, str) else query.code
            values = params if isinstance(query, str) else query.params
            text = text.removeprefix("SET LOCAL jit = off;")
            if mark in text:
                execute(cr, "SAVEPOINT effort")
                execute(cr, "EXPLAIN (ANALYZE, FORMAT JSON) " + text, values)
                plan = cr.fetchone()[0]
                execute(cr, "ROLLBACK TO SAVEPOINT effort")
                plan = json.loads(plan) if isinstance(plan, str) else plan
                name = " ".join(text.split())[:200]
                efforts[name] = max(efforts.get(name, 0), _touched(plan[0]["Plan"]))
            return execute(cr, query, params, log_exceptions)

        with patch.object(Cursor, "execute", measured):
            yield efforts
            self.env.flush_all()


def _touched(plan):
    """:return: how many rows a plan looked at, those it threw away included"""
    removed = sum(value for name, value in plan.items() if name.startswith("Rows Removed"))
    rows = (plan.get("Actual Rows", 0) + removed) * plan.get("Actual Loops", 1)
    return rows + sum(_touched(part) for part in plan.get("Plans", ()))
