"""Counts working time between two moments."""

from bisect import bisect_right
from itertools import accumulate


class WorkClock:
    """The working hours of a span of time, in which many differences are asked for."""

    def __init__(self, hours):
        """:param hours: iterable of (start, end), naive UTC, sorted, which do not overlap"""
        hours = list(hours)
        self._starts = [start for start, _end in hours]
        self._lengths = [(end - start).total_seconds() for start, end in hours]
        self._before = [0, *accumulate(self._lengths)]

    def seconds(self, start, end):
        """:param datetime start: naive UTC
        :param datetime end: naive UTC
        :return: int: seconds of work between the two moments"""
        return round(self._until(end) - self._until(start))

    def _until(self, moment):
        """:return: seconds of work from the beginning of the span until a moment"""
        place = bisect_right(self._starts, moment) - 1
        if place < 0:
            return 0
        begun = (moment - self._starts[place]).total_seconds()
        return self._before[place] + min(begun, self._lengths[place])
