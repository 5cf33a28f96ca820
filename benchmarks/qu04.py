"""Matches at 1,000,000 contact points against 10,000, and an address on 10,000 records."""

import random
import time

from . import crowd
from .report import Row
from .rig import median

GOAL_SIZE = 1.3
GOAL_CROWD = 20
SMALL = 10_000
LARGE = 1_000_000
MATCHES = 1000
ROUNDS = 5


def prepare(env, points):
    crowd.fill(env, points)


def match(env, points, seed, count):
    """Match random senders one by one, once to warm up and once to measure.

    :return: (milliseconds a match, milliseconds a match of the crowded address)
    """
    numbers = int(points * (crowd.CUSTOMERS + crowd.LEADS))
    chosen = random.Random(seed).sample(range(numbers), min(count, numbers))
    phones = [f"+97252{2_000_000 + n:07d}" for n in chosen]
    _time(env, phones)
    plain = _time(env, phones)
    _time(env, [crowd.CROWDED_PHONE])
    return plain, _time(env, [crowd.CROWDED_PHONE] * 10)


def _time(env, phones):
    from odoo import fields

    from odoo.addons.kala_comm.models.inbound.values import Sender
    from odoo.addons.kala_comm.tools.phone import ContactKey

    matcher, found = env["kala.matcher"], 0
    start = time.monotonic()
    for phone in phones:
        sender = Sender(keys=((ContactKey("phone", phone), 0),), date=fields.Datetime.now())
        found += bool(matcher._match(env.company, [sender])[0].model)
    seconds = time.monotonic() - start
    if found != len(phones):
        raise RuntimeError(f"{found} of {len(phones)} senders were found")
    return seconds / len(phones) * 1000


def run(bench):
    sizes = {SMALL: [], bench.scale(LARGE): []}
    databases = {}
    for points in sizes:
        databases[points] = bench.database(("kala_comm",))
        bench.inside(databases[points], "qu04:prepare", points=points)
    for turn in range(ROUNDS):
        for points, times in sizes.items():
            values = {"points": points, "seed": turn, "count": bench.scale(MATCHES)}
            times.append(bench.inside(databases[points], "qu04:match", **values))
    for name in databases.values():
        bench.drop(name)
    (small, large), points = sizes.values(), list(sizes)
    return [_size_row(points, small, large), _crowd_row(points, large)]


def _size_row(points, small, large):
    ratio = median(b[0] / a[0] for a, b in zip(small, large, strict=True))
    return Row(
        "QU4",
        f"a random match at {points[1]:,} contact points, to {points[0]:,}",
        f"≤ {GOAL_SIZE} ×",
        f"{median(t[0] for t in large):.2f} ms",
        f"{median(t[0] for t in small):.2f} ms",
        ratio,
        ratio <= GOAL_SIZE,
        {"large": large, "small": small},
    )


def _crowd_row(points, large):
    ratio = median(crowded / plain for plain, crowded in large)
    return Row(
        "QU4",
        f"an address on {crowd.CROWD:,} records, to a plain match",
        f"≤ {GOAL_CROWD} ×",
        f"{median(t[1] for t in large):.1f} ms",
        f"{median(t[0] for t in large):.2f} ms",
        ratio,
        ratio <= GOAL_CROWD,
    )
