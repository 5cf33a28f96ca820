"""States of communications in SQL: the words of a partial index and of each question that shall
use the index are made by the same function, so that they are equal."""

from functools import partial

from . import const


def _of(alias, name):
    return f"{alias}.{name}" if alias else name


def is_any(*states, alias=""):
    """:param str states: of :mod:`const`
    :return: SQL: whether the communication is in one of these states"""
    if len(states) == 1:
        return f"{_of(alias, 'state')} = '{states[0]}'"
    return f"{_of(alias, 'state')} IN {states}"


def is_none(*states, alias=""):
    """:return: SQL: whether the communication is in none of these states"""
    return f"NOT {is_any(*states, alias=alias)}"


def is_sent(alias=""):
    """:param str alias: of ``kala_communication`` in the statement
    :return: SQL: whether the provider, or the contact's phone, has the message"""
    return f"{_of(alias, 'state')} IN {const.SENT_STATES}"


def is_unsent(alias=""):
    """:return: SQL: whether the message waits"""
    return f"{_of(alias, 'state')} IN {const.UNSENT_STATES}"


def is_in_line(alias=""):
    """:return: SQL: whether lanes look at the message; ``kala_communication_due_idx`` has these
    words"""
    out = f"{_of(alias, 'direction')} = 'out'"
    return f"{out} AND {is_unsent(alias)} AND {_of(alias, 'set_aside')} IS NOT TRUE"


def is_set_aside(alias=""):
    """:return: SQL: whether the message waits until others of its recipient have left;
    ``kala_communication_aside_idx`` has these words"""
    out = f"{_of(alias, 'direction')} = 'out'"
    return f"{out} AND {is_unsent(alias)} AND {_of(alias, 'set_aside')}"


def is_sending(alias=""):
    """:return: SQL: whether the message is being sent; ``kala_communication_sending_idx`` and
    ``kala_communication_under_way_idx`` have these words"""
    return is_any(const.SENDING, alias=alias)


def is_failed(alias=""):
    """:return: SQL: whether the message failed; ``kala_communication_fallback_idx`` has these
    words"""
    return is_any(const.FAILED, alias=alias)


def is_on_its_way(alias=""):
    """:return: SQL: whether the message waits or is being sent;
    ``kala_communication_recipient_idx`` has these words"""
    return f"{_of(alias, 'state')} IN {(*const.UNSENT_STATES, const.SENDING)}"


def is_real(alias=""):
    """What counts for "last communication" (SPEC, Words): every incoming one, and an outgoing one
    that was sent or answered. ``kala_communication_real_idx`` has these words.

    :return: SQL, in brackets
    """
    return f"({_of(alias, 'direction')} = 'in' OR {is_sent(alias)})"


def is_trouble(alias=""):
    """:return: SQL: whether the message did not arrive, or perhaps not"""
    return f"{_of(alias, 'state')} IN {(const.FAILED, const.UNKNOWN)}"


def is_open_end(alias=""):
    """What a person wrote and has not left yet, and all that did not arrive: the inbox shows it.
    ``kala_communication_open_end_idx`` has these words.

    :return: SQL, in brackets
    """
    typed = f"COALESCE({_of(alias, 'priority')}, 0) = {const.PRIORITY_PERSON}"
    return (
        f"({_of(alias, 'direction')} = 'out' AND ({is_trouble(alias)}"
        f" OR {typed} AND {is_on_its_way(alias)}))"
    )


def is_planned(alias=""):
    """What a person wrote for later; ``kala_communication_planned_idx`` has these words.

    :return: SQL, in brackets
    """
    return (
        f"({_of(alias, 'direction')} = 'out' AND {_of(alias, 'state')} = '{const.SCHEDULED}'"
        f" AND COALESCE({_of(alias, 'priority')}, 0) = {const.PRIORITY_PERSON})"
    )


def is_answer(alias=""):
    """By which line a person of ours answers the contact: he wrote, or they spoke. What a rule or a
    mass send wrote is none. Who wants only what left adds :func:`is_real` (TA3).

    :return: SQL, in brackets
    """
    a = partial(_of, alias)
    return (
        f"({a('call_status')} = 'answered' OR {a('direction')} = 'out'"
        f" AND COALESCE({a('priority')}, 0) = {const.PRIORITY_PERSON}"
        f" AND {a('kind')} IS DISTINCT FROM 'reaction' AND {a('to_user_id')} IS NULL)"
    )


def is_asked(alias=""):
    """In which line the contact wants something: he wrote, or called and nobody took it.

    :return: SQL, in brackets
    """
    a = partial(_of, alias)
    return (
        f"({a('direction')} = 'in'"
        f" AND ({a('kind')} IS NULL"
        f" OR {a('kind')} NOT IN {const.NO_NEWS})"
        f" AND ({a('call_status')} IS NULL OR {is_missed(alias)}))"
    )


def is_missed(alias=""):
    """:return: SQL: whether it is a call in which nobody of ours spoke with the contact"""
    return f"{_of(alias, 'call_status')} IN {const.UNANSWERED}"
