"""One key for every spelling of a phone number (MA6)."""

import functools
import re
from typing import NamedTuple

import phonenumbers

from . import phone_text
from .phone_spellings import has_spellings, respell
from .phone_text import DIGITS, FEWEST_DIGITS, strip_uri

__all__ = [
    "ContactKey",
    "dial",
    "email_key",
    "format_phone",
    "has_spellings",
    "is_mobile",
    "is_number",
    "kind_of",
    "phone_key",
    "phone_keys",
    "region_of",
    "strip_uri",
    "written_as",
]

#: What providers send when the caller withheld the number: no contact at all.
WITHHELD = frozenset(
    "anonymous restricted private unknown withheld unavailable blocked "
    "anonymous.invalid none null 0 חסוי ukryty".split()
)
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
#: The same words typed on the keys of a telephone: what stands where a number must.
_WITHHELD_ON_KEYS = frozenset(
    word.translate(_KEYPAD)
    for word in WITHHELD
    if len(word) >= FEWEST_DIGITS and word.isascii() and word.isalpha()
)
#: Digits of the first of several numbers, where none of them is valid.
_LONG = 9
#: Digits of what stands for the end of another number ("050-2345678/9"), at most.
_END = 4
_RAW_NUMBER = re.compile(r"\+\d{7,15}")


class ContactKey(NamedTuple):
    """An address in the one form under which it is looked up."""

    kind: str
    value: str


def phone_key(number, region=None, international=False):
    """Find the key of a phone number; of several in one field that of the first.

    :return: ContactKey, see :func:`phone_keys`; None for a withheld or empty number
    """
    return next(iter(phone_keys(number, region, international)), None)


def phone_keys(number, region=None, international=False):
    """Find the keys of all the phone numbers of a field.

    A number counts when libphonenumber finds it *possible*: being *valid* is asked too much
    of living numbering plans (docs/providers.md, 11.1). What is no phone number at all (short
    codes, star numbers, names of senders) keeps its own characters, so that no message is lost.
    What claims to be international is that or no phone number: it is never made one of ours.

    :param str number: in any spelling: local, ``00``, ``+``, without prefix, digits of WhatsApp
    :param str region: ISO country (``IL``) in which local spellings are read; None = only
        international ones are understood
    :param bool international: who sent it writes the country code without ``+``
    :return: list of ``ContactKey("phone", E.164)``, or of one ``ContactKey("raw", …)``; empty for
        a withheld or empty number
    """
    text = phone_text.strip_uri(phone_text.clean(number))
    if not text or _is_withheld(text, international):
        return []
    text = phone_text.with_separators(text)
    number = phone_text.without_extension(text)
    if not number or phone_text.LETTER.search(number):
        found = [
            e164
            for part in phone_text.numbers_among(text)
            for e164 in _read_all(part, region, international, must_be_valid=True)
        ]
    else:
        found = _read_all(number, region, international)
    if found:
        return [ContactKey("phone", e164) for e164 in dict.fromkeys(found)]
    if not number or phone_text.LETTER.search(number):
        return [ContactKey("raw", " ".join(text.split()).casefold()[:64])]
    kept = re.sub(r"[^\d*#+]", "", number)
    if not kept.strip("+"):
        return []
    if international and kept.isdecimal() and _claims_country(kept):
        kept = f"+{kept}"
    return [ContactKey("raw", kept[:64])]


def _is_withheld(text, international):
    if text.casefold() in WITHHELD:
        return True
    if not international and not text.startswith("+"):
        return False
    digits = DIGITS.sub("", text)
    return digits in _WITHHELD_ON_KEYS or digits.removeprefix("1") in _WITHHELD_ON_KEYS


def _claims_country(digits):
    """A country code never begins with zero; what is shorter is a short code or an extension."""
    return len(digits) >= FEWEST_DIGITS and not digits.startswith("0")


def _read_all(number, region, international=False, must_be_valid=False):
    """Read a number, or several in one field: ``050-2345678, 052-2345678``, and
    ``050-2345678/9`` for two that differ in their end.

    :return: list of E.164
    """

    def read(text, must_be_valid=must_be_valid):
        return _read(text, region, international, must_be_valid)

    parts = phone_text.split(number)
    is_too_long = len(DIGITS.sub("", number)) > phone_text.MOST_DIGITS
    if len(parts) < 2 and not is_too_long:
        return [found] if (found := read(number)) else []
    whole = read(number, must_be_valid=True)
    if whole:
        return [whole]
    found = _read_parts(parts, read) if len(parts) > 1 else _read_words(number.split(), read)
    if found:
        return found
    return [found] if (found := read(number)) else []


def _read_parts(parts, read):
    """What stands first must be a number of its own: ``0151/12345678`` is one."""
    first = valid = read(parts[0], must_be_valid=True)
    if not first and len(DIGITS.sub("", parts[0])) >= _LONG:
        first = read(parts[0])
    if not first:
        return [e164 for part in parts if (e164 := read(part, must_be_valid=True))]
    found, last = [first], parts[0]
    for part in parts[1:]:
        digits = DIGITS.sub("", part)
        if len(digits) <= _END:
            part = last[: len(last) - len(digits)] + digits if digits else ""
        else:
            last = part
        e164 = read(part, must_be_valid=bool(valid) or len(DIGITS.sub("", part)) < _LONG)
        if e164:
            found.append(e164)
    return found


