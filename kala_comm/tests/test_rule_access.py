"""SC3, SC4: a rule asks of its records only what who makes it may read."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA
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
