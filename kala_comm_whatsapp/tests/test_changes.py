"""What people change after they wrote, and a line that is silent (WA1, WA5)."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA

from .common import OUR_ID, meta_text
from .test_flow import MetaFlow


def change(kind, target, uid, **values):
    """:return: an edit or a deletion of a message"""
    message = meta_text(uid=uid, type=kind, **{kind: {"original_message_id": target, **values}})
    del message["text"]
    return message


@tagged("post_install", "-at_install")
class TestChanges(MetaFlow):
    def edit(self, target, text, uid, **values):
        inner = {"type": "text", "text": {"body": text}}
        return self.receive({**change("edit", target, uid, message=inner), **values})

    def test_edited(self):
        """WA1: an edit is shown on its message, the old text beside it; the last edit counts."""
        first = self.receive(meta_text("At nine", uid="wamid.1"))
        self.edit("wamid.1", "At ten", "wamid.2")
        self.assertEqual((first.body, first.edited_body), ("At nine", "At ten"))
        self.assertTrue(first.edited_date)
        self.edit("wamid.1", "At eleven", "wamid.3")
        self.assertEqual((first.body, first.edited_body), ("At nine", "At eleven"))

    def test_revoked(self):
        """WA1: a deleted message stays in the log, and says so."""
        first = self.receive(meta_text("Secret", uid="wamid.1"))
        self.receive(change("revoke", "wamid.1", "wamid.2"))
        self.assertTrue(first.revoked_date)
        self.assertEqual((first.body, first.summary), ("Secret", "Deleted: Secret"))

    def test_only_the_writer(self):
        """SC3: nobody edits what somebody else wrote."""
        first = self.receive(meta_text("Mine", uid="wamid.1"))
        self.edit("wamid.1", "Yours", "wamid.2", **{"from": NOA.lstrip("+")})
        self.assertFalse(first.edited_body)


@tagged("post_install", "-at_install")
class TestHealth(MetaFlow):
    def setUp(self):
        super().setUp()
        self.line = self.make_line(self.connection, external_id=OUR_ID)

    def past(self, state, minutes=60, **values):
        return self.log(
            state=state,
            channel="whatsapp",
            line_id=self.line.id,
            connection_id=self.connection.id,
            date=self.now - timedelta(minutes=minutes),
            **values,
        )

    def health(self):
        self.connection.invalidate_recordset()
        return self.connection.health

    def test_states(self):
        """WA5: "sends but does not receive" and "neither way" are states of their own, each with
        its own steps; a word from the provider ends the first."""
        self.assertEqual(self.health(), "both")
        for _n in range(3):
            self.past("sent", minutes=5)
        self.assertEqual(self.health(), "both", "too early to say")
        for _n in range(3):
            self.past("sent")
        self.assertEqual(self.health(), "out_only")
        self.assertIn("webhook", self.connection.health_steps)
        self.connection._set_state("error", "x")
        self.assertEqual(self.health(), "neither")
        self.assertIn("Resend the failed", self.connection.health_steps)
        self.past("received", direction="in")
        self.assertEqual(self.health(), "in_only")
        self.connection._set_state("connected")
        self.assertEqual((self.health(), self.connection.health_steps), ("both", ""))
        self.connection.action_draft()
        self.assertEqual(self.health(), "off")

    def test_nothing_leaves(self):
        """WA5: three messages of unknown fate and none that left: it does not send."""
        for _n in range(3):
            self.past("unknown")
        self.assertEqual(self.health(), "neither")

    def test_silent_providers(self):
        """A gateway that tells nothing is not ill for being silent."""
        self.line = self.sms_line
        self.connection = self.sms_line.connection_id
        for _n in range(5):
            self.past("sent")
        self.assertEqual(self.health(), "both")

    def test_message(self):
        """WA5: the test message goes to one's own phone over this connection."""
        self.env.user.partner_id.phone = DANA
        self.past("received", direction="in", minutes=1)
        self.connection.action_test_message()
        message = self.env.user.partner_id.kala_communication_ids.sudo().filtered(
            lambda c: c.direction == "out"
        )
        self.assertEqual((message.line_id, message.contact_value), (self.line, DANA))
