"""Answer times, case by case (LO12): what the log says, and what is counted."""

from typing import NamedTuple

H = 3600

#: Sunday to Thursday 9–18 in Jerusalem, where the clock went back on 25 October 2026; Monday to
#: Friday 8–16 in Warsaw, where it did so in the same night; nights in Warsaw.
JERUSALEM = ("Asia/Jerusalem", {6: (9, 18), 0: (9, 18), 1: (9, 18), 2: (9, 18), 3: (9, 18)})
WARSAW = ("Europe/Warsaw", dict.fromkeys(range(5), (8, 16)))
NIGHTS = ("Europe/Warsaw", {5: (0, 6), 6: (0, 6)})
NONE = ("Asia/Jerusalem", {})


class Turn(NamedTuple):
    """A row that is expected.

    :ivar str asked: local time
    :ivar plain: seconds until the answer; None = not answered
    :ivar work: the same in working hours
    """

    asked: str
    plain: int | None = None
    work: int | None = None
    first: bool = True
    user: str | None = "salesman"


def came(at, **values):
    return {"at": at, "direction": "in", "user": "salesman", **values}


def wrote(at, **values):
    return {"at": at, "direction": "out", "user": "salesman", **values}


def call(at, side, status, **values):
    return {
        "at": at,
        "direction": side,
        "channel": "voice",
        "call_status": status,
        "state": "received" if side == "in" else "sent" if status == "answered" else "cancelled",
        "user": "salesman",
        **values,
    }


