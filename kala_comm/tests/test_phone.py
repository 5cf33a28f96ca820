"""MA6: one key for every spelling of an address (providers.md 11.1)."""

import phonenumbers

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.phone import (
    ContactKey,
    dial,
    email_key,
    format_phone,
    is_mobile,
    phone_key,
    phone_keys,
    written_as,
)
from odoo.addons.kala_comm.tools.phone_spellings import respell

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


#: region, field, E.164 of all the numbers in it
SEVERAL = [
    ("IL", "0543210987 / 0543210988", ["+972543210987", "+972543210988"]),
    ("IL", "054-3210987/8", ["+972543210987", "+972543210988"]),
    ("IL", "050-2345678, 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678; 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678;052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678 | 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678 & 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678\n052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678\r\n052-2345678\r\n03-5234567", [ISRAELI, "+972522345678", "+97235234567"]),
    ("IL", "050-2345678 or 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "050-2345678 או 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "נייד 050-2345678, בית 03-5234567", [ISRAELI, "+97235234567"]),
    ("IL", "050-2345678 052-2345678", [ISRAELI, "+972522345678"]),
    ("IL", "+972502345678 +14155552671", [ISRAELI, "+14155552671"]),
    ("IL", "+972502345678/+14155552671", [ISRAELI, "+14155552671"]),
    ("IL", "050-2345678 / 050-2345678", [ISRAELI]),
    # possible only, both of them
    ("IL", "050-1234567 / 052-1234567", ["+972501234567", "+972521234567"]),
    ("PL", "512 345 678 lub 512 345 679", ["+48512345678", "+48512345679"]),
    ("DE", "0151 12345678 oder 030 123456", ["+4915112345678", "+4930123456"]),
    # one number, however it is separated
    ("DE", "0151/12345678", ["+4915112345678"]),
    ("DE", "0151/1234567", ["+491511234567"]),
    ("DE", "030 12345/67", ["+49301234567"]),
    ("IL", "050/1234567", ["+972501234567"]),
    ("IL", "03-5234567, 12", ["+97235234567"]),
]

#: What is cut off, or cannot be seen: spelling in Israel → E.164
AROUND = [
    ("+97235234567,12", "+97235234567"),
    ("+97235234567,,12#", "+97235234567"),
    ("+97235234567;12", "+97235234567"),
    ("+97235234567;ext=12", "+97235234567"),
    ("tel:+97235234567;ext=12;isub=1", "+97235234567"),
    ("+97235234567p12", "+97235234567"),
    ("03-5234567 x12", "+97235234567"),
    ("03-5234567 (ext. 12)", "+97235234567"),
    ("03-5234567 ext. 12", "+97235234567"),
    ("03-5234567 extn: 12", "+97235234567"),
    ("03-5234567 שלוחה 12", "+97235234567"),
    ("03-5234567 wew. 12", "+97235234567"),
    ("0502345678.0", ISRAELI),
    ("972502345678.0", ISRAELI),
    ("+972502345678.00", ISRAELI),
    ("502345678.0", ISRAELI),
    ("502345678,0", ISRAELI),
    ("9.72502345678E+11", ISRAELI),
    ("9.72502345678e11", ISRAELI),
    ("9,72502345678E+11", ISRAELI),
    ("5.02345678E+8", ISRAELI),
    ("9.7250234567E+11", "+972502345670"),
    ("050\u202f234\u202f5678", ISRAELI),
    ("050\u2009234\u20095678", ISRAELI),
    ("050\u3000234\u30005678", ISRAELI),
    ("050\u200b234\u200d5678", ISRAELI),
    ("050\u00ad2345678", ISRAELI),
    ("\u2068050-234-5678\u2069", ISRAELI),
    ("\u061c050-234-5678", ISRAELI),
    ("050\u2212234\u22125678", ISRAELI),
    ("０５０－２３４－５６７８", ISRAELI),
    ("۰۵۰۲۳۴۵۶۷۸", ISRAELI),
    ("+٩٧٢٥٠٢٣٤٥٦٧٨", ISRAELI),
    ("०५०२३४५६७८", ISRAELI),
]

#: Country of line or card, what claims to have its country code, whether its sender says so, key
STRANGERS = [
    ("IL", "+1 212 555 012", False, "+1212555012"),
    ("IL", "+999 502345678", False, "+999502345678"),
    ("DE", "+1 212 555 012", False, "+1212555012"),
    ("US", "+972 50 23", False, "+9725023"),
    ("FR", "+44 20 7946", False, "+44207946"),
    ("IL", "9991234567890", True, "+9991234567890"),
    ("DE", "9991234567890", True, "+9991234567890"),
    ("US", "2125550123", True, "+2125550123"),
    ("IL", "12345", True, "12345"),
    ("IL", "*2700", True, "*2700"),
]

