"""The values that go from step to step: an Arrival comes in, the matcher is asked with a Sender and
answers with a Match, the rules of the responsible user are asked with a Case."""

import dataclasses
from typing import NamedTuple

from ...tools import channels, const
from ..record.kala_contact_point import uid_key_of


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Arrival:
    """What came in, a message or a call, as all steps of the intake need it.

    :ivar str channel: code of a channel
    :ivar connection: ``kala.connection`` that it came by
    :ivar line: ``kala.line`` that it came to, perhaps empty
    :ivar key: ContactKey of the other party, or None
    :ivar datetime date: naive UTC
    :ivar str contact_uid: a second id of the other party on this connection
    :ivar str contact_name: the name that the other party gave itself
    :ivar str text: its subject or its text
    :ivar str extension: number of the PBX extension that was called
    :ivar str ad_id: the provider's id of the advertisement that it came from
    :ivar str ad_name: the headline of that advertisement
    """

    channel: str
    connection: object
    line: object
    key: object
    date: object
    contact_uid: str = ""
    contact_name: str = ""
    text: str = ""
    extension: str = ""
    ad_id: str = ""
    ad_name: str = ""

    @property
    def family(self):
        """:return: text, call or email"""
        return channels.get(self.channel).family

    @property
    def identities(self):
        """:return: tuple of pairs (ContactKey, connection id or 0): the addresses under which the
        other party may be known"""
        found = []
        if self.key:
            own = self.key.kind not in const.FIELD_CONTACT_KINDS
            found.append((self.key, self.connection.id if own else 0))
        if self.contact_uid:
            found.append((uid_key_of(self.channel, self.contact_uid), self.connection.id))
        return tuple(found)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Entry(Arrival):
    """A message on its way into the log.

    :ivar item: ``kala.inbound.item``
    :ivar message: IncomingMessage
    """

    item: object
    message: object

    @classmethod
    def of(cls, item, message, line, key, date):
        """:param line: ``kala.line``
        :param key: ContactKey of the sender, or None
        :param datetime date: naive UTC"""
        return cls(
            item=item,
            message=message,
            channel=message.channel,
            connection=item.connection_id,
            line=line,
            key=key,
            date=date,
            contact_uid=message.contact_uid,
            contact_name=message.contact_name,
            text=message.subject or message.body,
            extension=message.extra.get("extension") or "",
            ad_id=message.ad_id,
            ad_name=message.ad_name,
        )


class Sender(NamedTuple):
    """Who an incoming communication is from, as the matcher needs it.

    :ivar tuple keys: pairs (ContactKey, connection id or 0): a person may be known by his
        number and by his id on the connection
    :ivar int connection_id: where ``reply_to`` is an id
    :ivar datetime date: when it was sent, naive UTC
    :ivar str reply_to: provider's id of the message of ours that is quoted
    :ivar str family: text, call or email
    :ivar bool missed: a call that nobody answered
    :ivar bool ours: a call or message of ours: it never makes a lead (MA4, MA5)
    :ivar bool is_news: whether it may make a lead. If it may not, ``reply_to`` is the message, ours
        or not, that it reacts to or changes, and it goes to the record of that message in spite
        of MA2
    """

    keys: tuple
    date: object
    connection_id: int = 0
    reply_to: str = ""
    family: str = "text"
    missed: bool = False
    ours: bool = False
    is_news: bool = True

    @classmethod
    def of(cls, arrival, **facts):
        """:param Arrival arrival:
        :param facts: the other fields of Sender, or other ``keys`` than those of the arrival"""
        known = {
            "keys": arrival.identities,
            "date": arrival.date,
            "connection_id": arrival.connection.id,
            "family": arrival.family,
        }
        return cls(**{**known, **facts})


class Match(NamedTuple):
    """Where an incoming communication goes.

    :ivar str model: ``sale.order``, ``crm.lead``, ``res.partner``; empty = a new lead, or of a
        sender that is no news: nowhere
    :ivar int partner_id: the customer the contact belongs to, or False
    :ivar str rule: reply, target, pinned, order, lead, customer, new, new_for_customer,
        always_new, nowhere
    :ivar list candidates: dicts ``model, id, verdict, recency`` of all that competed
    """

    model: str
    res_id: int
    partner_id: int
    rule: str
    candidates: list

    @classmethod
    def nowhere(cls, rule, candidates=(), partner_id=False):
        """:return: Match of what goes to no record that exists"""
        return cls("", 0, partner_id, rule, list(candidates))


class Case(NamedTuple):
    """One question "whose is this?".

    :ivar int n: place in the caller's list
    :ivar str family: text, call or email
    :ivar line: ``kala.line``
    :ivar key: ContactKey of the other party, or None
    :ivar record: the record it was attached to; empty for a new lead
    :ivar partner: the customer, perhaps empty
    :ivar str extension: number of the PBX extension that was called
    :ivar datetime date: naive UTC
    :ivar connection: ``kala.connection`` of the extension; it may have named no line
    """

    n: int
    family: str
    line: object
    key: object
    record: object
    partner: object
    extension: str
    date: object
    connection: object = None

    @classmethod
    def of(cls, arrival, record, partner, n=0):
        """:param Arrival arrival:
        :param record: the record it was attached to; empty for a new lead
        :param partner: ``res.partner``, perhaps empty
        :param int n: place in the caller's list"""
        return cls(
            n=n,
            family=arrival.family,
            line=arrival.line,
            key=arrival.key,
            record=record,
            partner=partner,
            extension=arrival.extension,
            date=arrival.date,
            connection=arrival.connection,
        )
