from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestPhoneNumber(KalaCommon):
    """SE2: what the numbers of lists and forms offer."""

    def setUp(self):
        super().setUp()
        self.dana = self.customer("Dana", phone=DANA)
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.salesman.id)
        self.salesman.group_ids += self.env.ref("account.group_account_invoice")
        self.invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.dana.id}
        )
        self.sale = self.order(self.dana, user_id=self.salesman.id)

    def offer(self, shown, number=DANA, user=None):
        numbers = self.env["kala.phone.number"].with_user(user or self.salesman)
        return numbers.offer(shown._name, shown.id, number)

    def test_where_one_writes(self):
        """SE2: a lead, an order or a customer itself; the customer of an invoice; the record of a
        call."""
        call = self.log(self.kitchen, direction="in", channel="voice", contact_value=DANA)
        for shown, record in (
            (self.kitchen, self.kitchen),
            (self.sale, self.sale),
            (self.dana, self.dana),
            (self.invoice, self.dana),
            (call, self.kitchen),
        ):
            with self.subTest(shown=shown._name):
                told = self.offer(shown)
                self.assertEqual((told["model"], told["id"]), (record._name, record.id))
                offered = [item["channel"] for item in told["channels"]]
                self.assertEqual(offered, ["sms", "whatsapp"])
        for shown in (self.sale, self.invoice):
            self.assertEqual(shown.with_user(self.salesman).kala_phone, self.dana.phone)

    def test_conditions(self):
        """SE1, SE2: no mobile, no consent, no line, no user of communications: no channel."""
        self.assertFalse(self.offer(self.dana, "*100")["channels"])
        self.assertFalse(self.offer(self.dana, "")["channels"])
        self.assertFalse(self.offer(self.salesman.partner_id, "x" * 5000)["channels"])
        numbers = self.env["kala.phone.number"].with_user(self.clerk)
        self.assertFalse(numbers.offer("res.partner", self.dana.id, DANA)["channels"])
        self.assertFalse(numbers.offer("res.users", self.manager.id, DANA)["channels"])
        self.env["kala.line"].search([]).active = False
        self.assertFalse(self.offer(self.dana)["channels"])

    def test_rights(self):
        """LO8, SE2: of a record that the user may not read nothing is told, nor of the record of
        a call; a call that is attached to none offers nothing."""
        hidden = self.lead("Hidden", user_id=self.manager.id, phone=DANA)
        with self.assertRaises(AccessError):
            self.offer(hidden)
        call = self.log(hidden, direction="in", channel="voice", contact_value=DANA)
        with self.assertRaises(AccessError):
            self.offer(call)
        with self.assertRaises(AccessError):
            self.offer(self.invoice, user=self.clerk)
        call.write({"res_model": False, "res_id": False, "lead_id": False})
        self.assertFalse(self.offer(call, user=self.manager)["channels"])

    def test_while_it_is_written(self):
        """SE2: an order that is not saved yet shows the number of its customer."""
        orders = self.env["sale.order"].with_user(self.salesman)
        for values in ({"partner_id": self.dana.id}, {"partner_id": self.dana}):
            self.assertEqual(orders.new(values).kala_phone, self.dana.phone)
        edited = orders.new(origin=self.sale.with_user(self.salesman))
        self.assertEqual(edited.kala_phone, self.dana.phone)

    def test_what_sudo_leaves_behind(self):
        """LO8, SE2: the number of a customer whom the user may not read is not shown with his
        order or invoice, neither where our code has read it before as superuser."""
        self.env["ir.rule"].create(
            {
                "name": "Not Dana",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.dana.id})]",
            }
        )
        for shown in (self.sale, self.invoice):
            with self.subTest(shown=shown._name):
                own = shown.with_user(self.salesman)
                self.assertEqual(shown.kala_phone, self.dana.phone)
                self.assertFalse(own.sudo().kala_phone)
                self.assertFalse(own.kala_phone)

    def test_gone(self):
        """SE2: a record that was deleted meanwhile offers nothing."""
        gone = self.lead("Gone", user_id=self.salesman.id)
        gone_id = gone.id
        gone.unlink()
        numbers = self.env["kala.phone.number"].with_user(self.salesman)
        self.assertFalse(numbers.offer("crm.lead", gone_id, DANA)["channels"])
