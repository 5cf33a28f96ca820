"""SC3, SC4: a rule asks of its records only what who makes it may read."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA
from .rule_common import RuleCommon

#: Administrators of rights read it, salesmen and managers of communications do not.
SECRET = "partner_id.signup_type"


@tagged("post_install", "-at_install")
class TestRuleAccess(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lineman = cls._make_user("lineman", "base.group_user,kala_comm.group_manager")

    def test_sc4_what_a_rule_asks(self):
        """SC4: conditions, dates and addresses of a rule are what its maker may read."""
        to_secret = {"audience": "fields", "field_path": SECRET}
        #: maker, step, values → what it says
        table = [
            (self.manager, {}, {"domain": f"[('{SECRET}', '=', 'x')]"}, "may not read"),
            (self.manager, {}, {"domain": f"['!', ('{SECRET}', '!=', False)]"}, "may not read"),
            (self.manager, to_secret, {}, "Choose the field"),
            (self.manager, {"audience": "fields", "field_path": "partner_id"}, {}, "Choose the"),
            (self.lineman, {}, {}, "may not read records"),
            (self.lineman, {}, {"domain": "[('name', 'like', 'a')]"}, "may not read"),
        ]
        for n, (maker, step, values, says) in enumerate(table):
            with self.subTest(row=n):
                rule = self.rule(steps=[step], start=False, **values).with_user(maker)
                self.assertRegex(rule.missing.replace("\n", " "), says)
                for method in ("action_start", "action_dry_run"):
                    with self.assertRaisesRegex(UserError, "cannot run yet"):
                        getattr(rule, method)()

    def test_sc4_who_may_read_it_may_ask(self):
        """SC4: the same is asked by who may; others see that nothing is missing."""
        rule = self.rule(start=False, domain=f"['|', ('{SECRET}', '=', 'x'), ('id', '>', 0)]")
        rule.sudo().with_user(self.env.ref("base.user_admin")).action_start()
        self.lead(phone=DANA)
        self.assertEqual(self.outcomes(rule.sudo()), ["sent"])
        self.assertFalse(rule.with_user(self.salesman).missing)

    def test_sc3_conditions_are_data(self):
        """SC3: conditions are read as data, nothing in them is run."""
        for domain in (
            "[(1, '=', 1)] * 2",
            "[('id', '=', x)] if x else []",
            "[('id', 'in', [i for i in range(9)])]",
            "().__class__",
            "uid",
        ):
            with self.subTest(domain=domain):
                rule = self.rule(start=False, domain=domain)
                self.assertIn("conditions cannot be read", rule.missing)

    def test_sc4_a_running_rule_is_asked_again(self):
        """SC4: what was refused when it was started is not put into it afterwards."""
        rule = self.rule()
        step = rule.action_ids
        secret = {"audience": "fields", "field_path": SECRET}
        attempts = [
            lambda: rule.write({"domain": f"[('{SECRET}', '=', 'x')]"}),
            lambda: step.write(secret),
            lambda: rule.write({"action_ids": [(1, step.id, secret)]}),
            lambda: step.create({"rule_id": rule.id, "template_id": self.sms.id, **secret}),
        ]
        for n, attempt in enumerate(attempts):
            with (
                self.subTest(n=n),
                self.assertRaisesRegex(UserError, "cannot run yet"),
                self.env.cr.savepoint(),
            ):
                attempt()

    def test_sc4_another_companys_rule(self):
        """SC4: nobody puts a step into another company's rule, nor reads its templates or senders
        through a step of his own."""
        other = self.env["kala.template"].create(
            {
                "name": "Theirs",
                "channel": "sms",
                "body": "secret words",
                "company_id": self.other_company.id,
                "user_id": False,
            }
        )
        theirs = self.env["kala.rule"].create(
            {
                "name": "Theirs",
                "company_id": self.other_company.id,
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
            }
        )
        step = self.rule(start=False).action_ids
        attempts = [
            lambda: step.write({"rule_id": theirs.id}),
            lambda: step.create({"rule_id": theirs.id, "template_id": self.sms.id}),
            lambda: step.write({"template_id": other.id}),
            lambda: step.copy({"template_id": other.id}),
            lambda: step.onchange(
                {"template_id": other.id}, ["template_id"], {"template_id": {}, "preview": {}}
            ),
        ]
        for n, attempt in enumerate(attempts):
            with self.subTest(n=n), self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()

    def test_lo8_a_dry_run_counts_what_its_user_reads(self):
        """LO8: a dry run is an answer at once. It counts no record that its user may not read, asks
        the conditions as he reads them, and shows no address of another record."""
        nosy = self._make_user("nosy", "sales_team.group_sale_salesman,kala_comm.group_manager")
        dana = self.customer(phone=DANA)
        hidden = {"name": "Secret", "phone": NOA, "partner_id": dana.id}
        self.lead(**hidden, user_id=self.colleague.id)
        to_leads = {"audience": "fields", "field_path": "opportunity_ids.phone"}
        secret = "[('opportunity_ids.name', '=', 'Secret')]"
        #: model, step, conditions → count of records, addresses: of him, of who reads all
        table = [
            ("crm.lead", {}, "[('name', '=', 'Secret')]", (0, []), (1, [NOA])),
            ("res.partner", {}, secret, (0, []), (1, [NOA])),
            ("res.partner", to_leads, f"[('id', '=', {dana.id})]", (1, []), (1, [NOA])),
        ]
        for model, step, domain, *expected in table:
            for user, (count, addresses) in zip((nosy, self.manager), expected, strict=True):
                with self.subTest(model=model, step=step, user=user.login):
                    rule = self.rule(model, steps=[step], domain=domain, start=False)
                    self.env.invalidate_all()
                    rule.with_user(user).action_dry_run()
                    rows = rule.sudo().dry_ids
                    self.assertEqual(len(set(rows.mapped("res_id"))), count)
                    told = rows.filtered("recipient").mapped("recipient")
                    self.assertEqual(told, addresses)

    def test_lo8_a_template_of_other_companies_rules(self):
        """LO8: who may not delete a shared template is not told the names of others' rules."""
        self.env["kala.rule"].create(
            {
                "name": "Their secret plan",
                "company_id": self.other_company.id,
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "action_ids": [(0, 0, {"template_id": self.sms.id})],
            }
        )
        with self.assertRaisesRegex(UserError, "used by these rules") as refused:
            self.sms.with_user(self.manager).unlink()
        self.assertNotIn("secret plan", str(refused.exception))
