import logging
import time
from functools import partial

import psycopg2
from psycopg2 import errors as pg_errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

_logger = logging.getLogger(__name__)

#: Seconds between two "changed" events of one company (docs/architecture.md, 3.10). Changes in
#: between are seen all the same: a screen counts again so many seconds after an event.
PAUSE = 5
#: Nobody needs to know how many more there are.
LIMIT = 1000
#: Changes of these fields of a lead may change somebody's count.
WATCHED_FIELDS = {"stage_id", "active", "user_id", "team_id", "company_id"}

_last_sent = {}


class KalaBadge(models.Model):
    """Tells open screens that the number of new leads changed (ST4): at most one event per
    company and ``PAUSE``, whatever is imported meanwhile. One narrow row per company keeps the
    servers apart; it is written after the commit, in a transaction of its own."""

    _name = "kala.badge"
    _description = "Badge of New Leads"
    _log_access = False

    BUS_TYPE = "kala_comm/badge"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    sent = fields.Datetime(required=True)

    _company_uniq = models.UniqueIndex("(company_id)", "A company has one badge.")

    @api.model
    def _channel(self, company_id):
        return f"kala_comm/badge/{company_id}"

    @api.model
    def _touch(self, company_ids):
        """Note that the number of new leads of these companies may have changed. The event is sent
        after the commit: this transaction does not wait for it.

        :param company_ids: iterable of ids; False stands for all companies
        """
        data = self.env.cr.postcommit.data
        if "kala_comm.badge" not in data:
            data["kala_comm.badge"] = set()
            self.env.cr.postcommit.add(
                partial(_send_after_commit, self.env.cr.dbname, data["kala_comm.badge"])
            )
        data["kala_comm.badge"].update(company_ids)

    @api.model
    def _send(self, company_ids):
        """Send the event of those companies that got none for ``PAUSE`` seconds.

        Index: ``kala_badge_company_uniq``.

        :return: ids of the companies it was sent for
        :raise psycopg2.errors.SerializationFailure: another server does it at this moment
        """
        every = False in company_ids
        self.env.cr.execute(
            """INSERT INTO kala_badge AS b (company_id, sent)
               SELECT id, clock_timestamp() AT TIME ZONE 'UTC' FROM res_company
                WHERE %s OR id = ANY(%s)
                ORDER BY id
                   ON CONFLICT (company_id) DO UPDATE SET sent = excluded.sent
                WHERE b.sent <= excluded.sent - %s * interval '1 second'
            RETURNING company_id""",
            [every, [i for i in company_ids if i], PAUSE],
            log_exceptions=False,
        )
        sent = [row[0] for row in self.env.cr.fetchall()]
        for company_id in sent:
            self.env["bus.bus"]._sendone(
                self._channel(company_id), self.BUS_TYPE, {"company_id": company_id}
            )
        return sent


def _send_after_commit(dbname, company_ids):
    """Send the events after the commit. A process that has sent an event of a company less than
    ``PAUSE`` seconds ago does not ask the database."""
    now = time.monotonic()
    due = {c for c in company_ids if now - _last_sent.get((dbname, c), -PAUSE) >= PAUSE}
    if not due:
        return
    try:
        with Registry(dbname).cursor() as cr:
            sent = api.Environment(cr, SUPERUSER_ID, {})["kala.badge"]._send(due)
    except pg_errors.SerializationFailure:
        # Another server sends the event at this moment; screens count again PAUSE seconds after it.
        return
    except pg_errors.UndefinedTable:
        # The transaction that was committed has uninstalled the addon.
        return
    except psycopg2.Error:
        # The user's work is committed: it must not fail, or be repeated, because of a number on
        # screens.
        _logger.warning("open screens hear of new leads with the next change", exc_info=True)
        return
    _last_sent.update(((dbname, company_id), now) for company_id in sent)
