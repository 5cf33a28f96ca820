"""A phone call as a value (VO1): its events fold into it, in whatever order they come and however
often, and it says what they change of its communication.

A call that was passed on has legs. Telephone systems say of such a call that it was answered
because a machine picked it up; whether a person did is what the legs say. So what the call itself
says counts only until one of its legs has an end, whichever came first.
"""

import dataclasses
import functools
from datetime import datetime
from typing import ClassVar

#: The status of a call moves to the right only, in whatever order its events come (VO1).
STATUS_RANK = (
    "",
    "ringing",
    "untold",
    "failed",
    "busy",
    "missed",
    "voicemail",
    "forwarded",
    "answered",
)
FINAL = ("failed", "busy", "missed", "voicemail", "forwarded", "answered")
#: Seconds. A talk that claims to be longer was counted wrong.
LONGEST_TALK = 7 * 24 * 3600
#: What the events of a call tell about its parties; the last event that knows it is believed.
TOLD = (
    "direction",
    "contact_value",
    "contact_name",
    "line_external_id",
    "line_address",
    "extension",
    "recording_url",
)
#: What is kept of the moments at which a talk began and ended, each told by an event of its own.
TALK_MOMENTS = ("answered_at", "ended_at")


@dataclasses.dataclass(frozen=True)
class Leg:
    """How a call, or one leg of it, went as far as its events told.

    :ivar str status: of :data:`STATUS_RANK`
    :ivar int duration: seconds of talk
    :ivar str extension: where it rang, or who answered
    :ivar bool ended: an event told its end
    """

    status: str = ""
    duration: int = 0
    extension: str = ""
    ended: bool = False

    @classmethod
    def of_event(cls, event):
        """:param CallEvent event:"""
        return cls(
            status=status_of(event),
            duration=event.duration or seconds_of_talk(talk_moments(event)),
            extension=event.extension,
            ended=event.event == "ended",
        )

    @classmethod
    def of_kept(cls, kept):
        """:param dict kept: of :meth:`kept`, perhaps of an older version with fewer names"""
        return cls(**{f.name: kept[f.name] for f in dataclasses.fields(cls) if f.name in kept})

    def kept(self):
        """:return: dict that the communication keeps in its ``extra``"""
        return dataclasses.asdict(self)

    @property
    def rank(self):
        return STATUS_RANK.index(self.status)

    def fold(self, told):
        """:return: Leg: what two events say together, whichever came first"""
        # Of two that ring the later one rings now.
        further = max((told, self), key=lambda leg: leg.rank)
        return Leg(
            status=further.status,
            duration=max(self.duration, told.duration),
            extension=further.extension or told.extension or self.extension,
            ended=self.ended or told.ended,
        )


