"""MA6: one key for every spelling of an address (providers.md 11.1)."""

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.phone import (
    ContactKey,
    email_key,
    format_phone,
    is_mobile,
    phone_key,
)

ISRAELI = "+972502345678"

#: region, spelling, E.164
NUMBERS = [
    # every spelling of one Israeli mobile
    ("IL", "050-234-5678", ISRAELI),
    ("IL", "050-2345678", ISRAELI),
    ("IL", "0502345678", ISRAELI),
    ("IL", "050 234 5678", ISRAELI),
    ("IL", "(050) 234-5678", ISRAELI),
    ("IL", "050.234.5678", ISRAELI),
    ("IL", "050/2345678", ISRAELI),
    ("IL", "502345678", ISRAELI),
    ("IL", "972502345678", ISRAELI),
    ("IL", "+972502345678", ISRAELI),
    ("IL", "+972 50-234-5678", ISRAELI),
    ("IL", "+972-50-234-5678", ISRAELI),
    ("IL", "+972 (0)50 234 5678", ISRAELI),
    ("IL", "+9720502345678", ISRAELI),
    ("IL", "9720502345678", ISRAELI),
    ("IL", "00972502345678", ISRAELI),
    ("IL", "009720502345678", ISRAELI),
    ("IL", "00 972 50 234 5678", ISRAELI),
    ("IL", "+00972502345678", ISRAELI),
    ("IL", "012972502345678", ISRAELI),
    ("IL", "013 972 50 234 5678", ISRAELI),
    ("IL", " 0502345678\n", ISRAELI),
    ("IL", "tel:+972-50-234-5678", ISRAELI),
    ("IL", "tel:0502345678;phone-context=+972", ISRAELI),
    ("IL", "sip:0502345678@pbx.example.com", ISRAELI),
    ("IL", "sips:972502345678@pbx.example.com:5061;transport=tls", ISRAELI),
    ("IL", "whatsapp:+972502345678", ISRAELI),
    ("IL", "972502345678@c.us", ISRAELI),
    ("IL", "972502345678@s.whatsapp.net", ISRAELI),
    ("IL", '"Dana" <sip:0502345678@pbx.example.com>', ISRAELI),
    ("IL", "050-234-5678 ext. 12", ISRAELI),
    ("IL", "050-234-5678 x12", ISRAELI),
    ("IL", "+972502345678 ext 5", ISRAELI),
    ("IL", "+972-50-234-5678, ext. 5", ISRAELI),
    ("IL", "+972502345678 #5", ISRAELI),
    ("IL", "+972502345678 extension 5", ISRAELI),
    ("IL", "972502345678 x5", ISRAELI),
    ("IL", "+1 415 555 2671 x12", "+14155552671"),
    ("IL", "+972502345678 שלוחה 5", ISRAELI),
    # two in one field: the first; or their last digits
    ("IL", "050-2345678/9", ISRAELI),
    ("IL", "+972-50-234-5678/79", ISRAELI),
    ("IL", "050-2345678, 052-2345678", ISRAELI),
    ("IL", "050-2345678 / 052-2345678", ISRAELI),
    ("IL", "050-2345678 052-2345678", ISRAELI),
    ("IL", "050-234-5678\n052-234-5678", ISRAELI),
    ("IL", "+972502345678 +14155552671", ISRAELI),
    ("IL", "050-2345678 or 052-2345678", ISRAELI),
    ("IL", "נייד 050-2345678 / 052-2345678", ISRAELI),
    ("IL", "050-2345678 או 052-2345678", ISRAELI),
    # marks that right-to-left texts bring along, other digits, odd dashes
    ("IL", "\u200e050-234-5678\u200f", ISRAELI),
    ("IL", "\u202a+972 50-234-5678\u202c", ISRAELI),
    ("IL", "\u2066+972502345678\u2069", ISRAELI),
    ("IL", "050\u2013234\u20115678", ISRAELI),
    ("IL", "050\u00a0234\u00a05678", ISRAELI),
    ("IL", "٠٥٠٢٣٤٥٦٧٨", ISRAELI),
    ("IL", "＋９７２５０２３４５６７８", ISRAELI),
    ("IL", "נייד 050-234-5678", ISRAELI),
    ("IL", "נייד: 050-234-5678", ISRAELI),
    ("IL", "office 03-1234567 (ask for Dana)", "+97231234567"),
    # possible, not valid: they count (the traps of 11.1)
    ("IL", "050-1234567", "+972501234567"),
    ("IL", "+9720501234567", "+972501234567"),
    ("IL", "052-1234567", "+972521234567"),
    ("IL", "054-1234567", "+972541234567"),
    ("IL", "055-1234567", "+972551234567"),
    ("IL", "057-1234567", "+972571234567"),
    ("IL", "058-1234567", "+972581234567"),
    ("IL", "059-1234567", "+972591234567"),
    ("IL", "972501234567", "+972501234567"),
    ("IL", "073-1234567", "+972731234567"),
    ("IL", "074-1234567", "+972741234567"),
    ("IL", "076-1234567", "+972761234567"),
    ("IL", "078-1234567", "+972781234567"),
    ("IL", "079-1234567", "+972791234567"),
    # other Israeli kinds
    ("IL", "053-1234567", "+972531234567"),
    ("IL", "055-2234567", "+972552234567"),
    ("IL", "056-1234567", "+972561234567"),
    ("IL", "072-2776772", "+972722776772"),
    ("IL", "077-1234567", "+972771234567"),
    ("IL", "03-1234567", "+97231234567"),
    ("IL", "97231234567", "+97231234567"),
    ("IL", "02-5123456", "+97225123456"),
    ("IL", "1-700-700-700", "+9721700700700"),
    ("IL", "1-800-123-456", "+9721800123456"),
    ("IL", "1700700700", "+9721700700700"),
    # foreigners who write to an Israeli line: digits of WhatsApp, with and without +
    ("IL", "14155552671", "+14155552671"),
    ("IL", "+14155552671", "+14155552671"),
    ("IL", "0014155552671", "+14155552671"),
    ("IL", "447911123456", "+447911123456"),
    ("IL", "00447911123456", "+447911123456"),
    ("IL", "48512345678", "+48512345678"),
    ("IL", "4915112345678", "+4915112345678"),
    ("IL", "79161234567", "+79161234567"),
    ("IL", "5511961234567", "+5511961234567"),
    ("IL", "5491123456789", "+5491123456789"),
    # seen from elsewhere
    ("US", "(415) 555-2671", "+14155552671"),
    ("US", "415-555-2671", "+14155552671"),
    ("US", "1 415 555 2671", "+14155552671"),
    ("US", "4155552671", "+14155552671"),
    ("US", "011 972 50 234 5678", ISRAELI),
    ("US", "+972502345678", ISRAELI),
    ("US", "972502345678", ISRAELI),
    ("US", "415-555-2671 ext 7", "+14155552671"),
    ("US", "415-555-2671, 415-555-2672", "+14155552671"),
    ("DE", "0151/12345678", "+4915112345678"),
    ("DE", "030/123456", "+4930123456"),
    ("DE", "030 12345/67", "+49301234567"),
    ("GB", "07911 123456", "+447911123456"),
    ("GB", "7911123456", "+447911123456"),
    ("GB", "+44 (0)7911 123456", "+447911123456"),
    ("GB", "0044 7911 123456", "+447911123456"),
    ("GB", "447911123456", "+447911123456"),
    ("GB", "020 7946 0018", "+442079460018"),
    ("PL", "512 345 678", "+48512345678"),
    ("PL", "48512345678", "+48512345678"),
    ("PL", "0048 512 345 678", "+48512345678"),
    ("PL", "22 123 45 67", "+48221234567"),
    ("DE", "0151 12345678", "+4915112345678"),
    ("DE", "4915112345678", "+4915112345678"),
    ("DE", "030 123456", "+4930123456"),
    ("DE", "+49 (0) 30 123456", "+4930123456"),
    ("BR", "(11) 96123-4567", "+5511961234567"),
    ("BR", "11961234567", "+5511961234567"),
    ("BR", "5511961234567", "+5511961234567"),
    ("BR", "+55 11 96123-4567", "+5511961234567"),
    ("AR", "011 15-2345-6789", "+5491123456789"),
    ("AR", "+54 9 11 2345 6789", "+5491123456789"),
    ("AR", "5491123456789", "+5491123456789"),
    ("RU", "8 (916) 123-45-67", "+79161234567"),
    ("RU", "+7 916 123 45 67", "+79161234567"),
    ("RU", "79161234567", "+79161234567"),
    ("RU", "9161234567", "+79161234567"),
    # no country known: international spellings only
    (None, "+972502345678", ISRAELI),
    (None, "00972502345678", ISRAELI),
    (None, "972502345678", ISRAELI),
]

