import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

from .common import DANA
from .tour_common import TourCommon

ADDONS = Path(__file__).parents[2]


@tagged("post_install", "-at_install")
class TestQuiet(TourCommon):
    """LO4, LO9: a page that is only looked at asks the server for nothing."""

    def setUp(self):
        super().setUp()
        self.log(self.kitchen, body="Good morning", direction="in", contact_value=DANA)
        self.incoming(sender=DANA, text="On Monday?")

    def test_lo4_an_open_conversation_is_quiet(self):
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_idle_pane")

    def test_lo9_an_open_inbox_is_quiet(self):
        self.tour("/odoo/communication-inbox", "kala_comm_idle_inbox")


@tagged("post_install", "-at_install")
class TestReducedMotion(BaseCase):
    """Who wants less motion gets none: each file that moves something says so, and nothing scrolls
    smoothly."""

    def test_what_moves_stops(self):
        moving = [
            path.name
            for path in ADDONS.glob("kala_*/static/src/**/*.scss")
            if re.search(r"\b(transition|animation):(?! none)", path.read_text())
            and "prefers-reduced-motion: reduce" not in path.read_text()
        ]
        self.assertFalse(moving, "These move, also for who wants no motion.")
        smooth = [
            path.name
            for path in ADDONS.glob("kala_*/static/src/**/*")
            if path.suffix in (".js", ".scss", ".xml")
            and re.search(r"\bsmooth\b", path.read_text())
        ]
        self.assertFalse(smooth, "These scroll smoothly, also for who wants no motion.")
