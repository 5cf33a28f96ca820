"""Outgoing messages per second at 100 ms provider latency, to Odoo's sms_twilio."""

from . import outbound, provider
from .report import Row
from .rig import median

GOAL = 15
MESSAGES = 400
PEER_MESSAGES = 50
ROUNDS = 3


def open_peer(env):
    """Inside Odoo: Odoo's own Twilio account, and nothing else."""
    env.company.write(
        {
            "sms_provider": "twilio",
            "sms_twilio_account_sid": provider.ACCOUNT,
            "sms_twilio_auth_token": provider.TOKEN,
            "sms_twilio_number_ids": [
                (0, 0, {"number": "+97231234567", "country_id": env.ref("base.il").id})
            ],
        }
    )


def send_peer(env, address, count):
    """Inside Odoo: queue some SMS and run Odoo's queue until they are sent."""
    import requests

    post = requests.Session.post

    def post_here(session, url, **values):
        # The address of Twilio is written in the addon's code.
        return post(session, url.replace("https://api.twilio.com", address), **values)

    requests.Session.post = post_here
    env["sms.sms"].create(
        [{"number": f"+97252{3_000_000 + n}", "body": "Your order is ready."} for n in range(count)]
    )
    env.cr.commit()  # pylint: disable=invalid-commit
    while env["sms.sms"].search_count([("state", "=", "outgoing"), ("to_delete", "!=", True)]):
        env["sms.sms"]._process_queue()


def run(bench):
    ours, peer, count = [], [], bench.scale(MESSAGES)
    with provider.running() as address:
        own = bench.database(outbound.ADDONS)
        other = bench.database(("sms_twilio",))
        bench.inside(own, "outbound:prepare", address=address)
        bench.inside(other, "qu03:open_peer")
        with bench.server(own, cron=4):
            for turn in range(ROUNDS):
                bench.inside(own, "outbound:queue", first=turn * count, count=count)
                outbound.wait_until_sent(own)
                ours.append(_rate(provider.stats(address), count))
                asked = bench.scale(PEER_MESSAGES)
                bench.inside(other, "qu03:send_peer", address=address, count=asked)
                peer.append(_rate(provider.stats(address), asked))
        bench.drop(own)
        bench.drop(other)
    ratio = median(a / b for a, b in zip(ours, peer, strict=True))
    return [
        Row(
            "QU3",
            "messages sent at 100 ms provider latency, to Odoo sms_twilio",
            f"≥ {GOAL} ×",
            f"{median(ours):.0f}/s",
            f"{median(peer):.1f}/s",
            ratio,
            ratio >= GOAL,
            {"ours": ours, "peer": peer},
        )
    ]


def _rate(stats, count):
    if stats["count"] != count or stats["twice"]:
        raise RuntimeError(f"{count} messages were to be sent once each: {stats}")
    return count / stats["seconds"]
