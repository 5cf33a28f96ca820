"""docs/architecture.md, 3.5: what a lane looks at to find its next messages does not grow with what
others keep waiting."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.kala_comm.tools import const
from odoo.addons.kala_comm.tools.messages import SendResult

from ..models.outbound import kala_dispatcher_aside
from .common import DANA, KalaCommon
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
        with self.env.cr.savepoint(flush=False) as savepoint:
            with self._effort("SET claim_token = %") as efforts:
                self.kill_lane()
            self.env.cr.execute("SELECT count(claim_token) FROM kala_communication")
            [count] = self.env.cr.fetchone()
            # Each look finds the same.
            savepoint.rollback()
        self.env.invalidate_all()
        [rows] = efforts.values()
        return count, rows

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

    def _set_aside(self):
        """As lane 1 does at the start of each run, until there is nothing more to set aside. Not
        whole runs: in the one transaction of a test each would go through the old versions of all
        rows that the run before has written."""
        aside = -1
        while aside != (aside := self._aside()):
            self.env["kala.dispatcher"]._set_aside()

    def _aside(self):
        self.env.cr.execute("SELECT count(*) FROM kala_communication WHERE set_aside")
        return self.env.cr.fetchone()[0]

    def test_one_recipient(self):
        """One recipient's messages leave one after the other. Before a lane has set them aside,
        each is looked at with its next neighbour alone: never with all of them. Afterwards it does
        not count how many there are, whether the database knows of them or not."""
        self._queue(self.sms_line, MANY, number=f"'{DANA}'")
        self._queue(self.sms_line, 5, number="'+97253' || lpad(n::text, 7, '0')")
        self.env.cr.execute("ANALYZE kala_communication")
        count, rows = self._claimed()
        self.assertEqual(count, DUE + 6)
        self.assertLess(rows, 2 * self.alone + 3 * MANY)

        self._set_aside()
        self.assertEqual(self._aside(), MANY - kala_dispatcher_aside.FRONT)
        for known in (False, True):
            with self.subTest(known=known):
                if known:
                    self.env.cr.execute("ANALYZE kala_communication")
                count, rows = self._claimed()
                self.assertEqual(count, DUE + 6)
                self.assertLess(rows, 3 * self.alone + 100)

    def test_what_is_asked_meanwhile(self):
        """When there is something to do, and what comes back: neither grows with the messages that
        are set aside."""
        self._queue(self.sms_line, MANY, number=f"'{DANA}'")
        self._set_aside()
        self.env.cr.execute(
            "UPDATE kala_communication SET state = 'cancelled'"
            " WHERE contact_value = %s AND set_aside IS NOT TRUE",
            [DANA],
        )
        lane = self.env.ref("kala_comm.ir_cron_lane_1")
        triggers = [("cron_id", "=", lane.id)]
        self.env["ir.cron.trigger"].search(triggers).unlink()
        with self._effort("aside AS") as efforts:
            self.begin_lane(1)
        self.assertTrue(self.env["ir.cron.trigger"].search(triggers), "something is due")
        self.assertEqual(self._aside(), MANY - 2 * kala_dispatcher_aside.FRONT)
        # Ours are looked at some times over: what may leave, and by which moment each may.
        self.assertLess(max(efforts.values()), 20 * self.alone)
        self.assertEqual(self._claimed()[0], DUE + 1)


@tagged("post_install", "-at_install")
class TestSetAside(KalaCommon):
    """docs/architecture.md, 3.5: what is set aside leaves in its order, and is never forgotten."""

    def setUp(self):
        super().setUp()
        self.lead_of_dana = self.lead(phone=DANA)
        for name, value in [("FRONT", 2), ("CROWD", 4), ("LOOK", 50)]:
            self.patch(kala_dispatcher_aside, name, value)

    def _send(self, *bodies, priority=const.PRIORITY_AUTOMATION):
        lead = self.lead_of_dana.with_context(kala_priority=priority)
        messages = self.env["kala.communication"]
        for body in bodies:
            messages |= lead.kala_send("sms", body=body)
        return messages.with_context(kala_priority=None)

    def _aside(self):
        self.env.invalidate_all()
        return self.env["kala.communication"].search([("set_aside", "=", True)], order="id")

    def test_order(self):
        """One person's texts leave in their order, and a typed answer passes an automation's."""
        automatic = self._send(*map(str, range(12)))
        self.begin_lane(1)
        self.assertEqual(self._aside().mapped("body"), [str(n) for n in range(2, 12)])
        typed = self._send("typed", priority=const.PRIORITY_PERSON)
        with self.provider_answers(lambda message: SendResult.sent(f"p-{message.id}")) as asked:
            self.dispatch()
        self.assertEqual(asked, [*typed.ids, *automatic.ids])
        self.assertFalse(self._aside())

    def test_what_stood_in_front_is_cancelled(self):
        """WI4: the next one leaves, in any lane."""
        messages = self._send(*map(str, range(8)))
        self.begin_lane(1)
        (messages - self._aside()).action_cancel()
        self.dispatch()
        self.assertEqual(set(messages[2:].mapped("state")), {"delivered"})

    def test_what_is_put_off_while_it_is_aside(self):
        """A message that is set aside, and shall leave later, is waited for until then."""
        messages = self._send(*map(str, range(8)))
        self.begin_lane(1)
        last = messages[-1]
        change = self.env["kala.change"].browse(last.action_open_change()["res_id"])
        change.write(
            {"send_when": "later", "send_after": fields.Datetime.now() + timedelta(hours=1)}
        )
        change.action_save()
        self.dispatch()
        self.assertEqual(set(messages[:-1].mapped("state")), {"delivered"})
        self.assertTrue(last.set_aside)
        self.assertAlmostEqual(self.seconds_to_next(), 3600, delta=30)
        self.pass_time(3700)
        self.dispatch()
        self.assertEqual(last.state, "delivered")
