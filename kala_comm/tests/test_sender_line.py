"""SE4, TE3: from which of our numbers a text leaves."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools import const

#: setting on?, template with a line?, own line (alone, preferred, draft, closed = he may not
#: send from it any more, other = of another company, none), did the contact write to a line?,
#: the line that it leaves from
CASES = [
    (False, False, "none", False, "default"),
    (False, False, "none", True, "written"),
    (False, False, "alone", False, "default"),
    (False, False, "alone", True, "written"),
    (False, False, "preferred", True, "written"),
    (False, True, "alone", True, "template"),
    (True, False, "none", False, "default"),
    (True, False, "none", True, "written"),
    (True, False, "alone", False, "own"),
    (True, False, "alone", True, "own"),
    (True, False, "preferred", False, "own"),
    (True, False, "preferred", True, "own"),
    (True, False, "draft", False, "default"),
    (True, False, "draft", True, "written"),
    (True, False, "closed", False, "default"),
    (True, False, "closed", True, "written"),
    (True, False, "other", False, "default"),
    (True, True, "none", True, "template"),
    (True, True, "alone", True, "template"),
    (True, True, "preferred", False, "template"),
]


@tagged("post_install", "-at_install")
class TestSenderLine(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = {
            "default": cls.sms_line,
            "written": cls._line("Written to", "03-5555551"),
            "template": cls._line("Of the template", "03-5555552"),
            "own": cls._line("Own", "03-5555553", user_ids=cls.colleague.ids),
        }
        cls.template = cls.env["kala.template"].create(
            {"name": "Hello", "channel": "sms", "body": "Hello"}
        )
        cls.me = cls.colleague
        cls.dana = cls.env["crm.lead"].create({"name": "Dana", "phone": DANA})

    @classmethod
    def _line(cls, name, address, connection=None, user_ids=(), **values):
        connection = connection or cls.connection
        return cls.env["kala.line"].create(
            {
                "name": name,
                "channel": "sms",
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "address": address,
                "user_ids": [Command.set(user_ids)],
                **values,
            }
        )

    def _arrange(self, own):
        """Make the user's own line what a case wants it to be."""
        line = self.lines["own"]
        if own == "preferred":
            line.user_ids = self.me | self.manager
            self.me.kala_own_line_ids = line
        elif own == "draft":
            line.connection_id = self.env["kala.connection"].create(
                {"name": "Draft", "provider": "sandbox"}
            )
        elif own == "closed":
            self.me.kala_own_line_ids = line
            line.user_ids = self.manager
        elif own == "other":
            connection = self._make_sandbox(self.other_company, "04-1234567")[0]
            line.write({"company_id": self.other_company.id, "connection_id": connection.id})
        elif own == "none":
            line.user_ids = self.me | self.manager

    def test_se4_a_line_without_a_connection(self):
        """SE4: a line that nobody has connected yet does not keep the preferences from opening."""
        self.company.kala_send_from_own_number = True
        self.env["kala.line"].create({"name": "Later", "channel": "sms"})
        self.me.invalidate_recordset()
        self.assertIn(self.lines["own"], self.me.with_user(self.me).kala_choosable_line_ids)

    def test_table(self):
        """SE4, TE3: the template's line, else with the setting on one's own, else the one the
        contact wrote to, else the default; never one that he may not send from."""
        for case in CASES:
            is_on, has_template, own, wrote, wanted = case
            with self.subTest(case=case), self.env.cr.savepoint() as savepoint:
                self.company.kala_send_from_own_number = is_on
                self.template.line_id = has_template and self.lines["template"]
                self._arrange(own)
                if wrote:
                    self.log(direction="in", line_id=self.lines["written"].id)
                message = self.dana.with_user(self.me).kala_send("sms", template=self.template)
                name = {line: name for name, line in self.lines.items()}[message.line_id]
                self.assertEqual(name, wanted)
                savepoint.rollback()

    def test_two_companies(self):
        """SE4: the setting and the own line are those of the company in whose name one writes."""
        both = self.company | self.other_company
        self.me.company_ids = both
        other_connection, other_default, _whatsapp = self._make_sandbox(
            self.other_company, "04-1234567"
        )
        other_own = self._line("Own there", "04-5555553", other_connection, self.me.ids)
        there = self.lead(phone=DANA, company_id=self.other_company.id)
        here = self.lead(phone=DANA, company_id=self.company.id)
        records = (there | here).with_user(self.me).with_context(allowed_company_ids=both.ids)
        for setting, wanted in [
            (self.company, {here: self.lines["own"], there: other_default}),
            (self.other_company, {here: self.lines["own"], there: other_own}),
        ]:
            setting.kala_send_from_own_number = True
            with self.subTest(company=setting.name):
                sent = records.kala_send("sms", body="Hello")
                self.assertEqual({c.lead_id: c.line_id for c in sent}, wanted)

    def test_only_by_hand(self):
        """SE4: what a rule writes leaves from the usual line, whoever set it off."""
        self.company.kala_send_from_own_number = True
        outbox = self.env["kala.outbox"].with_user(self.me).sudo()
        message = outbox.with_context(kala_priority=const.PRIORITY_AUTOMATION)._send_records(
            self.dana.with_user(self.me).sudo(), outbox._request("sms", body="Hello")
        )
        self.assertEqual(message.line_id, self.sms_line)

    def test_id_of_one_connection(self):
        """SE4: who exists on one connection only is not written to from one's own on another."""
        self.company.kala_send_from_own_number = True
        elsewhere = self.env["kala.connection"].create({"name": "Mine", "provider": "sandbox"})
        elsewhere.action_connect()
        lines = [
            self._line(name, name, connection, users, channel="heron")
            for name, connection, users in [
                ("Shop", self.connection, ()),
                ("Mine", elsewhere, self.me.ids),
            ]
        ]
        known = self.incoming(channel="heron", kind="heron", sender="77", line="Shop")
        message = known._record().with_user(self.me).kala_send("heron", body="Hello")
        self.assertEqual((message.line_id, message.contact_value), (lines[0], "77"))

    def test_composer(self):
        """SE4: the composer shows the line that it will be, and changes it; a template's line
        stands fast."""
        self.company.kala_send_from_own_number = True
        action = self.dana.with_user(self.me).action_kala_compose()
        composer = self.env["kala.composer"].with_user(self.me).browse(action["params"]["composer"])
        self.assertEqual(composer.line_id, self.lines["own"])
        self.assertFalse(composer.quoted_text, "nothing is quoted")
        self.template.line_id = self.lines["template"]
        composer.template_id = self.template
        self.assertEqual(composer.fixed_line_id, self.lines["template"])
        composer.template_id = False
        composer.write({"line_id": self.lines["written"].id, "body": "Hello"})
        composer.action_send()
        self.assertEqual(self.dana.kala_communication_ids.line_id, self.lines["written"])

    def test_preferences(self):
        """SE4: each user chooses his own lines himself, one of a channel, among those that he
        may send from."""
        me = self.me.with_user(self.me)
        self.assertFalse(me.kala_choosable_line_ids, "the setting is off")
        self.company.kala_send_from_own_number = True
        me.invalidate_recordset()
        self.assertIn(self.lines["own"], me.kala_choosable_line_ids)
        self.assertNotIn(
            self.lines["own"], self.manager.with_user(self.manager).kala_choosable_line_ids
        )
        me.kala_own_line_ids = self.lines["own"]
        clerk = self.clerk.with_user(self.clerk)
        [values] = clerk.web_read(
            {"kala_choosable_line_ids": {}, "kala_own_line_ids": {"fields": {"display_name": {}}}}
        )
        self.assertFalse(
            values["kala_choosable_line_ids"] or values["kala_own_line_ids"],
            "no field for who does not communicate, and his preferences open",
        )
        with self.assertRaisesRegex(ValidationError, "one line of each channel"):
            me.kala_own_line_ids = self.lines["own"] | self.lines["written"]
