"""LO12: the dashboard in a browser."""

from datetime import timedelta

from odoo.tests import tagged

from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestDashboardTour(TourCommon):
    def setUp(self):
        super().setUp()
        self.env["kala.communication"].search([]).unlink()
        self.manager.tz = "Asia/Jerusalem"
        lines = self.env["kala.communication"]
        for days, values in (
            (20, {"direction": "in"}),
            (20, {"direction": "out", "priority": 0}),
            (2, {"direction": "in"}),
            (1, {"direction": "in"}),
            (1, {"direction": "out", "state": "failed", "failure_kind": "address", "priority": 0}),
        ):
            lines += self.log(
                self.kitchen,
                date=self.now - timedelta(days=days, seconds=-len(lines)),
                user_id=self.manager.id,
                line_id=self.sms_line.id,
                body="Hello",
                **values,
            )
        self.env["kala.answer.due"]._note(lines.ids)
        self.env.flush_all()
        with self.job() as env:
            env["kala.answer"]._cron_count()
        self.env.invalidate_all()

    def test_lo12_dashboard(self):
        """LO12: figures, charts and table, on a laptop and a phone, in English and in Hebrew; each
        figure opens its records, and one comes back to what one had chosen."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.tour(
                    "/odoo/communication-dashboard",
                    "kala_comm_dashboard",
                    size,
                    lang,
                    has_axe=True,
                )
