from odoo.tests import BaseCase, tagged

from ..tools.number import spell


@tagged("post_install", "-at_install")
class TestNumber(BaseCase):
    """SM1: each gateway gets numbers in its own spelling."""

    def test_spellings(self):
        for number, style, region, expected in [
            ("+972502345678", "e164", "IL", "+972502345678"),
            ("+972502345678", "digits", "IL", "972502345678"),
            ("+972502345678", "local", "IL", "0502345678"),
            ("+972722776772", "local", "IL", "0722776772"),
            ("+972501234567", "local", "IL", "0501234567"),
            ("+48512345678", "local", "IL", "48512345678"),
            ("+48512345678", "local", "PL", "512345678"),
            ("+972502345678", "local", None, "972502345678"),
            ("*2700", "local", "IL", "*2700"),
            ("GalilTours", "digits", "IL", "GalilTours"),
            ("61234", "local", "IL", "61234"),
            ("", "local", "IL", ""),
            (False, "digits", None, ""),
        ]:
            with self.subTest(number=number, style=style, region=region):
                self.assertEqual(spell(number, style, region), expected)
