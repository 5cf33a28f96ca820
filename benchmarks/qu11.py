"""Two servers on one database that empty one queue, to one server."""

from . import outbound, provider
from .report import Row
from .rig import median

GOAL = 1.7
#: Enough that the first and the last chunk, which one server sends alone, do not decide.
MESSAGES = 1000
ROUNDS = 3


def run(bench):
    one, two, twice, count = [], [], 0, bench.scale(MESSAGES)
    with provider.running() as address:
        database = bench.database(outbound.ADDONS)
        bench.inside(database, "outbound:prepare", address=address)
        for turn in range(ROUNDS):
            for servers, rates in ((1, one), (2, two)):
                stats = _drain(bench, database, address, servers, count, 2 * turn + servers - 1)
                twice += stats["twice"] + max(0, stats["count"] - count)
                rates.append(count / stats["seconds"])
        bench.drop(database)
    ratio = median(b / a for a, b in zip(one, two, strict=True))
    return [
        Row(
            "QU11",
            f"two servers on one queue, to one; sent twice: {twice}",
            f"≥ {GOAL} ×, 0",
            f"{median(two):.0f}/s",
            f"{median(one):.0f}/s",
            ratio,
            ratio >= GOAL and not twice,
            {"one": one, "two": two, "twice": twice},
        )
    ]


def _drain(bench, database, address, servers, count, turn):
    """Queue while the servers stand ready, so that they start together."""
    with bench.server(database, cron=1):
        if servers == 1:
            bench.inside(database, "outbound:queue", first=turn * count, count=count)
            outbound.wait_until_sent(database)
        else:
            with bench.server(database, cron=1):
                bench.inside(database, "outbound:queue", first=turn * count, count=count)
                outbound.wait_until_sent(database)
    return provider.stats(address)
