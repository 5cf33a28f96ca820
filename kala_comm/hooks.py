from odoo.tools import SQL, sql

from .tools.retries import RETRIABLE, RETRIES, lowered


def pre_init_hook(env):
    """Add the stored columns by SQL: computing them for a million records while installing
    would take hours; a job fills them afterwards (AD6)."""
    columns = {
        "res_partner": [("kala_contact_keys", "varchar")],
        "crm_lead": [("kala_contact_keys", "varchar")],
        "sale_order": [("kala_status_id", "int4")],
    }
    for table, wanted in columns.items():
        for name, kind in wanted:
            if not sql.column_exists(env.cr, table, name):
                sql.create_column(env.cr, table, name, kind)


def post_init_hook(env):
    """Give existing stages and lost reasons their types, and start filling."""
    _set_stage_types(env)
    companies = env["res.company"].sudo().search([])
    for company in companies:
        if not company.kala_excluded_status_type_ids:
            company.kala_excluded_status_type_ids = company._kala_default_excluded()
    env["kala.backfill"]._start()


def uninstall_hook(env):
    """Remove what would outlive the addon: settings kept as parameters; and let go of the status
    types, by SQL, since nobody needs what follows from a stage's type any more."""
    _hold_jobs(env)
    for table in ("crm_stage", "crm_lost_reason"):
        env.cr.execute(
            SQL("UPDATE %s SET kala_status_type_id = NULL", SQL.identifier(table)),
        )
    env.invalidate_all()
    env["ir.config_parameter"].sudo().search([("key", "like", "kala_comm.%")]).unlink()


def _hold_jobs(env):
    """Wait for our jobs that are under way, and let none begin. Odoo does not delete what somebody
    changed since its transaction began: a job that ended meanwhile would be left behind."""
    data = env["ir.model.data"].search([("module", "=", "kala_comm"), ("model", "=", "ir.cron")])
    jobs = data.mapped("res_id")
    for left in reversed(range(RETRIES)):
        # A new transaction sees the rows as they are now.
        env.cr.commit()  # pylint: disable=invalid-commit
        try:
            with lowered():
                env.cr.execute("SELECT FROM ir_cron WHERE id = ANY(%s) FOR UPDATE", [jobs])
            return
        except RETRIABLE:
            env.cr.rollback()
            if not left:
                raise


def _set_stage_types(env):
    """Won stages are won, the first stage is new, the others in progress (MA2)."""
    types = env["kala.status.type"]
    stages = env["crm.stage"].search([], order="sequence, id")
    for n, stage in enumerate(stages):
        if not stage.kala_status_type_id:
            code = "won" if stage.is_won else "new" if n == 0 else "open"
            stage.kala_status_type_id = types._id_of(code)
