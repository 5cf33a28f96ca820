"""VO1: a call is a value: its events fold into it in any order, however often they come, and it
says what they change of its communication. Plain Python, no database."""

import itertools
from datetime import datetime, timedelta
from types import SimpleNamespace

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.call import LONGEST_TALK, Call, Leg
from odoo.addons.kala_comm.tools.messages import CallEvent

NOON = datetime(2026, 3, 1, 12)


def event(name, **values):
    return CallEvent(uid="C", event=name, contact_value="0502345678", **values)


RINGING = event("ringing", extension="101")
ANSWERED = event("answered", extension="101")
ENDED = event("ended", duration=30)
MISSED = event("ended")

#: Title, events, (status, seconds of talk, extension) in whatever order they came.
CASES = [
    ("rings", [RINGING], ("ringing", 0, "101")),
    ("is answered", [RINGING, ANSWERED], ("answered", 0, "101")),
    ("ends after a talk", [RINGING, ANSWERED, ENDED], ("answered", 30, "101")),
    ("nobody answers", [RINGING, MISSED], ("missed", 0, "101")),
    ("is answered, its end says nothing of a talk", [ANSWERED, MISSED], ("answered", 0, "101")),
    ("the end alone", [ENDED], ("answered", 30, "")),
    ("busy", [RINGING, event("ended", status="busy")], ("busy", 0, "101")),
    ("goes to voicemail", [MISSED, event("ended", status="voicemail")], ("voicemail", 0, "")),
    ("a status that nobody knows", [RINGING, event("ended", status="odd")], ("missed", 0, "101")),
    ("only a recording", [event("recording", recording_url="https://x/1")], ("", 0, "")),
    (
        "the moments of its talk, each in an event of its own",
        [
            event("answered", answered_at=NOON),
            event("ended", status="answered", ended_at=NOON + timedelta(seconds=45)),
        ],
        ("answered", 45, ""),
    ),
    (
        "moments that cannot be right",
        [
            event("answered", answered_at=NOON),
            event("ended", status="answered", ended_at=NOON + timedelta(seconds=LONGEST_TALK + 1)),
        ],
        ("answered", 0, ""),
    ),
    (
        "a machine picked it up, and no leg was answered",
        [ANSWERED, ENDED, event("ended", leg="a", extension="102", status="missed")],
        ("missed", 0, "102"),
    ),
    (
        "one of two legs is answered",
        [
            ENDED,
            event("ended", leg="a", extension="102", status="missed"),
            event("ended", leg="b", extension="103", duration=12),
        ],
        ("answered", 12, "103"),
    ),
    (
        "it has an end, its leg none yet",
        [ENDED, event("ringing", leg="a", extension="102")],
        ("answered", 30, "102"),
    ),
]

