"""The time zone in which a contact lives, as far as his number tells."""

import phonenumbers
import phonenumbers.timezone


def zone_of_phone(e164):
    """:return: name of the zone where the number belongs to exactly one, else an empty string"""
    try:
        zones = phonenumbers.timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ""
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else ""
