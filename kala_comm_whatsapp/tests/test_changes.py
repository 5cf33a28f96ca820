"""What people change after they wrote (WA1)."""

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import NOA

from .common import meta_text
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
