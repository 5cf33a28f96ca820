"""The hours of a week, as people write and read them (WI1): plain Python."""

from itertools import pairwise

#: Days as ``resource.calendar.attendance`` counts them: 0 is Monday.
DAYS = tuple(str(day) for day in range(7))


class BadWeek(ValueError):
    """What was given is no week: ``args[0]`` is the day, ``args[1]`` what is wrong with it."""


def in_order(first):
    """:param int first: the day that the week begins with, 0 is Monday
    :return: list of the seven days"""
    return [DAYS[(first + n) % 7] for n in range(7)]


def read(days):
    """Read what a browser sends.

    :param days: list of dicts ``day``, ``ranges``: list of [from, to] in hours
    :return: dict day → sorted list of [from, to]
    :raise BadWeek: of a day that is none, of hours that are none, end before they begin, or
        overlap
    """
    week = {day: [] for day in DAYS}
    for row in days if isinstance(days, list) else ():
        day = row.get("day") if isinstance(row, dict) else None
        if day not in week:
            raise BadWeek(None, "day")
        ranges = row.get("ranges")
        for hours in ranges if isinstance(ranges, list) else ():
            week[day].append(_hours(day, hours))
    for day, ranges in week.items():
        ranges.sort()
        if any(later[0] < earlier[1] for earlier, later in pairwise(ranges)):
            raise BadWeek(day, "overlap")
    return week


def _hours(day, hours):
    is_pair = isinstance(hours, list | tuple) and len(hours) == 2
    if not is_pair or not all(
        isinstance(hour, int | float) and not isinstance(hour, bool) for hour in hours
    ):
        raise BadWeek(day, "hours")
    start, end = (round(float(hour), 4) for hour in hours)
    if not 0 <= start < end <= 24:
        raise BadWeek(day, "order")
    return [start, end]


def is_same(one, other):
    """:return: whether two weeks have the same hours, by the minute"""
    return _minutes(one) == _minutes(other)


def _minutes(week):
    return {
        day: [[round(hour * 60) for hour in hours] for hours in ranges]
        for day, ranges in week.items()
        if ranges
    }


def clock(hour):
    """:param float hour: 9.5 is half past nine
    :return: ``9``, ``9:30``"""
    minutes = round(hour * 60)
    return f"{minutes // 60}:{minutes % 60:02d}" if minutes % 60 else str(minutes // 60)


def words(week, order, names):
    """Say a week in one line: neighbouring days with the same hours are one.

    :param dict week: day → list of (from, to)
    :param list order: of days, as the reader's week goes
    :param dict names: day → its short name
    :return: ``Sun–Thu 9–18, Fri 9–13``; "" of a week that is closed
    """
    groups = []
    for day in order:
        ranges = [tuple(hours) for hours in week.get(day, ())]
        if groups and groups[-1][1] == ranges:
            groups[-1][0].append(day)
        else:
            groups.append(([day], ranges))
    said = []
    for days, ranges in groups:
        if ranges:
            first, last = names[days[0]], names[days[-1]]
            span = first if len(days) == 1 else f"{first}–{last}"
            hours = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in ranges)
            said.append(f"{span} {hours}")
    return ", ".join(said)
