from odoo import api, models

#: Communications that are looked at in one transaction.
CHUNK = 5000
#: A log with fewer lines than this is read while installing.
AT_ONCE = 5000


class KalaLogFill(models.AbstractModel):
    """Rows that follow the log, in a database that has a log already (AD6, docs/architecture.md,
    3.11): a job reads the log once, the newest lines first. A job that is killed goes on where its
    last step ended. A model that inherits it has ``_fill_lines(lines)``, which makes the rows of
    some lines: tuples (model, record's id, company id, contact kind, contact value)."""

    _name = "kala.log.fill"
    _inherit = ["kala.job"]
    _description = "Rows Made From a Log"
    #: Name in the parameters that say how far the job has come.
    _fill_name = None
    #: XML id of the job.
    _fill_job = None

    # ------------------------------------------------------------------ the job

    @api.model
    def _start_fill(self):
        """Called when the addon is installed, or updated to a version that has these rows."""
        self._set_fill("done", False)
        self._set_fill("from", False)
        log = self.env["kala.communication"].sudo()
        if log.search_count([], limit=AT_ONCE) < AT_ONCE:
            while self._fill_chunk():
                pass
            self._finish_fill()
        else:
            self.env.ref(self._fill_job)._trigger()

    @api.model
    def _cron_fill(self):
        """Read chunk after chunk until the job's time is over."""
        if self._is_filled():
            return
        # Others may write these rows, too: that only makes it wait.
        while done := self._retrying(self._fill_chunk):
            if not self.env["ir.cron"]._commit_progress(done, remaining=1):
                return
        self._finish_fill()
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _fill_chunk(self):
        """Index: primary key of the log.

        :return: how many communications were looked at; 0 when all were
        """
        before = self._fill_from()
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """SELECT id, res_model, res_id, company_id, contact_kind, contact_value
                 FROM kala_communication
                WHERE %s = 0 OR id < %s ORDER BY id DESC LIMIT %s""",
            [before, before, CHUNK],
        )
        rows = self.env.cr.fetchall()
        if not rows:
            return 0
        self._fill_lines([row[1:] for row in rows])
        self._set_fill("from", str(rows[-1][0]))
        self.env.flush_all()
        return len(rows)

    @api.model
    def _without_row(self, places):
        """A record that has a row follows the log by itself. Index: the one of the table on
        (res_model, res_id).

        :param places: iterable of (model, id, company id)
        :return: list of those that have no row
        """
        places = list(places)
        self.env.cr.execute(
            f"""SELECT p.* FROM unnest(%s::text[], %s::int[], %s::int[]) AS p(model, id, company_id)
                 WHERE NOT EXISTS (
                       SELECT FROM {self._table} t
                        WHERE t.res_model = p.model AND t.res_id = p.id
                          AND t.company_id = p.company_id)""",
            [[place[n] for place in places] for n in range(3)],
        )
        return self.env.cr.fetchall()

    # ------------------------------------------------------------------ how far it has come

    @api.model
    def _finish_fill(self):
        self._set_fill("done", "1")
        self._set_fill("from", False)

    @api.model
    def _is_filled(self):
        """:return: whether the whole log was read"""
        return bool(self._get_fill("done"))

    @api.model
    def _fill_from(self):
        """:return: id of the line to which the job has come; 0 = it is done, or has not begun"""
        return int(self._get_fill("from") or 0)

    @api.model
    def _get_fill(self, what):
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param(f"kala_comm.{self._fill_name}_{what}")

    @api.model
    def _set_fill(self, what, value):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(f"kala_comm.{self._fill_name}_{what}", value)
