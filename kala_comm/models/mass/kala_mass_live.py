import logging
import time
from functools import partial

import psycopg2
from psycopg2 import errors as pg_errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

_logger = logging.getLogger(__name__)

#: Seconds between two messages about one mass send that goes on, whatever leaves meanwhile.
PAUSE = 1

_last_told = {}


class KalaMassLive(models.Model):
    """When screens were told last how far a mass send is (BR2). One narrow row for each keeps the
    servers apart; it is written after the commit, in a transaction of its own, so that no lane
    waits for another one."""

    _name = "kala.mass.live"
    _description = "When Screens Were Told of a Mass Send"
    _log_access = False

    mass_send_id = fields.Many2one("kala.mass.send", required=True, ondelete="cascade")
    told = fields.Datetime(required=True)

    _mass_uniq = models.UniqueIndex("(mass_send_id)")

    @api.model
    def _note(self, mass_ids):
        """Tell screens, after the commit, that these mass sends have gone on."""
        data = self.env.cr.postcommit.data
        if "kala_comm.mass" not in data:
            data["kala_comm.mass"] = set()
            self.env.cr.postcommit.add(
                partial(_tell_after_commit, self.env.cr.dbname, data["kala_comm.mass"])
            )
        data["kala_comm.mass"].update(mass_ids)

    @api.model
    def _tell(self, mass_ids):
        """Tell of those of which nobody was told for ``PAUSE`` seconds.

        Index: ``kala_mass_live_mass_uniq``.

        :return: their ids
        :raise psycopg2.errors.SerializationFailure: another server does it at this moment
        """
        self.env.cr.execute(
            """INSERT INTO kala_mass_live AS l (mass_send_id, told)
               SELECT id, clock_timestamp() AT TIME ZONE 'UTC' FROM kala_mass_send
                WHERE id = ANY(%s)
                ORDER BY id
                   ON CONFLICT (mass_send_id) DO UPDATE SET told = excluded.told
                WHERE l.told <= excluded.told - %s * interval '1 second'
            RETURNING mass_send_id""",
            [list(mass_ids), PAUSE],
            log_exceptions=False,
        )
        told = [row[0] for row in self.env.cr.fetchall()]
        self.env["kala.mass.send"].browse(told)._send_bars()
        return told


def _tell_after_commit(dbname, mass_ids):
    """A process that told of a mass send less than ``PAUSE`` seconds ago, or found that another one
    has, does not ask the database."""
    now = time.monotonic()
    due = {i for i in mass_ids if now - _last_told.get((dbname, i), -PAUSE) >= PAUSE}
    if not due:
        return
    try:
        with Registry(dbname).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["kala.mass.live"]._tell(due)
    except pg_errors.SerializationFailure:
        # Another server tells of it at this moment.
        return
    except pg_errors.UndefinedTable:
        # The transaction that was committed has uninstalled the addon.
        return
    except psycopg2.Error:
        # What was sent is committed: it must not fail because of a bar on screens.
        _logger.warning("the bars of mass sends move with the next message", exc_info=True)
        return
    _last_told.update(((dbname, mass_id), now) for mass_id in due)
