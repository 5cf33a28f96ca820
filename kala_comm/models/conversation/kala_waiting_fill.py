from odoo import api, models

from ...tools import const

DONE = "kala_comm.waiting_done"
FROM = "kala_comm.waiting_from"
#: Communications that are looked at in one transaction.
CHUNK = 5000
#: A log with fewer lines than this is listed while installing.
AT_ONCE = 5000


class KalaWaiting(models.Model):
    """Fills the list of conversations of a database that has a log already (AD6,
    docs/architecture.md, 3.11): the newest first, so that the inbox is of use at once."""

    _inherit = "kala.waiting"

    @api.model
    def _start_fill(self):
        """Called when the addon is updated to a version that has the list."""
        self.env["ir.config_parameter"].sudo().set_param(DONE, False)
        log = self.env["kala.communication"].sudo()
        if log.search_count([], limit=AT_ONCE) < AT_ONCE:
            while self._fill_chunk():
                pass
            self._finish_fill()
        else:
            self.env.ref("kala_comm.ir_cron_waiting")._trigger()

    @api.model
    def _cron_fill(self):
        """Fill chunk after chunk until the job's time is over."""
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(DONE):
            return
        job = self.env["kala.job"]
        # Others write these rows, too: that only makes it wait.
        while done := job._retrying(self._fill_chunk):
            if not self.env["ir.cron"]._commit_progress(done, remaining=1):
                return
        self._finish_fill()
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _finish_fill(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(DONE, "1")
        parameters.set_param(FROM, False)

    @api.model
    def _fill_chunk(self):
        """Index: primary key.

        :return: how many communications were looked at; 0 when all were
        """
        parameters = self.env["ir.config_parameter"].sudo()
        before = int(parameters.get_param(FROM) or 0)
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """SELECT id, res_model, res_id, company_id FROM kala_communication
                WHERE %s = 0 OR id < %s ORDER BY id DESC LIMIT %s""",
            [before, before, CHUNK],
        )
        rows = self.env.cr.fetchall()
        if not rows:
            return 0
        places = {row[1:] for row in rows if row[1] in const.RECORD_MODELS and row[2]}
        # One that is listed follows the log by itself.
        self.env.cr.execute(
            """SELECT p.* FROM unnest(%s::text[], %s::int[], %s::int[]) AS p(model, id, company_id)
                WHERE NOT EXISTS (
                      SELECT FROM kala_waiting w
                       WHERE w.res_model = p.model AND w.res_id = p.id
                         AND w.company_id = p.company_id)""",
            [[place[n] for place in places] for n in range(3)],
        )
        self._refresh(self.env.cr.fetchall())
        parameters.set_param(FROM, str(rows[-1][0]))
        self.env.flush_all()
        return len(rows)
