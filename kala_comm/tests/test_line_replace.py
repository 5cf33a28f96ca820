"""WA3: the number of a line is replaced, and everything else stays."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon
from odoo.addons.kala_comm.tools.messages import IncomingMessage

OLD, NEW = "+97231234567", "+97231234568"


@tagged("post_install", "-at_install")
class TestLineReplace(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls.whatsapp_line
        cls.line.write({"external_id": "id-old", "user_id": cls.salesman.id})

    def _replace(self, address="03-1234568", external_id="id-new", line=None, user=None):
        user = user or self.manager
        action = (line or self.line).with_user(user).action_open_replace()
        wizard = self.env["kala.line.replace"].with_user(user).browse(action["res_id"])
        wizard.write({"address": address, "external_id": external_id})
        wizard.action_replace()
        return wizard

    def _write_to(self, external_id="", address="", sender=DANA):
        """Receive a text that names our number as the provider does."""
        message = IncomingMessage(
            channel="whatsapp",
            uid=f"m-{self._next()}",
            contact_kind="phone",
            contact_value=sender,
            line_external_id=external_id,
            line_address=address,
            body="Hello",
            date=fields.Datetime.now(),
        )
        return self.take(message).communication_id

    def test_everything_stays(self):
        """WA3: history, mapping, templates, default stay; what waits leaves from the new one."""
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "whatsapp", "body": "Hi", "line_id": self.line.id}
        )
        before = self._write_to("id-old")
        waiting = self.lead(phone=NOA).kala_send("whatsapp", body="Hello")
        lines = self.env["kala.line"].search([])
        self._replace()
        self.assertEqual((self.line.address, self.line.external_id), (NEW, "id-new"))
        self.assertEqual(before.line_id, self.line)
        self.assertEqual(template.line_id, self.line)
        self.assertEqual(self.line.user_id, self.salesman)
        self.assertTrue(self.line.is_default)
        self.assertEqual(waiting.line_id.address, NEW)
        after = self._write_to("id-new", NEW)
        self.assertEqual((after.line_id, after._record()), (self.line, before._record()))
        self.assertEqual(self.env["kala.line"].search([]), lines)

    def test_old_number_is_no_new_line(self):
        """WA3: events for the old number, by its id or by itself, are the same line's; the
        provider's own list of numbers makes no new line of it either."""
        self._replace()
        lines = self.env["kala.line"].search([])
        for external_id, address in [("id-old", ""), ("", OLD), ("id-old", OLD)]:
            with self.subTest(external_id=external_id, address=address):
                message = self._write_to(external_id, address)
                self.assertEqual(message.line_id, self.line)
        self.connection._apply_health(
            {"lines": [{"channel": "whatsapp", "external_id": "id-old", "address": OLD}]}
        )
        self.assertEqual(self.env["kala.line"].search([]), lines)
        self.assertEqual((self.line.address, self.line.external_id), (NEW, "id-new"))
        self.assertIn("03-123-4567", self.line.former_numbers)

    def test_back_again(self):
        """WA3: the old number comes back: it is the present one, and no earlier one."""
        self._replace()
        self._replace("03-1234567", "id-old")
        self.assertEqual(self.line.address, OLD)
        self.assertEqual(self._write_to("id-new").line_id, self.line)
        aliases = self.env["kala.line.alias"].search([("line_id", "=", self.line.id)])
        self.assertEqual(aliases.mapped("address"), [NEW])

    def test_refusals(self):
        """WA3: each with a sentence that says what to do; nothing changes."""
        sandbox = {"channel": "whatsapp", "connection_id": self.connection.id}
        values = {**sandbox, "name": "Second", "address": NEW, "external_id": "id-2"}
        self.env["kala.line"].create(values)
        self._make_sandbox(self.other_company, "03-7654321")
        for address, external_id, words in [
            ("03-1234568", "id-new", "number of the line “Second"),
            ("03-5555555", "id-2", "number of the line “Second"),
            ("03-7654321", "id-new", "of another company"),
            ("03-1234567", "id-old", "already"),
            ("03-5555555", "", "by an id"),
            ("Sales", "id-new", "not a phone number"),
            (" ", "id-new", "Type the new number"),
        ]:
            with self.subTest(address=address), self.assertRaisesRegex(UserError, words):
                self._replace(address, external_id)
        self.assertEqual((self.line.address, self.line.external_id), (OLD, "id-old"))
        self.assertFalse(self.line.former_numbers)
        with self.assertRaises(AccessError):
            self._replace(user=self.colleague)

    def test_sc4_a_line_of_another_company(self):
        """SC4: of another company's line a manager reads neither number nor counts: the wizard
        does not take it, and tells nothing of one that he may not read any more."""
        _connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        wizards = self.env["kala.line.replace"].with_user(self.manager)
        with self.assertRaises(AccessError):
            wizards.create({"line_id": line.id})
        wizard = wizards.sudo().create({"line_id": line.id}).sudo(False)
        for name in ("channel", "old_address", "old_external_id", "communication_count"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.env.invalidate_all()
                self.assertFalse(wizard[name])

    def test_takes_over_a_line_to_set_up(self):
        """WA3: somebody wrote to the new number before it was replaced here: his message and
        the hours of free text are the line's."""
        early = self._write_to("id-new", NEW, sender=NOA)
        self.assertTrue(early.line_id.is_new)
        self._replace()
        self.assertEqual(early.line_id, self.line)
        self.assertEqual(self.line.search_count([("address", "=", NEW)]), 1)

    def test_hours_of_free_text(self):
        """WA3, WA6: who wrote to the old number has not written to the new one."""
        asked = (self.line.id, "phone", DANA)
        earlier = self.now - timedelta(hours=1)
        self.log(direction="in", channel="whatsapp", line_id=self.line.id, date=earlier)
        communications = self.env["kala.communication"]
        self.assertIn(asked, communications._last_incoming_dates({asked}))
        self._replace()
        self.assertNotIn(asked, communications._last_incoming_dates({asked}))
        self._write_to("id-new")
        self.assertIn(asked, communications._last_incoming_dates({asked}))
