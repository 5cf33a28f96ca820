"""Webhooks acknowledged per second, as a share of a bare route that inserts one row."""

from . import shop
from .load import drive
from .report import Row
from .rig import median

GOAL = 0.8
CLIENTS = 8
ROUNDS = 10
SECONDS = 2


def prepare(env):
    return shop.open_shop(env)


def run(bench):
    database = bench.database(shop.ADDONS)
    path = bench.inside(database, "qu01:prepare")
    ours, peer = [], []
    with bench.server(database) as server:
        for turn in range(-1, bench.scale(ROUNDS)):
            # The first round only warms both up.
            for rates, requests in (
                (ours, _webhooks(path, turn)),
                (peer, _rows(turn)),
            ):
                rate, failed = drive(server.port, requests, CLIENTS, seconds=SECONDS)
                if failed:
                    raise RuntimeError(f"{len(failed)} requests failed, the first: {failed[0]}")
                if turn >= 0:
                    rates.append(rate)
    bench.drop(database)
    ratio = median(a / b for a, b in zip(ours, peer, strict=True))
    return [
        Row(
            "QU1",
            "webhooks acknowledged, to a bare route with one insert",
            f"≥ {GOAL} ×",
            f"{median(ours):.0f}/s",
            f"{median(peer):.0f}/s",
            ratio,
            ratio >= GOAL,
            {"ours": ours, "peer": peer},
        )
    ]


def _webhooks(path, turn):
    made = [shop.request(path, shop.phone(n), f"{turn}.{n}") for n in range(1000 * SECONDS)]
    return made


def _rows(turn):
    return [
        ("/kala_bench/row", body, headers) for _path, body, headers in _webhooks("", f"row.{turn}")
    ]
