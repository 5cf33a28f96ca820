"""AU7, AU5: steps that wait, what ends them, where they stand; the dry run."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, NOA, OMER
from .rule_common import RuleCommon

THREE = ({}, {"wait": 2, "only_if": "not_answered"}, {"wait": 1, "only_if": "not_answered"})


@tagged("post_install", "-at_install")
class TestRuleSequence(RuleCommon):
    def test_au7_one_after_the_other(self):
        """AU7: each step leaves at its time after the one before it, until the last."""
        rule = self.rule(steps=THREE)
        self.lead(phone=DANA)
        self.assertEqual(self.outcomes(rule), ["sent", "waiting", "waiting"])
        self.later(days=1, hours=23)
        self.assertEqual(self.outcomes(rule), ["sent", "waiting", "waiting"])
        self.later(hours=1, minutes=1)
        self.assertEqual(self.outcomes(rule), ["sent", "sent", "waiting"])
        self.later(days=1)
        self.assertEqual(self.outcomes(rule), ["sent"] * 3)
        self.assertEqual(len(self.messages(rule)), 3)

    def test_au7_an_answer_ends_it(self):
        """AU7: whoever answers gets no more, at the job's next look; others do."""
        rule = self.rule(steps=THREE)
        dana, noa = self.lead(phone=DANA), self.lead(phone=NOA)
        self.run_rules()
        self.answer(DANA)
        self.run_rules()
        by_lead = self.rows(rule).grouped("res_id")
        self.assertEqual(by_lead[dana.id].mapped("state"), ["sent", "cancelled", "cancelled"])
        self.assertIn("answered", by_lead[dana.id][-1].reason)
        self.assertEqual(by_lead[noa.id].mapped("state"), ["sent", "waiting", "waiting"])

    def test_au7_an_answer_about_another_record(self):
        """AU7: the contact answers from the address that was written to, and the answer went to
        his order: it is an answer all the same."""
        customer = self.customer(phone=DANA)
        rule = self.rule(steps=THREE)
        lead = self.lead(partner_id=customer.id, phone=DANA)
        self.run_rules()
        order = self.order(customer)
        answer = self.answer(DANA)
        self.assertEqual(answer.order_id, order)
        self.run_rules()
        states = self.rows(rule).filtered(lambda r: r.res_id == lead.id).mapped("state")
        self.assertEqual(states, ["sent", "cancelled", "cancelled"])

    def test_au7_in_any_case(self):
        """AU7: with “stop on an answer” off, a step without condition goes on, one with it does
        not."""
        steps = ({}, {"wait": 1, "only_if": "not_answered"}, {"wait": 1})
        rule = self.rule(steps=steps, stop_on_answer=False)
        self.lead(phone=DANA)
        self.run_rules()
        self.answer(DANA)
        self.later(days=3)
        self.assertEqual(self.outcomes(rule), ["sent", "cancelled", "sent"])

    def test_au7_only_if_not_read(self):
        """AU7: the next step asks whether the message before was read."""
        for state, outcome in (("read", "cancelled"), ("delivered", "sent")):
            with self.subTest(state=state):
                rule = self.rule(steps=({}, {"wait": 1, "only_if": "not_read"}))
                self.lead(phone=DANA)
                self.run_rules()
                with self.provider_answers(SendResult(state=state, provider_uid=f"u-{state}")):
                    self.dispatch()
                self.assertEqual(self.messages(rule).state, state)
                self.later(days=2)
                self.assertEqual(self.outcomes(rule), ["sent", outcome])
                rule.action_stop()

    def test_au7_a_status_ends_it(self):
        """AU7: what waits is cancelled when the record changes its status, unless the rule says
        that it goes on."""
        for stops, outcome in ((True, "cancelled"), (False, "waiting")):
            with self.subTest(stops=stops):
                rule = self.rule(steps=({}, {"wait": 2}), stop_on_status=stops)
                lead = self.lead(phone=DANA, stage_id=self.stages["new"].id)
                self.run_rules()
                lead.name = "No status"
                self.assertEqual(self.outcomes(rule), ["sent", "waiting"])
                lead.stage_id = self.stages["waiting"]
                self.env.flush_all()
                self.assertEqual(self.outcomes(rule), ["sent", outcome])
                rule.action_stop()

    def test_au7_steps_stand_on_the_record(self):
        """AU7: the record counts and lists what waits; who may change it may cancel a step, who
        may not read it sees nothing of it."""
        rule = self.rule(steps=THREE)
        lead = self.lead(phone=DANA, user_id=self.salesman.id)
        self.run_rules()
        mine = lead.with_user(self.salesman)
        self.assertEqual(mine.kala_waiting_steps, 2)
        opened = mine.action_kala_waiting_steps()
        steps = self.env["kala.rule.log"].with_user(self.salesman).search(opened["domain"])
        self.assertEqual(len(steps), 2)
        rival = self._make_user("rival", "sales_team.group_sale_salesman")
        for user in (rival, self.stranger):
            self.assertFalse(steps.with_user(user).search(opened["domain"]))
            with self.assertRaises(AccessError):
                steps.with_user(user).action_cancel()
        steps[0].action_cancel()
        lead.invalidate_recordset()
        self.assertEqual(lead.kala_waiting_steps, 1)
        reasons = list(filter(None, self.rows(rule).mapped("reason")))
        self.assertEqual(reasons, ["Salesman cancelled it."])

    def test_au7_a_step_is_taken_out(self):
        """AU7: what waited for it is cancelled and says so; what was sent stays in the log."""
        rule = self.rule(steps=({}, {"wait": 2}))
        self.lead(phone=DANA)
        self.run_rules()
        rule.action_ids[1].unlink()
        self.later(days=3)
        self.assertEqual(self.outcomes(rule), ["sent", "cancelled"])
        self.assertIn("taken out", self.rows(rule)[1].reason)

    def test_au7_a_review_a_while_after_closing(self):
        """AU2: closed, and a delayed request; opened again, it does not leave."""
        rule = self.rule(trigger="closed", steps=({"wait": 3},))
        stays, reopened = (
            self.lead(phone=phone, stage_id=self.stages["new"].id) for phone in (DANA, NOA)
        )
        (stays | reopened).write({"stage_id": self.stages["won"].id})
        self.env.flush_all()
        self.run_rules()
        reopened.stage_id = self.stages["new"]
        self.later(days=3, minutes=1)
        self.run_rules()
        by_lead = {row.res_id: row.state for row in self.rows(rule)}
        self.assertEqual(by_lead, {stays.id: "sent", reopened.id: "cancelled"})


