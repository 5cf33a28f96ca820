"""LO8, TE4, TE5: who changes a template that a running rule sends."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import DANA, NOA, OMER
from .test_rule_owner import OwnerCase


@tagged("post_install", "-at_install")
class TestRuleTemplate(OwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = cls.template("sms", "Hello")
        cls.their_manager = cls._make_user(
            "theirs",
            "sales_team.group_sale_manager",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )

    def running(self, **values):
        """:return: a rule of who reads everything, that tells the nosy one by SMS"""
        spy = {"audience": "typed", "typed": NOA, "template_id": self.text.id}
        return self.rule(steps=[{**spy, **values}])

    def test_lo8_who_changes_the_text_is_its_owner(self):
        """LO8: nobody has values of a record that he may not read sent to himself by changing the
        text of another's rule: the rule acts with his rights then."""
        rule = self.running()
        self.text.with_user(self.nosy).body = "{{ full_name }} {{ phone }}"
        self.assertEqual(rule.owner_id, self.nosy)
        self.lead(phone=DANA, user_id=self.colleague.id)
        own = self.lead(phone=OMER, user_id=self.nosy.id)
        self.run_rules()
        self.assertEqual(self.messages(rule).lead_id, own)

    def test_lo8_each_way_to_change_it(self):
        """LO8: by the form, by the dialog of translations, by the company; how it looks and what it
        is called change nothing of what it says, and a rule that does not run is nobody's."""
        self.env["res.lang"]._activate_lang("he_IL")
        rule = self.running()
        his = self.text.with_user(self.nosy)
        #: what he does → whether the rule is his then
        table = [
            (lambda: his.write({"name": "Greeting", "sequence": 3, "color": "#123456"}), False),
            (lambda: his.write({"body": "Hello {{ first_name }}"}), True),
            (lambda: his.write({"company_id": self.company.id}), True),
            (lambda: his.update_field_translations("name", {"he_IL": "שלום"}), False),
            (lambda: his.update_field_translations("body", {"he_IL": "{{ phone }}"}), True),
        ]
        for n, (change, is_his) in enumerate(table):
            with self.subTest(n=n):
                rule.action_stop()
                rule.action_start()
                change()
                self.assertEqual(rule.owner_id, self.nosy if is_his else self.manager)
        rule.action_start()
        rule.action_stop()
        his.body = "Bye"
        self.assertEqual(rule.owner_id, self.nosy)
        rule.action_start()
        self.assertEqual(rule.owner_id, self.manager)
        rule.action_stop()
        his.body = "Bye bye"
        self.assertEqual(rule.owner_id, self.manager)

    def kept(self, language, **values):
        """:return: a template that the provider keeps, with a variable"""
        variable = {"part": "body", "name": "1", "value": "Dana"}
        vals = {
            "name": "Greeting",
            "channel": "sms",
            "body": "Hello",
            "connection_id": self.connection.id,
            "external_id": f"{language}{values}",
            "external_name": "greeting",
            "external_language": language,
            "external_body": "Hello {{1}}",
            "approval_state": "approved",
            "variable_ids": [(0, 0, variable)],
        }
        return self.env["kala.template"].sudo().create({**vals, **values})

    def test_te4_what_stands_for_a_variable_in_any_language(self):
        """LO8, TE4: a contact gets the template in his own language: who changes what stands for a
        variable of one of them changes what the rule says, though its step names another one."""
        english, hebrew = self.kept("en"), self.kept("he")
        other = self.kept("he", external_name="parting")
        rule = self.running(template_id=english.id)
        #: whose variable he changes → whether the rule is his then
        for template, is_his in ((english, True), (hebrew, True), (other, False)):
            with self.subTest(name=template.external_name, language=template.external_language):
                rule.action_stop()
                rule.action_start()
                his = template.with_user(self.nosy)
                self.assertEqual(his.running_rules, "Rule" if is_his else False)
                his.variable_ids.value = "{{ phone }}"
                self.assertEqual(rule.owner_id, self.nosy if is_his else self.manager)
        new = self.env["kala.template"].new({"name": "New"})
        self.assertEqual((english | other | new).mapped("running_rules"), ["Rule", False, False])
        hebrew.approval_state = "paused"
        rule.action_stop()
        rule.action_start()
        hebrew.with_user(self.nosy).variable_ids.value = "{{ full_name }}"
        self.assertEqual(rule.owner_id, self.nosy, "it may be approved again")

    def test_te4_a_rule_of_another_company(self):
        """TE4: a shared template that a rule of another company sends is not changed from here, and
        the refusal names no rule; a rule that does not run hinders nobody."""
        rule = self.running()
        rule.sudo().name = "Secret"
        theirs = self.text.with_user(self.their_manager)
        with (
            self.assertRaisesRegex(UserError, "that you may not change") as refusal,
            self.env.cr.savepoint(),
        ):
            theirs.body = "Buy from us"
        self.assertNotIn("Secret", str(refusal.exception))
        self.assertEqual((self.text.body, rule.owner_id), ("Hello", self.manager))
        rule.action_stop()
        theirs.body = "Buy from us"
        self.assertEqual(self.text.body, "Buy from us")

    def test_te5_no_template_of_one_user(self):
        """TE5: a rule sends none of a user's own templates: he could change what others' rules
        say. One that a running rule sends becomes nobody's own, and who has one there from before
        does not change it."""
        rule = self.running()
        given = self.text.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "for Salesman alone"):
            given.user_id = self.salesman
        rule.action_stop()
        given.user_id = self.salesman
        with self.assertRaisesRegex(UserError, "for Salesman alone"):
            rule.action_start()
        # As it may be in a database that is older than this.
        rule.sudo().state = "running"
        with self.assertRaisesRegex(UserError, "that you may not change"), self.env.cr.savepoint():
            self.text.with_user(self.salesman).body = "Call me at home"
        self.assertEqual((self.text.body, rule.owner_id), ("Hello", self.manager))

    def test_te5_its_files(self):
        """TE5, LO8: who changes a file of the template, or takes it away, changes what the rule
        sends, though he writes the file alone; a manager of another company may not."""
        file = self.env["ir.attachment"].create(
            {"name": "Plan.pdf", "raw": b"plan", "res_model": "kala.template"}
        )
        self.text.attachment_ids = file
        rule = self.running()
        theirs, his = file.with_user(self.their_manager), file.with_user(self.nosy)
        for change in (lambda: theirs.write({"raw": b"Buy from us"}), theirs.unlink):
            with self.assertRaisesRegex(UserError, "may not change"), self.env.cr.savepoint():
                change()
        self.assertEqual((file.raw, rule.owner_id), (b"plan", self.manager))
        for change in (lambda: his.write({"raw": b"new plan"}), his.unlink):
            rule.action_stop()
            rule.action_start()
            change()
            self.assertEqual(rule.owner_id, self.nosy)
        self.assertFalse(self.text.attachment_ids)

    def test_te4_te5_a_reader_who_may_not_read_the_template(self):
        """TE4, TE5: who may read the rule opens it, and is told what is wrong with a template that
        he may not read: neither its title nor its text."""
        self.text.write({"name": "Secret title", "body": "Secret body"})
        rule = self.running()
        rule.action_stop()
        page = {
            "missing": {},
            "action_ids": {
                "fields": {
                    "preview": {},
                    "summary": {},
                    "template_id": {"fields": {"display_name": {}}},
                }
            },
        }
        table = [
            ({"user_id": self.manager.id}, self.salesman, "for Manager alone"),
            ({"company_id": self.other_company.id, "user_id": False}, self.nosy, "another company"),
        ]
        for owner, reader, words in table:
            with self.subTest(owner=owner):
                self.text.sudo().write(owner)
                self.env.invalidate_all()
                [told] = rule.with_user(reader).web_read(page)
                # All that the form shows.
                Form(rule.with_user(reader), "kala_comm.kala_rule_view_form")
                self.assertIn(words, told["missing"])
                self.assertNotIn("Secret", str(told))
                [told] = rule.with_env(self.env).web_read(page)
                self.assertIn("Secret title", told["missing"])
                self.assertIn("Secret body", str(told))

    def test_lo8_a_text_with_which_it_cannot_run(self):
        """AU3: a running rule keeps a text that its records can fill."""
        rule = self.running()
        with self.assertRaisesRegex(UserError, "order_number"), self.env.cr.savepoint():
            self.text.with_user(self.manager).body = "{{ order_number }}"
        self.assertEqual((self.text.body, rule.state), ("Hello", "running"))

    def test_lo8_the_form_says_it(self):
        """LO8: who opens the template reads which of the rules that he may read send it."""
        rule = self.running()
        for user, names in ((self.nosy, "Rule"), (self.their_manager, False)):
            with self.subTest(user=user.login):
                self.assertEqual(self.text.with_user(user).running_rules, names)
        rule.action_stop()
        self.text.invalidate_recordset()
        self.assertFalse(self.text.with_user(self.nosy).running_rules)
