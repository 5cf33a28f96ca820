from odoo import SUPERUSER_ID
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import CallEvent

from .common import VoiceCommon


@tagged("post_install", "-at_install")
class TestQueryCount(VoiceCommon):
    """DESIGN 3.12: 100 calls cost at most twice the queries of 10."""

    def setUp(self):
        super().setUp()
        self.voice_line.user_id = self.colleague

    def handle(self, events):
        """Handle a set of calls.

        :return: (queries, calls)
        """
        items = self.put(*events, connection=self.pbx)
        env = self.env(user=SUPERUSER_ID)
        env.flush_all()
        env.invalidate_all()
        before = self.env.cr.sql_log_count
        env["kala.inbox"]._handle_set(env["kala.inbound.item"].browse(items.ids))
        env.flush_all()
        count = self.env.cr.sql_log_count - before
        self.assertEqual(set(items.mapped("state")), {"done"})
        return count, items.communication_id

    def events(self, size, **values):
        return [
            CallEvent(
                uid=f"q{self._next()}",
                contact_value=f"+97254237{self._next():04}",
                line_address="+97237654321",
                extension="101",
                **values,
            )
            for _n in range(size)
        ]

    def check(self, name, prepare, after):
        """:param prepare: function of a size, returns what the events are
        :param after: function of the calls, checks that it was real work"""
        # What is read once and kept is no part of a set's price.
        self.handle(prepare(2))
        costs = []
        for size in (10, 100):
            cost, calls = self.handle(prepare(size))
            self.assertEqual(len(calls), size)
            after(calls)
            costs.append(cost)
        self.assertLessEqual(costs[1], 2 * costs[0], f"{name}: {costs}")

    def known(self, size, **values):
        events = self.events(size, **values)
        self.env["crm.lead"].create(
            [{"name": "Known", "phone": e.contact_value, "user_id": False} for e in events]
        )
        return events

    def test_missed_calls_of_strangers(self):
        """VO3, MA3: leads, tasks, chatter lines and notifications of missed calls."""
        self.check(
            "strangers",
            lambda size: self.events(size, event="ended", status="missed"),
            lambda calls: self.assertEqual(len(calls.activity_id), len(calls.lead_id)),
        )

    def test_missed_calls_of_known_contacts(self):
        """VO3, TA1: tasks of missed calls on leads that are there."""
        self.check(
            "known",
            lambda size: self.known(size, event="ended", status="missed"),
            lambda calls: self.assertEqual(calls.activity_id.user_id, self.colleague),
        )

    def test_outgoing_calls(self):
        """VO1: outgoing answered calls."""
        self.check(
            "outgoing",
            lambda size: self.known(
                size, event="ended", status="answered", duration=9, direction="out"
            ),
            lambda calls: self.assertEqual(calls.user_id, self.salesman),
        )
