"""Reactions of ours to messages of contacts (WA1)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestReaction(KalaCommon):
    def setUp(self):
        super().setUp()
        self.company.kala_task_on_new_lead = True
        self.received = self.incoming(
            sender=DANA, text="Thank you!", channel="whatsapp", line="03-1234567", name="Dana"
        )
        self.record = self.received.lead_id
        self.record.user_id = self.salesman
        self.mine = self.received.with_user(self.salesman)

    def reactions(self):
        return self.env["kala.communication"].search(
            [("kind", "=", "reaction"), ("connection_id", "=", self.connection.id)], order="id"
        )

    def test_react(self):
        """WA1: a reaction leaves through the outbox, is shown on its message and nowhere else,
        and answers nothing: the task stays."""
        task = self.received.activity_id
        chatter = self.record.message_ids
        self.assertTrue(self.mine.can_react)
        self.mine.action_react("👍")
        reaction = self.reactions()
        self.assertEqual(
            (reaction.state, reaction.reply_to_uid, reaction.reaction, reaction.user_id),
            ("queued", self.received.provider_uid, "👍", self.salesman),
        )
        self.dispatch()
        self.assertEqual(reaction.state, "delivered")
        self.assertEqual(self.mine.own_reaction, "👍")
        self.assertEqual(self.record.kala_communication_ids, self.received)
        self.assertEqual(self.record.message_ids, chatter)
        self.assertTrue(task.active)

    def test_without_a_connection(self):
        """LO1, WA1: what has no connection (an e-mail, an imported line) cannot be reacted to,
        and the record that lists it opens."""
        mail = self.log(
            self.record, channel="email", contact_kind="email", contact_value="dana@example.com"
        )
        self.assertFalse(mail.can_react)
        shown = {"fields": {"can_react": {}, "own_reaction": {}, "summary": {}}}
        [values] = self.record.with_user(self.salesman).web_read({"kala_communication_ids": shown})
        self.assertEqual(len(values["kala_communication_ids"]), 2)

    def test_once(self):
        """DE3: the same reaction twice is one; another one or none is a new message."""
        for emoji in ("👍", "👍", "❤️", "", ""):
            self.mine.action_react(emoji)
        self.assertEqual(self.reactions().mapped("reaction"), ["👍", "❤️", ""])
        self.assertFalse(self.mine.own_reaction)

    def test_a_reaction_that_failed(self):
        """DE4: what did not arrive is not shown on the message, and is listed as failed."""
        self.mine.action_react("👍")
        self.reactions().action_cancel()
        self.assertFalse(self.mine.own_reaction)
        self.env["kala.contact.permission"].create(
            {
                "company_id": self.company.id,
                "kind": "phone",
                "value": DANA,
                "channel": "whatsapp",
                "allowed": False,
            }
        )
        with self.assertRaisesRegex(UserError, "opted out"):
            self.mine.action_react("🙏")

    def test_where_one_cannot(self):
        """WA1: not to our own message, not with anything, not where the provider cannot, not
        without the right to write."""
        ours = self.record.kala_send("whatsapp", body="Hi")
        self.assertFalse(ours.can_react)
        with self.assertRaisesRegex(UserError, "cannot react"):
            ours.action_react("👍")
        with self.assertRaisesRegex(UserError, "Choose one"):
            self.mine.action_react("💣 and text")
        stranger = self._make_user("passer-by", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.received.with_user(stranger).action_react("👍")
        self.patch(type(self.env["kala.provider.sandbox"]), "_can_react", False)
        self.received.invalidate_recordset(["can_react"])
        with self.assertRaisesRegex(UserError, "cannot react"):
            self.mine.action_react("👍")
        self.assertFalse(self.reactions())

    def test_many_at_once(self):
        """A list of messages asks for its reactions in one query."""
        more = self.incoming(
            *({"sender": NOA, "text": f"{n}", "channel": "whatsapp"} for n in range(5))
        )
        (more | self.received).mapped("connection_id.provider")
        for messages in (more[:1], more | self.received):
            messages.invalidate_recordset(["own_reaction"])
            with self.assertQueryCount(1):
                messages.mapped("own_reaction")
