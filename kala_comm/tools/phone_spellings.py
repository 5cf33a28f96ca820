"""Numbers that are written in two ways, and mean one subscriber (MA6).

Countries lengthened their numbers, or write mobiles with a digit more from abroad. Customers keep
the old spelling on cards for years, and providers go on sending it: WhatsApp's ids are those of
the day on which the person registered. The library knows today's plan only, so the old spelling
is no number to it. Here is the one table that makes the present spelling of both.
"""

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """:ivar pattern: of the digits of a whole international number
    :ivar now: how it is written at present"""

    pattern: re.Pattern
    now: str


def _rule(pattern, now):
    return Rule(re.compile(pattern), now)


#: Country code → its rules; the first one that fits counts. The source stands with each.
RULES = {
    # Mexico, IFT, Plan Técnico Fundamental de Numeración of 2018: since 2019-08-03 all numbers
    # have ten digits. Gone are 1 from abroad, 01, 044 and 045 inside.
    "52": (_rule(r"52(?:1|01|04[45])(\d{10})", r"52\1"),),
    # Argentina, ENACOM, Plan Fundamental de Numeración Nacional (Res. SC 46/1997): a mobile has 9
    # from abroad, 15 behind the area inside, and neither in messages of its operator. A block of
    # ten-digit numbers is of one service, so with and without it is one subscriber.
    "54": (
        _rule(r"549?(?=\d{12}$)(11|[23]\d\d|[23]\d{3})15(\d+)", r"549\1\2"),
        _rule(r"54((?:11|[23]\d)\d{8})", r"549\1"),
    ),
    # Brazil, Anatel, Resolução 553/2010: 9 before mobiles, everywhere since 2016-11-06. Those of
    # trunked radio (70, 77 to 79) kept their eight digits.
    "55": (_rule(r"55([1-9]\d)([689]\d{7}|7[1-6]\d{6})", r"55\g<1>9\2"),),
    # Colombia, CRC, Resolución 5826/2019: since 2021-09-01 fixed lines have 60 before the area.
    "57": (_rule(r"57([124-8]\d{7})", r"5760\1"),),
    # Vietnam, MIC, decision 798/QĐ-BTTTT: since 2018-09-15 mobiles have ten digits, not eleven.
    "84": (
        _rule(r"84120(\d{7})", r"8470\1"),
        _rule(r"84121(\d{7})", r"8479\1"),
        _rule(r"84122(\d{7})", r"8477\1"),
        _rule(r"8412([68])(\d{7})", r"847\1\2"),
        _rule(r"8412([345])(\d{7})", r"848\1\2"),
        _rule(r"84127(\d{7})", r"8481\1"),
        _rule(r"84129(\d{7})", r"8482\1"),
        _rule(r"8416([2-9])(\d{7})", r"843\1\2"),
        _rule(r"8418([68])(\d{7})", r"845\1\2"),
        _rule(r"84199(\d{7})", r"8459\1"),
    ),
    # Ivory Coast, ARTCI: since 2021-01-31 ten digits. Two say the operator, which the second
    # digit told of mobiles, the third one of fixed lines.
    "225": (
        _rule(r"225([04-9][0-3]\d{6})", r"22501\1"),
        _rule(r"225([04-9][4-6]\d{6})", r"22505\1"),
        _rule(r"225([04-9][7-9]\d{6})", r"22507\1"),
        _rule(r"225([23]\d8\d{5})", r"22521\1"),
        _rule(r"225([23]\d0\d{5})", r"22525\1"),
        _rule(r"225([23]\d{7})", r"22527\1"),
    ),
    # Benin, ARCEP: since 2024-11-30 all numbers have 01 before them.
    "229": (_rule(r"229([2-9]\d{7})", r"22901\1"),),
    # Mauritius, ICTA: since 2013-09-01 mobiles have 5 before them.
    "230": (_rule(r"230(25\d{5}|[79]\d{6})", r"2305\1"),),
    # Cameroon, ART: since 2014-11-21 6 before mobiles, 2 before fixed lines.
    "237": (
        _rule(r"237([5-9]\d{7})", r"2376\1"),
        _rule(r"237([23]\d{7})", r"2372\1"),
    ),
    # Gabon, ARCEP: since 2019-06-29 a digit more, which says the operator.
    "241": (
        _rule(r"2410?1(\d{6})", r"24111\1"),
        _rule(r"2410?([256])(\d{6})", r"2416\1\2"),
        _rule(r"2410?([47])(\d{6})", r"2417\1\2"),
    ),
}

_LONGEST_CODE = max(map(len, RULES))


def _rules_of(e164):
    for length in range(2, _LONGEST_CODE + 1):
        rules = RULES.get(e164[1 : length + 1])
        if rules:
            return rules
    return ()


def has_spellings(e164):
    """:return: whether a number may be written in another way, too"""
    return bool(_rules_of(e164))


def respell(e164):
    """Write a number as its country does at present.

    :param str e164: ``+`` and digits, perhaps of a former plan
    :return: ``+`` and digits
    """
    for rule in _rules_of(e164):
        found = rule.pattern.fullmatch(e164[1:])
        if found:
            return f"+{found.expand(rule.now)}"
    return e164
