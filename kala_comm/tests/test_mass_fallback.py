"""SE5, BR1: a mass send that falls back to another channel."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.phone import ContactKey

from .common import DANA, NOA, OMER
from .mass_common import MassCommon
from .test_fallback import wrong_on_whatsapp


@tagged("post_install", "-at_install")
class TestMassFallback(MassCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.templates = {
            channel: cls.env["kala.template"].create(
                {"name": channel, "channel": channel, "body": channel, "user_id": False}
            )
            for channel in ("sms", "whatsapp")
        }
        permissions = cls.env["kala.contact.permission"]
        for number, channels in ((NOA, ["whatsapp"]), (OMER, ["whatsapp", "sms"])):
            permissions._set(cls.company, ContactKey("phone", number), channels, False, "test")

    def mass(self, **values):
        return super().mass(**{"channel": "whatsapp", "fallback_channel": "sms", **values})

    def test_se5_who_is_not_reached_gets_it_on_the_other(self):
        """SE5, BR2: each gets it once, on the first channel where that can be; who may be written
        to on neither is told as the first channel says it. It is counted before."""
        mass = self.mass(
            body=False,
            template_id=self.templates["whatsapp"].id,
            fallback_template_id=self.templates["sms"].id,
        )
        mass.action_check()
        counts = mass.check_counts
        self.assertEqual([counts[name] for name in ("ok", "else_by", "consent")], [2, 1, 1])
        self.assertIn("1 of them by SMS", mass.check_summary)
        # Whoever may read it opens the list of them, which the database finds: no list of ids.
        action = mass.with_user(self.manager).action_open_counted("else")
        rows = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        self.assertEqual(rows.mapped("address"), [NOA])
        self.assertNotIn(rows.ids, [value for _name, _operator, value in action["domain"]])
        self.start(mass)
        told = {
            c.contact_value: (c.channel, c.body, c.line_id, c.fallback_pending)
            for c in mass.communication_ids
        }
        self.assertEqual(
            told,
            {
                DANA: ("whatsapp", "whatsapp", self.whatsapp_line, True),
                NOA: ("sms", "sms", self.sms_line, False),
            },
        )
        self.assertEqual(
            sorted(mass.skip_ids.mapped("reason")), ["consent", "duplicate", "no_address"]
        )
        again = self.mass(fallback_channel=False)
        self.assertEqual(self.start(again).total, 5)
        self.assertEqual(again.communication_ids.mapped("channel"), ["whatsapp"])

    def test_se5_a_wrong_address(self):
        """SE5: whose address the provider refuses gets the other one, once, as part of the mass
        send: of its consent, its pause and its counts."""
        mass = self.start(self.mass(user_id=self.manager.id))
        with self.provider_answers(wrong_on_whatsapp):
            for _again in range(3):
                self.dispatch()
        mass.invalidate_recordset()
        [first] = mass.communication_ids.filtered(lambda c: c.channel == "whatsapp")
        instead = mass.communication_ids.filtered("fallback_of_id")
        self.assertEqual((first.state, instead.fallback_of_id), ("failed", first))
        self.assertEqual(
            (instead.channel, instead.contact_value, instead.state, instead.body),
            ("sms", DANA, "sent", "Hi Dana"),
        )
        self.assertEqual((instead.priority, instead.user_id), (first.priority, mass.user_id))
        self.assertEqual((mass.sent, mass.failed), (2, 1))

    def test_br2_paused_and_cancelled(self):
        """BR2: what is refused after a pause waits on the other channel, too; after the end nothing
        is sent instead."""
        for button, wanted in (("action_pause", ["scheduled"]), ("action_cancel", [])):
            with self.subTest(button=button):
                mass = self.start(self.mass())
                first = mass.communication_ids.filtered(lambda c: c.channel == "whatsapp")
                with self.provider_answers(wrong_on_whatsapp):
                    self.env.flush_all()
                    self.env.cr.execute(
                        "UPDATE kala_communication SET state = 'sending' WHERE id = %s", [first.id]
                    )
                    self.env.invalidate_all()
                    getattr(mass, button)()
                    self.env.cr.execute(
                        """UPDATE kala_communication
                              SET state = 'failed', failure_kind = 'address' WHERE id = %s""",
                        [first.id],
                    )
                    self.env.invalidate_all()
                    self.dispatch()
                instead = mass.communication_ids.filtered("fallback_of_id")
                self.assertEqual(instead.mapped("state"), wanted)
                self.assertFalse(first.fallback_pending)

    def test_se5_what_cannot_be(self):
        """SE5: what the other channel cannot do is said before anything is sent."""
        other = self.templates["whatsapp"].id
        #: values → what it says
        table = [
            ({"fallback_channel": "whatsapp"}, "another channel"),
            ({"channel": "email", "subject": "x"}, "another channel"),
            ({"fallback_template_id": other}, "template of another channel"),
        ]
        for values, says in table:
            with self.subTest(**values), self.assertRaisesRegex(UserError, says):
                self.mass(**values).action_start()
        self.sms_line.active = False
        with self.assertRaisesRegex(UserError, "channel to fall back to is connected"):
            self.mass().action_start()

    def test_sc4_a_template_that_is_nobody_elses(self):
        """SC4: nobody sends by the other channel what he may not read."""
        private = self.env["kala.template"].create(
            {"name": "x", "channel": "sms", "body": "x", "user_id": self.manager.id}
        )
        with self.assertRaises(AccessError):
            self.mass().with_user(self.colleague).fallback_template_id = private
