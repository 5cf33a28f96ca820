"""LO5: the calendar of the report."""

from datetime import timedelta

from odoo.tests import tagged

from .tour_common import LAPTOP, TourCommon


@tagged("post_install", "-at_install")
class TestReportCalendar(TourCommon):
    def test_lo5_calendar_at_forty_messages_a_day(self):
        """LO5: forty messages of one day stay readable: the month shows a few of them and says
        how many more there are; a click lists the day. In English and in Hebrew."""
        noon = self.now.replace(hour=9, minute=0, second=0)
        for n in range(40):
            self.log(
                self.kitchen, body=f"Message {n}", direction="in", date=noon + timedelta(minutes=n)
            )
        for lang in ("en_US", "he_IL"):
            with self.subTest(lang=lang):
                self.tour(
                    "/odoo/communications?view_type=calendar",
                    "kala_comm_report_calendar",
                    LAPTOP,
                    lang,
                )
