from odoo import api, models
from odoo.tools import SQL

from odoo.addons.kala_comm.tools import const, states

from ..tools.segments import count_segments

#: Messages that are counted in one transaction.
CHUNK = 1000

_UNCOUNTED = f"channel = 'sms' AND direction = 'out' AND {states.is_sent()} AND sms_parts IS NULL"


class KalaCommunication(models.Model):
    """How many parts each SMS was paid as (LO12, SM3). A job counts them after they have left,
    those of a living database included: the newest first."""

    _inherit = "kala.communication"

    _uncounted_idx = models.Index(f"(id) WHERE {_UNCOUNTED}")

    @api.model
    def _cron_count_parts(self):
        """Count chunk after chunk, until the job's time is over."""
        job = self.env["kala.job"]
        job._run_plainly()
        while done := job._retrying(self._count_parts):
            if not self.env["ir.cron"]._commit_progress(done, remaining=1):
                return

    @api.model
    def _count_parts(self):
        """Index: ``kala_communication_uncounted_idx``.

        :return: how many messages were counted
        """
        self.flush_model()
        self.env.cr.execute(
            f"SELECT id, body FROM kala_communication WHERE {_UNCOUNTED} ORDER BY id DESC LIMIT %s",
            [CHUNK],
        )
        parts = {row[0]: count_segments(row[1]).count for row in self.env.cr.fetchall()}
        self.env.cr.execute(
            """UPDATE kala_communication c SET sms_parts = n.parts
                 FROM unnest(%s::int[], %s::int[]) AS n(id, parts) WHERE c.id = n.id""",
            [list(parts), list(parts.values())],
            log_exceptions=False,
        )
        self.browse(parts).invalidate_recordset(["sms_parts"], flush=False)
        return len(parts)


class KalaDashboard(models.AbstractModel):
    _inherit = "kala.dashboard"

    @api.model
    def _cost_sql(self):
        """What left was paid, however it went on; what a gateway sent as SMS in the end, too."""
        return SQL(
            """CASE WHEN kala_communication.state IN %s THEN kala_communication.sms_parts END""",
            const.SENT_STATES,
        )
