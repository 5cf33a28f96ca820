"""EM1–EM3: the e-mail of a rule, from its from name to its looks."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .rule_common import RuleCommon


class EmailStepCase(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_mailbox()
        cls.sender = cls.env["kala.sender"].create(
            {
                "email": "office@our.example.com",
                "name": "Office",
                "user_id": cls.manager.id,
                "footer_name": "Our Shop Ltd",
            }
        )
        cls.sender.state = "verified"
        cls.mail = cls.template("email", "Hello {{ first_name }}", "News")
        cls.noa = cls.env["res.partner"].create({"name": "Noa Levi", "email": "noa@example.com"})

    def email_step(self, **values):
        return {
            "channel": "email",
            "template_id": self.mail.id,
            "sender_id": self.sender.id,
            **values,
        }

    def sent(self, rule, **values):
        """:return: the e-mails about a new lead"""
        self.lead("Roof", email_from="dana@example.com", partner_id=self.noa.id, **values)
        self.run_rules()
        return self.messages(rule)


@tagged("post_install", "-at_install")
class TestEmailStep(EmailStepCase):
    def test_em1_from_name(self):
        """EM1: the step's own name, prefilled with that of the sender; a fixed text; required;
        prefilled address."""
        named = {"from_name": "Roofs of Our Shop"}
        for values, shown in (({}, '"Office"'), (named, '"Roofs of Our Shop"')):
            rule = self.rule(steps=(self.email_step(**values),))
            message = self.sent(rule)[-1]
            values = self.env["kala.email.outbox"]._prepare_mail_vals(message)
            self.assertEqual(values["email_from"], f"{shown} <office@our.example.com>")
            rule.action_stop()
        for name in ("{{ first_name }}", "Shop {% if x %}"):
            with self.assertRaisesRegex(ValidationError, "fixed text"):
                rule.action_ids.from_name = name
        for name in (False, " "):
            rule.action_ids.from_name = name
            with self.assertRaisesRegex(UserError, "Write the from name"):
                rule.action_start()
        step = self.env["kala.rule.action"].with_user(self.manager)
        self.assertEqual(step.default_get(["sender_id"])["sender_id"], self.sender.id)

    def test_em1_another_sender(self):
        """EM1: its name is that of the new sender, unless somebody wrote one of his own."""
        other = self.sender.copy({"email": "shop@our.example.com", "name": "Shop"})
        other.sudo().state = "verified"
        for given, name in (({}, "Shop"), ({"from_name": "Roofs"}, "Roofs")):
            step = self.rule(steps=(self.email_step(**given),), start=False).action_ids
            step.sender_id = other
            self.assertEqual(step.from_name, name)
        seen = step.new({"channel": "email", "sender_id": self.sender.id})
        self.assertEqual(seen.from_name, "Office")

    def test_em1_from_names_of_many_steps(self):
        """EM1: 100 steps that get another sender ask the database as often as 10 do."""
        other = self.sender.copy({"email": "shop@our.example.com", "name": "Shop"})
        other.sudo().state = "verified"
        costs = []
        # What is read once and kept is no part of the price: 2 go first.
        for size in (2, 10, 100):
            named = [{"from_name": "Roofs"} if n % 2 else {} for n in range(size)]
            rule = self.rule(steps=[self.email_step(**vals) for vals in named], start=False)
            steps = rule.sudo().action_ids
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            steps.sender_id = other
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
            self.assertEqual(steps.mapped("from_name"), ["Shop", "Roofs"] * (size // 2))
        _warm, few, many = costs
        self.assertEqual(few, many)

    def test_em2_fields_links_and_typed_addresses(self):
        """EM2: all of them at once, each once; what is empty is left out."""
        step = self.email_step(
            audience="fields",
            field_path="email_from,partner_id.email,user_id.email",
            typed="boss@example.com, DANA@example.com",
        )
        rule = self.rule(steps=(step,))
        found = self.sent(rule, user_id=self.manager.id).mapped("contact_value")
        reached = ["boss@example.com", "dana@example.com", "manager@example.com"]
        self.assertEqual(sorted(found), reached)

    def test_em2_what_keeps_a_rule_from_starting(self):
        """EM2, EM3: each lack has a sentence."""
        untitled = self.template("email", "Hello")
        new = self.env["kala.sender"].create({"email": "new@our.example.com", "name": "New"})
        #: what the step has → what is said
        table = [
            ({"audience": "fields"}, "Choose the field"),
            ({"audience": "fields", "field_path": "name.x"}, "Choose the field"),
            ({"audience": "fields", "field_path": "email_from,nothing"}, "Choose the field"),
            ({"audience": "fields", "field_path": "email_from", "typed": "boss@"}, "no address"),
            ({"audience": "typed", "typed": "a b"}, "no address"),
            ({"template_id": untitled.id}, "has no subject"),
            ({"template_id": False}, "Choose the template"),
            ({"sender_id": False, "from_name": "Us"}, "Choose the verified sender"),
            ({"sender_id": new.id}, "not verified"),
            ({"subject": "{{ order_number }}"}, "these records have none"),
        ]
        for values, sentence in table:
            with self.subTest(values=values):
                rule = self.rule(steps=(self.email_step(**values),), start=False)
                with self.assertRaisesRegex(UserError, sentence):
                    rule.action_start()
        rule = self.rule(
            steps=(self.email_step(template_id=untitled.id, subject="Mine"),), start=False
        )
        rule.action_start()
        self.assertEqual(rule.state, "running")

    def test_em2_what_is_offered(self):
        """EM2: fields of the record, and of linked ones with the link's name, as far as the user
        may read them."""
        step = self.env["kala.rule.action"].with_user(self.manager)
        rows = step.get_address_fields("crm.lead", "email")
        labels = {row["path"]: row["label"] for row in rows}
        self.assertEqual(labels["email_from"], "Email")
        self.assertEqual(labels["partner_id.email"], "Email (Contact)")
        self.assertIn("user_id.email", labels)
        self.assertLess(list(labels).index("email_from"), list(labels).index("partner_id.email"))
        self.assertFalse([path for path in labels if "normalized" in path or "phone" in path])
        self.assertFalse([path for path in labels if "template" in path or "journal" in path])
        phones = step.get_address_fields("res.partner", "sms")
        self.assertIn("phone", [row["path"] for row in phones])
        for path in labels:
            rule = self.rule(
                steps=(self.email_step(audience="fields", field_path=path),), start=False
            )
            self.assertFalse(rule.missing, path)
        for user, model, channel in (
            (self.clerk, "crm.lead", "email"),
            (self.manager, "no.model", "email"),
            (self.manager, ["crm.lead"], "email"),
            (self.manager, "crm.lead", "x"),
            (self.manager, "crm.lead", "telegram"),
        ):
            self.assertEqual(step.with_user(user).get_address_fields(model, channel), [])

    def test_em3_a_subject_of_its_own(self):
        """EM3: with placeholders, in the contact's language; what is unknown is refused."""
        self.env["res.lang"]._activate_lang("he_IL")
        rule = self.rule(steps=(self.email_step(subject="Hi {{ first_name }}"),), start=False)
        rule.action_ids.with_context(lang="he_IL").subject = "שלום {{ first_name }}"
        rule.action_start()
        self.assertEqual(self.sent(rule).subject, "Hi Noa")
        self.noa.lang = "he_IL"
        self.assertEqual(self.sent(rule)[-1].subject, "שלום Noa")
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            rule.action_ids.subject = "{{ nonsense }}"

    def test_em3_what_the_list_of_steps_says(self):
        """EM3, AU3: subject and text, without the marks of a design."""
        step = self.rule(steps=({}, self.email_step()), start=False).action_ids
        self.assertEqual(
            step.mapped("summary"), ["Hello {{ first_name }}", "News · Hello {{ first_name }}"]
        )
        step[1].template_id = self.env.ref("kala_comm.mail_thank_you")
        step[1].subject = "Mine"
        self.assertTrue(step[1].summary.startswith("Mine · We have got your request Hello"))
        self.assertNotIn("|", step[1].summary)

    def test_em3_the_preview_of_a_step(self):
        """EM3, EM4: sender, subject, text and the details of the sender, on a record that one may
        read."""
        design = self.env.ref("kala_comm.mail_thank_you")
        step = self.rule(
            steps=(self.email_step(template_id=design.id, from_name="Roofs"),), start=False
        ).action_ids
        lead = self.lead("Secret roof", partner_id=self.noa.id, user_id=self.colleague.id)
        seen = step.new({"preview_record": f"crm.lead,{lead.id}"}, origin=step)
        for text in ("Secret roof", "Hello Noa", "Our Shop Ltd"):
            self.assertIn(text, seen.preview_html)
        self.assertEqual(seen.preview_from, '"Roofs" <office@our.example.com>')
        self.assertIn("Thank you for writing", seen.preview_subject)
        theirs = step.with_user(self.salesman)
        if theirs.has_access("read"):
            unseen = theirs.new({"preview_record": f"crm.lead,{lead.id}"}, origin=theirs)
            self.assertNotIn("Secret roof", unseen.preview_html)
        else:
            with self.assertRaises(AccessError):
                theirs.read(["preview_html"])
