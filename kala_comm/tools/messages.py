"""What a provider's events are parsed into, and what it answers when we send.

These frozen dataclasses are the whole language between a provider and the core. They hold
plain values only, so that they travel through JSON (the inbox keeps one row for each) and
through threads (the dispatcher sends without the ORM).
"""

import dataclasses
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime

# They are words of the same language: who speaks it imports all of it from here.
from .templates import ExternalTemplate as ExternalTemplate
from .templates import TemplatePage as TemplatePage
from .templates import TemplateVariable as TemplateVariable
from .text import clean_text

#: Bytes of an answer that are read, unless a request says otherwise.
TEXT_LIMIT = 65536
#: Seconds that a provider may be silent, unless it or a request says otherwise.
TIMEOUT = 20.0


def _clean(value):
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {_clean(k): _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    if isinstance(value, datetime):
        return to_naive_utc(value).isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        # Python reads NaN and Infinity from JSON, PostgreSQL does not.
        return str(value)
    return value


def to_naive_utc(value):
    """:return: the moment as naive UTC, as Odoo stores it; aware values are converted."""
    if value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.replace(microsecond=0)


def from_timestamp(value):
    """Read a provider's unix time.

    :param value: seconds since 1970, a number or its text; milliseconds are recognised
    :return: naive UTC datetime, or None where the value is no usable moment
    """
    try:
        seconds = float(value)
        if seconds > 1e11:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


@dataclasses.dataclass(frozen=True)
class InboundFile:
    """A file that a customer sent; its bytes are fetched later, never in the webhook.

    :ivar str kind: image, video, audio, document, sticker, contact, location
    :ivar str provider_id: the provider's id to fetch it by, where it has one
    :ivar str url: where to fetch it, where there is no id
    """

    kind: str
    name: str = ""
    mimetype: str = ""
    provider_id: str = ""
    url: str = ""
    size: int = 0


@dataclasses.dataclass(frozen=True)
class _InboundBase:
    @classmethod
    def from_json(cls, values):
        """Rebuild from :meth:`to_json`; unknown names are left out."""
        names = {f.name: f for f in dataclasses.fields(cls)}
        known = {k: v for k, v in values.items() if k in names}
        for name in ("date", "started_at", "answered_at", "ended_at"):
            if known.get(name):
                known[name] = datetime.fromisoformat(known[name])
        if "files" in known:
            known["files"] = tuple(InboundFile(**f) for f in known["files"])
        if "line_addresses" in known:
            known["line_addresses"] = tuple(known["line_addresses"])
        return cls(**known)

    def to_json(self):
        """:return: plain dict, free of NUL bytes and lone surrogates (PostgreSQL refuses them)."""
        return _clean(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class IncomingMessage(_InboundBase):
    """One text message that reached us, or (``echo``) one that left from elsewhere.

    :ivar str channel: one of ``CHANNELS``
    :ivar str uid: the provider's documented id of the message; empty where it has none
    :ivar str line_external_id: the provider's id of our number, where it gives it one
    :ivar str line_address: our number as the provider wrote it; names a line not known yet
    :ivar str contact_kind: ``phone`` (any spelling, the core makes the key) or the kind of id
    :ivar str contact_value: the sender: phone in any spelling or the id on this connection
    :ivar str contact_uid: a second, stable id of the sender on this connection, if any (MA8)
    :ivar str contact_name: the name the sender gave himself
    :ivar datetime date: when it was sent, naive UTC; None = now
    :ivar str reply_to: ``uid`` of the message of ours that is quoted (MA7)
    :ivar str target_uid: ``uid`` of the message that is edited, deleted or reacted to
    :ivar str edited_body: what the edited message says now
    :ivar bool echo: written by us, but not through us (typed on the phone): outgoing
    :ivar str echo_key: our own id that came back in it: then it is a report, not an echo
    :ivar str kind: text, file, location, contact, reaction, edit, revoke, system, unsupported …
    :ivar str details: what came with it, one a line, as people read it: the advertisement or the
        product that it is about, that it was forwarded …
    :ivar str album: what messages have in common that the contact sent as one, each with a file
    :ivar str invitation: what he brings along from a link of ours that he followed
        (``kala.invitation``)
    :ivar str group: the provider's id of the group that it was written in, which is then the
        contact: no message to us alone
    :ivar str ad_id: the provider's id of the advertisement that it came from (RE1)
    :ivar str ad_name: the headline of that advertisement
    :ivar str new_value: a phone number, in any spelling, that is the sender's from now on: he
        changed his, or told us his own (MA8)
    :ivar str new_uid: an id on this connection that is the sender's from now on
    :ivar str choice: it was picked from what we offered, not typed: the provider's id of the
        choice, or its label
    :ivar bool allowed: the provider counts it as an opt-out (False) or opt-in (True) of its
        channel (CO2); None = what it says is for us to read
    :ivar bool told: the provider has confirmed that to the contact itself
    :ivar dict extra: what the provider said beyond this, kept with the communication
    """

    channel: str
    uid: str
    contact_value: str
    contact_kind: str = "phone"
    contact_uid: str = ""
    contact_name: str = ""
    line_external_id: str = ""
    line_address: str = ""
    body: str = ""
    subject: str = ""
    date: datetime | None = None
    reply_to: str = ""
    target_uid: str = ""
    edited_body: str = ""
    files: tuple = ()
    echo: bool = False
    echo_key: str = ""
    kind: str = "text"
    details: str = ""
    album: str = ""
    invitation: str = ""
    group: str = ""
    ad_id: str = ""
    ad_name: str = ""
    new_value: str = ""
    new_uid: str = ""
    choice: str = ""
    allowed: bool | None = None
    told: bool = False
    extra: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ConsentChange(_InboundBase):
    """A contact told his provider whether we may write to him (CO2), without a message to us.

    :ivar str key: what makes it the same news when the provider repeats it
    :ivar bool allowed: False = he opted out, True = he takes it back
    :ivar str purpose: one of ``PURPOSES``: what he refuses or wants again
    :ivar str contact_uid: a second id of the contact on this connection, if any
    :ivar str reason: the provider's words, for the proof
    :ivar datetime date: when he said it, naive UTC; None = now
    """

    key: str
    channel: str
    allowed: bool
    contact_value: str = ""
    contact_kind: str = "phone"
    contact_uid: str = ""
    purpose: str = "all"
    reason: str = ""
    line_external_id: str = ""
    line_address: str = ""
    date: datetime | None = None


@dataclasses.dataclass(frozen=True)
class DeliveryReport(_InboundBase):
    """What became of a message of ours.

    :ivar str uid: the provider's id of the message
    :ivar str key: our own id that the provider echoes (:meth:`kala.communication.echo_key`)
    :ivar str state: sent, delivered, read or failed; anything else is kept and ignored
    :ivar str failure_kind: one of ``FAILURE_KINDS`` where it failed
    :ivar str code: the provider's error code
    :ivar int tries: tries that a failure of this sort is worth; 0 = as many as any other
    :ivar str sent_as: code of the channel on which it was sent in the end, where the provider chose
        another one than we asked for
    """

    uid: str = ""
    key: str = ""
    state: str = ""
    date: datetime | None = None
    sent_as: str = ""
    failure_kind: str = ""
    failure_reason: str = ""
    code: str = ""
    tries: int = 0
    line_external_id: str = ""
    line_address: str = ""
    extra: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class CallEvent(_InboundBase):
    """One event of a phone call; events of one call share ``uid`` and come in any order.

    :ivar str leg: the provider's id of the leg that the event is about, where the call was
        passed on; ``uid`` is then the call's
    :ivar bool is_partial: it does not say who called or was called: it waits for one that does
    :ivar str event: ringing, answered, ended or recording
    :ivar str direction: in or out
    :ivar str status: one of ``CALL_STATUSES`` where the event knows it
    :ivar int duration: seconds of talk
    :ivar int ring_seconds: seconds of ringing
    """

    uid: str
    event: str
    leg: str = ""
    is_partial: bool = False
    direction: str = "in"
    contact_value: str = ""
    contact_name: str = ""
    line_external_id: str = ""
    line_address: str = ""
    extension: str = ""
    status: str = ""
    duration: int = 0
    ring_seconds: int = 0
    date: datetime | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    recording_url: str = ""
    extra: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Unusable(_InboundBase):
    """A part of an event that is authentic but cannot be understood: a dead letter (AD3).

    :ivar str key: what makes it the same part when the provider repeats it
    """

    key: str
    reason: str
    raw: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class TemplateUpdate(_InboundBase):
    """News about a template that the provider keeps (WA1).

    :ivar str key: what makes it the same news when the provider repeats it
    :ivar str state: one of ``APPROVAL_STATES``; empty = as before
    :ivar str quality: one of ``TEMPLATE_QUALITIES``; empty = as before
    :ivar bool changed: more changed than is told here: it must be fetched anew
    """

    key: str
    external_id: str = ""
    name: str = ""
    language: str = ""
    state: str = ""
    reason: str = ""
    quality: str = ""
    category: str = ""
    changed: bool = False
    date: datetime | None = None


@dataclasses.dataclass(frozen=True)
class PollBatch:
    """An answer to the question for news.

    :ivar bool has_news: it tells something, perhaps something that cannot be understood
    :ivar bool has_more: asking again brings the next part
    :ivar str cursor: where the next part begins, for ``connection.polled_to``, where the provider
        wants to be told what we have; empty = as before
    :ivar bool waits: the provider waits for news before it answers: it is asked again at once
    :ivar str failure_kind: one of ``FAILURE_KINDS`` where the provider did not tell
    """

    has_news: bool = False
    has_more: bool = False
    cursor: str = ""
    waits: bool = False
    failure_kind: str = ""
    reason: str = ""


#: Name of the item kind in the inbox → class. ``kind`` of ``kala.inbound.item``.
ITEM_CLASSES = {
    "message": IncomingMessage,
    "report": DeliveryReport,
    "call": CallEvent,
    "template": TemplateUpdate,
    "consent": ConsentChange,
    "unusable": Unusable,
}
ITEM_KINDS = {cls: kind for kind, cls in ITEM_CLASSES.items()}


@dataclasses.dataclass(frozen=True)
class SendRequest:
    """One HTTP request to a provider; built with the ORM, sent without it.

    :ivar object data: form fields (dict or list of pairs) or raw bytes
    :ivar object json: body to encode as JSON, instead of ``data``
    :ivar tuple auth: (user, password) of Basic authentication
    :ivar float timeout: seconds that it may be silent; with the time to connect: seconds for the
        whole exchange; None = as the provider's ``_timeout`` says
    :ivar int text_limit: bytes of the answer that are read
    :ivar read: reads the answer in place of the provider's ``_read_send``, where settings of
        the connection say how
    :ivar tuple secrets: spellings of what must not be repeated by anybody, see
        :meth:`kala.connection._questions`
    """

    url: str
    method: str = "POST"
    headers: dict = dataclasses.field(default_factory=dict)
    params: dict | None = None
    data: object = None
    json: object = None
    files: object = None
    auth: tuple | None = None
    timeout: float | None = None
    text_limit: int = TEXT_LIMIT
    read: Callable | None = None
    secrets: tuple = ()


@dataclasses.dataclass(frozen=True)
class HttpAnswer:
    """What came back, as it came; ``text`` is cut at the request's ``text_limit``."""

    status: int
    headers: dict
    text: str

    def json(self):
        """:return: the decoded body, its texts storable; None where it is not JSON"""
        try:
            return _clean(json.loads(self.text))
        except (ValueError, RecursionError):
            return None


@dataclasses.dataclass(frozen=True)
class SendResult:
    """What became of one try to send (DE1, DE2).

    :ivar str state: ``sent`` (accepted), ``delivered``, ``failed``, ``retry`` (nothing reached
        the provider, or it asked to come again) or ``unknown`` (the provider may have it)
    :ivar float retry_after: seconds that the provider asked to wait
    :ivar int tries: tries that a failure of this sort is worth; 0 = as many as any other
    :ivar str moved_to: the id that the contact has on this connection now: the message goes there
    :ivar str trace: request and answer as people may read them (``tools/trace.py``)
    """

    state: str
    provider_uid: str = ""
    failure_kind: str = ""
    failure_reason: str = ""
    code: str = ""
    retry_after: float = 0.0
    tries: int = 0
    http_status: int = 0
    contact_uid: str = ""
    moved_to: str = ""
    trace: str = ""

    @classmethod
    def sent(cls, provider_uid, **values):
        return cls(state="sent", provider_uid=provider_uid or "", **values)

    @classmethod
    def unknown(cls, reason, **values):
        return cls(state="unknown", failure_reason=reason, **values)

    @classmethod
    def refused(cls, kind, reason, code="", **values):
        """The provider said no. Kinds of ``RETRY_KINDS`` come again by themselves."""
        from .const import RETRY_KINDS

        state = "retry" if kind in RETRY_KINDS else "failed"
        return cls(
            state=state,
            failure_kind=kind,
            failure_reason=reason,
            code=str(code or ""),
            **values,
        )
