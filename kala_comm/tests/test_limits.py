from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import DANA, KalaCommon

GERMAN, POLISH, AMERICAN = "+4915112345678", "+48601234567", "+12125550123"

#: countries that may be written to, whether premium numbers are allowed, number → whether it is
#: written to
COUNTRIES = [
    ((), False, DANA, True),
    ((), False, GERMAN, True),
    ((), False, "+449098790001", False),
    ((), True, "+449098790001", True),
    (("IL",), False, DANA, True),
    (("IL",), False, GERMAN, False),
    (("IL", "DE"), False, GERMAN, True),
    (("IL",), True, "+449098790001", False),
    (("GB",), True, "+449098790001", True),
    (("GB",), False, "+449098790001", False),
    # One calling code, several countries.
    (("CA",), False, AMERICAN, False),
    (("US",), False, AMERICAN, True),
]


@tagged("post_install", "-at_install")
class TestLimits(KalaCommon):
    """What a company may limit: whom it writes to, how much one user writes, and who sends to
    many. All of it is off at first."""

    def countries(self, *codes):
        return self.env["res.country"].search([("code", "in", codes)])

    def test_countries(self):
        for codes, premium, number, allowed in COUNTRIES:
            with self.subTest(codes=codes, premium=premium, number=number):
                self.company.kala_country_ids = self.countries(*codes)
                self.company.kala_premium_allowed = premium
                lead = self.lead(phone=number)
                if allowed:
                    self.assertEqual(lead.kala_send("sms", "Hi", number=number).state, "queued")
                else:
                    with self.assertRaisesRegex(UserError, "administrator"):
                        lead.kala_send("sms", "Hi", number=number)

    def test_countries_just_before_it_leaves(self):
        """As with consent: what was queued before is asked once more."""
        message = self.lead(phone=DANA).kala_send("sms", "Hi")
        self.company.kala_country_ids = self.countries("PL")
        self.dispatch()
        self.assertEqual((message.state, message.failure_kind), ("failed", "rejected"))

    def test_messages_of_a_user(self):
        """Each user has his own; what failed at once counts no message; 0 is no limit."""
        lead = self.lead(phone=DANA, user_id=self.salesman.id)
        as_salesman = lead.with_user(self.salesman)
        for _n in range(3):
            as_salesman.kala_send("sms", "Hi")
        self.company.kala_user_day_limit = 4
        last = as_salesman.kala_send("sms", "Hi")
        self.assertEqual(last.sudo().state, "queued")
        with self.assertRaisesRegex(UserError, "4 messages"):
            as_salesman.kala_send("sms", "Hi")
        self.assertEqual(lead.with_user(self.manager).kala_send("sms", "Hi").state, "queued")
        self.env.cr.execute(
            """UPDATE kala_communication SET create_date = create_date - interval '25 hours'
                WHERE id = %s""",
            [last.id],
        )
        self.assertEqual(as_salesman.kala_send("sms", "Hi").sudo().state, "queued")

    def test_no_negative_limits(self):
        for name in ("kala_user_day_limit", "kala_approve_above"):
            with self.assertRaises(ValidationError):
                self.company[name] = -1

    def mass(self, user, count):
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "phone": f"+9725023400{n:02}"} for n in range(count)]
        )
        return (
            self.env["kala.mass.send"]
            .with_user(user)
            .create({"name": "Sale", "record_ids": people.ids, "body": "Hi"})
        )

    def test_second_person(self):
        """Above the number somebody else approves: not who made it, not who sends it; another text
        is another matter."""
        self.company.kala_approve_above = 2
        small, large = self.mass(self.manager, 2), self.mass(self.manager, 3)
        small.action_start()
        self.assertEqual(small.state, "preparing")
        self.assertTrue(large.needs_approval)
        with self.assertRaisesRegex(UserError, "second person"):
            large.action_start()
        with self.assertRaisesRegex(UserError, "another user"):
            large.action_approve()
        admin = self.env.ref("base.user_admin")
        large.with_user(admin).action_approve()
        large.invalidate_recordset()
        self.assertFalse(large.needs_approval)
        self.assertEqual(large.approver_id, admin)
        with self.assertRaisesRegex(UserError, "second person"):
            # Who approved it does not send it.
            large.with_user(admin).action_start()
        large.body = "Hi again"
        self.assertFalse(large.approver_id)
        with self.assertRaisesRegex(UserError, "second person"):
            large.action_start()
        large.with_user(admin).action_approve()
        large.action_start()
        self.assertEqual((large.state, large.approver_id), ("preparing", admin))

    def test_second_person_by_rpc(self):
        """One call to as many records is no way around him."""
        self.company.kala_approve_above = 2
        leads = self.env["crm.lead"].create(
            [{"name": "L", "phone": f"+9725023401{n:02}", "user_id": False} for n in range(3)]
        )
        mine = leads.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "mass send"):
            mine.kala_send("sms", "Hi")
        self.assertEqual(len(mine[:2].kala_send("sms", "Hi")), 2)

    def test_messages_of_a_user_to_several(self):
        """They count, too, and more than the limit fail with the reason."""
        self.company.kala_user_day_limit = 2
        leads = self.env["crm.lead"].create(
            [{"name": "L", "phone": f"+9725023401{n:02}", "user_id": False} for n in range(3)]
        )
        sent = leads.with_user(self.manager).kala_send("sms", "Hi").sudo()
        self.assertEqual(sent.mapped("state"), ["queued", "queued", "failed"])
        with self.assertRaisesRegex(UserError, "2 messages"):
            leads[:1].with_user(self.manager).kala_send("sms", "Hi")