def _read_words(words, read):
    """Numbers with nothing but blanks between them: the shortest that is valid counts."""
    found, start = [], 0
    while start < len(words):
        ends = range(start + 1, min(len(words), start + 8) + 1)
        numbers = ((end, read(" ".join(words[start:end]), must_be_valid=True)) for end in ends)
        start, e164 = next((pair for pair in numbers if pair[1]), (start + 1, None))
        if e164:
            found.append(e164)
    return found


def _read(number, region, international, must_be_valid=False):
    """:return: E.164 of the first reading that fits, or None"""
    for spelling, country, is_doubtful in _readings(number, region, international):
        found = _parse(spelling, country, must_be_valid or is_doubtful)
        if found:
            return found
    return None


def _readings(text, region, international):
    """:return: the readings of a number, likeliest first: (spelling, country, whether it counts
    only where it is valid)"""
    digits = DIGITS.sub("", text)
    if text.startswith("+") or (international and _claims_country(digits)):
        return _international_readings(digits, region)
    return _local_readings(text, digits, region)


def _international_readings(digits, region):
    """A plus sign before a local number is a slip, where it begins as local numbers do."""
    yield f"+{digits}", None, False
    if digits.startswith("00"):
        yield f"+{digits[2:]}", None, False
    trunk = _trunk_prefix(region)
    if trunk and digits.startswith(trunk):
        yield digits, region, True


def _local_readings(text, digits, region):
    if digits.startswith("00"):
        yield f"+{digits[2:]}", None, False
    if region:
        own = str(phonenumbers.country_code_for_region(region))
        if digits.startswith(own) and len(digits) > _LONG:
            yield f"+{digits}", None, False
        # A local spelling must be valid: 14155552671 would else become an Israeli number.
        yield text, region, True
        if not digits.startswith("0") and len(digits) > _LONG:
            yield f"+{digits}", None, True
        yield text, region, False
    if len(digits) >= 10:
        yield f"+{digits}", None, False


@functools.lru_cache(maxsize=256)
def _trunk_prefix(region):
    """:return: what is dialled before a number inside a country (``0``); "" where nothing is"""
    plan = region and phonenumbers.PhoneMetadata.metadata_for_region(region)
    return (plan and plan.national_prefix) or ""


def _parse(text, region, must_be_valid=False):
    """:return: E.164 in its country's present spelling, or None where it does not fit"""
    try:
        parsed = phonenumbers.parse(text, region)
        e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        now = respell(e164)
        if now != e164:
            parsed, e164 = phonenumbers.parse(now), now
    except phonenumbers.NumberParseException:
        return None
    fits = (
        phonenumbers.is_valid_number(parsed)
        if must_be_valid
        else phonenumbers.is_possible_number(parsed)
    )
    return None if not fits or _is_local_only(parsed) else e164


def _is_local_only(parsed):
    """Seven digits without an area are possible in many countries but name nobody."""
    return (
        phonenumbers.is_possible_number_with_reason(parsed)
        == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    )


def is_number(key):
    """:return: whether a key that could not be read is a number with its country code all the
    same: one that can be answered where it came from"""
    return key.kind == "raw" and bool(_RAW_NUMBER.fullmatch(key.value))


def written_as(number, key):
    """:param ContactKey key: of the number
    :return: the number's own digits where its country writes them in another way at present (a
        plus sign or nothing before them), else the key's: E.164"""
    digits = f"+{DIGITS.sub('', phone_text.clean(number))}"
    return digits if has_spellings(key.value) and respell(digits) == key.value else key.value


def dial(number, key, region=None):
    """Spell a number for a telephone. A key may be the mobile's spelling of a fixed line
    (Argentina); what the card says is dialled then.

    :param str number: as it stands on the card
    :param ContactKey key: of it
    :return: E.164, or the characters of what is no phone number
    """
    try:
        parsed = phonenumbers.parse(phone_text.clean(number), region)
    except phonenumbers.NumberParseException:
        return key.value
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    is_same = phonenumbers.is_valid_number(parsed) and respell(e164) == key.value
    return e164 if is_same else key.value


def email_key(address):
    """:return: ``ContactKey("email", …)`` of a plain address, lower case, or None"""
    text = (address or "").strip()
    found = re.search(r"<([^<>]*)>", text)
    text = (found.group(1) if found else text).strip().lower()
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", text):
        return None
    return ContactKey("email", text[:254])


@functools.lru_cache(maxsize=8192)
def _parsed(e164):
    """Reading a number costs as much as all the rest of a recipient: several ask about each.

    :return: ``phonenumbers.PhoneNumber``, or None where it is no number
    """
    try:
        return phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None


@functools.lru_cache(maxsize=8192)
def kind_of(e164):
    """:return: ``phonenumbers.PhoneNumberType``; None where it is no number"""
    parsed = _parsed(e164)
    return None if parsed is None else phonenumbers.number_type(parsed)


@functools.lru_cache(maxsize=8192)
def region_of(e164):
    """:return: ISO country of an E.164 number; None where it belongs to none, or is no number"""
    parsed = _parsed(e164)
    region = None if parsed is None else phonenumbers.region_code_for_number(parsed)
    return None if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else region


def format_phone(e164, region=None):
    """Write an E.164 number as people read it: national in its own country, else with ``+``."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    home = region and phonenumbers.country_code_for_region(region)
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == home
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def is_mobile(e164):
    """Whether a text can be received there (SE1): mobile, or a plan that does not tell.

    Numbers that are possible but not valid are given the benefit of the doubt.
    """
    return kind_of(e164) in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.UNKNOWN,
    )
