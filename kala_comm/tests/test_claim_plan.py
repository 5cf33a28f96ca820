"""docs/architecture.md, 3.5: what a lane looks at to find its next messages does not grow with what
others keep waiting."""

from odoo.tests import tagged

from .common import DANA
from .effort import EffortCommon

#: Messages that a lane may not take now.
MANY = 10_000
#: Messages that a lane takes at once, each of another recipient.
DUE = 20


@tagged("post_install", "-at_install")
class TestClaimPlan(EffortCommon):
    def _queue(self, line, count, number="'+97252' || lpad(n::text, 7, '0')", **columns):
        """Put due messages in the queue of a line, by SQL: 10,000 by the ORM take minutes.

        :param str number: SQL of the recipient's number, of ``n``
        """
        columns = {"priority": "1", "send_after": "now() AT TIME ZONE 'UTC'", **columns}
        self.env.cr.execute(
            f"""INSERT INTO kala_communication (
                       channel, direction, kind, state, date, company_id, line_id, connection_id,
                       contact_kind, contact_value, body, send_key, {", ".join(columns)})
                SELECT 'sms', 'out', 'text', 'queued', now() AT TIME ZONE 'UTC', %s, %s, %s,
                       'phone', {number}, 'Hello', md5(random()::text),
                       {", ".join(columns.values())}
                  FROM generate_series(1, %s) AS n""",
            [self.company.id, line.id, line.connection_id.id, count],
        )

    def _claimed(self):
        """:return: (how many messages a lane takes now, how many rows it looks at)"""
        with self._effort("SET claim_token = ") as efforts:
            ids = self.env["kala.dispatcher"]._mark_claimed("a lane")
        # Each look finds the same.
        self.env.cr.execute(
            "UPDATE kala_communication SET claim_token = NULL, claimed_until = NULL"
            " WHERE id = ANY(%s)",
            [ids],
        )
        [rows] = efforts.values()
        return len(ids), rows

    def setUp(self):
        super().setUp()
        self._queue(self.sms_line, DUE)
        self.env.cr.execute("ANALYZE kala_communication")
        taken, self.alone = self._claimed()
        self.assertEqual(taken, DUE)

    def test_paused_connection(self):
        """DE5: a connection that is paused costs nothing, however much it keeps, whether the
        database knows of it or not."""
        paused, line, _whatsapp = self._make_sandbox(self.company, "+972500000009")
        paused.state = "paused"
        self.env.flush_all()
        self._queue(line, MANY)
        for known in (False, True):
            with self.subTest(known=known):
                if known:
                    self.env.cr.execute("ANALYZE kala_communication")
                count, rows = self._claimed()
                self.assertEqual(count, DUE)
                self.assertLess(rows, 2 * self.alone + 100)

    def test_one_recipient(self):
        """One recipient's messages leave one after the other. A lane looks at each of those that
        are due, with its next neighbour alone: never at all of them for each."""
        self._queue(self.sms_line, MANY, number=f"'{DANA}'")
        self.env.cr.execute("ANALYZE kala_communication")
        count, rows = self._claimed()
        self.assertEqual(count, DUE + 1)
        self.assertLess(rows, 2 * self.alone + 4 * MANY)
