"""What readers of chat providers' events share: numbers, dead letters, words for messages without
any."""

import hashlib
import json
import re

from .messages import Unusable


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


class Reader:
    """Reads one event into ``items``. What cannot be understood becomes ``Unusable``.

    :param translate: ``env._``, for the words of messages that have none of their own
    """

    def __init__(self, translate):
        self._ = translate
        self.items = []

    def read(self, inbound):  # pylint: disable=method-required-super
        """Read an event that is JSON.

        :param InboundRequest inbound:
        :return: list of what it says; of one that is no JSON: Unusable
        """
        if inbound.json is None:
            body = inbound.body[:1000].decode("utf-8", "replace")
            reason = self._("The event is not JSON.")
            return [Unusable(key=inbound.digest, reason=reason, raw={"body": body})]
        return self.read_payload(inbound.json)

    def read_payload(self, payload):
        """:param payload: what the JSON of an event holds, whatever that is
        :return: list of what it says"""
        raise NotImplementedError()

    def _refuse(self, part, reason):
        """Keep a part that is authentic but not understood (AD3)."""
        seed = json.dumps(part, sort_keys=True).encode()
        self.items.append(
            Unusable(
                key=hashlib.sha256(seed).hexdigest(),
                reason=reason,
                raw=part if isinstance(part, dict) else {"part": part},
            )
        )

    def _say_unreadable(self, kind):
        """:return: body of a message that says nothing a person can read"""
        return self._(
            "A message that cannot be shown here (%(type)s). Ask the sender to write "
            "it in another way.",
            type=kind or self._("unknown"),
        )

    def _say_ad(self, name, *details):
        """:return: what people read of the advertisement that a message came from"""
        return lines(self._("Came from the advertisement “%(name)s”", name=plain(name)), *details)

    def _say_place(self, latitude, longitude, *details):
        """:return: body of a location, with a link to a map"""
        where = f"{plain(latitude)},{plain(longitude)}"
        link = f"https://maps.google.com/?q={where}" if where != "," else ""
        return lines(self._("Location"), *details, link)

    def _say_card(self, name, *details):
        """:return: body of the card of a contact"""
        title = self._("Contact: %(name)s", name=plain(name) or self._("no name"))
        return lines(title, *details)

    def _say_own_card(self, number):
        """:return: body of the card by which a contact tells his own number"""
        return self._("My phone number: %(number)s", number=number)


def a_dict(whole, name):
    """:return: a part of a body that is a dict, {} where there is none"""
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def a_list(whole, name):
    """:return: list of the dicts of a list of a body"""
    part = whole.get(name) if isinstance(whole, dict) else None
    return [one for one in part if isinstance(one, dict)] if isinstance(part, list) else []
