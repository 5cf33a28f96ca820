from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestChange(KalaCommon):
    """WI4: a message that has not left can be changed, its text and its time."""

    def setUp(self):
        super().setUp()
        self.made = self.lead(phone=DANA, user_id=self.salesman.id)
        self.later = fields.Datetime.now() + timedelta(hours=2)
        self.message = self.made.kala_send("sms", body="Hello", send_after=self.later)

    def change(self, message=None, **values):
        """Open the button's window, change something there and save.

        :return: the window
        """
        action = (message or self.message).action_open_change()
        wizard = self.env["kala.change"].browse(action["res_id"])
        wizard.write(values)
        wizard.action_save()
        return wizard

    def test_text_and_time(self):
        at = self.later + timedelta(days=1)
        wizard = self.env["kala.change"].browse(self.message.action_open_change()["res_id"])
        self.assertEqual((wizard.body, wizard.send_after), ("Hello", self.later))
        self.change(body="Good morning", send_after=at)
        self.assertEqual((self.message.body, self.message.send_after), ("Good morning", at))
        self.assertEqual((self.message.state, self.message.wait_reason), ("scheduled", "person"))
        self.assertIn("Good morning", self.message.mail_message_id.body)
        self.pass_time(2 * 3600)
        self.dispatch()
        self.assertEqual(self.message.state, "scheduled", "the first time is over")
        self.pass_time(86400 + 60)
        self.dispatch()
        self.assertEqual(self.message.state, "delivered")

    def test_sent_at_once(self):
        self.change(send_when="now")
        self.assertEqual((self.message.state, self.message.wait_reason), ("queued", False))
        self.dispatch()
        self.assertEqual(self.message.state, "delivered")

    def test_window_is_asked_again(self):
        """WI1: a time outside of the window is the next opening."""
        day = (self.later + timedelta(days=3)).date()
        self.company.kala_send_window_id = self.env["resource.calendar"].create(
            {
                "name": "One day",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "name": "x",
                            "dayofweek": str(day.weekday()),
                            "hour_from": 9,
                            "hour_to": 17,
                        }
                    ),
                ],
            }
        )
        self.change(send_when="now")
        self.assertEqual((self.message.state, self.message.wait_reason), ("scheduled", "window"))
        self.assertEqual(self.message.send_after.hour, 9)

    def test_refusals(self):
        for values, words in [
            ({"body": " "}, "Write a text"),
            ({"send_after": fields.Datetime.now() - timedelta(minutes=1)}, "still to come"),
            ({"send_after": False}, "still to come"),
        ]:
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words):
                self.change(**values)
        self.assertEqual(self.message.body, "Hello")

    def test_what_has_left(self):
        """A message that a lane has claimed, or that has left, is not changed."""
        action = self.message.action_open_change()
        wizard = self.env["kala.change"].browse(action["res_id"])
        self.pass_time(2 * 3600 + 60)
        self.kill_lane()
        wizard.body = "Too late"
        with self.assertRaisesRegex(UserError, "has left already"):
            wizard.action_save()
        self.pass_time(61)
        self.dispatch()
        self.assertEqual((self.message.state, self.message.body), ("delivered", "Hello"))
        with self.assertRaisesRegex(UserError, "left already"):
            self.message.action_open_change()

    def test_rights(self):
        """SC4: who may not write to the record does not change its messages."""
        self.made.user_id = self.colleague
        with self.assertRaises(AccessError):
            self.message.with_user(self.salesman).action_open_change()
        wizard = (
            self.env["kala.change"]
            .with_user(self.colleague)
            .browse(self.message.with_user(self.colleague).action_open_change()["res_id"])
        )
        wizard.body = "By a colleague"
        wizard.action_save()
        self.assertEqual(self.message.body, "By a colleague")

    def test_opted_out_meanwhile(self):
        """CO2: the gate is asked again."""
        self.env["kala.contact.permission"]._set(
            self.company, self.message._key(), ["sms"], False, "test"
        )
        with self.assertRaisesRegex(UserError, "opted out"):
            self.change(body="Please read this")
