from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.models.connection.kala_line import NEW_LINES
from odoo.addons.kala_comm.models.inbound import kala_inbox
from odoo.addons.kala_comm.tools.messages import IncomingMessage, Unusable

from .common import DANA, KalaCommon

LINE = "odoo.addons.kala_comm.models.connection.kala_line"


@tagged("post_install", "-at_install")
class TestDeadLetters(KalaCommon):
    """AD3: what cannot be understood is seen, settled, and holds nobody else."""

    def parsing(self, parts):
        """Let the provider find these parts in each event."""
        parts = list(parts)
        provider = type(self.env["kala.provider.sandbox"])
        self.startPatcher(patch.object(provider, "_parse", lambda *args: parts))

    def split(self, event):
        """One step. :return: how many items there are of the event"""
        with self.job() as env:
            env["kala.inbox"]._parse_events()
        self.env.invalidate_all()
        return len(event.item_ids)

    def test_ad3_parts_of_one_event(self):
        """An event of many parts becomes items step by step, so that others come in between;
        none is lost, none is made twice, whatever stops it."""
        self.startPatcher(patch.object(kala_inbox, "PARTS", 3))
        self.parsing(
            IncomingMessage(channel="sms", uid=f"many-{n}", contact_value=DANA) for n in range(8)
        )
        event = self.push()
        self.assertEqual([self.split(event) for _step in range(2)], [3, 6])
        self.assertEqual((event.state, event.attempts), ("pending", 0))
        self.assertEqual(self.split(event), 8)
        self.assertEqual(event.state, "done")
        self.run_inbox()
        self.assertEqual(event.item_ids.mapped("state"), ["done"] * 8)
        self.assertEqual(len(event.item_ids.communication_id), 8)

    def test_ad3_many_dead_letters(self):
        """Parts that cannot be understood: some are dead letters of their own, one stands for the
        rest; replayed they are read again, all of them."""
        self.startPatcher(patch.object(kala_inbox, "UNUSABLE_PARTS", 5))
        good = IncomingMessage(channel="sms", uid="good", contact_value=DANA, body="Hello")
        bad = [Unusable(key=f"bad-{n}", reason="no number") for n in range(30_000)]
        self.parsing([*bad[:20_000], good, *bad[20_000:]])
        event = self.push()
        self.run_inbox()
        dead = event.item_ids.filtered(lambda item: item.state == "dead")
        self.assertEqual((len(dead), len(event.item_ids)), (6, 7))
        self.assertIn("29995 more parts", " ".join(dead.mapped("error")))
        self.assertEqual((event.item_ids - dead).communication_id.body, "Hello")
        self.parsing(
            IncomingMessage(channel="sms", uid=f"now-{n}", contact_value=DANA) for n in range(9)
        )
        dead.filtered(lambda item: "more parts" in item.error).with_user(
            self.manager
        ).action_replay()
        self.run_inbox()
        made = event.item_ids.filtered(lambda item: item.kind == "message")
        self.assertEqual(set(made.mapped("state")), {"done"})
        self.assertEqual(len(made), 10)

    def dismiss(self, items, user, reason="A test of the provider"):
        wizard = self.env["kala.dismiss"].with_user(user)
        opened = items.with_user(user).action_open_dismiss()
        wizard = wizard.with_context(**opened["context"]).create({"reason": reason})
        return wizard.action_dismiss()

    def test_ad3_dismiss(self):
        """A manager dismisses many at once, with a reason; it is kept with who did it, and they
        count no more. Only dead ones, and only managers."""
        items = self.take(Unusable(key="x", reason="?"), Unusable(key="y", reason="?"))
        self.assertEqual(self.connection.dead_count, 2)
        with self.assertRaises(AccessError):
            self.dismiss(items, self.colleague)
        with self.assertRaises(UserError):
            self.dismiss(items, self.manager, "  ")
        self.dismiss(items, self.manager)
        self.assertEqual(set(items.mapped("state")), {"dismissed"})
        for result in items.mapped("result"):
            self.assertIn("A test of the provider", result)
            self.assertIn(self.manager.name, result)
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.dead_count, 0)
        for again in (
            lambda: self.dismiss(items, self.manager),
            lambda: items.with_user(self.manager).action_replay(),
        ):
            with self.assertRaisesRegex(UserError, "dead letters"):
                again()

    def test_ad6_expire(self):
        """AD6: dead letters that nobody looked at expire after the days of the setting, from their
        last replay on; then their events go like all others. 0: never."""
        old, replayed, new = (
            self.take(Unusable(key=key, reason="?")) for key in ("old", "replayed", "new")
        )
        old.event_id.date = replayed.event_id.date = self.now - timedelta(days=91)
        replayed.event_id.replay_date = self.now - timedelta(days=1)
        items = self.env["kala.inbound.item"]
        self.company.kala_dead_letter_days = 0
        items._gc_dead()
        self.assertEqual(old.state, "dead")
        self.company.kala_dead_letter_days = 90
        items._gc_dead()
        self.assertEqual((old.state, replayed.state, new.state), ("dismissed", "dead", "dead"))
        self.assertIn("Expired", old.result)
        self.env["kala.inbound.event"]._gc_events()
        self.assertFalse(old.exists())
        self.assertTrue(replayed.exists())

    def test_wa3_a_flood_of_new_numbers(self):
        """WA3: who names another number of ours each time makes so many lines a day, not more;
        what he says is logged all the same. Ids of a provider are no such names."""
        lines = self.env["kala.line"].search_count([("connection_id", "=", self.connection.id)])
        with mute_logger(LINE):
            items = self.take(
                *(
                    IncomingMessage(
                        channel="sms",
                        uid=f"flood-{n}",
                        contact_value=DANA,
                        line_address=f"+97231230{n:03}",
                    )
                    for n in range(NEW_LINES + 10)
                )
            )
        self.assertEqual(set(items.mapped("state")), {"done"})
        self.assertEqual(len(items.communication_id), NEW_LINES + 10)
        made = self.env["kala.line"].search([("connection_id", "=", self.connection.id)])
        self.assertEqual(len(made), lines + NEW_LINES)
        with mute_logger(LINE):
            made._find_or_create(self.connection, "sms", external_id="0815", address="+97231231999")
        self.assertIn("0815", self.connection.line_ids.mapped("external_id"))
