from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import LazyTranslate, translate

from ..tools.kept import kept, read_kept

_lt = LazyTranslate(__name__)

ADDONS = ("kala_comm_parrot", "kala_comm")
PARROT = {
    "The parrot sleeps.": "התוכי ישן.",
    "%s sleeps in %s.": "%s ישן ב%s.",
    "%(host)s gave no answer: %(why)s": "אין תשובה מ-%(host)s: %(why)s",
    "%(host)s gave no answer: no end within %(seconds)d seconds": (
        "%(host)s לא סיים בתוך %(seconds)d שניות"
    ),
    "Take %(first)s before %(second)s.": "לפני %(second)s קחו %(first)s.",
    "%s%% of the parrots sleep.": "%s%% מהתוכים ישנים.",
    "%(name)s: %(state)s": "לא",
}
CORE = {"Paused by %s": "הושהה על ידי %s"}


@tagged("post_install", "-at_install")
class TestKept(BaseCase):
    """AD4, DE2: a sentence is kept in English before anybody knows its reader."""

    def setUp(self):
        super().setUp()
        known = {
            ("kala_comm_parrot", "he_IL"): PARROT,
            ("kala_comm", "he_IL"): CORE,
            ("kala_comm_parrot", "en_US"): {},
            ("kala_comm", "en_US"): {},
        }
        self.enterContext(patch.dict(translate.code_translations.python_translations, known))

    def test_ad4_it_is_read_in_the_readers_language(self):
        for said, hebrew in [
            ("The parrot sleeps.", "התוכי ישן."),
            # Codes stand around it.
            ("The parrot sleeps. (Parrot -2)", "התוכי ישן. (Parrot -2)"),
            ("(100/33) The parrot sleeps.", "(100/33) התוכי ישן."),
            ("(7) The parrot sleeps. (Parrot 7)", "(7) התוכי ישן. (Parrot 7)"),
            # Values, by their place and by their names; what says most is taken.
            ("Polly sleeps in Haifa.", "Polly ישן בHaifa."),
            ("a.example gave no answer: refused", "אין תשובה מ-a.example: refused"),
            (
                "a.example gave no answer: no end within 30 seconds",
                "a.example לא סיים בתוך 30 שניות",
            ),
            ("Take seeds before water.", "לפני water קחו seeds."),
            ("5% of the parrots sleep.", "5% מהתוכים ישנים."),
            ("Paused by Dana", "הושהה על ידי Dana"),
            # A value of several lines, and one with signs of its own.
            ("Take %(second)s before a\nb.", "לפני a\nb קחו %(second)s."),
            # The provider's own words, and what is short enough to be anything.
            ("The parrot is out.", "The parrot is out."),
            ("Polly: asleep", "Polly: asleep"),
            ("", ""),
            ("()", "()"),
        ]:
            with self.subTest(said):
                self.assertEqual(read_kept(said, ADDONS, "he_IL"), hebrew)
                self.assertEqual(read_kept(said, ADDONS, "en_US"), said)

    def test_ad4_a_list_looks_once(self):
        """AD4: a list of a thousand messages that failed alike compares the sentence with the
        catalogues once, and what providers said does not fill the memory."""
        read_kept.cache_clear()
        self.addCleanup(read_kept.cache_clear)
        for _n in range(80):
            read_kept("The parrot is out.", ADDONS, "he_IL")
        self.assertEqual(read_kept.cache_info().misses, 1)
        for n in range(2000):
            read_kept(f"{n}", ADDONS, "en_US")
        self.assertLess(read_kept.cache_info().currsize, 2000)

    def test_ad4_it_is_kept_in_english(self):
        self.assertEqual(kept(_lt("Paused by %s", "Dana")), "Paused by Dana")
        self.assertEqual(
            kept(_lt("Take %(first)s before %(second)s.", first="100%", second="x")),
            "Take 100% before x.",
        )