#: Country, number, whether its sender writes the country code, E.164
CLAIMS = [
    ("IL", "4740612345", True, "+4740612345"),
    ("IL", "4512345678", True, "+4512345678"),
    ("IL", "14155552671", True, "+14155552671"),
    ("IL", "972502345678", True, ISRAELI),
    ("IL", "9720502345678", True, ISRAELI),
    ("IL", "0502345678", True, ISRAELI),
    ("IL", "00972502345678", True, ISRAELI),
    ("IL", "+0502345678", False, ISRAELI),
    ("RU", "+8 916 123-45-67", False, "+79161234567"),
    ("HU", "+06 30 123 4567", False, "+36301234567"),
]

#: Every spelling of one subscriber → its key. The first of a row is the key.
SPELLINGS = [
    ["+525512345678", "5215512345678", "+52 1 55 1234 5678", "+52 044 55 1234 5678"],
    ["+525512345678", "00525512345678", "+52 01 55 1234 5678", "+52 045 55 1234 5678"],
    ["+5491123456789", "541123456789", "+54 11 15 2345 6789", "+54 9 11 15 2345 6789"],
    ["+5493413123456", "+54 341 312 3456", "543413123456", "+54 341 15 312 3456"],
    ["+5511961234567", "551161234567", "+55 11 6123-4567", "005511961234567"],
    ["+5521987654321", "552187654321", "+55 (21) 8765-4321", "+55 21 98765 4321"],
    ["+576011234567", "5711234567", "+57 1 1234567", "+57 601 1234567"],
    ["+84701234567", "841201234567", "+84 120 123 4567"],
    ["+84321234567", "841621234567", "+84 162 123 4567"],
    ["+84591234567", "841991234567"],
    ["+2250701234567", "2250701234567", "+225 07 01 23 45 67"],
    ["+2250101020304", "22501020304", "+225 01 02 03 04"],
    ["+2250504020304", "22504020304"],
    ["+2250747020304", "22547020304"],
    ["+2250556020304", "22556020304"],
    ["+2252720212345", "22520212345"],
    ["+2252520012345", "22520012345"],
    ["+2252120812345", "22520812345"],
    ["+2290190011223", "22990011223", "+229 90 01 12 23", "+229 01 90 01 12 23"],
    ["+2290121301234", "22921301234"],
    ["+23052512345", "+230 251 2345"],
    ["+23057123456", "2307123456"],
    ["+237671234567", "23771234567"],
    ["+237222123456", "23722123456"],
    ["+24177123456", "2417123456", "24107123456", "+241 077 12 34 56"],
    ["+24162123456", "24102123456"],
    ["+24111123456", "24101123456"],
]

#: Numbers of these are fixed lines or trunked radio: nothing is added to them.
UNCHANGED = [
    "+551123456789",
    "+551177123456",
    "+5712345678901",
    "+2302012345",
    "+225",
    "+14155552671",
    "+972502345678",
    "+447911123456",
]

