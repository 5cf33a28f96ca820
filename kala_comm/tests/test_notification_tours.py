from odoo.tests import tagged

from .tour_common import LAPTOP, TourCommon


@tagged("post_install", "-at_install")
class TestNotificationTours(TourCommon):
    """NO1, NO3: what each user chooses, in both directions of writing."""

    def test_no1_preferences(self):
        """NO1, NO3: the way of each kind, its sound and the quiet hours, in the preferences."""
        for lang in ("en_US", "he_IL"):
            with self.subTest(lang=lang):
                self.manager.write(
                    {
                        "kala_notify_email": False,
                        "kala_sound_call": False,
                        "kala_quiet": False,
                        "kala_quiet_calls": False,
                    }
                )
                path = "/odoo/test-my-notifications"
                self.tour(path, "kala_comm_preferences", size=LAPTOP, lang=lang)
                self.assertEqual(
                    (self.manager.kala_notify_email, self.manager.kala_sound_call),
                    ("off", "on"),
                )
                self.assertTrue(self.manager.kala_quiet and self.manager.kala_quiet_calls)
                self.assertEqual(self.manager.kala_quiet_from, 21.5)
