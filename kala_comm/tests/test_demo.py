"""AD2: the demo data, and the first steps that the README promises with it."""

import json

from odoo.modules import Manifest
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import convert_file

from odoo.addons.kala_comm.tests.common import KalaCommon


@tagged("post_install", "-at_install")
class TestDemo(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.env["kala.line"].search([]).write({"is_default": False, "active": False})
        if not cls.env.ref("base.user_demo", raise_if_not_found=False):
            user = new_test_user(cls.env, "demo_of_kala", "sales_team.group_sale_salesman")
            cls.env["ir.model.data"].create(
                {"module": "base", "name": "user_demo", "model": "res.users", "res_id": user.id}
            )
        if not cls.env.ref("kala_comm.demo_line_sms", raise_if_not_found=False):
            for name in Manifest.for_addon("kala_comm")["demo"]:
                convert_file(cls.env, "kala_comm", name, {}, mode="init", noupdate=True)

    def test_first_steps(self):
        """AD2, NO1, NO2: a text from an unknown number is simulated on the line that is proposed;
        who does so is told, and answers from the new lead; the sandbox delivers it."""
        last = self.env["bus.bus"].search([], order="id DESC", limit=1).id
        form = Form(self.env["kala.simulate"].with_user(self.admin))
        form.number, form.text = "+972 52 234 5699", "Do you make bookshelves?"
        form.save().action_receive()
        self.run_inbox()
        message = self.env["kala.communication"].search([("contact_value", "=", "+972522345699")])
        lead = message.lead_id
        self.assertEqual(lead.user_id, self.admin)
        told = [
            json.loads(row.channel)[2]
            for row in self.env["bus.bus"].search([("id", ">", last)])
            if json.loads(row.message)["type"] == "kala_comm/incoming"
        ]
        self.assertEqual(told, self.admin.partner_id.ids)

        answer = lead.with_user(self.admin).kala_send("sms", "Yes, we do.")
        self.dispatch()
        self.assertEqual(answer.state, "delivered")
