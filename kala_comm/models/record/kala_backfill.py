import logging

from odoo import api, models

_logger = logging.getLogger(__name__)

DONE = "kala_comm.backfill_done"
CHUNK = 1000
#: A database with fewer records than this is filled while installing.
AT_ONCE = 5000

#: Field to fill by model, in this order: customers first, leads take over from them.
FIELDS = (
    ("res.partner", "kala_contact_keys"),
    ("crm.lead", "kala_contact_keys"),
    ("sale.order", "kala_status_id"),
)


class KalaBackfill(models.AbstractModel):
    """Fills contact points and order statuses of a living database in the background (AD6,
    docs/architecture.md, 3.11). Until it is done, matching looks at Odoo's own columns too."""

    _name = "kala.backfill"
    _inherit = "kala.job"
    _description = "Filling a Living Database"

    @api.model
    def _is_done(self):
        return bool(self.env["ir.config_parameter"].sudo().get_param(DONE))

    @api.model
    def _start(self):
        """Called when the addon is installed."""
        self.env["ir.config_parameter"].sudo().set_param(DONE, False)
        size = sum(
            self.env[model].with_context(active_test=False).search_count([], limit=AT_ONCE)
            for model, _field in FIELDS
        )
        if size < AT_ONCE:
            while self._fill_chunk():
                self.env.flush_all()
            self._finish()
        else:
            self.env.ref("kala_comm.ir_cron_backfill")._trigger()

    @api.model
    def _cron_run(self):
        """Fill chunk after chunk until the job's time is over."""
        if self._is_done():
            return
        # Its records are in use: what others write meanwhile only makes it wait.
        while filled := self._retrying(self._fill_chunk):
            if not self.env["ir.cron"]._commit_progress(filled, remaining=1):
                return
        self._finish()
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _finish(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(DONE, "1")
        parameters.search([("key", "like", "kala_comm.backfill_from_%")]).unlink()
        _logger.info("contact points and order statuses are filled")

    @api.model
    def _fill_chunk(self):
        """:return: how many records were filled; 0 when all are"""
        parameters = self.env["ir.config_parameter"].sudo()
        for model, name in FIELDS:
            key = f"kala_comm.backfill_from_{model}"
            last = int(parameters.get_param(key) or 0)
            records = (
                self.env[model]
                .with_context(active_test=False)
                .search([("id", ">", last), (name, "=", False)], order="id", limit=CHUNK)
            )
            if not records:
                continue
            self._write_column(records, name)
            parameters.set_param(key, str(max(records.ids)))
            self.env.flush_all()
            self.env.invalidate_all()
            return len(records)
        return 0

    @api.model
    def _write_column(self, records, name):
        """Write a computed column without touching anything else of the records: what was
        changed last stays what it was, and no automation fires. Index: primary key."""
        values = records._kala_backfill_values()
        self.env.cr.execute(
            f"""UPDATE {records._table} t SET {name} = n.value
                  FROM unnest(%s::int[], %s::{records._fields[name].column_type[0]}[])
                         AS n(id, value)
                 WHERE t.id = n.id""",
            [list(values), list(values.values())],
        )
