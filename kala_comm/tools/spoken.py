"""A notification as two plain texts, a title and lines below it (NO2): for what shows no card, such
as a device on which Odoo is closed. What the card shows is in
``static/src/notification/words.js``."""

import re

import regex

#: Characters of what is said of a person or a record, and of a text.
LONGEST, LONGEST_TEXT = 60, 200
#: What the web client calls a message (``family``).
MESSAGES = ("text", "email", "call")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
_LETTER = regex.compile(r"\X")


def cut(words, longest):
    """:return: the beginning of what is too long; letters that are one for the reader stay
    together"""
    letters = _LETTER.findall(words)
    if len(letters) <= longest:
        return words
    return "".join(letters[: longest - 1]).rstrip() + "…"


def isolated(parts):
    """:return: the parts side by side. Beside Hebrew each is read in a direction of its own, so
    that a phone number keeps the order of its parts."""
    if any(_RIGHT_TO_LEFT.search(part) for part in parts):
        parts = [f"\u2068{part}\u2069" for part in parts]
    return " · ".join(parts)


def said(facts, event):
    """Say the person, the record, the number and the latest lead, each once; of news about a
    record the record first.

    :param dict facts: of a notification
    :param str event: what happened, in words
    :return: (title, lines below it)
    """
    text = facts["text"]
    names = [facts[name] for name in ("customer", "contact_name", "contact") if facts[name]]
    person = facts["customer"] or facts["contact_name"]
    record = _without(facts["record"], names, text)
    first = (person, record) if facts["family"] in MESSAGES else (record, person)
    wanted = [*first, facts["contact"], _without(facts["subject"], names, text)]
    parts = [cut(part, LONGEST) for part in dict.fromkeys(filter(None, wanted))]
    title, *beside = parts or [facts["record"] or facts["channel_name"]]
    lines = [isolated(beside), cut(event, LONGEST_TEXT)]
    return title, "\n".join(filter(None, lines))


def _without(title, names, text):
    """:return: what a title says that is not said beside it: a lead that a message made is called
    after its sender and its text"""
    for name in names:
        title = title.removeprefix(f"{name}: ")
    beginning = title.rstrip("….").strip().lower()
    return "" if text and beginning and text.lower().startswith(beginning) else title
