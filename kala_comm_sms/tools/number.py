"""Phone numbers in the spelling that a gateway takes."""

import re

import phonenumbers

_NOT_DIGIT = re.compile(r"\D+")


def spell(number, style="digits", region=None):
    """Write a number for a gateway.

    :param str number: E.164; anything else (short codes, names) is left as it is
    :param str style: ``e164`` (+972502345678), ``digits`` (972502345678) or ``local``
        (0502345678 inside ``region``, digits elsewhere)
    :param str region: ISO country of ``local``
    :return: str
    """
    number = number or ""
    if style == "e164" or not re.fullmatch(r"\+\d+", number):
        return number
    if style == "local" and region:
        local = _local(number, region)
        if local:
            return local
    return number[1:]


def _local(number, region):
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if parsed.country_code != phonenumbers.country_code_for_region(region):
        return None
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    return _NOT_DIGIT.sub("", phonenumbers.format_number(parsed, national))
