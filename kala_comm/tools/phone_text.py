"""What people, spreadsheets and telephone systems write around a phone number (MA6)."""

import re
import unicodedata
from decimal import Decimal

DIGITS = re.compile(r"\D+")
LETTER = re.compile(r"[^\W\d_]")
#: Of E.164.
MOST_DIGITS = 15
#: Digits of which a number has fewer only where it is a short code or an extension.
FEWEST_DIGITS = 7

#: At least seven digits with what people write between them, no letter touching.
_NUMBER_IN_TEXT = re.compile(r"(?<![^\W_])[+(]?\d(?:[\s().\-/]*\d){6,}(?![^\W_])")
_BETWEEN_NUMBERS = re.compile(r"\s*[,/;|&\n]\s*|\s+(?=\+)")
_OR = re.compile(
    r"(?i)(?<=\d)\s+(?:or|and|או|oder|und|lub|albo|oraz|i|ou|et|o|y|или|и|أو|و)\s+(?=[+(]?\d)"
)
_EXTENSION_WORD = re.compile(
    r"""(?ix)
    (?:[\s,;(]*(?:extension|extn?|שלוחה|wewn?|доб|poste|durchwahl|x)[\s.:]*|[\s,]+\#)
    \s*\d{1,6}\s*\)?$"""
)
#: A pause, as telephones dial it, and what they dial behind it.
_DIALLED_LATER = re.compile(r"(?i)\s*[,;pw]+\s*\d{1,6}\#?$")
_ENDS_AS_DECIMAL = re.compile(r"(\+?\d{6,})[.,]0+")
_POWER = re.compile(r"(?i)\d(?:[.,](\d+))?e\+?(\d{1,2})")
#: Zeros at its end that a power does not show; where more are missing, it was rounded.
_ZEROS_LEFT_OUT = 2


def clean(text):
    """Take off what cannot be seen, and what spreadsheets make of a number: ``.0`` and powers of
    ten. Digits of all scripts become those of ASCII, so do spaces and dashes.

    :return: str
    """
    text = str(text or "")
    if not text.isascii():
        text = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    return _from_spreadsheet(text.strip())


def _plain(char):
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return {"Cf": "", "Zs": " ", "Zl": "\n", "Zp": "\n", "Pd": "-"}.get(
        category, "-" if char == "\u2212" else char
    )


def _from_spreadsheet(text):
    found = _ENDS_AS_DECIMAL.fullmatch(text)
    if found:
        return found.group(1)
    found = _POWER.fullmatch(text)
    if found:
        shown, power = len(found.group(1) or ""), int(found.group(2))
        if power - _ZEROS_LEFT_OUT <= shown <= power:
            return str(int(Decimal(text.replace(",", "."))))
    return text


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
    # Parameters have names; a semicolon before a digit stands between two numbers.
    return re.split(r";(?=\s*[A-Za-z])", text.split("@", 1)[0])[0]


def without_extension(text):
    text = _EXTENSION_WORD.sub("", text)
    number = _DIALLED_LATER.sub("", text)
    return number if len(DIGITS.sub("", number)) >= FEWEST_DIGITS else text


def numbers_among(text):
    """:return: list of what looks like numbers in a text with letters"""
    return _NUMBER_IN_TEXT.findall(text)


def with_separators(text):
    """Numbers that a word joins ("050-2345678 or 052-2345678") are as good as separated."""
    return _OR.sub(" / ", text)


def split(number):
    """:return: list of what may be several numbers in one field, in order"""
    return [part for part in _BETWEEN_NUMBERS.split(number) if part]
