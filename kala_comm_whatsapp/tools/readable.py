"""What both providers write alike: numbers, and words for messages that have none.

``_`` is the translator of the environment, ``env._``.
"""

import re


def plain(value):
    """:return: text of a text or a number; "" of everything that is neither"""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)


def lines(*parts):
    """:return: the parts that say something, one a line"""
    return "\n".join(text for text in map(plain, parts) if text)


def international(number):
    """:return: ``+`` and the digits of a number with country code, "" without any"""
    digits = re.sub(r"\D", "", plain(number))
    return f"+{digits}" if digits else ""


def mimetype(value):
    """:return: the type alone, without parameters such as a codec"""
    return plain(value).split(";")[0].strip()


def unreadable(kind, _):
    """:return: body of a message that says nothing a person can read"""
    return _(
        "A message that cannot be shown here (%(type)s). Ask the sender to write it in "
        "another way.",
        type=kind or _("unknown"),
    )


def place(latitude, longitude, details, _):
    """:return: body of a location, with a link to a map"""
    where = f"{plain(latitude)},{plain(longitude)}"
    link = f"https://maps.google.com/?q={where}" if where != "," else ""
    return lines(_("Location"), *details, link)


def card(name, details, _):
    """:return: body of the card of a contact"""
    return lines(_("Contact: %(name)s", name=plain(name) or _("no name")), *details)
