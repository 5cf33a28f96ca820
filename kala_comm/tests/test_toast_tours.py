from odoo.tests import tagged

from .common import DANA
from .tour_common import LAPTOP, PHONE, SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestToastTours(TourCommon):
    """NO1, NO2: what comes in is told at the foot of the screen, and answered there."""

    def setUp(self):
        super().setUp()
        self.company.kala_default_responsible_text_id = self.manager
        # What is simulated comes on this line.
        (self.env["kala.line"].search([]) - self.sms_line).active = False

    def _on(self, screens, name, action="notification_test_action"):
        action = self.env.ref(f"kala_comm.{action}")
        for size, lang in screens:
            with self.subTest(size=size, lang=lang):
                self.tour(f"/odoo/action-{action.id}", name, size=size, lang=lang, has_axe=True)

    def test_no1_cards(self):
        """NO1: at most three cards, one for each contact, at the foot's end, beside the menu; the
        keyboard reaches them, Esc closes them, and one can read them."""
        self._on(SCREENS, "kala_comm_toasts")

    def test_no1_card_and_dialog(self):
        """NO1: a card does not lie over the buttons of a dialog."""
        screens = [(LAPTOP, "en_US"), (PHONE, "he_IL")]
        self._on(screens, "kala_comm_toasts_and_dialog", "kala_simulate_action")

    def test_no1_answer_in_a_small_window(self):
        """NO1, LO4: "Answer" opens the conversation at the foot; what comes there needs no card,
        the answer leaves, and the page behind it stays."""
        for screen in SCREENS:
            self._on([screen], "kala_comm_small_window")
            answer = self.env["kala.communication"].search(
                [("contact_value", "=", DANA), ("direction", "=", "out")]
            )
            self.assertEqual(answer.mapped("body"), ["Tomorrow at nine."])
            self.env["kala.communication"].search([("contact_value", "=", DANA)]).unlink()

    def test_no1_done(self):
        """NO1, TA3: "Done" closes the task of the message."""
        self.env["mail.activity"].search([]).unlink()
        self._on([(LAPTOP, "en_US")], "kala_comm_toast_done")
        message = self.env["kala.communication"].search([("contact_value", "=", DANA)])
        self.assertEqual(len(message), 1)
        self.assertFalse(self.kitchen.activity_ids, "its task is closed")

    def test_no1_windows_side_by_side(self):
        """NO1: several windows; folded; opened on the record."""
        self._on([("1920x1080", "en_US"), ("1920x1080", "he_IL")], "kala_comm_small_windows")
