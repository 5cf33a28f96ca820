"""AU2, AU3: rules about tasks: events and audiences of RemOnline's tasks."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.rule_common import RuleCommon

DANA, ANNA, ADAM, CORA, PAULA, FRED = (f"+97250234567{n}" for n in range(1, 7))
#: Audience → who is told.
AUDIENCES = {
    "customer": [DANA],
    "responsible": [ANNA, ADAM],
    "performer": [ANNA, ADAM],
    "creator": [CORA],
    "team_leader": [PAULA],
    "followers": [FRED],
}
EVENTS = ("created", "assigned", "status_changed", "date", "closed")


@tagged("post_install", "-at_install")
class TestTaskRules(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = {}
        for name, phone in (("anna", ANNA), ("adam", ADAM), ("cora", CORA), ("paula", PAULA)):
            cls.staff[name] = cls._make_user(name)
            cls.staff[name].partner_id.phone = phone
        project_user = cls.env.ref("project.group_project_manager")
        for user in (*cls.staff.values(), cls.manager):
            user.group_ids += project_user
        cls.dana = cls.env["res.partner"].create({"name": "Dana Levi", "phone": DANA})
        cls.fred = cls.env["res.partner"].create({"name": "Fred", "phone": FRED})
        cls.todo, cls.doing = cls.env["project.task.type"].create(
            [{"name": "To do"}, {"name": "Doing"}]
        )
        cls.project = cls.env["project.project"].create(
            {
                "name": "Roofs",
                "user_id": cls.staff["paula"].id,
                "company_id": cls.company.id,
                "type_ids": [(6, 0, (cls.todo + cls.doing).ids)],
            }
        )

    def task(self, **values):
        env = self.env(user=self.staff["cora"])
        env = env(context={**env.context, "mail_create_nosubscribe": True})
        values = {
            "name": "Mend the roof",
            "project_id": self.project.id,
            "partner_id": self.dana.id,
            "stage_id": self.todo.id,
            "user_ids": [(6, 0, (self.staff["anna"] + self.staff["adam"]).ids)],
            **values,
        }
        task = env["project.task"].create(values).sudo().with_user(self.env.user)
        return self.followed_by_fred(task)

    def followed_by_fred(self, task):
        task.message_unsubscribe(task.message_partner_ids.ids)
        task.message_subscribe(self.fred.ids)
        return task

    def happen(self, event):
        nobody = {"user_ids": [(6, 0, [])]} if event == "assigned" else {}
        task = self.task(date_deadline=fields.Datetime.now() - timedelta(hours=1), **nobody)
        self.env.flush_all()
        if event == "assigned":
            task.user_ids = self.staff["anna"] + self.staff["adam"]
        elif event == "status_changed":
            task.stage_id = self.doing
        elif event == "closed":
            task.state = "1_done"
        self.env.flush_all()
        return self.followed_by_fred(task)

    def task_rule(self, event, audience="customer", **values):
        if event == "date":
            values = {"date_field": "date_deadline", "delay": 0, "delay_unit": "hours", **values}
        rule = self.rule("project.task", event, [{"audience": audience}], **values)
        before = fields.Datetime.now() - timedelta(days=1)
        rule.sudo().write({"started": before})
        rule.sudo().write({"checked": before})
        return rule

    def told(self, rule, task):
        self.run_rules()
        rows = self.rows(rule).filtered(lambda row: row.res_id == task.id)
        return sorted(rows.communication_id.mapped("contact_value"))

    def test_au2_events_and_audiences(self):
        """AU2: every event of tasks with every audience: exactly these are told."""
        for event in EVENTS:
            for audience, expected in AUDIENCES.items():
                with self.subTest(event=event, audience=audience):
                    rule = self.task_rule(event, audience)
                    self.assertEqual(self.told(rule, self.happen(event)), expected)
                    rule.action_stop()

    def test_au1_from_stage_to_stage(self):
        """AU1: the stage is the status: X → Y fires, Y → X does not, nor does a task that is
        created in Y."""
        rule = self.task_rule(
            "status_changed",
            from_status=f"project.task.type,{self.todo.id}",
            to_status=f"project.task.type,{self.doing.id}",
        )
        self.task(stage_id=self.doing.id)
        back = self.task(stage_id=self.doing.id)
        self.env.flush_all()
        back.stage_id = self.todo
        there = self.task()
        self.env.flush_all()
        there.stage_id = self.doing
        self.assertEqual(self.outcomes(rule), ["sent"])
        self.assertEqual(self.rows(rule).res_id, there.id)

    def test_au2_who_was_assignee_is_not_told_again(self):
        """AU2: of several assignees only who becomes one is told, and nobody when one is taken
        off."""
        task = self.task(user_ids=[(6, 0, self.staff["anna"].ids)])
        rule = self.task_rule("assigned", "responsible")
        self.env.flush_all()
        task.user_ids += self.staff["adam"]
        self.env.flush_all()
        task.user_ids -= self.staff["anna"]
        self.assertEqual(self.told(rule, task), [ADAM])

    def test_te1_placeholders_of_tasks(self):
        """TE1: name, project and deadline; on other records a rule with them cannot be started."""
        self.sms.body = "{{ first_name }}: {{ task_name }}, {{ task_project }}, {{ stage }}, "
        self.sms.body += "{{ responsible_name }}"
        rule = self.task_rule("created")
        self.task(user_ids=[(6, 0, self.staff["anna"].ids)])
        self.run_rules()
        text = f"Dana: Mend the roof, Roofs, To do, {self.staff['anna'].name}"
        self.assertEqual(self.messages(rule).body, text)
        with self.assertRaisesRegex(UserError, "task_name"):
            self.rule("crm.lead", "created")

    def test_au7_a_stage_ends_what_waits(self):
        """AU7: a step waits for a task; another stage cancels it, and the customer's card shows
        what waits."""
        rule = self.rule("project.task", "created", ({}, {"wait": 2}))
        task = self.task()
        self.run_rules()
        self.assertEqual(self.dana.kala_waiting_steps, 1)
        task.stage_id = self.doing
        self.assertEqual(self.outcomes(rule), ["sent", "cancelled"])
        self.assertIn("status", self.rows(rule)[1].reason)

    def test_lo8_whose_log_it_is(self):
        """LO8: who may not read the task sees no row about it, though he reads its customer."""
        rule = self.task_rule("created")
        self.project.privacy_visibility = "followers"
        self.task(user_ids=[(6, 0, self.staff["anna"].ids)])
        self.run_rules()
        rows = self.rows(rule)
        for user, sees in ((self.manager, True), (self.salesman, False)):
            with self.subTest(user=user.name):
                found = rows.with_user(user).search([("id", "in", rows.ids)])
                self.assertEqual(bool(found), sees)

    def test_au5_dry_run_of_stages(self):
        """AU5: Odoo's history of the stage tells what would have been sent."""
        env = self.env(context={**self.env.context, "tracking_disable": False})
        task = self.task().with_env(env)
        env.flush_all()
        self.env.cr.precommit.run()
        task.stage_id = self.doing
        env.flush_all()
        self.env.cr.precommit.run()
        rule = self.rule("project.task", "status_changed", start=False)
        rule.action_dry_run()
        self.assertEqual(rule.dry_ids.mapped("res_id"), task.ids)
        self.assertFalse(self.messages(rule))

    def test_au2_ready_made(self):
        """AU2: the ready-made rules about tasks are off, lack nothing, and can be started."""
        for name in ("assigned", "done"):
            rule = self.env.ref(f"kala_comm_project.kala_rule_task_{name}").sudo()
            self.assertEqual(rule.state, "draft")
            rule.company_id = self.company
            self.assertFalse(rule.missing, name)
            rule.action_start()
        task = self.task()
        self.env.flush_all()
        task.state = "1_canceled"
        self.env.flush_all()
        task.state = "01_in_progress"
        task.state = "1_done"
        done = self.env.ref("kala_comm_project.kala_rule_task_done")
        self.assertEqual(self.told(done, task), [DANA])
        self.assertIn("Mend the roof", self.messages(done).body)
        assigned = self.env.ref("kala_comm_project.kala_rule_task_assigned")
        self.assertEqual(self.told(assigned, task), [ANNA, ADAM])
