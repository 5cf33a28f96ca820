"""The call on its way into the log."""

import dataclasses

from ..inbound.values import Arrival


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class NewCall(Arrival):
    """A call that is not in the log yet.

    :ivar Call call: what its events told (``tools/call.py``)
    :ivar list items: the ``kala.inbound.item`` of its events, the first one first
    """

    call: object
    items: list

    @classmethod
    def of(cls, call, items, line, key, date):
        """:param line: ``kala.line``, perhaps empty
        :param key: ContactKey of the other party, or None
        :param datetime date: naive UTC"""
        return cls(
            call=call,
            items=items,
            channel=call.channel,
            connection=items[0].connection_id,
            line=line,
            key=key,
            date=date,
            contact_name=call.contact_name,
            extension=call.final_extension,
        )


def logged_call(communication):
    """:return: Arrival of a call that is in the log"""
    return Arrival(
        channel="voice",
        connection=communication.connection_id,
        line=communication.line_id,
        key=communication._key() if communication.contact_value else None,
        date=communication.date,
        contact_name=communication.contact_name or "",
        extension=communication.extension or "",
    )
