import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DANA, KalaCommon


class BusCommon(KalaCommon):
    """Reads what was said to open screens."""

    def heard(self, bus_type, what):
        """:return: list of (channel, payload) of the messages of a type that this made"""
        self.env.cr.precommit.run()
        before = self.env["bus.bus"].search([]).ids
        what()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("id", "not in", before)], order="id")
        said = [(json.loads(row.channel), json.loads(row.message)) for row in rows]
        return [(channel, m["payload"]) for channel, m in said if m["type"] == bus_type]


@tagged("post_install", "-at_install")
class TestNotification(BusCommon):
    """NO3: each user is told as he chose, and can test it."""

    def setUp(self):
        super().setUp()
        self.dana = self.customer("Dana Levi", phone=DANA, user_id=self.salesman.id)
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.salesman.id)

    def told(self, **values):
        """:return: list of (user, facts) who were told of one incoming text"""
        users = {u.partner_id.id: u for u in self.env["res.users"].search([])}
        heard = self.heard("kala_comm/incoming", lambda: self.incoming(**values))
        return [(users[channel[2]], facts) for channel, facts in heard]

    def test_no3_choice_of_the_user(self):
        """NO3: each user chooses per kind: by the browser too, in Odoo only, not at all."""
        for choice, expected in (
            ("push", [True]),
            ("native", [True]),
            ("in_app", [False]),
            ("off", []),
        ):
            with self.subTest(choice=choice):
                self.salesman.kala_notify_text = choice
                self.salesman.kala_notify_call = "off"
                self.assertEqual([f["native"] for _u, f in self.told(sender=DANA)], expected)

    def test_no3_own_preferences(self):
        """NO3: everybody changes his own choice, nobody another's."""
        self.salesman.with_user(self.salesman).write({"kala_notify_call": "in_app"})
        self.assertEqual(self.salesman.kala_notify_call, "in_app")
        with self.assertRaises(AccessError):
            self.colleague.with_user(self.salesman).write({"kala_notify_call": "off"})

    def test_no3_choice_of_each_of_many(self):
        """NO3: where everybody is told, those who chose not to be are left out."""
        self.sms_line.notify_all = True
        self.colleague.kala_notify_text = "off"
        users = [user for user, _facts in self.told(sender=DANA)]
        self.assertIn(self.salesman, users)
        self.assertNotIn(self.colleague, users)

    def test_no3_test_notification(self):
        """NO3: the test takes the real way, to the user who asks, and is known by its token."""
        notifier = self.env["kala.notifier"].with_user(self.salesman)
        ((channel, facts),) = self.heard(
            "kala_comm/incoming", lambda: notifier.test_notification("token-1")
        )
        self.assertEqual(channel[1:], ["res.partner", self.salesman.partner_id.id])
        self.assertEqual(facts["test"], "token-1")

    def test_no3_facts_of_the_test_page(self):
        """NO3: the page learns the user's choices, in his words, and the company's setting."""
        self.salesman.kala_notify_email = "off"
        self.company.kala_notify_text = False
        facts = self.env["kala.notifier"].with_user(self.salesman).test_facts()
        self.assertFalse(facts["texts_on"])
        choices = {c["family"]: c["choice"] for c in facts["choices"]}
        self.assertEqual(
            choices, dict.fromkeys(self.salesman._KALA_NOTIFY, "push") | {"email": "off"}
        )
        self.assertEqual(facts["choices"][2]["label"], "Incoming e-mails")
