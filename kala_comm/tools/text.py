"""Texts from outside are data: cleaned so that they can be stored, never changed otherwise."""

import re
import unicodedata

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_text(value):
    """Replace what PostgreSQL cannot store (NUL, lone surrogates); nothing else changes."""
    return _UNSTORABLE.sub("\ufffd", value) if _UNSTORABLE.search(value) else value


def decode(raw):
    """Read bytes of a provider as text: UTF-8, broken parts become U+FFFD."""
    return clean_text(raw.decode("utf-8", "replace"))


def one_line(value, limit=80):
    """Make a title of a text: one line, no direction marks, cut at a word, ``…`` at the end.

    :param int limit: characters at most
    """
    value = _DIRECTION_MARKS.sub("", value or "")
    value = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in value[: limit * 8]
    )
    value = " ".join(value.split())
    if len(value) <= limit:
        return value
    cut = value[: limit - 1]
    head, _space, tail = cut.rpartition(" ")
    return (head if head and len(tail) < limit // 3 else cut).rstrip() + "…"