#: Title, fields of the communication, events that come later, what they change.
CHANGES = [
    ("nothing new", {"call_status": "ringing", "extension": "101"}, [RINGING], {}),
    (
        "its end",
        {"call_status": "ringing", "extension": "101"},
        [ENDED],
        {"call_status": "answered", "duration": 30, "state": "received", "recency_pending": True},
    ),
    ("its end again", {"call_status": "answered", "duration": 30}, [ENDED], {}),
    ("it rang, told late", {"call_status": "missed", "extension": "101"}, [RINGING], {}),
    (
        "where it rang, told late",
        {"call_status": "missed"},
        [RINGING],
        {"extension": "101", "extra": {"rung": ["101"]}},
    ),
    (
        "where it rang, told by its record",
        {"call_status": "missed"},
        [event("ended", extension="101")],
        {"extension": "101"},
    ),
    (
        "an outgoing call is answered",
        {"call_status": "ringing", "direction": "out"},
        [event("answered", direction="out")],
        {"call_status": "answered", "state": "sent", "recency_pending": True},
    ),
    (
        "a recording",
        {"call_status": "answered", "duration": 30},
        [event("recording", recording_url="https://x/1")],
        {"recording_url": "https://x/1"},
    ),
    (
        "the end of a talk whose beginning is known",
        {"call_status": "answered", "extra": {"answered_at": NOON.isoformat()}},
        [event("ended", status="answered", ended_at=NOON + timedelta(seconds=45))],
        {
            "duration": 45,
            "extra": {
                "answered_at": NOON.isoformat(),
                "ended_at": (NOON + timedelta(seconds=45)).isoformat(),
            },
        },
    ),
    (
        "it rings elsewhere",
        {"call_status": "ringing", "extension": "101"},
        [event("ringing", extension="102")],
        {"extension": "102", "extra": {"rung": ["102"]}},
    ),
    (
        "a leg rings, and its end was never told",
        {
            "call_status": "untold",
            "extra": {"own": Leg().kept(), "legs": {"a": {"status": "ringing"}}},
        },
        [event("ringing", leg="a")],
        {"extra": {"own": Leg().kept(), "legs": {"a": Leg("ringing").kept()}}},
    ),
    (
        "a leg was missed, the machine had answered",
        {"call_status": "answered", "duration": 30},
        [event("ended", leg="a", extension="102", status="missed")],
        {
            "call_status": "missed",
            "state": "received",
            "recency_pending": True,
            "duration": 0,
            "extension": "102",
            "extra": {
                "own": Leg("answered", 30, ended=True).kept(),
                "legs": {"a": Leg("missed", 0, "102", ended=True).kept()},
            },
        },
    ),
]


@tagged("post_install", "-at_install")
class TestCall(BaseCase):
    def _known(self, **values):
        """:return: what a communication of a call says"""
        empty = {
            "call_status": False,
            "direction": "in",
            "duration": 0,
            "extension": False,
            "recording_url": False,
            "extra": False,
        }
        return SimpleNamespace(**{**empty, **values})

    def test_any_order_any_number(self):
        """VO1: the same is known whatever event came first, and if each came twice."""
        for title, events, expected in CASES:
            for order in itertools.permutations(events):
                for told in (order, (*order, *order)):
                    with self.subTest(title, order=[e.event for e in told]):
                        call = Call.of(list(told))
                        found = (call.call_status, call.duration, call.final_extension)
                        self.assertEqual(found, expected)

    def test_what_later_events_change(self):
        """VO1: only what is new is written, and a final status is never taken back."""
        for title, known, events, expected in CHANGES:
            with self.subTest(title):
                communication = self._known(**known)
                changes = Call.of(events).changes(communication)
                self.assertEqual(changes, expected)
                for name, value in changes.items():
                    setattr(communication, name, value)
                self.assertEqual(Call.of(events).changes(communication), {}, "told twice")

    def test_one_after_the_other(self):
        """VO1: events that come one by one end where they end together."""
        for title, events, expected in CASES:
            for order in itertools.permutations(events):
                with self.subTest(title, order=[e.event for e in order]):
                    first, *later = order
                    call = Call.of([first])
                    communication = self._known(
                        call_status=call.call_status,
                        duration=call.duration,
                        extension=call.final_extension,
                        extra=call.kept,
                    )
                    for told in later:
                        changes = Call.of([told]).changes(communication)
                        for name, value in changes.items():
                            setattr(communication, name, value)
                    self.assertEqual(
                        (communication.call_status, communication.duration), expected[:2]
                    )

    def test_extensions_that_rang(self):
        """VO2: a ring group calls several; each is told once."""
        call = Call.of([RINGING, event("ringing", extension="102"), RINGING])
        communication = self._known(extension="101")
        self.assertEqual(call.rings_also(communication), ["102"])
        communication.extra = {"rung": ["102"]}
        self.assertEqual(call.rings_also(communication), [])

    def test_forwarded(self):
        """VO4: what an outside call centre missed is forwarded, of the call and of each leg."""
        leg = event("ended", leg="a", extension="900", status="missed")
        call = Call.of([event("ended", extension="101"), leg]).forwarded(
            lambda places: "900" in places
        )
        self.assertEqual((call.own.status, call.legs["a"].status), ("missed", "forwarded"))
        self.assertEqual(call.call_status, "forwarded")
