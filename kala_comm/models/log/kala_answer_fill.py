from odoo import api, models

from ...tools import const

DONE = "kala_comm.answers_done"
FROM = "kala_comm.answers_from"
#: Communications that are looked at in one transaction.
FILL_CHUNK = 5000
#: A log with fewer lines than this is counted while installing.
AT_ONCE = 5000


class KalaAnswer(models.Model):
    """Counts the answer times of a database that has a log already (AD6, docs/architecture.md,
    3.11): the newest first. A job that is killed goes on where its last step ended."""

    _inherit = "kala.answer"

    @api.model
    def _start_fill(self):
        """Called when the addon is installed, or updated to a version that counts."""
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(DONE, False)
        parameters.set_param(FROM, False)
        log = self.env["kala.communication"].sudo()
        if log.search_count([], limit=AT_ONCE) < AT_ONCE:
            while self._fill_chunk():
                pass
            self._finish_fill()
        else:
            self.env.ref("kala_comm.ir_cron_answers")._trigger()

    @api.model
    def _fill(self):
        """:return: whether there was something to fill, and it is done now"""
        if self._is_filled():
            return False
        while done := self._retrying(self._fill_chunk):
            if not self.env["ir.cron"]._commit_progress(done, remaining=1):
                return False
        self._finish_fill()
        return True

    @api.model
    def _is_filled(self):
        """:return: whether the answer times of the whole log are counted"""
        return bool(self.env["ir.config_parameter"].sudo().get_param(DONE))

    @api.model
    def _finish_fill(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(DONE, "1")
        parameters.set_param(FROM, False)

    @api.model
    def _filled_from(self):
        """:return: naive UTC of the line to which the counting has come; None = it is done, or has
        not begun"""
        line_id = int(self.env["ir.config_parameter"].sudo().get_param(FROM) or 0)
        line = self.env["kala.communication"].sudo().browse(line_id)
        return line.exists().date or None

    @api.model
    def _fill_chunk(self):
        """Index: primary key of the log.

        :return: how many communications were looked at; 0 when all were
        """
        parameters = self.env["ir.config_parameter"].sudo()
        before = int(parameters.get_param(FROM) or 0)
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """SELECT id, res_model, res_id, company_id, contact_kind, contact_value
                 FROM kala_communication
                WHERE %s = 0 OR id < %s ORDER BY id DESC LIMIT %s""",
            [before, before, FILL_CHUNK],
        )
        rows = self.env.cr.fetchall()
        if not rows:
            return 0
        self._count(self._not_counted({_place(*row[1:]) for row in rows}))
        parameters.set_param(FROM, str(rows[-1][0]))
        self.env.flush_all()
        return len(rows)

    @api.model
    def _not_counted(self, places):
        """A place that has a row was counted as a whole, and follows the log by itself.

        Index: ``kala_answer_place_idx``.

        :return: list of those that have none
        """
        records = [place for place in places if place[0] in const.RECORD_FIELDS]
        self.env.cr.execute(
            """SELECT p.model, p.id, p.company_id, NULL, NULL
                 FROM unnest(%s::text[], %s::int[], %s::int[]) AS p(model, id, company_id)
                WHERE NOT EXISTS (
                      SELECT FROM kala_answer a
                       WHERE a.res_model = p.model AND a.res_id = p.id
                         AND a.company_id = p.company_id)""",
            [[place[n] for place in records] for n in range(3)],
        )
        contacts = [place for place in places if place[0] is None and place[4]]
        return [*self.env.cr.fetchall(), *contacts]


def _place(model, res_id, company_id, kind, value):
    return (
        (model, res_id, company_id, None, None) if res_id else (None, None, company_id, kind, value)
    )