COUNTRIES = (
    "IL US GB DE FR IT ES PL RU UA NO SE CH AT NL BE PT GR TR AE SA EG ZA NG KE CI BJ IN CN JP AU "
    "NZ BR AR MX CO CL VN TH"
).split()


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

    def test_ma6_several_numbers_in_one_field(self):
        """MA6: all of a record's phones count, where one field holds several, too; the first one
        is the number's key."""
        for region, field, expected in SEVERAL:
            with self.subTest(region=region, field=field):
                keys = phone_keys(field, region)
                self.assertEqual(keys, [ContactKey("phone", e164) for e164 in expected])
                self.assertEqual(phone_key(field, region), keys[0])

    def test_ma6_around_a_number(self):
        """MA6: extensions, spreadsheets, and what cannot be seen."""
        for spelling, e164 in AROUND:
            with self.subTest(spelling=spelling):
                self.assertEqual(phone_keys(spelling, "IL"), [ContactKey("phone", e164)])
        # Rounded: most of its digits are lost.
        self.assertEqual(phone_key("9.72502E+11", "IL").kind, "raw")

    def test_ma6_never_a_stranger(self):
        """MA6: what claims a country code is international, or kept as it came; it is never made
        a number of the line's country."""
        for region, number, international, kept in STRANGERS:
            with self.subTest(region=region, number=number):
                key = phone_key(number, region, international)
                self.assertEqual(key, ContactKey("raw", kept))
                self.assertEqual(phone_key(key.value, region), key)
        for region, number, international, e164 in CLAIMS:
            with self.subTest(region=region, number=number):
                key = phone_key(number, region, international)
                self.assertEqual(key, ContactKey("phone", e164))

    def test_ma6_second_spellings(self):
        """MA6: former and present spelling of a number are one subscriber, on a card and from a
        provider alike; a key is its own key."""
        for e164, *others in SPELLINGS:
            for spelling in (e164, *others):
                for international in (True, False):
                    with self.subTest(spelling=spelling, international=international):
                        key = phone_key(spelling, "IL", international)
                        self.assertEqual(key, ContactKey("phone", e164))
        for region, spelling, e164 in [
            ("MX", "044 55 1234 5678", "+525512345678"),
            ("MX", "01 55 1234 5678", "+525512345678"),
            ("MX", "55 1234 5678", "+525512345678"),
            ("AR", "11 2345-6789", "+5491123456789"),
            ("AR", "011 15-2345-6789", "+5491123456789"),
            ("AR", "0341 15-312-3456", "+5493413123456"),
            ("BR", "(11) 6123-4567", "+5511961234567"),
            ("BR", "011 6123-4567", "+5511961234567"),
            ("CI", "07 12 34 56", "+2250707123456"),
            ("BJ", "90 01 12 23", "+2290190011223"),
        ]:
            with self.subTest(region=region, spelling=spelling):
                self.assertEqual(phone_key(spelling, region), ContactKey("phone", e164))
        for e164 in UNCHANGED:
            with self.subTest(e164=e164):
                self.assertEqual(respell(e164), e164)

    def test_ma6_numbers_of_the_world(self):
        """MA6: a card and a sender meet, in whatever form the card and the provider have it, for
        mobiles and fixed lines of many countries, on lines of several."""
        kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
        seen = 0
        for country in COUNTRIES:
            for kind in kinds:
                example = phonenumbers.example_number_for_type(country, kind)
                e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
                national = phonenumbers.format_number(
                    example, phonenumbers.PhoneNumberFormat.NATIONAL
                )
                shown = phonenumbers.format_number(
                    example, phonenumbers.PhoneNumberFormat.INTERNATIONAL
                )
                card = phone_key(national, country)
                self.assertEqual(card.kind, "phone")
                seen += 1
                for line in ("IL", "US", "DE", country):
                    with self.subTest(country=country, e164=e164, line=line):
                        self.assertEqual(phone_key(e164[1:], line, international=True), card)
                        self.assertEqual(phone_key(e164, line, international=True), card)
                        for spelling in (e164, shown, f"00{e164[1:]}"):
                            self.assertEqual(phone_key(spelling, line), card)
        self.assertGreaterEqual(seen, 60)

    def test_ma6_withheld_on_keys(self):
        """MA6: a network writes "anonymous" as the keys of a telephone spell it."""
        for number in ("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"):
            with self.subTest(number=number):
                self.assertIsNone(phone_key(number, "IL"))
                self.assertIsNone(phone_key(number[1:], "IL", international=True))
        self.assertIsNone(phone_key("+17378742833", "US"))
        # Local digits are a number.
        self.assertIsNotNone(phone_key("2562533", "US"))

    def test_vo2_dialled_as_the_card_says(self):
        """VO2: where one key is of a mobile and of a fixed line, what the card says is dialled; a
        former spelling is not."""
        for number, region, dialled in [
            ("+54 11 2345-6789", "IL", "+541123456789"),
            ("011 2345-6789", "AR", "+541123456789"),
            ("+54 9 11 2345-6789", "IL", "+5491123456789"),
            ("+52 1 55 1234 5678", "IL", "+525512345678"),
            ("+229 90 01 12 23", "IL", "+2290190011223"),
            ("050-234-5678", "IL", ISRAELI),
            ("*2700", "IL", "*2700"),
        ]:
            with self.subTest(number=number):
                self.assertEqual(dial(number, phone_key(number, region), region), dialled)

    def test_wa3_own_number_as_the_provider_has_it(self):
        """WA3: a number of ours stays as its provider gave it to us: it is what we send from."""
        for number, kept in [
            ("+52 1 55 1234 5678", "+5215512345678"),
            ("541123456789", "+541123456789"),
            ("+229 90 01 12 23", "+22990011223"),
            ("+972 (0)50 234 5678", ISRAELI),
            ("050-234-5678", ISRAELI),
        ]:
            with self.subTest(number=number):
                self.assertEqual(written_as(number, phone_key(number, "IL")), kept)

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
