"""MA6: one key for every spelling of an address (docs/providers.md, 11.1)."""

import phonenumbers

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tests.phone_cases import (
    AROUND,
    CLAIMS,
    COUNTRIES,
    ISRAELI,
    NUMBERS,
    RAW,
    SEVERAL,
    SPELLINGS,
    STRANGERS,
    UNCHANGED,
    WITHHELD,
)
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
