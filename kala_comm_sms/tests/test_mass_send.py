from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestMassSend(KalaCommon):
    """BR2, SM3: the check of a mass send says what it costs."""

    def _check(self, channel, body):
        leads = self.lead("One", phone=DANA) | self.lead("Two", phone=NOA) | self.lead("None")
        mass = self.env["kala.mass.send"].create(
            {
                "name": "News",
                "model": "crm.lead",
                "record_ids": leads.ids,
                "channel": channel,
                "body": body,
            }
        )
        while mass._check_chunk():
            continue
        return mass.check_summary

    def test_cost(self):
        for body, cost in [("a" * 160, 2), ("a" * 161, 4), ("א" * 71, 4), ("{{today}}", 2)]:
            with self.subTest(body=body):
                summary = self._check("sms", body)
                self.assertIn(f"It costs {cost} SMS messages.", summary)
                self.assertIn("2 will get it.", summary)

    def test_other_channels_have_no_such_cost(self):
        summary = self._check("whatsapp", "a" * 500)
        self.assertNotIn("costs", summary)
        self.assertIn("2 will get it.", summary)
