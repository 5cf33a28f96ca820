from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import DANA
from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestDraftTour(TourCommon):
    """What people see of their drafts, and of what still waits."""

    def test_lo10_draft_and_wi4_change(self):
        """LO10, WI4: a draft is kept and tells of a colleague; ↑ changes what waits."""
        self.incoming(sender=DANA, channel="sms", text="On Monday?")
        for size, lang in SCREENS[::3]:
            with self.subTest(size=size, lang=lang):
                self._one_screen(size, lang)

    def _one_screen(self, size, lang):
        path = f"/odoo/crm/{self.kitchen.id}"
        self.tour(path, "kala_comm_draft_begin", size, lang)
        drafts = self.env["kala.draft"].with_user(self.manager)
        self.assertEqual(drafts.find("crm.lead", self.kitchen.id)["body"], "Dear Dana,")
        later = fields.Datetime.now() + timedelta(days=1)
        waiting = self.log(
            self.kitchen,
            direction="out",
            state="scheduled",
            body="See you tomorrow",
            contact_value=DANA,
            send_after=later,
        )
        self.log(
            self.kitchen,
            direction="out",
            state="sent",
            contact_value=DANA,
            user_id=self.salesman.id,
            date=fields.Datetime.now() + timedelta(seconds=5),
        )
        self.tour(path, "kala_comm_draft_end", size, lang)
        self.assertEqual(waiting.body, "See you on Friday")
        self.assertEqual(waiting.state, "scheduled")
        self.assertFalse(drafts.find("crm.lead", self.kitchen.id)["version"])
        self.kitchen.kala_communication_ids.unlink()