#: What is no phone number keeps its own characters.
RAW = [
    ("IL", "*2700", "*2700"),
    ("IL", "100", "100"),
    ("IL", "101", "101"),
    ("IL", "112", "112"),
    ("IL", "12345", "12345"),
    ("US", "72345", "72345"),
    ("IL", "Bank Leumi", "bank leumi"),
    ("IL", "INFO-019", "info-019"),
    ("IL", "019SMS", "019sms"),
    ("IL", "Amazon", "amazon"),
    ("IL", "AMAZON ", "amazon"),
    ("IL", "Fedex2", "fedex2"),
    ("IL", "ID0502345678", "id0502345678"),
    ("IL", "*2700 ext 5", "*2700"),
    ("IL", "x12", "x12"),
    ("IL", "Order 1234567", "order 1234567"),
    ("IL", "הבנק שלי", "הבנק שלי"),
    ("IL", "\u200fהבנק שלי", "הבנק שלי"),
    ("IL", "+12", "+12"),
    (None, "0502345678", "0502345678"),
    ("IL", "0" * 40, "0" * 40),
    ("IL", "9" * 100, "9" * 64),
]

#: Nobody at all.
WITHHELD = [
    "",
    " ",
    None,
    "anonymous",
    "Anonymous",
    "RESTRICTED",
    "private",
    "Unknown",
    "withheld",
    "unavailable",
    "blocked",
    "sip:anonymous@anonymous.invalid",
    "<sip:anonymous@anonymous.invalid>",
    "חסוי",
    "0",
    "+",
    "-",
    "\u200e",
    "null",
]


