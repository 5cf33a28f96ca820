"""100 copies of one webhook from 8 clients, and first messages of one sender at once."""

import time

import psycopg2

from . import shop
from .load import drive
from .report import Row

COPIES = 100
CLIENTS = 8
SENDERS = 20


def prepare(env):
    return shop.open_shop(env)


def run(bench):
    database = bench.database(shop.ADDONS)
    path = bench.inside(database, "qu08:prepare")
    with bench.server(database, cron=4) as server:
        copies = [shop.request(path, shop.phone(1), "copy")] * COPIES
        _rate, failed = drive(server.port, copies, CLIENTS)
        pairs = [
            shop.request(path, shop.phone(100 + n), f"{n}.{half}")
            for n in range(SENDERS)
            for half in range(2)
        ]
        failed += drive(server.port, pairs, CLIENTS)[1]
        counts = _wait(database, 1 + 2 * SENDERS)
    bench.drop(database)
    good = not failed and counts == (1, 2 * SENDERS, SENDERS)
    return [
        Row(
            "QU8",
            f"{COPIES} copies of a webhook; {SENDERS} senders, each with two first messages",
            f"1 logged; {SENDERS} leads",
            f"{counts[0]} logged; {counts[2]} leads",
            passed=good,
            details={"failed": failed, "counts": counts},
        )
    ]


def _wait(database, expected):
    """:return: (copies logged, other messages logged, leads of those)"""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    with connection.cursor() as cr:
        for _n in range(300):
            cr.execute("SELECT count(*) FROM kala_communication")
            if cr.fetchone()[0] >= expected:
                break
            time.sleep(0.2)
        # Long enough for one too many to appear.
        time.sleep(2)
        cr.execute(
            """SELECT count(*) FILTER (WHERE contact_value = %(copied)s),
                      count(*) FILTER (WHERE contact_value <> %(copied)s),
                      count(DISTINCT lead_id) FILTER (WHERE contact_value <> %(copied)s)
                 FROM kala_communication""",
            {"copied": f"+{shop.phone(1)}"},
        )
        counts = cr.fetchone()
    connection.close()
    return counts
