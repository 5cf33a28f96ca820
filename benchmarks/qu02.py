"""Incoming messages fully processed per second, new and known senders, to an OCA gateway."""

import time

from . import peer, shop
from .load import drive
from .report import Row
from .rig import median

GOAL = 10
BACKLOG = 2000
#: Messages of one round of the peer, which is too slow for the whole backlog.
PEER_MESSAGES = 40
PEER_CLIENTS = 4
ROUNDS = 3


def prepare(env):
    return shop.open_shop(env)


def drain(env, first, count, turn):
    """Put a backlog in the inbox and empty it, as the inbox job does.

    :return: messages per second, first claim to last commit
    """
    from odoo.addons.kala_comm.tools.inbound import InboundRequest

    connection = env["kala.connection"].search([])
    for n in range(first, first + count):
        path, body, headers = shop.request("", shop.phone(n), f"{turn}.{n}")
        inbound = InboundRequest(
            method="POST",
            url=f"https://shop.example.com{path}",
            headers={name.lower(): value for name, value in headers.items()},
            query=(),
            body=body,
        )
        env["kala.inbound.event"]._insert_event(connection, inbound)
    env.cr.commit()  # pylint: disable=invalid-commit
    before = env["kala.communication"].search_count([])
    start = time.monotonic()
    while env["kala.inbox"]._run_once():
        pass
    seconds = time.monotonic() - start
    logged = env["kala.communication"].search_count([]) - before
    if logged != count:
        raise RuntimeError(f"{logged} of {count} messages were logged")
    return count / seconds


def facts(env):
    """What the backlog became, so that nobody wonders what was measured."""
    return {
        "communications": env["kala.communication"].search_count([]),
        "leads": env["crm.lead"].search_count([]),
        "tasks": env["mail.activity"].search_count([]),
        "chatter lines": env["mail.message"].search_count([("message_type", "=", "kala")]),
    }


def run(bench):
    folder = peer.install()
    own = bench.database(shop.ADDONS)
    bench.inside(own, "qu02:prepare")
    other = bench.database(("mail_gateway_telegram",), path=[folder])
    bench.inside(other, "peer:open_gateway", path=[folder])
    rates = {"new": ([], []), "known": ([], [])}
    with bench.server(other, path=[folder]) as server:
        # Warms the peer's workers up.
        _peer(server, 900_000, 8, 0)
        for turn in range(bench.scale(ROUNDS)):
            for kind, (ours, theirs) in rates.items():
                count = bench.scale(BACKLOG)
                ours.append(
                    bench.inside(
                        own,
                        "qu02:drain",
                        first=turn * count,
                        count=count,
                        turn=f"{turn}.{kind}",
                    )
                )
                theirs.append(_peer(server, turn * PEER_MESSAGES, PEER_MESSAGES, turn, kind))
    made = bench.inside(own, "qu02:facts")
    bench.drop(own)
    bench.drop(other)
    return [_row(kind, ours, theirs, made) for kind, (ours, theirs) in rates.items()]


def _peer(server, first, count, turn, kind="new"):
    base = {"new": 1, "known": 2}[kind] * 1_000_000 + turn * 10_000
    requests = [peer.update(5_000_000 + first + n, base + n) for n in range(count)]
    rate, failed = drive(server.port, requests, PEER_CLIENTS)
    if failed:
        raise RuntimeError(f"the peer failed: {failed[0]}")
    return rate


def _row(kind, ours, theirs, made):
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    return Row(
        "QU2",
        f"incoming messages processed, {kind} senders, to OCA mail_gateway_telegram",
        f"≥ {GOAL} ×",
        f"{median(ours):.0f}/s",
        f"{median(theirs):.1f}/s",
        ratio,
        ratio >= GOAL,
        {"ours": ours, "peer": theirs, "made": made},
    )
