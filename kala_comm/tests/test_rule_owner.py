"""LO8, SC4: with whose rights a rule acts, and which records it is silent about."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DANA, NOA, OMER
from .query_counts import QueryCountCommon
from .rule_common import RuleCommon


class OwnerCase(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Manager of communications, and a salesman who reads leads of his own only.
        cls.nosy = cls._make_user("nosy", "sales_team.group_sale_salesman,kala_comm.group_manager")
        cls.admin = cls._make_user("root", "base.group_system,sales_team.group_sale_manager")

    def nosy_rule(self, model="crm.lead", start=True, **values):
        """:return: a rule that was made by who reads leads of his own only"""
        rule = self.rule(model, start=False, **values).with_user(self.nosy)
        if start:
            rule.action_start()
        return rule

    def told(self, rule):
        """:return: dict record id → (outcome, reason)"""
        self.run_rules()
        return {row.res_id: (row.state, row.reason or "") for row in self.rows(rule.sudo())}


@tagged("post_install", "-at_install")
class TestRuleOwner(OwnerCase):
    def test_lo8_who_starts_it_is_its_owner(self):
        """LO8: who started it last; it is no matter of who made it, and nobody writes it."""
        rule = self.rule()
        self.assertEqual(rule.owner_id, self.manager)
        rule.action_stop()
        rule.with_user(self.nosy).action_start()
        self.assertEqual(rule.owner_id, self.nosy)
        self.assertFalse(rule.copy().owner_id)
        with self.assertRaises(AccessError):
            rule.owner_id = self.admin

    def test_lo8_no_text_about_a_record_that_the_owner_may_not_read(self):
        """LO8: an address of his own gets nothing about it; the log says why."""
        spy = {"audience": "typed", "typed": NOA}
        rule = self.nosy_rule(steps=[spy])
        hidden = self.lead(phone=DANA, user_id=self.colleague.id)
        own = self.lead(phone=OMER, user_id=self.nosy.id)
        told = self.told(rule)
        self.assertEqual(told[own.id], ("sent", ""))
        self.assertEqual(told[hidden.id][0], "left_out")
        self.assertIn("Nosy", told[hidden.id][1].title())
        self.assertIn("may not read", told[hidden.id][1])
        self.assertEqual(self.messages(rule).lead_id, own)
        rule.action_stop()
        self.rule(steps=[spy])
        again = self.lead(phone=DANA, user_id=self.colleague.id)
        self.run_rules()
        self.assertTrue(self.env["kala.communication"].search([("lead_id", "=", again.id)]))

    def test_lo8_rights_count_when_it_leaves(self):
        """LO8: a step that waits asks for the rights of the day on which it leaves."""
        rule = self.nosy_rule(steps=[{"wait": 2}])
        lead = self.lead(phone=DANA, user_id=self.nosy.id)
        self.run_rules()
        lead.user_id = self.colleague
        self.later(days=3)
        self.assertEqual(self.told(rule)[lead.id][0], "left_out")

    def test_lo8_conditions_are_asked_as_the_owner(self):
        """LO8: a condition about linked records that he may not read lets nothing through, of each
        kind of event; the same rule of who reads them does."""
        dana = self.customer(phone=DANA)
        self.lead("Secret", partner_id=dana.id, user_id=self.colleague.id)
        self.age(dana, hours=25)
        asks = {"domain": "[('opportunity_ids.name', '=', 'Secret')]"}
        events = {
            "changed": lambda: dana.write({"city": f"{dana.city}x"}),
            "date": lambda: self.later(days=2),
            "communication": lambda: self.log(
                dana, direction="in", channel="sms", state="received", contact_value=DANA
            ),
        }
        city = self.env["ir.model.fields"]._get("res.partner", "city").ids
        values = {
            "changed": {"changed_field_ids": [(6, 0, city)]},
            "date": {"date_field": "create_date", "delay_mode": "after"},
            "communication": {},
        }
        for trigger, happen in events.items():
            for user, fires in ((self.nosy, 0), (self.manager, 1)):
                with self.subTest(trigger=trigger, user=user.login):
                    rule = self.rule(
                        "res.partner", trigger, start=False, **asks, **values[trigger]
                    ).with_user(user)
                    rule.action_start()
                    happen()
                    self.env.flush_all()
                    self.run_rules()
                    rows = self.rows(rule.sudo())
                    self.assertEqual(len(rows.filtered(lambda r: r.res_id == dana.id)), fires)
                    rule.action_stop()

    def test_lo8_the_limit_tells_nothing(self):
        """LO8: a limit of one message an hour does not tell how many hidden records there were."""
        rule = self.nosy_rule(hourly_limit=1)
        for phone in (DANA, NOA, OMER):
            self.lead(phone=phone, user_id=self.colleague.id)
        self.run_rules()
        self.assertEqual((rule.state, rule.stop_reason), ("running", False))
        self.assertEqual(set(self.rows(rule.sudo()).mapped("state")), {"left_out"})
        for phone in (DANA, NOA):
            self.lead(phone=phone, user_id=self.nosy.id)
        self.run_rules()
        self.assertIn("more than 1 messages", rule.stop_reason)

    def test_lo8_addresses_of_linked_records(self):
        """LO8, EM2: no address of a record that the owner may not read."""
        dana = self.customer(phone=DANA)
        self.lead(phone=NOA, partner_id=dana.id, user_id=self.colleague.id)
        city = self.env["ir.model.fields"]._get("res.partner", "city").ids
        step = {"audience": "fields", "field_path": "opportunity_ids.phone"}
        for user, addresses in ((self.nosy, []), (self.manager, [NOA])):
            with self.subTest(user=user.login):
                rule = self.rule(
                    *("res.partner", "changed", [step]),
                    start=False,
                    changed_field_ids=[(6, 0, city)],
                ).with_user(user)
                rule.action_start()
                dana.city = f"Haifa {user.login}"
                self.env.flush_all()
                self.run_rules()
                self.assertEqual(self.messages(rule.sudo()).mapped("contact_value"), addresses)
                rule.action_stop()

    def test_lo8_no_address_of_another_company(self):
        """LO8, EM2: the owner acts in the company of the rule alone, also where he works in two."""
        self.manager.company_ids += self.other_company
        theirs = self.customer(phone=DANA, company_id=self.other_company.id)
        lead = self.lead(phone=OMER)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = %s WHERE id = %s", [theirs.id, lead.id]
        )
        self.env.invalidate_all()
        rule = self.rule(steps=[{"audience": "fields", "field_path": "partner_id.phone"}])
        row = self.env["kala.rule.log"].new({"rule_id": rule.id})
        self.assertFalse(list(rule.sudo().action_ids._recipients_fields(row, lead.sudo())))
        theirs.company_id = False
        self.assertTrue(list(rule.sudo().action_ids._recipients_fields(row, lead.sudo())))

    def test_lo8_who_changes_it_while_it_runs(self):
        """LO8: nobody borrows the rights of who started it; names and limits are no such change."""
        rule = self.rule()
        his = rule.with_user(self.nosy)
        his.write({"name": "Hello", "hourly_limit": 5, "sequence": 3, "stop_on_answer": False})
        self.assertEqual(rule.owner_id, self.manager)
        step = rule.action_ids
        changes = [
            lambda: his.write({"domain": "[('id', '>', 0)]"}),
            lambda: his.action_ids.write({"audience": "typed", "typed": NOA}),
            lambda: his.write({"action_ids": [(1, step.id, {"typed": OMER})]}),
            lambda: his.write({"company_id": self.company.id}),
            lambda: his.action_ids.create({"rule_id": rule.id, "template_id": self.sms.id}),
        ]
        for n, change in enumerate(changes):
            with self.subTest(n=n):
                rule.action_stop()
                rule.action_start()
                self.assertEqual(rule.owner_id, self.manager)
                change()
                self.assertEqual(rule.owner_id, self.nosy)

    def test_lo8_an_owner_who_left(self):
        """LO8: a rule whose owner is archived, deleted or of another company now stops, and says
        what to do; who starts it again is its owner."""

        def deleted(user):
            self.env.flush_all()
            self.env.cr.execute("UPDATE kala_rule SET owner_id = NULL")
            self.env.invalidate_all()

        def moved(user):
            user.company_ids += self.other_company
            user.write({"company_id": self.other_company.id, "company_ids": self.other_company.ids})

        def without_groups(user):
            user.group_ids = self.env.ref("base.group_user")

        #: what happens to him → what is said, at once
        table = [
            (lambda user: user.write({"active": False}), "was archived", True),
            (lambda user: user.action_archive(), "was archived", True),
            (deleted, "does not work here", False),
            (moved, "does not work in", False),
            (without_groups, "may not read any more", False),
        ]
        dana = self.customer(phone=DANA)
        for n, (happens, says, at_once) in enumerate(table):
            with self.subTest(n=n):
                owner = self._make_user(f"owner{n}", "sales_team.group_sale_manager")
                rule = self.rule(start=False, domain="[('partner_id.name', '!=', 'x')]")
                rule.with_user(owner).action_start()
                happens(owner)
                if not at_once:
                    self.lead(partner_id=dana.id)
                    self.run_rules()
                self.assertEqual(rule.state, "stopped")
                self.assertIn(says, rule.stop_reason)
                self.assertIn("Start it again", rule.stop_reason)
                self.assertFalse(self.messages(rule))
                rule.action_start()
                self.assertEqual(rule.owner_id, self.manager)
                rule.action_stop()

    def test_lo8_an_administrators_and_odoos_own(self):
        """LO8: what an administrator starts reads what he reads; what an installation starts reads
        all of its company."""
        for starter in (self.admin, self.env.ref("base.user_root")):
            rule = self.rule(start=False).sudo().with_user(starter)
            rule.action_start()
            self.assertEqual(rule.owner_id, starter)
            lead = self.lead(phone=DANA, user_id=self.colleague.id)
            self.assertEqual(self.told(rule)[lead.id], ("sent", ""))
            rule.action_stop()

    def test_lo8_a_status_that_one_may_not_read(self):
        """LO8: nobody names a status that he may not read, nor is told its name."""
        stage = self.env["crm.stage"].create({"name": "Secret plan"})
        model = self.env["ir.model"]._get("crm.stage")
        self.env["ir.rule"].create(
            {
                "name": "Hidden stage",
                "model_id": model.id,
                "groups": [(6, 0, self.env.ref("sales_team.group_sale_salesman").ids)],
                "domain_force": f"[('id', '!=', {stage.id})]",
            }
        )
        rule = self.nosy_rule("sale.order", start=False, trigger="status_changed")
        reference = f"crm.stage,{stage.id}"
        for attempt in (
            lambda: rule.write({"from_status": reference}),
            lambda: rule.onchange(
                {"from_status": reference}, ["from_status"], {"from_status": {}, "missing": {}}
            ),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        rule.sudo().from_status = reference
        self.env.invalidate_all()
        self.assertIn("is no status of these records", rule.missing)
        self.assertNotIn("Secret plan", rule.missing)


@tagged("post_install", "-at_install")
class TestDryRunOwner(OwnerCase):
    def test_lo8_a_dry_run_says_whom_the_owner_leaves_out(self):
        """LO8, AU5: what the owner may not read is left out, with the reason."""
        hidden = self.lead(phone=DANA, user_id=self.colleague.id)
        own = self.lead(phone=OMER, user_id=self.nosy.id)
        rule = self.nosy_rule(start=True)
        rule.with_user(self.manager).action_dry_run()
        rows = {row.res_id: (row.state, row.reason or "") for row in rule.sudo().dry_ids}
        self.assertEqual(rows[own.id], ("sent", ""))
        self.assertEqual(rows[hidden.id][0], "left_out")
        self.assertIn("may not read", rows[hidden.id][1])

    def test_lo8_a_dry_run_of_a_rule_whose_owner_left(self):
        """LO8: it finds that the rule cannot run on, as the job would, and answers who asks."""
        owner = self._make_user("gone", "sales_team.group_sale_manager")

        def moved():
            owner.company_ids += self.other_company
            owner.write({"company_id": self.other_company.id})
            owner.company_ids = self.other_company

        def deleted():
            self.env.flush_all()
            self.env.cr.execute("UPDATE kala_rule SET owner_id = NULL")
            self.env.invalidate_all()

        self.lead(phone=DANA)
        for happens, says in ((deleted, "does not work here"), (moved, "does not work in")):
            with self.subTest(says=says):
                rule = self.rule(start=False)
                rule.with_user(owner).action_start()
                happens()
                rule.with_user(self.manager).action_dry_run()
                self.assertIn("1 messages, 0 left out", rule.dry_summary)
                self.assertEqual(rule.state, "stopped")
                self.assertIn(says, rule.stop_reason)

    def test_lo8_counts_are_of_what_one_may_read(self):
        """LO8: each reader of the rule is told of the records that he may read, and no count of
        others'."""
        for user in (self.colleague, self.colleague, self.salesman):
            self.lead(phone=DANA, user_id=user.id)
        rule = self.rule(start=False, domain=f"[('phone', '=', '{DANA}')]")
        rule.action_dry_run()
        table = {
            self.manager: "3 records",
            self.colleague: "3 records",
            self.salesman: "1 records",
            self.nosy: "Nothing",
        }
        for user, says in table.items():
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                self.assertIn(says, rule.with_user(user).dry_summary)
                with self.assertRaises(AccessError):
                    rule.with_user(user).read(["dry_found"])
        rule.sudo().dry_found = 900
        self.env.invalidate_all()
        self.assertIn("of 900", rule.with_user(self.manager).dry_summary)
        self.assertNotIn("900", rule.with_user(self.colleague).dry_summary)


