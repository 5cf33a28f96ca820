"""What tests of notification rules share: a rule by a few words, the job, what came of it."""

from datetime import timedelta

from odoo import fields

from .common import DANA, KalaCommon


class RuleCommon(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.automation"].search([]).active = False
        cls.sms = cls.template("sms", "Hello {{ first_name }}")
        cls.stages = {
            code: cls.env["crm.stage"].create(
                {"name": code, "kala_status_type_id": cls.types[code].id}
            )
            for code in ("new", "waiting", "closed", "won")
        }
        cls.stages["won"].is_won = True

    @classmethod
    def template(cls, channel, body, subject=None):
        return cls.env["kala.template"].create(
            {
                "name": body[:20],
                "channel": channel,
                "body": body,
                "subject": subject,
                "user_id": False,
            }
        )

    def rule(self, model="crm.lead", trigger="created", steps=({},), start=True, **values):
        """:param steps: values of each step; default: an SMS to the customer
        :return: the rule, running"""
        if "date_field" in values:
            name = values.pop("date_field")
            values["date_field_id"] = self.env["ir.model.fields"]._get(model, name).id
        rule = (
            self.env["kala.rule"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Rule",
                    "model_id": self.env["ir.model"]._get(model).id,
                    "trigger": trigger,
                    "action_ids": [
                        (0, 0, {"template_id": self.sms.id, "sequence": n, **step})
                        for n, step in enumerate(steps)
                    ],
                    **values,
                }
            )
        )
        if start:
            rule.action_start()
        return rule

    def run_rules(self):
        with self.job() as env:
            env["kala.rule"]._cron_run()
        self.env.invalidate_all()

    def later(self, **delta):
        """Let time pass: what waits, and what was looked at, is so much older."""
        seconds = timedelta(**delta).total_seconds()
        self.pass_time(seconds)
        for table, columns in {
            "kala_rule_log": ("date", "due", "done"),
            "kala_rule": ("started", "checked"),
            "kala_communication": ("date",),
        }.items():
            shifts = ", ".join(f"{c} = {c} - %(age)s * interval '1 second'" for c in columns)
            self.env.cr.execute(f"UPDATE {table} SET {shifts}", {"age": seconds})
        self.env.invalidate_all()

    def rows(self, rule):
        return self.env["kala.rule.log"].search(
            [("rule_id", "=", rule.id), ("dry", "=", False)], order="id"
        )

    def outcomes(self, rule):
        """:return: list of the states of its rows, as they were written"""
        self.run_rules()
        return self.rows(rule).mapped("state")

    def messages(self, rule):
        return self.env["kala.communication"].search(
            [("origin", "=", f"kala.rule,{rule.id}")], order="id"
        )

    def answer(self, sender=DANA, text="Yes"):
        return self.incoming(sender=sender, text=text, date=fields.Datetime.now())
