from odoo.tests import tagged

from .common import DANA
from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestDraftTour(TourCommon):
    """What people see of their drafts."""

    def test_lo10_draft_is_kept(self):
        """LO10: what is typed is kept, on a laptop and a telephone, in English and in Hebrew."""
        self.incoming(sender=DANA, channel="sms", text="On Monday?")
        for size, lang in SCREENS[::3]:
            with self.subTest(size=size, lang=lang):
                self._one_screen(size, lang)

    def _one_screen(self, size, lang):
        path = f"/odoo/crm/{self.kitchen.id}"
        self.tour(path, "kala_comm_draft_begin", size, lang)
        drafts = self.env["kala.draft"].with_user(self.manager)
        self.assertEqual(drafts.find("crm.lead", self.kitchen.id)["body"], "Dear Dana,")
        self.env["kala.draft"].search([]).unlink()
