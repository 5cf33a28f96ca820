"""DE4: everything that failed on a line is sent again, after a mended connection."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import KalaCommon

KINDS = ("credit", "connection", "rejected", False, "address", "consent")
AGAIN = KINDS[:4]


@tagged("post_install", "-at_install")
class TestResend(KalaCommon):
    def failed(self, count=1, **values):
        """:return: messages that failed, ``count`` of each kind, each on a lead of its own"""
        messages = self.env["kala.communication"]
        for n in range(count):
            for place, kind in enumerate(KINDS):
                number = f"+97254238{n * len(KINDS) + place:04}"
                messages |= self.log(
                    self.lead(phone=number),
                    **{
                        "state": "failed",
                        "failure_kind": kind,
                        "contact_value": number,
                        "line_id": self.sms_line.id,
                        "connection_id": self.connection.id,
                        **values,
                    },
                )
        return messages

    def wizard(self, owner, user=None):
        """:return: what asks before it sends again"""
        action = owner.with_user(user or self.manager).action_open_resend()
        return (
            self.env[action["res_model"]].with_user(user or self.manager).browse(action["res_id"])
        )

    def test_de4_asks_by_kind(self):
        """DE4: it asks first, with counts by kind; a wrong address and a missing consent stay."""
        self.failed(2)
        wizard = self.wizard(self.sms_line)
        self.assertEqual(wizard.count, 2 * len(AGAIN))
        again, _sep, final = wizard.summary.partition("Stays as it is")
        for words in ("No credit", "Connection problem", "Rejected", "No reason was given"):
            self.assertIn(words, again)
        for words in ("Wrong address", "No consent"):
            self.assertNotIn(words, again)
            self.assertIn(words, final)

    def test_de4_sent_again(self):
        """DE4: what can be sent again is, as a new attempt; who presses twice sends it once."""
        messages = self.failed()
        wizard = self.wizard(self.connection)
        with self.provider_answers(SendResult("delivered")) as asked:
            first = wizard.action_resend()
            second = wizard.action_resend()
            self.dispatch()
        self.assertIn("4", first["params"]["message"])
        self.assertEqual(second["params"]["message"], "Nothing was left to send again.")
        for message, kind in zip(messages, KINDS, strict=True):
            self.assertEqual(message.state, "delivered" if kind in AGAIN else "failed", kind)
        self.assertEqual(len(asked), len(AGAIN), "each once")

    def test_de4_of_this_line_only(self):
        """DE4: neither those of another line nor those of last month, unless one asks."""
        own = self.failed()
        other = self.failed(line_id=self.whatsapp_line.id, channel="whatsapp")
        old = self.failed(date=self.now - timedelta(days=30))
        self.assertEqual(self.sms_line.failed_count, len(AGAIN))
        self.assertEqual(self.connection.failed_count, 2 * len(AGAIN))
        self.wizard(self.sms_line).action_resend()
        self.sms_line.invalidate_recordset(["failed_count"])
        self.assertEqual(self.sms_line.failed_count, 0)
        self.assertEqual(own.filtered(lambda c: c.state == "queued"), own[: len(AGAIN)])
        self.assertEqual(set((other | old).mapped("state")), {"failed"})
        wizard = self.wizard(self.sms_line)
        wizard.period = "0"
        wizard.action_resend()
        self.assertEqual(old.filtered(lambda c: c.state == "queued"), old[: len(AGAIN)])

    def test_de4_rights(self):
        """DE4, SC4: only managers, and only what belongs to records that they may write to."""
        with self.assertRaises(AccessError):
            self.wizard(self.sms_line, self.salesman)
        [message] = self.failed()[:1]
        rule = self.env["ir.rule"].create(
            {
                "name": "Leads are not changed",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": "[(0, '=', 1)]",
                "perm_read": False,
            }
        )
        self.assertEqual(message.with_user(self.manager).state, "failed", "he may read it")
        wizard = self.wizard(self.sms_line)
        told = wizard.action_resend()
        self.assertEqual(told["params"]["message"], "Nothing was left to send again.")
        self.assertEqual(message.state, "failed")
        rule.unlink()
        wizard.action_resend()
        self.assertEqual(message.state, "queued")

    def test_de4_cost(self):
        """DE4: many cost as many queries as few."""
        counts = []
        for size in (1, 12):
            self.failed(size, contact_value=False)
            wizard = self.wizard(self.sms_line)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_resend()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
