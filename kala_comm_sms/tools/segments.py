"""How many messages a text costs (SM3; docs/providers.md, 11.2)."""

from typing import NamedTuple

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Sent as two septets: an escape and a code.
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


class Encoding(NamedTuple):
    """:ivar int single: units of a text that is one message
    :ivar int part: units of each of several messages, since they are numbered"""

    name: str
    single: int
    part: int


GSM7 = Encoding("GSM-7", 160, 153)
UCS2 = Encoding("UCS-2", 70, 67)


class Segments(NamedTuple):
    """:ivar str encoding: ``GSM-7`` or ``UCS-2``
    :ivar int units: septets or UTF-16 code units
    :ivar int count: messages"""

    encoding: str
    units: int
    count: int


def count_segments(text):
    """Count the messages that a text is sent as.

    One character outside GSM-7 (Hebrew, ``₪``, emoji) turns the whole text into
    UCS-2. A character of two units is never cut in two.

    :param str text:
    :return: Segments; an empty text costs nothing
    """
    text = text or ""
    if _GSM_BASIC.issuperset(text) or (_GSM_BASIC | _GSM_EXTENSION).issuperset(text):
        encoding = GSM7
        widths = [2 if character in _GSM_EXTENSION else 1 for character in text]
    else:
        encoding = UCS2
        widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    units = sum(widths)
    if units <= encoding.single:
        return Segments(encoding.name, units, 1 if units else 0)
    return Segments(encoding.name, units, _parts(widths, encoding.part))


def _parts(widths, size):
    count, free = 0, 0
    for width in widths:
        if width > free:
            count, free = count + 1, size
        free -= width
    return count
