"""A rule on status while 10,000 leads change in one write; a time rule at 1,000,000 leads."""

import time
from datetime import timedelta

from .report import Row
from .rig import median

LEADS = 10_000
SMALL, LARGE, DUE = 10_000, 1_000_000, 50
ROUNDS = 3
GOAL_ODOO, GOAL_NONE, GOAL_SIZE = 0.5, 1.3, 1.3


def fill(env, leads):
    """Leads with a phone each, by SQL: copies of one that was made as usual, all in one stage."""
    lead = env["crm.lead"].create({"name": "Lead", "phone": "+972520000000", "user_id": False})
    env.flush_all()
    env.cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = 'crm_lead' AND column_name NOT IN ('id', 'phone', 'date_deadline')"""
    )
    columns = ", ".join(f'"{row[0]}"' for row in env.cr.fetchall())
    env.cr.execute(
        f"""INSERT INTO crm_lead (phone, date_deadline, {columns})
            SELECT '+97252' || lpad((2000000 + n)::text, 7, '0'), now()::date + 400 + n %% 3000,
                   {columns}
              FROM crm_lead, generate_series(1, %s) n WHERE id = %s""",
        [leads, lead.id],
    )
    env.cr.execute("ANALYZE crm_lead")


def save(env, kind):
    """:param str kind: of the rule that runs meanwhile: ``none``, ``ours``, ``odoo``
    :return: list of seconds of a write of all leads"""
    stages = env["crm.stage"].search([], limit=2)
    rule = _RULES[kind](env)
    env.flush_all()
    seconds = []
    for _round in range(ROUNDS + 1):
        env.invalidate_all()
        leads = env["crm.lead"].search([("stage_id", "=", stages[0].id)])
        with env.cr.savepoint() as savepoint:
            start = time.monotonic()
            leads.write({"stage_id": stages[1].id})
            env.flush_all()
            env.cr.precommit.run()
            seconds.append(time.monotonic() - start)
            _check(env, kind, len(leads))
            env.cr.precommit.clear()
            env.invalidate_all(flush=False)
            savepoint.rollback()
    rule.unlink() if kind == "odoo" else rule.action_stop()
    return seconds[1:]


def _check(env, kind, leads):
    if kind == "ours":
        env.cr.execute("SELECT count(*) FROM kala_rule_log WHERE state = 'waiting'")
    elif kind == "odoo":
        env.cr.execute("SELECT count(*) FROM sms_sms")
    if kind != "none" and env.cr.fetchone()[0] < leads:
        raise RuntimeError(f"the rule {kind} did not write to every lead")


def _none(env):
    return env["kala.rule"]


def _ours(env):
    """A rule with a line to send from."""
    connection = env["kala.connection"].create({"name": "Sandbox", "provider": "sandbox"})
    connection.action_connect()
    line = {"name": "SMS", "channel": "sms", "connection_id": connection.id}
    env["kala.line"].create({**line, "address": "+972501234567"})
    rule = _rule(env, trigger="status_changed")
    rule.action_start()
    return rule


def _rule(env, **values):
    template = env.ref("kala_comm.template_new_lead")
    # A rule acts with the rights of who starts it: somebody's, not the superuser's.
    env = env(user=env.ref("base.user_admin").id)
    return env["kala.rule"].create(
        {
            "name": "Rule",
            "model_id": env["ir.model"]._get_id("crm.lead"),
            "hourly_limit": 0,
            "action_ids": [(0, 0, {"template_id": template.id})],
            **values,
        }
    )


def _odoo(env):
    """Odoo's own: an automation rule with the action Send SMS."""
    model = env["ir.model"]._get("crm.lead")
    template = env["sms.template"].create(
        {"name": "T", "model_id": model.id, "body": "Hello {{ object.contact_name }}"}
    )
    action = {
        "name": "Send",
        "model_id": model.id,
        "state": "sms",
        "sms_template_id": template.id,
        "sms_method": "sms",
    }
    return env["base.automation"].create(
        {
            "name": "Odoo",
            "model_id": model.id,
            "trigger": "on_create_or_write",
            "trigger_field_ids": [(6, 0, env.ref("crm.field_crm_lead__stage_id").ids)],
            "action_server_ids": [(0, 0, action)],
        }
    )


_RULES = {"none": _none, "ours": _ours, "odoo": _odoo}


def look(env):
    """:return: list of seconds of a look of a time rule that finds 50 leads"""
    from odoo import fields

    now = fields.Datetime.now()
    field = env["ir.model.fields"]._get("crm.lead", "date_deadline")
    rule = _rule(env, trigger="date", date_field_id=field.id, delay=0, hour=0)
    _ours(env).action_stop()
    start = time.monotonic()
    rule.action_start()
    switched_on = time.monotonic() - start
    env.cr.execute(
        "UPDATE crm_lead SET date_deadline = %s WHERE id IN (SELECT id FROM crm_lead LIMIT %s)",
        [now.date(), DUE],
    )
    env.cr.execute("CREATE INDEX ON crm_lead (date_deadline, id) WHERE date_deadline IS NOT NULL")
    env.cr.execute("ANALYZE crm_lead")
    seconds = []
    for _round in range(3 * ROUNDS + 1):
        rule.sudo().write({"started": now - timedelta(days=1), "checked": now - timedelta(days=1)})
        env.flush_all()
        env.invalidate_all()
        with env.cr.savepoint() as savepoint:
            start = time.monotonic()
            rule.sudo()._queue_due()
            env.flush_all()
            seconds.append(time.monotonic() - start)
            env.cr.execute("SELECT count(*) FROM kala_rule_log WHERE rule_id = %s", [rule.id])
            if env.cr.fetchone()[0] != DUE:
                raise RuntimeError("the look did not find what is due")
            savepoint.rollback()
    rule.action_stop()
    return {"look": seconds[1:], "switched_on": switched_on}


def run(bench):
    database = bench.database(("kala_comm", "crm_sms"))
    bench.inside(database, "qu16:fill", leads=bench.scale(LEADS))
    times = {kind: bench.inside(database, "qu16:save", kind=kind) for kind in _RULES}
    middle = {kind: median(seconds) for kind, seconds in times.items()}
    looks = {}
    for leads in (SMALL, bench.scale(LARGE)):
        database = bench.database(("kala_comm",))
        bench.inside(database, "qu16:fill", leads=leads)
        looks[leads] = bench.inside(database, "qu16:look")
    small, large = (median(found["look"]) for found in looks.values())
    told = {kind: f"{seconds:.2f} s" for kind, seconds in middle.items()}
    return [
        Row(
            "QU16",
            f"{bench.scale(LEADS):,} leads in one write, a rule on status: the save",
            f"<= {GOAL_ODOO} x Odoo's rule",
            told["ours"],
            told["odoo"],
            middle["ours"] / middle["odoo"],
            middle["ours"] <= GOAL_ODOO * middle["odoo"],
            times,
        ),
        Row(
            "QU16",
            "the same, against no rule",
            f"<= {GOAL_NONE} x",
            told["ours"],
            told["none"],
            middle["ours"] / middle["none"],
            middle["ours"] <= GOAL_NONE * middle["none"],
        ),
        Row(
            "QU16",
            f"a look of a time rule at {bench.scale(LARGE):,} leads, {DUE} due",
            f"<= {GOAL_SIZE} x at {SMALL:,}",
            f"{large * 1000:.0f} ms",
            f"{small * 1000:.0f} ms",
            large / small,
            large <= GOAL_SIZE * small,
            {str(leads): found for leads, found in looks.items()},
        ),
    ]
