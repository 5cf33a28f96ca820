"""LO12, LO5, SM3: how many SMS each message was paid as."""

from ast import literal_eval

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import KalaCommon


@tagged("post_install", "-at_install")
class TestPaidParts(KalaCommon):
    def setUp(self):
        super().setUp()
        self.env["kala.communication"].search([]).unlink()
        record = self.lead("Kitchen", user_id=self.salesman.id)
        texts = {
            "short": {"body": "Hello"},
            "hebrew": {"body": "ש" * 71},
            "long": {"body": "x" * 161, "state": "delivered"},
            "empty": {"body": ""},
            "failed": {"body": "Hello", "state": "failed"},
            "whatsapp": {"body": "Hello", "channel": "whatsapp"},
            "incoming": {"body": "Hello", "direction": "in"},
        }
        self.lines = {name: self.log(record, **values) for name, values in texts.items()}

    def run_job(self):
        self.env.flush_all()
        with self.job() as env:
            env["kala.communication"]._cron_count_parts()
        self.env.invalidate_all()

    def test_lo12_what_left_is_counted(self):
        """LO12, SM3: of each SMS that left, its parts; nothing else costs."""
        self.run_job()
        self.assertEqual(
            {name: line.sms_parts for name, line in self.lines.items() if line.sms_parts},
            {"short": 1, "hebrew": 2, "long": 2},
        )
        self.assertFalse(self.env["kala.communication"]._count_parts(), "nothing is left to count")

    def test_lo12_cost_of_the_dashboard(self):
        """LO12: the dashboard adds them up, for who may read them."""
        self.run_job()
        for user, cost in ((self.salesman, 5), (self.manager, 5), (self.stranger, None)):
            with self.subTest(user.login):
                cards = self.env["kala.dashboard"].with_user(user).figures({"period": "week"})
                values = {card["key"]: card["value"] for card in cards["cards"]}
                self.assertEqual(values.get("cost"), cost)

    def test_lo5_sent_sms(self):
        """LO5: the list of sent SMS has those that left, or failed."""
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm_sms.sent_sms_action")
        found = self.env["kala.communication"].search(literal_eval(action["domain"]))
        names = {name for name, line in self.lines.items() if line in found}
        self.assertEqual(names, {"short", "hebrew", "long", "empty", "failed"})
