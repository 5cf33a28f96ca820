"""10,000 leads and customers imported and linked in one transaction, with the addons to without."""

import time

from .report import Row
from .rig import median

GOAL = 1.5
COUNT = 10_000
ROUNDS = 2
#: What the addons stand on: the same database without them.
PEER_ADDONS = ("sale_crm", "crm_sms", "base_automation")


def work(env, count):
    """Inside Odoo: import customers and leads as a file, and link them. Nothing is committed, so
    that each statement is planned without statistics of these rows, as in any import.

    :return: seconds
    """
    partners, leads = env["res.partner"], env["crm.lead"]
    begun = time.monotonic()
    partner_ids = _load(
        partners,
        ["name", "phone", "email"],
        [[f"Customer {n}", _phone(2, n), f"c{n}@example.com"] for n in range(count)],
    )
    lead_ids = _load(
        leads,
        ["name", "type", "contact_name", "phone", "email_from"],
        [[f"Lead {n}", "lead", "Dana", _phone(4, n), f"l{n}@example.com"] for n in range(count)],
    )
    for lead, partner_id in zip(leads.browse(lead_ids), partner_ids, strict=True):
        lead.partner_id = partner_id
    env.flush_all()
    seconds = time.monotonic() - begun
    env.cr.rollback()
    return seconds


def _load(model, names, rows):
    answer = model.load(names, rows)
    if not answer["ids"]:
        raise RuntimeError(f"the import was refused: {answer['messages'][:3]}")
    return answer["ids"]


def _phone(digit, n):
    return f"+97252{digit}{n:06}"


def run(bench):
    ours, peer, count = [], [], bench.scale(COUNT)
    own, bare = bench.database(("kala_comm",)), bench.database(PEER_ADDONS)
    for _turn in range(ROUNDS):
        ours.append(bench.inside(own, "qu17:work", count=count))
        peer.append(bench.inside(bare, "qu17:work", count=count))
    bench.drop(own)
    bench.drop(bare)
    ratio = median(a / b for a, b in zip(ours, peer, strict=True))
    return [
        Row(
            "QU17",
            f"{count:,} leads and customers imported and linked, with the addons to without",
            f"≤ {GOAL} ×",
            f"{median(ours):.0f} s",
            f"{median(peer):.0f} s",
            ratio,
            ratio <= GOAL,
            {"ours": ours, "peer": peer},
        )
    ]
