"""What other programs hand over: a sentence for what cannot be, and never Python or SQL."""

from datetime import UTC, datetime, timedelta, timezone

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA, KalaCommon

#: What no argument that names a record can be.
NO_RECORD = ("name", "7", [7.5], ["x"], {}, {"id": 1}, 0, -1, 2**40, True, 1.5, [[1]], [None], b"x")
NO_TEXT = (7, ["x"], {}, {"x": 1}, 1.5, True)


@tagged("post_install", "-at_install")
class TestArguments(KalaCommon):
    def setUp(self):
        super().setUp()
        self.dana = self.lead("Dana", phone=DANA, user_id=self.salesman.id).with_user(self.salesman)

    def send(self, **values):
        return self.dana.kala_send(**{"channel": "sms", "body": "Hi", **values})

    def test_wrong_kinds(self):
        """Each argument of each wrong kind: its name, what came, and what to write instead."""
        table = {
            "template": NO_RECORD,
            "line": NO_RECORD,
            "reply_to": NO_RECORD,
            "to_user": NO_RECORD,
            "templates": NO_RECORD,
            "attachments": NO_RECORD,
            "channel": NO_TEXT,
            "body": NO_TEXT,
            "subject": NO_TEXT,
            "number": NO_TEXT,
            "fallback": NO_TEXT,
            "key": (["x"], {"x": 1}, 1.5, True),
        }
        for name, values in table.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    with self.assertRaisesRegex(UserError, f"{name} must be"):
                        self.send(**{name: value})
        for name in ("template", "line", "reply_to", "to_user"):
            with self.subTest(name=name), self.assertRaisesRegex(UserError, f"{name} must be"):
                self.send(**{name: [1, 2]})
        for name in ("template", "line", "reply_to", "to_user", "templates", "attachments"):
            with self.subTest(name=name), self.assertRaisesRegex(UserError, "no such record"):
                self.send(**{name: 2**31 - 1})
        self.assertFalse(self.dana.sudo().kala_communication_ids)

    def test_right_kinds(self):
        """Ids, lists of one id, records, and nothing in each of its spellings."""
        template = self.env["kala.template"].create({"name": "T", "channel": "sms", "body": "Hey"})
        for value in (template.id, [template.id], template):
            with self.subTest(value=value):
                self.assertEqual(self.send(body=None, template=value).body, "Hey")
        for nothing in (None, False, []):
            names = ("template", "line", "reply_to", "to_user", "templates", "attachments")
            with self.subTest(nothing=nothing):
                self.assertEqual(self.send(**dict.fromkeys(names, nothing)).state, "queued")
        self.assertEqual(self.send(key=7), self.send(key="7"))

    def test_what_one_may_not_read(self):
        """SC4: an id names nothing that its user may not read, not even in a reason."""
        _connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "Hey", "user_id": self.colleague.id}
        )
        message = self.log(self.lead(phone=NOA, user_id=self.colleague.id))
        for values in (
            {"line": line.id},
            {"template": template.id},
            {"templates": template.ids},
            {"reply_to": message.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.send(**values)

    def test_wi_times(self):
        """WI: ISO 8601; without an offset it is UTC, as Odoo writes it."""
        table = {
            "2999-01-01 10:00:00": (10, 0),
            "2999-01-01T10:00:00": (10, 0),
            "2999-01-01T10:00": (10, 0),
            "2999-01-01T10:00:00Z": (10, 0),
            "2999-01-01T10:00:00+02:00": (8, 0),
            "2999-01-01T10:00:00.123456+05:30": (4, 30),
            "2999-01-01T10:00:00-03:00": (13, 0),
            "2999-01-01": (0, 0),
            datetime(2999, 1, 1, 10): (10, 0),
            datetime(2999, 1, 1, 10, tzinfo=UTC): (10, 0),
            datetime(2999, 1, 1, 10, tzinfo=timezone(timedelta(hours=2))): (8, 0),
            datetime(2999, 1, 1).date(): (0, 0),
        }
        for given, (hour, minute) in table.items():
            with self.subTest(given=given):
                sent = self.send(send_after=given)
                self.assertEqual(sent.state, "scheduled")
                self.assertEqual(sent.send_after, datetime(2999, 1, 1, hour, minute))
        for nothing in (None, False, ""):
            with self.subTest(nothing=nothing):
                self.assertEqual(self.send(send_after=nothing).state, "queued")
        for wrong in (
            "tomorrow",
            "2999-13-01 10:00:00",
            "2999-01-01 25:00:00",
            "0001-01-01T00:00:00+14:00",
            7,
            1.5,
            True,
            ["2999-01-01"],
            {},
            [],
        ):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "is not a time"):
                self.send(send_after=wrong)

    def test_te4_template_of_another_channel(self):
        """TE4: it is refused, whichever it is; where another channel may step in, it may be of
        that one (SE5)."""
        templates = {
            channel: self.env["kala.template"].create(
                {"name": channel, "channel": channel, "subject": "S", "body": "Hey"}
            )
            for channel in ("sms", "whatsapp", "email")
        }
        for channel, other in (("sms", "whatsapp"), ("sms", "email"), ("whatsapp", "sms")):
            with self.subTest(channel=channel, other=other):
                with self.assertRaisesRegex(UserError, "is of another channel"):
                    self.send(channel=channel, body=None, template=templates[other].id)
        sent = self.send(
            channel="whatsapp", body=None, template=templates["sms"].id, fallback="sms"
        )
        self.assertEqual(sent.body, "Hey")

    def test_ad3_the_reason_of_a_dead_letter(self):
        """AD3: it is a sentence, whatever went wrong; the exception's own words are inside."""
        inbox = self.env["kala.inbox"]
        for error, sentence in (
            (KeyError("nonsense"), r"could not be read or handled \(KeyError: 'nonsense'\)"),
            (ValueError(), "could not be read or handled"),
            (UserError("The card is gone."), r"^The card is gone\.$"),
        ):
            with self.subTest(error=error):
                self.assertRegex(inbox._reason_of(error), sentence)
        event = self.push_raw(b'{"from": "0502345678", "text": "x", "kind": {"a": 1}}')
        provider = type(self.env["kala.provider.sandbox"])

        def fail(*_args):
            raise KeyError("nonsense")

        self.patch(provider, "_parse", fail)
        self.run_inbox()
        self.assertRegex(event.error, r"^This could not be read or handled \(KeyError")
        self.assertRegex(event.item_ids.error, r"press Replay\.$")
