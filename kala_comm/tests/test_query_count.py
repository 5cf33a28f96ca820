from odoo import SUPERUSER_ID
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import IncomingMessage

from .common import KalaCommon


@tagged("post_install", "-at_install")
class TestQueryCount(KalaCommon):
    """DESIGN 3.12: 100 incoming texts cost at most twice the queries of 10."""

    def handle(self, messages):
        """Handle a set of messages.

        :return: (queries, communications)
        """
        items = self.put(*messages)
        env = self.env(user=SUPERUSER_ID)
        env.flush_all()
        env.invalidate_all()
        before = self.env.cr.sql_log_count
        env["kala.inbox"]._handle_set(env["kala.inbound.item"].browse(items.ids))
        env.flush_all()
        count = self.env.cr.sql_log_count - before
        self.assertEqual(set(items.mapped("state")), {"done"})
        return count, items.communication_id

    def messages(self, size, known):
        messages = [
            IncomingMessage(
                channel="whatsapp",
                uid=f"q{self._next()}",
                contact_value=f"+97254238{self._next():04}",
                body="Hello",
            )
            for _n in range(size)
        ]
        if known:
            self.env["crm.lead"].create(
                [
                    {"name": "Known", "phone": m.contact_value, "user_id": self.colleague.id}
                    for m in messages
                ]
            )
        return messages

    def test_texts(self):
        """TA1, NO1, LO1: leads, tasks, chatter lines and notifications, made in sets."""
        for known in (False, True):
            with self.subTest(known=known):
                # What is read once and kept is no part of a set's price.
                self.handle(self.messages(2, known))
                costs = []
                for size in (10, 100):
                    cost, texts = self.handle(self.messages(size, known))
                    self.assertEqual(len(texts.activity_id), size)
                    costs.append(cost)
                self.assertLessEqual(costs[1], 2 * costs[0], costs)
