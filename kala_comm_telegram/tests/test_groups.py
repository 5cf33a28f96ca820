"""A group that becomes a supergroup has another id from then on: what was said in it stays one
conversation, whatever comes first (ME2)."""

import itertools
import json

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendResult

from ..tools import answers
from .test_flow import TelegramCommon

FORMER, NOW = -400100200, -1001234567890123
GROUP = {"id": FORMER, "type": "group", "title": "Builders"}
SUPERGROUP = {"id": NOW, "type": "supergroup", "title": "Builders"}


@tagged("post_install", "-at_install")
class TestGroups(TelegramCommon):
    def setUp(self):
        super().setUp()
        self.bot_line.group_messages = "log"

    def parts(self):
        """:return: dict name → an update about the move"""
        return {
            "before": self.update(text="before", chat=GROUP),
            "there": self.update(chat=GROUP, migrate_to_chat_id=NOW),
            "here": self.update(chat=SUPERGROUP, migrate_from_chat_id=FORMER),
            "after": self.update(text="after", chat=SUPERGROUP),
        }

    def test_history_follows_in_any_order(self):
        """All four parts of the move, in each of their 24 orders, are one contact at the end."""
        for order in itertools.permutations(("before", "there", "here", "after")):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                parts = self.parts()
                for name in order:
                    self.receive(parts[name])
                rows = self.env["kala.communication"].search([("connection_id", "=", self.bot.id)])
                self.assertEqual(len(rows), 4)
                self.assertEqual(set(rows.mapped("contact_value")), {str(NOW)})
                self.assertFalse(any(rows.mapped("res_model")), "a group is no enquiry")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_together(self):
        """The same in one set of the inbox."""
        rows = self.receive(*self.parts().values())
        self.assertEqual((len(rows), set(rows.mapped("contact_value"))), (4, {str(NOW)}))

    def test_points_follow(self):
        """A group that somebody attached to an order stays attached to it."""
        order = self.order(self.customer())
        message = self.receive(self.update(text="hi", chat=GROUP))
        message.action_reattach("sale.order", order.id)
        self.receive(self.update(chat=GROUP, migrate_to_chat_id=NOW))
        points = self.env["kala.contact.point"].search([("kind", "=", "telegram")])
        self.assertEqual(set(points.mapped("value")), {str(NOW)})
        answer = order.kala_send("telegram", body="We come tomorrow")
        self.assertEqual(answer.contact_value, str(NOW))
        self.assertEqual(message.order_id, order)

    def test_opt_out_follows(self):
        """CO2: who refused under the former id has refused."""
        self.receive(self.update(text="hi", chat=GROUP))
        from odoo.addons.kala_comm.tools.phone import ContactKey

        permissions = self.env["kala.contact.permission"]
        former, now = (ContactKey("telegram", str(uid)) for uid in (FORMER, NOW))
        permissions._set(self.company, former, ["telegram"], False, "said so")
        self.receive(self.update(chat=SUPERGROUP, migrate_from_chat_id=FORMER))
        asked = (self.company.id, *now, "telegram")
        self.assertEqual(permissions._answers({asked}), {asked: False})

    def test_other_bot_keeps_its_own(self):
        """Another connection that knows the same id is not touched."""
        other = self.bot.copy({"telegram_bot_token": "7100000002:AAH-made-up"})
        other._set_state("connected")
        line = self.bot_line.copy({"connection_id": other.id, "group_messages": "log"})
        self.push_raw(json.dumps(self.update(text="theirs", chat=GROUP)).encode(), other)
        self.run_inbox()
        self.receive(self.update(chat=GROUP, migrate_to_chat_id=NOW))
        theirs = self.env["kala.communication"].search([("line_id", "=", line.id)])
        self.assertEqual(theirs.contact_value, str(FORMER))

    def test_ignored_groups(self):
        """Where the line says so, nothing of a group is kept; what was kept before moves along."""
        before = self.receive(self.update(text="before", chat=GROUP))
        self.bot_line.group_messages = "ignore"
        self.assertFalse(self.receive(*list(self.parts().values())[1:]))
        self.assertEqual(before.contact_value, str(NOW))

    def test_refusal_names_the_new_id(self):
        """The answer to a message that went to the former id says where the group is."""
        body = {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": NOW},
        }
        result = answers.read_send(HttpAnswer(400, {}, json.dumps(body)))
        self.assertIsInstance(result, SendResult)
        self.assertEqual((result.state, result.moved_to), ("retry", str(NOW)))
