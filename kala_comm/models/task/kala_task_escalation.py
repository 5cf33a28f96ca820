from markupsafe import Markup

from odoo import api, fields, models

#: Tasks that are moved in one transaction.
BATCH = 200
#: Tasks that one message to a leader names; the rest are counted.
NAMED = 20


class KalaTask(models.AbstractModel):
    """A task that waits too long goes to the team leader, once (TA3)."""

    _inherit = "kala.task"

    @api.model
    def _cron_escalate(self):
        """Escalate the late tasks of every company that wants it, a batch at a time."""
        for company in self.env["res.company"].search([("kala_task_escalation", "=", True)]):
            tasks = self._late_tasks(company)
            while tasks:
                self._escalate(company, tasks)
                if not self.env["ir.cron"]._commit_progress(len(tasks)):
                    return
                tasks = self._late_tasks(company)

    @api.model
    def _late_tasks(self, company):
        """Index: ``mail_activity_kala_waiting_idx``.

        :return: open tasks, oldest first, that have waited for the company's working hours and
            were never escalated
        """
        before = company._kala_working_hours_ago(company.kala_task_escalation_hours)
        if not before:
            return self.env["mail.activity"]
        return self.env["mail.activity"].search(
            [
                ("kala_count", ">", 0),
                ("kala_escalated_date", "=", False),
                ("create_date", "<=", before),
                # Whoever put it off has seen it; it waits anew from when it comes back (TA6).
                ("kala_is_put_off", "=", False),
                "|",
                ("kala_back_date", "=", False),
                ("kala_back_date", "<=", before),
                ("kala_company_id", "=", company.id),
            ],
            order="create_date, id",
            limit=BATCH,
        )

    @api.model
    def _escalate(self, company, tasks):
        """Move tasks to their leaders, and tell each leader in one message.

        A task that nobody could take stays where it is and is not looked at again.
        """
        now = fields.Datetime.now()
        moves = {}
        records = self._records_of(tasks)
        for task in tasks:
            leader = self._leader_of(company, task, records[task.res_model, task.res_id])
            moves.setdefault((leader, task.user_id, task.note or ""), []).append(task.id)
        told = {}
        for (leader, before, note), ids in moves.items():
            moved = self.env["mail.activity"].browse(ids)
            vals = {"kala_escalated_date": now}
            if leader:
                vals["user_id"] = leader.id
                vals["note"] = note + self._escalation_note(company, leader, before)
                told.setdefault(leader, []).extend((task, before) for task in moved)
            moved.with_context(mail_activity_quick_update=True).write(vals)
        for leader, members in told.items():
            # Two tasks about the same became one with the leader (TA2).
            left = [(task, before) for task, before in members if task.exists()]
            self._tell_leader(company, leader, left)

    @api.model
    def _records_of(self, tasks):
        """:return: dict (model, id) → record; what is read of one is read of all at once"""
        return {
            (model, record.id): record
            for model, of_model in tasks.grouped("res_model").items()
            for record in self.env[model].browse(set(of_model.mapped("res_id")))
        }

    @api.model
    def _leader_of(self, company, task, record):
        """:return: who is above whoever has the task and may read its record (RE6); empty if
        nobody is"""
        communication = task.kala_communication_id
        teams = (
            "team_id" in record._fields and record.team_id,
            communication.lead_id.team_id,
            communication.order_id.team_id,
            task.user_id.sale_team_id,
            communication.line_id.team_id,
        )
        users = [team.user_id for team in teams if team]
        users.append(company[f"kala_default_responsible_{communication._family()}_id"])
        for user in users:
            if user and user != task.user_id and user._kala_may_take(company, record):
                return user
        return self.env["res.users"]

    @api.model
    def _escalation_note(self, company, leader, before):
        env = self.with_context(lang=leader.lang).env
        hours = f"{company.kala_task_escalation_hours:g}"
        if not before:
            words = env._("Nobody had it for %(hours)s working hours.", hours=hours)
        else:
            words = env._(
                "It waited for %(hours)s working hours with %(user)s.",
                hours=hours,
                user=before.name,
            )
        return Markup("<p>{}</p>").format(words)

    @api.model
    def _tell_leader(self, company, leader, members):
        """:param list members: of (task, user who had it)"""
        records = self._records_of(self.env["mail.activity"].union(*[t for t, _b in members]))
        env = self.with_context(lang=leader.lang).env
        lines = [
            Markup('<li><a href="{}">{}</a>: {} ({})</li>').format(
                records[task.res_model, task.res_id]._notify_get_action_link("view"),
                task.res_name,
                task.summary or "",
                before.name or env._("nobody had it"),
            )
            for task, before in members[:NAMED]
        ]
        if len(members) > NAMED:
            lines.append(Markup("<li>{}</li>").format(env._("and %s more", len(members) - NAMED)))
        intro = env._(
            "Nobody answered for %(hours)s working hours. These tasks are yours now:",
            hours=f"{company.kala_task_escalation_hours:g}",
        )
        company.partner_id.sudo().message_notify(
            partner_ids=leader.partner_id.ids,
            subject=env._("Tasks that waited too long: %s", len(members)),
            body=Markup("<p>{}</p><ul>{}</ul>").format(intro, Markup().join(lines)),
        )