#: Name → (calendar, lines of the log, rows). Times are those of the calendar's clock.
CASES = {
    "within a day": (
        JERUSALEM,
        [came("2026-11-09 10:00"), wrote("2026-11-09 10:20")],
        [Turn("2026-11-09 10:00", 1200, 1200)],
    ),
    "from the evening to the morning": (
        JERUSALEM,
        [came("2026-11-09 20:00"), wrote("2026-11-10 09:10")],
        [Turn("2026-11-09 20:00", 13 * H + 600, 600)],
    ),
    "across a weekend": (
        JERUSALEM,
        [came("2026-11-12 17:30"), wrote("2026-11-15 09:30")],
        [Turn("2026-11-12 17:30", 64 * H, H)],
    ),
    "a holiday is no working day": (
        JERUSALEM,
        [came("2026-11-17 17:00"), wrote("2026-11-19 10:00")],
        [Turn("2026-11-17 17:00", 41 * H, 2 * H)],
    ),
    "the clock goes back, in Jerusalem": (
        JERUSALEM,
        [came("2026-10-22 17:00"), wrote("2026-10-25 10:00")],
        [Turn("2026-10-22 17:00", 66 * H, 2 * H)],
    ),
    "the clock goes forward, in Jerusalem": (
        JERUSALEM,
        [came("2026-03-26 17:00"), wrote("2026-03-29 10:00")],
        [Turn("2026-03-26 17:00", 64 * H, 2 * H)],
    ),
    "the clock goes back, in Warsaw": (
        WARSAW,
        [came("2026-10-23 15:00"), wrote("2026-10-26 09:00")],
        [Turn("2026-10-23 15:00", 67 * H, 2 * H)],
    ),
    "the clock goes forward, in Warsaw": (
        WARSAW,
        [came("2026-03-27 15:00"), wrote("2026-03-30 09:00")],
        [Turn("2026-03-27 15:00", 65 * H, 2 * H)],
    ),
    "who works in the night of the change works an hour more": (
        NIGHTS,
        [came("2026-10-25 00:00"), wrote("2026-10-25 06:00")],
        [Turn("2026-10-25 00:00", 7 * H, 7 * H)],
    ),
    "without working hours time is plain": (
        NONE,
        [came("2026-11-12 17:30"), wrote("2026-11-15 09:30")],
        [Turn("2026-11-12 17:30", 64 * H, 64 * H)],
    ),
    "several messages are one question": (
        JERUSALEM,
        [came("2026-11-09 10:00"), came("2026-11-09 10:05"), wrote("2026-11-09 10:20")],
        [Turn("2026-11-09 10:00", 1200, 1200)],
    ),
    "each question has its answer, and the first one is the first": (
        JERUSALEM,
        [
            came("2026-11-09 10:00"),
            wrote("2026-11-09 10:20"),
            wrote("2026-11-09 10:21"),
            came("2026-11-09 11:00"),
            wrote("2026-11-09 11:01"),
        ],
        [
            Turn("2026-11-09 10:00", 1200, 1200),
            Turn("2026-11-09 11:00", 60, 60, first=False),
        ],
    ),
    "to whom we wrote first, no answer is the first": (
        JERUSALEM,
        [wrote("2026-11-09 09:00"), came("2026-11-09 10:00"), wrote("2026-11-09 10:01")],
        [Turn("2026-11-09 10:00", 60, 60, first=False)],
    ),
    "a call that was answered is an answer": (
        JERUSALEM,
        [came("2026-11-09 10:00"), call("2026-11-09 10:30", "out", "answered")],
        [Turn("2026-11-09 10:00", 1800, 1800)],
    ),
    "the contact calls and reaches us": (
        JERUSALEM,
        [came("2026-11-09 10:00"), call("2026-11-09 10:30", "in", "answered")],
        [Turn("2026-11-09 10:00", 1800, 1800)],
    ),
    "a call that nobody took is no answer": (
        JERUSALEM,
        [came("2026-11-09 10:00"), call("2026-11-09 10:30", "out", "missed")],
        [Turn("2026-11-09 10:00")],
    ),
    "an automatic answer does not count, a mass send neither": (
        JERUSALEM,
        [
            came("2026-11-09 10:00"),
            wrote("2026-11-09 10:00", priority=1),
            wrote("2026-11-09 10:01", priority=2),
        ],
        [Turn("2026-11-09 10:00")],
    ),
    "what failed or has not left is no answer": (
        JERUSALEM,
        [
            came("2026-11-09 10:00"),
            wrote("2026-11-09 10:01", state="failed"),
            wrote("2026-11-09 10:02", state="queued"),
        ],
        [Turn("2026-11-09 10:00")],
    ),
    "a thumb is no question, and none is an answer": (
        JERUSALEM,
        [
            came("2026-11-09 10:00"),
            wrote("2026-11-09 10:01", kind="reaction"),
            wrote("2026-11-09 10:02"),
            came("2026-11-09 10:03", kind="reaction"),
        ],
        [Turn("2026-11-09 10:00", 120, 120)],
    ),
    "somebody else answers": (
        JERUSALEM,
        [came("2026-11-09 10:00"), wrote("2026-11-09 10:01", user="colleague")],
        [Turn("2026-11-09 10:00", 60, 60, user="colleague")],
    ),
    "an answer typed on the phone is nobody's, so it is whose the message was": (
        JERUSALEM,
        [came("2026-11-09 10:00"), wrote("2026-11-09 10:01", user=None, origin="phone")],
        [Turn("2026-11-09 10:00", 60, 60)],
    ),
    "by another line": (
        JERUSALEM,
        [came("2026-11-09 10:00", line="whatsapp"), wrote("2026-11-09 10:01", line="sms")],
        [Turn("2026-11-09 10:00", 60, 60)],
    ),
    "nobody has answered": (
        JERUSALEM,
        [came("2026-11-09 10:00")],
        [Turn("2026-11-09 10:00")],
    ),
    "what comes late is put in its place": (
        JERUSALEM,
        [wrote("2026-11-09 10:20"), came("2026-11-09 10:05"), came("2026-11-09 10:00")],
        [Turn("2026-11-09 10:00", 1200, 1200)],
    ),
}

#: Name → (lines, [(missed call, seconds until we called)]).
CALLS = {
    "called back": (
        [
            call("2026-11-09 10:00", "in", "missed"),
            call("2026-11-09 10:05", "in", "busy"),
            call("2026-11-09 10:20", "out", "missed"),
        ],
        [("2026-11-09 10:00", 1200), ("2026-11-09 10:05", 900)],
    ),
    "not by a text": (
        [call("2026-11-09 10:00", "in", "voicemail"), wrote("2026-11-09 10:01")],
        [("2026-11-09 10:00", None)],
    ),
    "not by an earlier call": (
        [
            call("2026-11-09 09:00", "out", "answered"),
            call("2026-11-09 10:00", "in", "missed"),
        ],
        [("2026-11-09 10:00", None)],
    ),
}
