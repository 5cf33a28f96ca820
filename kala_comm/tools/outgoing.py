"""What the gate is asked about a message before it leaves, and what it answers (CO1, WI1)."""

from typing import NamedTuple


class Outgoing(NamedTuple):
    """A message before it leaves, as the gate needs it.

    :ivar company: ``res.company`` in whose name it is sent
    :ivar str channel: a code of ``tools/channels.py``
    :ivar key: ContactKey of the recipient
    :ivar line: ``kala.line`` that it leaves from
    :ivar partner: the customer (``res.partner``), perhaps empty
    :ivar datetime moment: when it would leave, naive UTC
    :ivar bool ignore_window: it does not wait for the send window (WI3)
    :ivar template: ``kala.template``, perhaps empty
    :ivar dict template_values: what the variables of a template say that the provider keeps
    :ivar bool service: the confirmation of an opt-out, which passes once
    :ivar record: lead, order or customer that it is about
    :ivar bool other_address: the address is none of the record's: the customer's consent counts
    :ivar bool staff: to one of us, whom nobody has to ask
    :ivar writer: the user who types it, where he is one of those whose messages are counted
    :ivar bool marketing: a mass send: advertising, as a template of that category is, too
    """

    company: object
    channel: str
    key: object
    line: object = None
    partner: object = None
    moment: object = None
    ignore_window: bool = False
    template: object = None
    template_values: dict | None = None
    service: bool = False
    record: object = None
    other_address: bool = False
    staff: bool = False
    writer: object = None
    marketing: bool = False

    @property
    def free_text(self):
        """:return: whether it is no template that the provider keeps: such a text is bound to the
        hours in which the provider takes free text (WA6)"""
        return not self.template_values

    @property
    def is_typed(self):
        """:return: whether a person wrote it to one contact"""
        return bool(self.writer) and not self.marketing

    @property
    def is_advertising(self):
        return self.marketing or bool(self.template and self.template._is_advertising())


class Stop(NamedTuple):
    """The message must not leave."""

    kind: str
    reason: str


class Wait(NamedTuple):
    """The message must not leave before a moment (naive UTC)."""

    until: object
