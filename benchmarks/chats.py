"""QU2, QU3 of each channel that a chat provider serves, to WhatsApp's in the same run (ME)."""

import json
import time
from typing import NamedTuple

from . import provider, shop
from .report import Row
from .rig import median

ADDONS = ("kala_comm_whatsapp", "kala_comm_messenger", "kala_comm_telegram", "kala_comm_viber")
GOAL = 0.8
BACKLOG = 1000
MESSAGES = 320
ROUNDS = 3
BASE = "whatsapp"
TEXT = "Is my order ready?"
PAGE, ACCOUNT = "200000000001", "17841400000000000"


class Chat(NamedTuple):
    """A channel to measure.

    :ivar str provider: its code
    :ivar dict login: fields of ``kala.connection``
    :ivar str external_id: of its line
    :ivar event: of (number, uid) → a webhook's body with one text of that person
    """

    provider: str
    login: dict
    external_id: str
    event: object


def _graph(what, line):
    def event(number, uid):
        part = {
            "sender": {"id": f"98765{number:010d}"},
            "recipient": {"id": line},
            "timestamp": int(time.time() * 1000),
            "message": {"mid": f"m_{uid}", "text": TEXT},
        }
        return {"object": what, "entry": [{"id": line, "messaging": [part]}]}

    return event


def _telegram(number, uid):
    person = {"id": 5_000_000 + number, "first_name": f"Customer {number}"}
    # Telegram's ids are numbers.
    serial = int(uid.replace(".", ""))
    message = {
        "message_id": serial,
        "from": person,
        "chat": {**person, "type": "private"},
        "date": int(time.time()),
        "text": TEXT,
    }
    return {"update_id": serial, "message": message}


def _viber(number, uid):
    return {
        "event": "message",
        "timestamp": int(time.time() * 1000),
        "message_token": int(uid.replace(".", "")),
        "sender": {"id": f"viber{number:010d}==", "name": f"Customer {number}"},
        "message": {"type": "text", "text": TEXT},
    }


_MESSENGER = {"messenger_page_token": "page-token", "messenger_app_secret": "app-secret"}
CHATS = {
    BASE: Chat(
        "meta",
        {"meta_access_token": "access-token", "meta_app_secret": shop.APP_SECRET},
        shop.PHONE_NUMBER_ID,
        lambda number, uid: shop.message(shop.phone(number), uid, TEXT),
    ),
    "messenger": Chat("messenger", _MESSENGER, PAGE, _graph("page", PAGE)),
    "instagram": Chat("messenger", _MESSENGER, ACCOUNT, _graph("instagram", ACCOUNT)),
    "telegram": Chat("telegram", {"telegram_bot_token": "7100000001:AAH-bench"}, "", _telegram),
    "viber": Chat("viber", {"viber_auth_token": "viber-token"}, "", _viber),
}


def prepare(env, address):
    """Inside Odoo: a connected line of each channel, and all settings of tasks on (QU2)."""
    shop.open_shop(env)
    env["kala.line"].search([]).unlink()
    env["kala.connection"].search([]).unlink()
    for channel, chat in CHATS.items():
        connection = env["kala.connection"].create(
            {"name": channel, "provider": chat.provider, "api_url": address, **chat.login}
        )
        env["kala.line"].create(
            {
                "name": channel,
                "channel": channel,
                "connection_id": connection.id,
                "external_id": chat.external_id,
                "address": f"@{channel}",
            }
        )
        connection._set_state("connected")


def drain(env, channel, first, count, turn):
    """Inside Odoo: put a backlog in the inbox and empty it, as the inbox job does.

    :return: messages per second, first claim to last commit
    """
    from odoo.addons.kala_comm.tools.inbound import InboundRequest

    chat = CHATS[channel]
    connection = env["kala.connection"].search([("name", "=", channel)])
    for n in range(first, first + count):
        inbound = InboundRequest(
            method="POST",
            url="https://shop.example.com/kala/webhook/x",
            headers={"content-type": "application/json"},
            query=(),
            body=json.dumps(chat.event(n, f"{turn}.{n:06d}")).encode(),
        )
        env["kala.inbound.event"]._insert_event(connection, inbound)
    env.cr.commit()  # pylint: disable=invalid-commit
    logged = _count(env, channel)
    start = time.monotonic()
    while env["kala.inbox"]._run_once():
        pass
    seconds = time.monotonic() - start
    if _count(env, channel) - logged != count:
        raise RuntimeError(f"{channel}: {_count(env, channel) - logged} of {count} were logged")
    return count / seconds


def _count(env, channel):
    return env["kala.communication"].search_count(
        [("channel", "=", channel), ("direction", "=", "in")]
    )


def send(env, channel, first, count):
    """Inside Odoo: answer those who wrote, and send the answers in one lane, without the pace that
    the provider asks for (QU3).

    :return: messages per second, first claim to last commit
    """
    wrote = [("kala_communication_ids.channel", "=", channel)]
    leads = env["crm.lead"].search(wrote, order="id", offset=first, limit=count)
    if len(leads) != count:
        raise RuntimeError(f"{channel}: {len(leads)} of {count} leads were found")
    model = type(env[f"kala.provider.{CHATS[channel].provider}"])
    model._rate_per_second = model._pair_seconds = 0.0
    leads.kala_send(channel, body="Your order is ready.")
    env.cr.commit()  # pylint: disable=invalid-commit
    start = time.monotonic()
    while env["kala.dispatcher"]._run_once():
        pass
    seconds = time.monotonic() - start
    sent = env["kala.communication"].search_count(
        [("lead_id", "in", leads.ids), ("direction", "=", "out"), ("state", "=", "sent")]
    )
    if sent != count:
        raise RuntimeError(f"{channel}: {sent} of {count} were sent")
    return count / seconds


def run(bench):
    backlog, messages = bench.scale(BACKLOG), bench.scale(MESSAGES)
    rates = {name: {channel: [] for channel in CHATS} for name in ("new", "known", "sent")}
    with provider.running() as address:
        database = bench.database((*ADDONS, "kala_bench"))
        bench.inside(database, "chats:prepare", address=address)
        for turn in range(ROUNDS):
            first = turn * backlog
            for channel in CHATS:
                for serial, kind in enumerate(("new", "known")):
                    rate = bench.inside(
                        database,
                        "chats:drain",
                        channel=channel,
                        first=first,
                        count=backlog,
                        turn=f"{1 + 2 * turn + serial}",
                    )
                    rates[kind][channel].append(rate)
            for channel in CHATS:
                rate = bench.inside(
                    database, "chats:send", channel=channel, first=first, count=messages
                )
                rates["sent"][channel].append(rate)
        bench.drop(database)
    return [
        _row(name, channel, of_channel, by_channel[BASE])
        for name, by_channel in rates.items()
        for channel, of_channel in by_channel.items()
        if channel != BASE
    ]


_WHAT = {
    "new": ("QU2", "incoming messages processed, new senders"),
    "known": ("QU2", "incoming messages processed, known senders"),
    "sent": ("QU3", "messages sent at 100 ms provider latency, one lane"),
}


def _row(name, channel, ours, base):
    ratio = median(a / b for a, b in zip(ours, base, strict=True))
    identifier, what = _WHAT[name]
    return Row(
        identifier,
        f"{what}: {channel} to {BASE}",
        f"≥ {GOAL} ×",
        f"{median(ours):.0f}/s",
        f"{median(base):.0f}/s",
        ratio,
        ratio >= GOAL,
        {"ours": ours, "base": base},
    )
