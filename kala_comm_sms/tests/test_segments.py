from odoo.tests import BaseCase, tagged

from ..tools.segments import Segments, count_segments

EMOJI = "\U0001f600"
#: Every row of docs/providers.md, 11.2: name, text, (encoding, units, messages).
CASES = [
    ("empty", "", ("GSM-7", 0, 0)),
    ("160 a", "a" * 160, ("GSM-7", 160, 1)),
    ("161 a", "a" * 161, ("GSM-7", 161, 2)),
    ("306 a", "a" * 306, ("GSM-7", 306, 2)),
    ("307 a", "a" * 307, ("GSM-7", 307, 3)),
    ("159 a and a euro", "a" * 159 + "€", ("GSM-7", 161, 2)),
    ("158 a and a euro", "a" * 158 + "€", ("GSM-7", 160, 1)),
    (
        "a euro that would straddle",
        "a" * 152 + "€" + "a" * 152,
        ("GSM-7", 306, 3),
    ),
    ("a euro that just fits", "a" * 151 + "€" + "a" * 153, ("GSM-7", 306, 2)),
    ("70 alef", "א" * 70, ("UCS-2", 70, 1)),
    ("71 alef", "א" * 71, ("UCS-2", 71, 2)),
    ("134 alef", "א" * 134, ("UCS-2", 134, 2)),
    ("135 alef", "א" * 135, ("UCS-2", 135, 3)),
    ("35 emoji", EMOJI * 35, ("UCS-2", 70, 1)),
    ("36 emoji", EMOJI * 36, ("UCS-2", 72, 2)),
    ("67 emoji: 33 in each part", EMOJI * 67, ("UCS-2", 134, 3)),
    ("one foreign character", "a" * 70 + "₪", ("UCS-2", 71, 2)),
]


@tagged("post_install", "-at_install")
class TestSegments(BaseCase):
    """SM3: every row of docs/providers.md, 11.2."""

    def test_counts(self):
        for name, text, expected in CASES:
            with self.subTest(name):
                self.assertEqual(count_segments(text), Segments(*expected))

    def test_nothing(self):
        for text in (None, False, ""):
            self.assertEqual(count_segments(text).count, 0)

    def test_basic_table(self):
        """Each character of the table costs one septet."""
        rows = [
            "@£$¥èéùìòÇ\nØø\rÅå",
            "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
            " !\"#¤%&'()*+,-./",
            "0123456789:;<=>?",
            "¡ABCDEFGHIJKLMNO",
            "PQRSTUVWXYZÄÖÑÜ§",
            "¿abcdefghijklmno",
            "pqrstuvwxyzäöñüà",
        ]
        self.assertEqual(sum(map(len, rows)), 127, "and the escape")
        for row in rows:
            with self.subTest(row):
                self.assertEqual(count_segments(row), ("GSM-7", len(row), 1))

    def test_extension_table(self):
        for character in "\f^{}\\[~]|€":
            with self.subTest(character):
                self.assertEqual(count_segments(character), ("GSM-7", 2, 1))

    def test_outside_gsm(self):
        for character in "אתם₪“”‘’–—…`\t\u00a0ç\u200e\u200f\x1b😀":
            with self.subTest(character):
                self.assertEqual(count_segments("a" + character).encoding, "UCS-2")