@tagged("post_install", "-at_install")
class TestDryRun(RuleCommon):
    """AU5: what would have left in the last 7 days."""

    def dry(self, rule):
        rule.action_dry_run()
        return rule.dry_ids

    def test_au5_to_whom_and_who_is_left_out(self):
        """AU5: the last 7 days, each with its recipient or the reason; nothing is sent."""
        rule = self.rule(
            start=False,
            steps=({}, {"channel": "whatsapp", "template_id": self.template("whatsapp", "Hi").id}),
        )
        good, nobody, opted, old = (self.lead(phone=phone) for phone in (DANA, False, NOA, OMER))
        key = self.log(contact_value=NOA)._key()
        self.env["kala.contact.permission"]._set(self.company, key, ["sms"], False, "x")
        self.age(old, days=8)
        before = self.env["kala.communication"].search_count([])
        rows = self.dry(rule)
        self.assertEqual(self.env["kala.communication"].search_count([]), before)
        self.assertEqual(rule.state, "draft")
        told = {
            (row.res_id, row.action_id.channel): (row.state, row.recipient or row.reason)
            for row in rows.filtered(lambda r: r.res_id in (good | nobody | opted | old).ids)
        }
        self.assertEqual(told[good.id, "sms"], ("sent", DANA))
        self.assertEqual(told[nobody.id, "sms"][0], "left_out")
        self.assertIn(
            "opted out",
            rows.filtered(lambda r: (r.res_id, r.action_id.channel) == (opted.id, "sms")).reason,
        )
        self.assertEqual(told[good.id, "whatsapp"], ("sent", DANA))
        self.assertNotIn((old.id, "sms"), told)
        self.assertIn("left out", rule.dry_summary)
        self.assertEqual(len(self.dry(rule)), len(rows), "a second run replaces the first")
        rule.action_start()
        self.assertEqual(self.outcomes(rule), [], "it is no event of the rule")

    def test_au5_by_history(self):
        """AU5: of a status by Odoo's history; of what has none it says so."""
        env = self.env(context={**self.env.context, "tracking_disable": False})
        lead = env["crm.lead"].create(
            {"name": "L", "phone": DANA, "stage_id": self.stages["new"].id, "user_id": False}
        )
        env.flush_all()
        self.env.cr.precommit.run()
        lead.stage_id = self.stages["waiting"].id
        env.flush_all()
        self.env.cr.precommit.run()
        hit = self.rule(
            trigger="status_changed", to_status_type_id=self.types["waiting"].id, start=False
        )
        miss = self.rule(
            trigger="status_changed", to_status_type_id=self.types["closed"].id, start=False
        )
        self.assertIn(lead.id, self.dry(hit).mapped("res_id"))
        self.assertNotIn(lead.id, self.dry(miss).mapped("res_id"))
        changed = self.rule(trigger="activity_changed", start=False)
        self.assertFalse(self.dry(changed))
        self.assertIn("no history", changed.dry_note)

    def test_au5_of_dates(self):
        """AU5: of a date by the dates that stand there now."""
        rule = self.rule("sale.order", "date", date_field="commitment_date", delay=1, start=False)
        order = self.order(
            self.customer(phone=DANA), commitment_date=fields.Datetime.now() - timedelta(days=2)
        )
        self.order(
            self.customer(phone=NOA), commitment_date=fields.Datetime.now() + timedelta(days=3)
        )
        self.assertEqual(self.dry(rule).mapped("res_id"), order.ids)

    def test_au5_what_is_missing(self):
        """AU5: a rule that lacks something says so instead."""
        with self.assertRaisesRegex(UserError, "Add a step"):
            self.rule(steps=[], start=False).action_dry_run()
