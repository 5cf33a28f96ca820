from odoo.tests import tagged

from .common import DANA, NOA, OMER
from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestAnswerTour(TourCommon):
    """What people click around the text of an answer."""

    def test_lo2_se3_se5_on_every_screen(self):
        """LO2, SE3, SE5: a number that wrote is saved on the card; files go up, by paste, too, 300
        are refused, and one that fails goes up again; "…" sends to a colleague and falls back."""
        self.colleague.partner_id.phone = OMER
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.kitchen.kala_phone2 = False
                self.incoming(sender=DANA, channel="whatsapp", text="On Monday?")
                self.log(
                    self.kitchen,
                    direction="in",
                    channel="whatsapp",
                    contact_value=NOA,
                    body="Or Tuesday?",
                )
                self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_answer_more", size, lang)
                self.assertEqual(self.kitchen.kala_phone2, NOA)
                answer = self.env["kala.communication"].search(
                    [("lead_id", "=", self.kitchen.id), ("direction", "=", "out")], limit=1
                )
                self.assertEqual(answer.contact_value, OMER)
                self.assertEqual(answer.fallback_channel, "sms")
                self.assertEqual(
                    sorted(answer.attachment_ids.mapped("name")), ["again.txt", "plan.txt"]
                )
                self.kitchen.kala_communication_ids.unlink()
                self.env["kala.draft"].search([]).unlink()

    def test_te5_save_as_template_on_every_screen(self):
        """TE5: on a message of ours: two clicks, and one to save."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.log(self.kitchen, direction="out", state="sent", body="We come at nine.")
                self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_save_template", size, lang)
                made = self.env["kala.template"].search([("body", "=", "We come at nine.")])
                self.assertEqual((made.name, made.user_id), ("On our way", self.manager))
                made.unlink()
                self.kitchen.kala_communication_ids.unlink()