@tagged("post_install", "-at_install")
class TestPhone(BaseCase):
    def test_ma6_spellings(self):
        """MA6: phones in any spelling reach the same key."""
        for region, spelling, e164 in NUMBERS:
            with self.subTest(region=region, spelling=spelling):
                self.assertEqual(phone_key(spelling, region), ContactKey("phone", e164))

    def test_ma6_key_of_a_key_is_itself(self):
        """MA6: a key that is read again, in whatever country, stays what it is."""
        for e164 in {e164 for _region, _spelling, e164 in NUMBERS}:
            for region in ("IL", "US", "PL", "AR", None):
                with self.subTest(e164=e164, region=region):
                    self.assertEqual(phone_key(e164, region), ContactKey("phone", e164))

    def test_ma6_no_phone_number(self):
        """MA6: short codes, star numbers and names of senders are kept as they came."""
        for region, spelling, kept in RAW:
            with self.subTest(region=region, spelling=spelling):
                self.assertEqual(phone_key(spelling, region), ContactKey("raw", kept))

    def test_ma6_withheld(self):
        """MA6: who hides his number is nobody: two of them are not the same person."""
        for spelling in WITHHELD:
            with self.subTest(spelling=spelling):
                self.assertIsNone(phone_key(spelling, "IL"))

    def test_ma6_email(self):
        """MA6: e-mails in any spelling."""
        for spelling, value in [
            ("dana@example.com", "dana@example.com"),
            ("Dana@Example.COM", "dana@example.com"),
            (" dana@example.com ", "dana@example.com"),
            ('"Dana L." <Dana@example.com>', "dana@example.com"),
            ("<dana@example.com>", "dana@example.com"),
            ("דנה <dana@example.com>", "dana@example.com"),
        ]:
            with self.subTest(spelling=spelling):
                self.assertEqual(email_key(spelling), ContactKey("email", value))
        for spelling in ("", None, "dana", "dana@", "@example.com", "a b@example.com", "a@b@c"):
            with self.subTest(spelling=spelling):
                self.assertIsNone(email_key(spelling))

    def test_format(self):
        """People read a number of their own country in national form."""
        for e164, region, shown in [
            (ISRAELI, "IL", "050-234-5678"),
            (ISRAELI, "US", "+972 50-234-5678"),
            (ISRAELI, None, "+972 50-234-5678"),
            ("*2700", "IL", "*2700"),
        ]:
            with self.subTest(e164=e164, region=region):
                self.assertEqual(format_phone(e164, region), shown)

    def test_se1_mobile(self):
        """SE1: who can receive a text; a landline offers Call only."""
        for e164, expected in [
            (ISRAELI, True),
            ("+972501234567", True),
            ("+972561234567", True),
            ("+97231234567", False),
            ("+97225123456", False),
            ("+972771234567", False),
            ("+9721700700700", False),
            ("+14155552671", True),
            ("+447911123456", True),
            ("+442079460018", False),
            ("*2700", False),
            ("bank leumi", False),
        ]:
            with self.subTest(e164=e164):
                self.assertEqual(is_mobile(e164), expected)
