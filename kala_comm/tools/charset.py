"""Texts of e-mails in the encodings that mail programs really use, named right or wrong."""

import codecs
import re

#: Names that Python does not know → the encoding. ``-i`` and ``-e`` only say in which order
#: Hebrew is stored (RFC 1556); mail programs store it as it is spoken.
ALIASES = {
    "iso_8859_8_i": "iso-8859-8",
    "iso_8859_8_e": "iso-8859-8",
    "x_windows_1255": "windows-1255",
    "unicode_1_1_utf_7": "utf-7",
}
#: Two Hebrew letters of windows-1255 in a row, none of which touches a Latin letter: French and
#: Polish words have single such bytes among Latin letters.
_HEBREW = re.compile(rb"[\xe0-\xfa]{2}")
_MIXED = re.compile(rb"[A-Za-z][\xe0-\xfa]|[\xe0-\xfa][A-Za-z]")


def _find(name):
    known = ALIASES.get(name.lower().replace("-", "_"))
    return codecs.lookup(known) if known else None


def register():
    """Teach this process the names of :data:`ALIASES`, for headers and bodies alike."""
    codecs.register(_find)


def guess(raw):
    """:param bytes raw: a text whose encoding nobody knows
    :return: name of an encoding that can read it
    """
    try:
        raw.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        hebrew = _HEBREW.search(raw) and not _MIXED.search(raw)
        return "windows-1255" if hebrew else "windows-1252"


def fitting(raw, declared):
    """:param bytes raw: a text
    :param str declared: the encoding that its message names, perhaps none or a wrong one
    :return: name of the encoding to read it with
    """
    try:
        raw.decode(declared or "ascii")
        return declared or "ascii"
    except (LookupError, UnicodeDecodeError):
        return guess(raw)


register()
