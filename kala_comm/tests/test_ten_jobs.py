"""The most frequent jobs, with what each costs: clicks, and keys that are no text
(``static/tests/tours/count_tours.js``, ``docs/jobs.md``)."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA
from .tour_common import SCREENS, TourCommon

INBOX = "/odoo/communication-inbox"


@tagged("post_install", "-at_install")
class TestTenJobs(TourCommon):
    def setUp(self):
        super().setUp()
        self.bathroom = self.lead("Bathroom", partner_id=self.dana.id, user_id=self.manager.id)
        self.env["kala.template"].create(
            {"name": "Welcome", "channel": "sms", "body": "Hello {{first_name}}"}
        )

    def begin(self):
        """Dana has written about both leads, about the kitchen last; nothing of the screen before
        is left."""
        self.env["mail.activity"].search([]).unlink()
        (self.kitchen | self.bathroom).kala_communication_ids.unlink()
        self.env["kala.draft"].search([]).unlink()
        # Who was attached by hand stays there (MA9).
        self.env["kala.contact.point"].search([("pinned", "=", True)]).unlink()
        before = self.now - timedelta(days=2)
        self.log(self.bathroom, body="of the bathroom", direction="in", date=before)
        self.log(self.kitchen, body="Good morning", direction="in")

    def ask(self):
        self.begin()
        message = self.incoming(sender=DANA, text="On Monday?")
        self.assertEqual(message.lead_id, self.kitchen)

    def miss_a_call(self):
        call = {"channel": "voice", "kind": "call", "call_status": "missed"}
        self.log(self.kitchen, direction="in", **call)
        self.kitchen.activity_schedule("mail.mail_activity_data_call", user_id=self.manager.id)

    def test_jobs_of_a_record(self):
        """LO2, VO2, TA6, TA3, LO4, TE1, WI4, MA9: history 0, call back 2, put off 2, done 1,
        answer 1, template 2, schedule 3, attach 2."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.ask()
                self.miss_a_call()
                self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_jobs_of_a_record", size, lang)
                told = self.kitchen.kala_communication_ids
                sent = told.filtered(lambda c: c.direction == "out")
                self.assertEqual(len(sent), 3)

    def test_lo11_search(self):
        """LO11: search 2."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.ask()
                self.tour(INBOX, "kala_comm_jobs_of_the_inbox", size, lang)

    def test_ta5_assign(self):
        """TA5: assign 2."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.kitchen.user_id = self.manager
                self.ask()
                self.tour(INBOX, "kala_comm_jobs_assign", size, lang)
                self.assertEqual(self.kitchen.user_id, self.salesman)

    def test_de4_resend(self):
        """DE4: resend in the list 1."""
        with self.provider_answers(SendResult.refused("rejected", "Not now.")):
            for n in range(len(SCREENS)):
                self.kitchen.kala_send("sms", body=f"Offer {n}", number=DANA)
            self.dispatch()
        offers = self.kitchen.kala_communication_ids
        self.assertEqual(offers.mapped("state"), ["failed"] * len(SCREENS))
        for offer, (size, lang) in zip(offers, SCREENS, strict=True):
            with self.subTest(size=size, lang=lang):
                self.let_fail(offer, offers)
                self.tour("/odoo/communication-failed", "kala_comm_jobs_resend", size, lang)
                self.assertEqual(offer.state, "delivered")

    def let_fail(self, one, all_of_them):
        """One of them stands in the list; nobody may set a state, so the database does."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET state = CASE WHEN id = %s THEN 'failed' ELSE 'cancelled' END
                WHERE id = ANY(%s)""",
            [one.id, all_of_them.ids],
        )
        self.env.invalidate_all()
