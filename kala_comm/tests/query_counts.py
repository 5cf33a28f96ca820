"""docs/architecture.md, 3.12: what is done per message is done in sets: 100 cost at most twice what
10 cost."""

from odoo import SUPERUSER_ID

from .common import KalaCommon

#: Settings that make an incoming communication more work: all of them on (QU2).
ALL_ON = (
    "kala_task_on_text",
    "kala_task_on_email",
    "kala_task_on_missed_call",
    "kala_task_on_answered_call",
    "kala_task_on_new_lead",
    "kala_task_closed_by_reply",
    "kala_task_escalation",
    "kala_responsible_last_outgoing",
    "kala_task_last_outgoing",
    "kala_responsible_from_customer",
    "kala_responsible_long_lookback",
    "kala_call_updates_responsible",
    "kala_notify_text",
)


class QueryCountCommon(KalaCommon):
    """Compares the price of large and small sets, with every setting on that is work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(dict.fromkeys(ALL_ON, True))
        cls.connection.notify_all = True

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _numbers(self, count):
        return [f"+9725023{self._next():05}" for _n in range(count)]

    def _handle(self, parsed, connection=None):
        """Handle a set of what a provider parsed, as the inbox does.

        :return: (queries, communications)
        """
        items = self.put(*parsed, connection=connection)
        env = self.env(user=SUPERUSER_ID)
        handle = env["kala.inbox"]._handle_set
        count = self._count(lambda: handle(env["kala.inbound.item"].browse(items.ids)))
        self.assertEqual(set(items.mapped("state")), {"done"})
        return count, items.communication_id

    def _check(self, prepare, after=lambda communications: None, connection=None):
        """Compare the price of 100 with that of 10.

        :param prepare: function of a size: does what comes before and returns what comes in
        :param after: function of the communications: that it was real work
        """
        costs = []
        # What is read once and kept is no part of a set's price: 2 go first.
        for size in (2, 10, 100):
            cost, communications = self._handle(prepare(size), connection)
            self.assertEqual(len(communications), size)
            after(communications)
            costs.append(cost)
        _warm, few, many = costs
        self.assertLessEqual(many, 2 * few, f"{few} queries for 10, {many} for 100")

    def _known(self, numbers, **values):
        """Make a lead for each number."""
        return self.env["crm.lead"].create(
            [{"name": n, "phone": n, "user_id": self.colleague.id, **values} for n in numbers]
        )

    def _known_numbers(self, size, **values):
        return self._known(self._numbers(size), **values).mapped("phone")

    def _all_with_tasks(self, communications):
        self.assertEqual(len(communications.activity_id), len(communications))