@tagged("post_install", "-at_install")
class TestRuleOwnerCost(OwnerCase, QueryCountCommon):
    def test_qu16_the_owners_rights_are_asked_in_sets(self):
        """QU16: whose records they are costs the job no query for each of them, addresses of linked
        records included; a condition on the record itself costs the save none at all."""
        steps = {
            "hidden": {},
            "linked": {"audience": "fields", "field_path": "partner_id.phone,user_id.phone"},
        }
        for name, step in steps.items():
            costs = []
            for size in (5, 20, 80):
                rule = self.nosy_rule(hourly_limit=0, steps=[step])
                people = self.env["res.partner"].create(
                    [{"name": s, "phone": s} for s in self._numbers(size)]
                )
                self.env["crm.lead"].create(
                    [
                        {
                            "name": p.name,
                            "partner_id": p.id,
                            "user_id": (self.nosy if n % 2 else self.colleague).id,
                        }
                        for n, p in enumerate(people)
                    ]
                )
                self.env.flush_all()
                rows = self.env["kala.rule.log"].search([("state", "=", "waiting")]).sudo()
                costs.append(self._count(lambda r=rows: (r._work(), r.env.flush_all())))
                self.assertEqual(len(self.messages(rule.sudo())), size // 2)
                rule.action_stop()
            _warm, few, many = costs
            with self.subTest(step=name):
                self.assertLessEqual(many, few + 4, f"{few} queries for 20, {many} for 80")
