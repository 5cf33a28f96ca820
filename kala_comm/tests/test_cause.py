"""LO7: each message says who or which rule caused it, with a link for who may read the rule."""

from odoo.tests import Form, tagged

from .common import DANA, KalaCommon

ADMINISTRATORS, MANAGERS, USERS = 3, 2, 1


@tagged("post_install", "-at_install")
class TestCause(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dana = cls.env["res.partner"].create({"name": "Dana Levi", "phone": DANA})
        cls.administrator = cls._make_user(
            "cause_admin", "base.group_system,sales_team.group_sale_manager"
        )

    def setUp(self):
        super().setUp()
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.salesman.id)

    def causes(self):
        """:return: dict name → (record that caused a message, what it is called)"""
        model = self.env["ir.model"]._get("crm.lead")
        template = self.env.ref("kala_comm.template_new_lead")
        rule = self.env["kala.rule"].create(
            {
                "name": "Thanks",
                "model_id": model.id,
                "action_ids": [(0, 0, {"template_id": template.id})],
            }
        )
        mass = (
            self.env["kala.mass.send"]
            .with_user(self.manager)
            .create({"name": "Sale", "model": "crm.lead", "body": "Hello"})
        )
        action = self.env["ir.actions.server"].create(
            {"name": "Greet", "model_id": model.id, "state": "code", "code": ""}
        )
        automation = self.env["base.automation"].create(
            {"name": "Wave", "model_id": model.id, "trigger": "on_create_or_write"}
        )
        return {
            "rule": (rule, "Notification rule", USERS),
            "mass": (mass.sudo(), "Mass send", MANAGERS),
            "action": (action, "Server action", ADMINISTRATORS),
            "automation": (automation, "Automation rule", ADMINISTRATORS),
        }

    def message(self, **values):
        return self.log(self.kitchen, direction="out", body="Hello", **values)

    def caused_by(self, record):
        if record._name == "kala.mass.send":
            return self.message(mass_send_id=record.id)
        return self.message(origin=f"{record._name},{record.id}")

    def told(self, message, user):
        """:return: (words, link) as a user reads them"""
        self.env.invalidate_all()
        row = message.with_user(user).sudo(False).read(["cause", "origin_words"])[0]
        return row["origin_words"], row["cause"]

    def test_lo7_each_cause(self):
        """LO7, LO8: who may read what caused a message reads its name and opens it; others read
        what kind of cause it was."""
        users = (
            (self.salesman, USERS),
            (self.manager, MANAGERS),
            (self.administrator, ADMINISTRATORS),
        )
        for record, kind, from_level in self.causes().values():
            message = self.caused_by(record)
            for user, level in users:
                with self.subTest(kind=kind, user=user.login):
                    words, link = self.told(message, user)
                    if level >= from_level:
                        self.assertEqual(words, f"{kind}: {record.name}")
                        self.assertEqual(link, f"{record._name},{record.id}")
                    else:
                        self.assertEqual(words, f"{kind} that you may not read")
                        self.assertFalse(link)

    def test_lo7_without_a_record(self):
        """LO7: the answer to a stop word and what was typed on the phone; a person's message has
        its user, and no cause beside him."""
        cases = (("optout", "Answer to a stop word"), ("phone", "typed on the phone"))
        for origin, words in cases:
            with self.subTest(origin):
                self.assertEqual(
                    self.told(self.message(origin=origin), self.manager), (words, False)
                )
        typed = self.message(user_id=self.salesman.id)
        self.assertEqual(self.told(typed, self.manager), (False, False))
        self.assertEqual(typed.user_id, self.salesman)

    def test_lo7_over_rpc(self):
        """LO7: what a program sends over RPC has the user it signed in as; what it says about
        causes in the context does not count."""
        context = {"kala_origin": "kala.rule,1", "kala_priority": 1}
        api = self.kitchen.with_user(self.salesman).sudo(False).with_context(**context)
        message = self.env["kala.communication"].browse(api.kala_send("sms", "Hello").ids)
        self.assertEqual((message.user_id, message.origin), (self.salesman, False))
        self.assertEqual(self.told(message, self.manager), (False, False))

    def test_lo7_the_confirmation_of_a_stop_word(self):
        """LO7: what really answers "STOP" says so."""
        self.incoming(sender=DANA, text="STOP")
        sent = self.env["kala.communication"].search(
            [("contact_value", "=", DANA), ("direction", "=", "out")]
        )
        self.assertEqual(self.told(sent, self.manager)[0], "Answer to a stop word")

    def test_lo7_a_rule_that_is_gone(self):
        """LO7: of a rule that was deleted one reads that there was one."""
        rule, kind, _level = self.causes()["rule"]
        message = self.caused_by(rule)
        rule.unlink()
        self.assertEqual(self.told(message, self.manager), (f"{kind}, deleted meanwhile", False))

    def test_lo7_garbage(self):
        """LO7: what names no model of ours is said as it is, and opens nothing."""
        for origin in ("res.users,1", "kala.rule,x", "no.model,1", "Shop"):
            with self.subTest(origin):
                self.assertEqual(
                    self.told(self.message(origin=origin), self.manager), (origin, False)
                )

    def test_lo7_in_the_conversation(self):
        """LO7: each bubble says it, too, as its reader may read it."""
        causes = self.causes()
        for record, _kind, _level in causes.values():
            self.caused_by(record)
        conversations = self.env["kala.conversation"]
        lines = conversations.with_user(self.salesman).load("crm.lead", self.kitchen.id)["lines"]
        said = {line["cause"]["words"]: line["cause"]["model"] for line in lines if line["cause"]}
        self.assertEqual(
            said,
            {
                "Notification rule: Thanks": "kala.rule",
                "Mass send that you may not read": False,
                "Server action that you may not read": False,
                "Automation rule that you may not read": False,
            },
        )

    def test_lo7_in_the_form(self):
        """LO7: the form of a message shows the link."""
        rule = self.causes()["rule"][0]
        page = Form(self.caused_by(rule).with_user(self.manager))
        self.assertEqual(page.cause, f"kala.rule,{rule.id}")

    def test_lo7_queries(self):
        """LO7: fifty messages of ten rules cost no more than five of one."""
        rules = self.env["kala.rule"].create(
            [
                {"name": f"R{n}", "model_id": self.env["ir.model"]._get("crm.lead").id}
                for n in range(10)
            ]
        )
        few = self.message(origin=f"kala.rule,{rules[0].id}")
        many = few.browse(
            [self.message(origin=f"kala.rule,{rules[n % 10].id}").id for n in range(50)]
        )
        costs = []
        for messages in (few, few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            messages.with_user(self.manager).sudo(False).mapped("origin_words")
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[2], costs[1] + 2)
