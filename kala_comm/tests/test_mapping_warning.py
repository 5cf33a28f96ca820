"""RE1, RE6: a mapping to a user who can get nothing says so, and is not offered as a choice."""

from odoo import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestMappingWarning(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gone = cls._make_user("gone")
        cls.gone.active = False
        cls.portal = new_test_user(cls.env, "kala_portal_user", groups="base.group_portal")
        cls.elsewhere = cls._make_user("elsewhere")
        cls.users = [
            (cls.env["res.users"], ""),
            (cls.colleague, ""),
            (cls.gone, "archived"),
            (cls.portal, "no employee"),
        ]

    def check(self, record, field, warning):
        for user, words in self.users:
            if not user and record._fields[field].required:
                continue
            with self.subTest(model=record._name, field=field, user=user.login):
                record[field] = user
                record.invalidate_recordset()
                self.assertEqual(bool(record[warning]), bool(words))
                self.assertIn(words, record[warning] or "")

    def test_re6_line(self):
        """RE6: the line warns, the message goes to whom the next rule finds."""
        self.check(self.sms_line, "user_id", "user_warning")
        self.sms_line.user_id = self.gone
        lead = self.lead(phone=DANA, user_id=self.colleague.id)
        self.assertEqual(self.incoming(sender=DANA).user_id, lead.user_id)

    def test_re6_user_who_left_the_company(self):
        """RE6: who has lost access to the company is warned about, too."""
        self.sms_line.user_id = self.elsewhere
        self.elsewhere.write(
            {
                "company_ids": [Command.set(self.other_company.ids)],
                "company_id": self.other_company.id,
            }
        )
        self.assertIn("no access", self.sms_line.user_warning)

    def test_re6_extension(self):
        """RE6: so does an extension."""
        extension = self.env["kala.extension"].create(
            {"connection_id": self.connection.id, "number": "7", "user_id": self.colleague.id}
        )
        self.check(extension, "user_id", "user_warning")

    def test_re6_company_default(self):
        """RE6: so does the settings page, for each kind; it saves all the same."""
        for family in ("text", "call", "email"):
            field = f"kala_default_responsible_{family}_id"
            for user, words in self.users:
                with self.subTest(family=family, user=user.login):
                    self.company[field] = user
                    form = Form(self.env["res.config.settings"])
                    self.assertEqual(bool(form.kala_default_responsible_warning), bool(words))
                    self.assertIn(words, form.kala_default_responsible_warning or "")
                    form.save().execute()
            self.company[field] = False

    def test_re6_no_choice(self):
        """RE6: archived, portal and out-of-company users are not offered."""
        users = self.env["res.users"]
        for model in ("kala.line", "kala.extension"):
            with self.subTest(model=model):
                domain = self.env[model].fields_get(["user_id"])["user_id"]["domain"]
                values = {"company_id": self.company.id, "uid": self.env.uid}
                offered = users.search(self._evaluate(domain, values))
                self.assertIn(self.colleague, offered)
                self.assertFalse(offered & (self.gone | self.portal | self.stranger))

    def _evaluate(self, domain, values):
        return safe_eval(domain, values) if isinstance(domain, str) else domain