@dataclasses.dataclass(frozen=True)
class Call:
    """What is known of one call.

    :ivar str uid: the provider's id of the call
    :ivar str extension: the extension that events name; :attr:`final_extension` is better
    :ivar datetime date: when it began, as the events say; None if none says it
    :ivar bool is_partial: no event says who called or was called
    :ivar Leg own: what the call says of itself
    :ivar dict legs: the provider's id of a leg → Leg
    :ivar dict extra: what the events said beyond this; of the extensions that rang the list
        ``rung``, and :data:`TALK_MOMENTS` as ISO texts
    """

    channel: ClassVar[str] = "voice"

    uid: str
    direction: str = ""
    contact_value: str = ""
    contact_name: str = ""
    line_external_id: str = ""
    line_address: str = ""
    extension: str = ""
    recording_url: str = ""
    date: datetime | None = None
    is_partial: bool = True
    own: Leg = Leg()
    legs: dict = dataclasses.field(default_factory=dict)
    extra: dict = dataclasses.field(default_factory=dict)

    # ------------------------------------------------------------------ what events tell

    @classmethod
    def of(cls, events):
        """:param list events: CallEvents of one call that came together, at least one"""
        # The call itself knows best who was called, then its legs; so they come last.
        ordered = sorted(events, key=lambda event: (not event.is_partial, not event.leg))
        return functools.reduce(cls.fold, ordered, cls(events[0].uid))

    def fold(self, event):
        """:param CallEvent event:
        :return: Call: what is known with the event"""
        extra = {**self.extra, **event.extra, **talk_moments(event)}
        if event.event == "ringing" and event.extension:
            extra["rung"] = [*extra.get("rung", ()), event.extension]
        told, own, legs = Leg.of_event(event), self.own, self.legs
        if event.leg:
            legs = fold_legs(legs, {event.leg: told})
        else:
            own = own.fold(told)
        return dataclasses.replace(
            self,
            date=self.date or event.started_at or event.date,
            is_partial=self.is_partial and event.is_partial,
            own=own,
            legs=legs,
            extra=extra,
            **{name: getattr(event, name) or getattr(self, name) for name in TOLD},
        )

    def forwarded(self, is_outside):
        """:param is_outside: says of a set of extensions and numbers whether one of them is an
            outside call centre
        :return: Call in which what was missed there is forwarded: they answer it (VO4)"""

        def settle(leg, places):
            is_forwarded = leg.status == "missed" and is_outside(places)
            return dataclasses.replace(leg, status="forwarded") if is_forwarded else leg

        own = settle(self.own, self.places(self.extension))
        legs = {name: settle(leg, {leg.extension}) for name, leg in self.legs.items()}
        return dataclasses.replace(self, own=own, legs=legs)

    def places(self, extension):
        """:return: set of an extension and of the numbers that events say the call went to"""
        return {extension, self.line_address, self.extra.get("called")}

    # ------------------------------------------------------------------ how it went

    @property
    def outcome(self):
        """:return: Leg: the one that went best as soon as one has an end, else the call itself"""
        if not self.legs:
            return self.own
        best = self.legs[max(sorted(self.legs), key=lambda name: self.legs[name].rank)]
        if best.status in FINAL or not self.own.ended:
            return best
        return dataclasses.replace(self.own, extension=self.own.extension or best.extension)

    @property
    def call_status(self):
        return self.outcome.status

    @property
    def duration(self):
        """:return: seconds of talk"""
        outcome = self.outcome
        if self.legs or outcome.status != "answered":
            return outcome.duration
        return outcome.duration or seconds_of_talk(self.extra)

    @property
    def final_extension(self):
        return self.outcome.extension or self.extension

    @property
    def kept(self):
        """:return: dict that a new communication keeps in its ``extra``"""
        return {**self.extra, **self._kept_legs(), "extension": self.final_extension}

    def _kept_legs(self):
        if not self.legs:
            return {}
        return {
            "own": self.own.kept(),
            "legs": {name: leg.kept() for name, leg in self.legs.items()},
        }

    # ------------------------------------------------------------------ what it changes

    def changes(self, communication):
        """What is known now and the communication does not say yet; a final status is never taken
        back.

        :param communication: of the call; ``call_status, direction, duration, extension,
            recording_url, extra`` are read of it
        :return: dict of new values of its fields
        """
        call = self._joined(communication)
        values = call._changes_by_legs(communication) if call.legs else call._changes(communication)
        extra = communication.extra or {}
        kept = {**extra, **call._kept_now(communication)}
        return {**values, "extra": kept} if kept != extra else values

    def rings_also(self, communication):
        """:return: list of the extensions that ring and had not rung before; a ring group calls
        several (VO2)"""
        before = {communication.extension, *rung(communication)}
        return [number for number in self.extra.get("rung", ()) if number not in before]

    def _joined(self, communication):
        """:return: Call: with what the communication keeps of the call and its legs"""
        extra = communication.extra or {}
        if not (self.legs or extra.get("legs")):
            return self
        if extra.get("own"):
            own = Leg.of_kept(extra["own"])
        else:
            status = communication.call_status or ""
            own = Leg(status, communication.duration, ended=status in FINAL)
        known = {name: Leg.of_kept(leg) for name, leg in (extra.get("legs") or {}).items()}
        return dataclasses.replace(self, own=own.fold(self.own), legs=fold_legs(known, self.legs))

    def _kept_now(self, communication):
        kept = self._kept_legs() or {n: self.extra[n] for n in TALK_MOMENTS if n in self.extra}
        if numbers := self.rings_also(communication):
            kept["rung"] = [*rung(communication), *numbers]
        return kept

    def _changes(self, communication):
        before = STATUS_RANK.index(communication.call_status or "")
        now = STATUS_RANK.index(self.call_status)
        told = {"duration": self.duration, "recording_url": self.recording_url}
        # Where it rang is no news once somebody else has answered.
        if now >= before or not communication.extension:
            told["extension"] = self.final_extension
        values = {n: v for n, v in told.items() if v and v != getattr(communication, n)}
        if now > before:
            values.update(status_values(communication.direction, self.call_status))
        if values.get("call_status", communication.call_status) == "answered" and not values.get(
            "duration", communication.duration
        ):
            # When a talk began is told by one event, when it ended by another.
            moments = {**(communication.extra or {}), **self.extra}
            if seconds := seconds_of_talk(moments):
                values["duration"] = seconds
        return values

    def _changes_by_legs(self, communication):
        """What the legs of a call say replaces what the call itself made us believe."""
        outcome = self.outcome
        values = {}
        if outcome.duration != (communication.duration or 0):
            values["duration"] = outcome.duration
        for name, told in (("extension", outcome.extension), ("recording_url", self.recording_url)):
            if told and told != getattr(communication, name):
                values[name] = told
        before = communication.call_status or ""
        # That a leg rings is old news of a call whose end nobody told.
        is_old = before == "untold" and outcome.status in ("", "ringing")
        if outcome.status != before and not is_old:
            values.update(status_values(communication.direction, outcome.status))
        return values


