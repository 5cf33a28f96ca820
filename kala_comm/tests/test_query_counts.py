"""DESIGN 3.12: what is done per message is done in sets."""

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import KalaCommon


@tagged("post_install", "-at_install")
class TestQueryCounts(KalaCommon):
    def _count(self, work):
        before = self.env.cr.sql_log_count
        work()
        return self.env.cr.sql_log_count - before

    def _numbers(self, count):
        return [f"+9725023{self._next():05}" for _n in range(count)]

    def _receive(self, senders):
        events = [self.push(sender=sender, name="Dana", text="Hello") for sender in senders]
        return self._count(self.run_inbox), self.communications_of(events)

    def _warm_up(self):
        for setting in (
            "kala_responsible_from_customer",
            "kala_responsible_long_lookback",
            "kala_task_on_email",
        ):
            self.company[setting] = True
        self.sms_line.user_id = self.colleague
        self._receive(self._numbers(3))

    def test_100_new_senders(self):
        """QU2, issue 3: 100 unknown senders cost at most twice the queries of 10."""
        self._warm_up()
        few, _communications = self._receive(self._numbers(10))
        many, communications = self._receive(self._numbers(100))
        self.assertEqual(len(communications.lead_id), 100)
        self.assertEqual(len(communications.activity_id), 100)
        self.assertLessEqual(many, 2 * few, f"{few} queries for 10, {many} for 100")

    def test_100_known_senders(self):
        """QU2, issue 3: 100 known senders cost at most twice the queries of 10."""
        self._warm_up()
        counts = []
        for size in (10, 100):
            senders = self._numbers(size)
            self.env["crm.lead"].create(
                [{"name": s, "phone": s, "user_id": self.colleague.id} for s in senders]
            )
            count, communications = self._receive(senders)
            self.assertEqual(set(communications.mapped("match_rule")), {"lead"})
            counts.append(count)
        few, many = counts
        self.assertLessEqual(many, 2 * few, f"{few} queries for 10, {many} for 100")

    def test_100_messages_out(self):
        """QU6: kala_send to 100 records costs at most twice the queries of 10."""
        counts = []
        for size in (3, 10, 100):
            leads = self.env["crm.lead"].create(
                [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
            )
            self.env.flush_all()
            self.env.invalidate_all()

            def send(leads=leads):
                leads.kala_send("sms", body="Hello")
                self.env.flush_all()

            counts.append(self._count(send))
        _warm, few, many = counts
        self.assertLessEqual(many, 2 * few, f"{few} queries for 10, {many} for 100")

    def test_100_sent(self):
        """QU3: a chunk is sent in a number of queries that does not grow with it."""
        counts = []
        for size in (3, 8, 16):
            leads = self.env["crm.lead"].create(
                [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
            )
            messages = leads.kala_send("sms", body="Hello")
            counts.append(self._count(self.dispatch))
            self.assertEqual(set(messages.mapped("state")), {"delivered"})
        _warm, few, many = counts
        self.assertLessEqual(many, 1.25 * few, f"{few} queries for 8, {many} for 16")
