from odoo.tools import sql

from .models.conversation.customer_names import CUSTOMER_NAMES
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
    env["kala.waiting"]._start_fill()
    env["kala.answer"]._start_fill()


def uninstall_hook(env):
    """Remove what would outlive the addon, and let go of what would hold it."""
    _hold_jobs(env)
    _remove_automations(env)
    _let_go(env)
    _forget_descriptions(env)
    _drop_indexes(env)
    env.invalidate_all()
    _keep_inherited(env)
    env["ir.config_parameter"].sudo().search([("key", "like", "kala_comm.%")]).unlink()


def _remove_automations(env):
    """Odoo's automation rules under notification rules have no actions of their own: they would be
    left behind, and do nothing."""
    env.cr.execute("DELETE FROM base_automation WHERE kala_rule_id IS NOT NULL")


def _our_models(env):
    """:return: list of the classes of the models that the addon brought"""
    return [model for model in env.registry.values() if model._original_module == "kala_comm"]


def _let_go(env):
    """Nothing holds a row of ours any more: an order its status, a message its line. Whatever
    points to our tables goes with them, so that nobody has to be rewritten for it."""
    tables = [model._table for model in _our_models(env) if not model._abstract]
    env.cr.execute(
        """SELECT held.relname, c.conname
             FROM pg_constraint c
             JOIN pg_class held ON held.oid = c.conrelid
             JOIN pg_class ours ON ours.oid = c.confrelid
            WHERE c.contype = 'f' AND ours.relname = ANY(%s)
              AND ours.relnamespace = current_schema::regnamespace""",
        [tables],
    )
    for table, constraint in env.cr.fetchall():
        sql.drop_constraint(env.cr, table, constraint)


def _forget_descriptions(env):
    """Other addons extend what our models inherit, such as discussions, and describe that under
    their own name: Odoo deletes the description of a model, and not that of these."""
    env.cr.execute(
        """DELETE FROM ir_model_data d USING ir_model_inherit i, ir_model m
            WHERE d.model = 'ir.model.inherit' AND d.res_id = i.id AND m.id = i.model_id
              AND m.model = ANY(%s) AND d.module NOT LIKE 'kala\\_comm%%'""",
        [[model._name for model in _our_models(env)]],
    )


def _drop_indexes(env):
    """The fields stay, since they are Odoo's; their indexes go, unless others want them, too."""
    for name in ("email_normalized", "phone_sanitized"):
        wanted = (
            vars(cls)[name]._args__.get("index")
            for cls in env.registry["res.partner"].mro()
            if name in vars(cls) and not getattr(cls, "_module", "kala_").startswith("kala_")
        )
        if not any(wanted):
            sql.drop_index(env.cr, sql.make_index_name("res_partner", name), "res_partner")
    for column in CUSTOMER_NAMES:
        sql.drop_index(env.cr, f"res_partner_kala_{column}_idx", "res_partner")


def _keep_inherited(env):
    """Jobs inherit the name of their action, which depends on fields of ours. Where a field goes,
    Odoo forgets the description of inherited ones that depend on it, though they stay. In this
    registry, which ends with the addon, nothing depends on ours any more."""
    env.registry.kala_is_leaving = True
    env.flush_all()
    env.registry._setup_models__(env.cr, ["ir.actions.server"])


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
