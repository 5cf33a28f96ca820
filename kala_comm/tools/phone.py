"""One key for every spelling of a phone number (MA6)."""

import functools
import re
from typing import NamedTuple

import phonenumbers

_DIGITS = re.compile(r"\D+")
#: At least seven digits with what people write between them, no letter touching.
_NUMBER_IN_TEXT = re.compile(r"(?<![^\W_])[+(]?\d(?:[\s().\-/]*\d){6,}(?![^\W_])")
_BETWEEN_NUMBERS = re.compile(r"\s*[,/|&\n]\s*")
_EXTENSION = re.compile(r"(?i)(?:[\s,]*(?:extension|ext\.?|x)|[\s,]+#)\s*\d{1,6}$")
#: Of E.164.
_MOST_DIGITS = 15
_LETTER = re.compile(r"[^\W\d_]")
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00a0]")
#: What providers send when the caller withheld the number: no contact at all.
WITHHELD = frozenset(
    "anonymous restricted private unknown withheld unavailable blocked "
    "anonymous.invalid none null 0 חסוי ukryty".split()
)


class ContactKey(NamedTuple):
    """An address in the one form under which it is looked up."""

    kind: str
    value: str


def phone_key(number, region=None):
    """Find the key of a phone number.

    A number counts when libphonenumber finds it *possible*: being *valid* is asked too much
    of living numbering plans (providers.md 11.1). What is no phone number at all (short codes,
    star numbers, names of senders) keeps its own characters, so that no message is lost.

    :param str number: in any spelling: local, ``00``, ``+``, without prefix, digits of WhatsApp
    :param str region: ISO country (``IL``) in which local spellings are read; None = only
        international ones are understood
    :return: ``ContactKey("phone", E.164)``, ``ContactKey("raw", …)``, or None for a withheld
        or empty number
    """
    text = strip_uri(_DIRECTION_MARKS.sub("", number or "").strip())
    if not text or text.casefold() in WITHHELD:
        return None
    number = _without_extension(text)
    if not number or _LETTER.search(number):
        return _labelled_key(text, region) or ContactKey(
            "raw", " ".join(text.split()).casefold()[:64]
        )
    found = _read_first(number, region)
    if found:
        return ContactKey("phone", found)
    kept = re.sub(r"[^\d*#+]", "", number)
    if not kept.strip("+"):
        return None
    return ContactKey("raw", kept[:64])


def _labelled_key(text, region):
    """People write "mobile 050-234-5678" on a card: the first number in such a text counts that
    is valid. Names of senders with a digit or two in them stay names."""
    for number in _NUMBER_IN_TEXT.findall(text):
        for spelling in (number, *_beginnings(number)):
            found = _read(spelling, region, must_be_valid=True)
            if found:
                return ContactKey("phone", found)
    return None


def _read_first(number, region):
    """Read a number, or the first of several in one field: ``050-2345678, 052-2345678``, and
    ``050-2345678/9`` for two that differ in their end.

    :return: E.164 or None
    """
    beginnings = _beginnings(number)
    if beginnings and not _read(number, region, must_be_valid=True):
        for beginning in beginnings:
            found = _read(beginning, region, must_be_valid=True)
            if found:
                return found
    return _read(number, region)


def _beginnings(number):
    """:return: list of what may be the first of several numbers, likeliest first"""
    first, *more = _BETWEEN_NUMBERS.split(number, maxsplit=1)
    found = [first] if more else []
    if len(_DIGITS.sub("", number)) > _MOST_DIGITS:
        words = number.split()
        found += [" ".join(words[:n]) for n in range(1, min(len(words), 8))]
    return found


def _read(number, region, must_be_valid=False):
    """:return: E.164 of the first reading that fits, or None"""
    for spelling, country in _spellings(number, region):
        found = _parse(spelling, country, must_be_valid)
        if found:
            return found
    return None


def strip_uri(text):
    """``sip:0502345678@pbx`` and ``tel:+972…`` are how telephone systems write a number; a name
    may stand before it: ``"Dana" <sip:…>``."""
    bracketed = re.search(r"<([^<>]+)>", text)
    text = bracketed.group(1).strip() if bracketed else text
    lowered = text.casefold()
    for scheme in ("sip:", "sips:", "tel:", "whatsapp:"):
        if lowered.startswith(scheme):
            text = text[len(scheme) :]
            break
    return text.split("@", 1)[0].split(";", 1)[0]


def _without_extension(text):
    return _EXTENSION.sub("", text)


def _spellings(text, region):
    """The readings of a number, likeliest first."""
    if text.startswith("+"):
        yield "+" + _DIGITS.sub("", text), None
        if region:
            yield text.lstrip("+"), region
        return
    digits = _DIGITS.sub("", text)
    if digits.startswith("00"):
        yield "+" + digits[2:], None
    code = region and phonenumbers.country_code_for_region(region)
    if region:
        own = digits.startswith(str(code)) and len(digits) > 9
        if own:
            yield "+" + digits, None
        # A local spelling must be valid: 14155552671 would else become an Israeli number.
        local = _parse(text, region, must_be_valid=True)
        if local:
            yield local, None
        if not digits.startswith("0") and len(digits) >= 11:
            yield "+" + digits, "valid"
        yield text, region
    if len(digits) >= 10:
        yield "+" + digits, None


def _parse(text, region, must_be_valid=False):
    if region == "valid":
        region, must_be_valid = None, True
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    fits = (
        phonenumbers.is_valid_number(parsed)
        if must_be_valid
        else phonenumbers.is_possible_number(parsed)
    )
    if not fits or _is_local_only(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_local_only(parsed):
    """Seven digits without an area are possible in many countries but name nobody."""
    return (
        phonenumbers.is_possible_number_with_reason(parsed)
        == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    )


def email_key(address):
    """:return: ``ContactKey("email", …)`` of a plain address, lower case, or None"""
    text = (address or "").strip()
    found = re.search(r"<([^<>]*)>", text)
    text = (found.group(1) if found else text).strip().lower()
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", text):
        return None
    return ContactKey("email", text[:254])


@functools.lru_cache(maxsize=1024)
def region_of(e164):
    """:return: ISO country of an E.164 number; None where it belongs to none, or is no number"""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None
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


@functools.lru_cache(maxsize=8192)
def is_mobile(e164):
    """Whether a text can be received there (SE1): mobile, or a plan that does not tell.

    Numbers that are possible but not valid are given the benefit of the doubt.
    """
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(parsed)
    return kind in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.UNKNOWN,
    )