def fold_legs(known, told):
    """:return: dict id of a leg → Leg: what both say together"""
    folded = dict(known)
    for name, leg in told.items():
        folded[name] = folded.get(name, Leg()).fold(leg)
    return folded


def rung(communication):
    """:return: list of the extensions that rang so far, as far as the events told"""
    return (communication.extra or {}).get("rung") or []


def status_of(event):
    """:return: the status that an event tells; an end without a status is missed or answered"""
    if event.status in STATUS_RANK and event.status:
        return event.status
    if event.event in ("answered", "ringing"):
        return event.event
    if event.event == "ended":
        return "answered" if event.duration or event.answered_at else "missed"
    return ""


def state_of(direction, status):
    """:return: state of the communication; only an answered outgoing call counts as a
    communication (SPEC, Words)"""
    if direction == "in":
        return "received"
    return "sent" if status == "answered" else "cancelled"


def status_values(direction, status):
    """:return: dict of the values of a communication that a new status of its call brings"""
    return {
        "call_status": status,
        "state": state_of(direction, status),
        "recency_pending": True,
    }


def talk_moments(event):
    """:return: dict of the moments at which an event says that a talk began or ended"""
    moments = {name: getattr(event, name) for name in TALK_MOMENTS}
    return {name: moment.isoformat() for name, moment in moments.items() if moment}


def seconds_of_talk(moments):
    """:param dict moments: of :func:`talk_moments`
    :return: seconds between both; 0 if one is missing or they cannot be right"""
    if not (moments.get("answered_at") and moments.get("ended_at")):
        return 0
    ended, answered = (datetime.fromisoformat(moments[n]) for n in ("ended_at", "answered_at"))
    seconds = int((ended - answered).total_seconds())
    return seconds if 0 < seconds <= LONGEST_TALK else 0
