"""The list of 1,000,000 leads sorted by last communication, to sorted by creation."""

import time

from . import crowd
from .report import Row
from .rig import median

GOAL = 1.5
LEADS = 1_000_000
ROUNDS = 7
SPECIFICATION = {
    name: {} for name in ("name", "contact_name", "phone", "kala_last_communication_date")
} | {"stage_id": {"fields": {"display_name": {}}}, "user_id": {"fields": {"display_name": {}}}}
COLUMN, PEER = "kala_last_communication_date", "create_date"


def prepare(env, leads):
    env.company.country_id = env.ref("base.il")
    # Two salesmen share the leads; one of them sees only his own.
    salesman = env["res.users"].create(
        {
            "name": "Salesman",
            "login": "salesman",
            "group_ids": [(6, 0, [env.ref("sales_team.group_sale_salesman").id])],
        }
    )
    with crowd.without_indexes(env, "crm_lead", "kala_contact_point"):
        crowd.leads(env, leads, customers=1, first_customer=env.company.partner_id.id)
        env.cr.execute("UPDATE crm_lead SET user_id = %s WHERE id %% 2 = 0", [salesman.id])
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")


def measure(env):
    """:return: dict "user, direction" → [milliseconds of our column, of creation]"""
    users = {
        "manager": env.ref("base.user_admin"),
        "salesman": env["res.users"].search([("login", "=", "salesman")]),
    }
    times = {}
    for turn in range(-1, ROUNDS):
        for name, user in users.items():
            for direction in ("desc", "asc"):
                for place, column in enumerate((COLUMN, PEER)):
                    spent = _read(env, user, f"{column} {direction}")
                    if turn >= 0:
                        key = f"{name}, {'up' if direction == 'asc' else 'down'}"
                        times.setdefault(key, ([], []))[place].append(spent)
    return {key: [median(ours), median(peer)] for key, (ours, peer) in times.items()}


def _read(env, user, order):
    env.invalidate_all()
    leads = env["crm.lead"].with_user(user)
    start = time.monotonic()
    found = leads.web_search_read([], SPECIFICATION, limit=80, order=order, count_limit=10_001)
    spent = (time.monotonic() - start) * 1000
    if len(found["records"]) != 80:
        raise RuntimeError("the list is not full")
    return spent


def run(bench):
    count = bench.scale(LEADS)
    database = bench.database(("kala_comm",))
    bench.inside(database, "qu07:prepare", leads=count)
    times = bench.inside(database, "qu07:measure")
    bench.drop(database)
    worst = max(times, key=lambda key: times[key][0] / times[key][1])
    ours, peer = times[worst]
    return [
        Row(
            "QU7",
            f"list of {count:,} leads by last communication, to by creation; worst: {worst}",
            f"≤ {GOAL} ×",
            f"{ours:.0f} ms",
            f"{peer:.0f} ms",
            ours / peer,
            ours / peer <= GOAL,
            times,
        )
    ]
