"""Search in the text of 1,000,000 communications, by a salesman, to Odoo's list of leads.

The peer is Odoo's own list of 80 leads sorted by creation, of the same data and user: the inbox
(QU14) is held to it, too."""

import time

from . import crowd
from .report import Row
from .rig import median, say

GOAL = 3
LINES, LEADS = 1_000_000, 100_000
ROUNDS = 7
#: Words of which some stand in each line, by the number of the line.
WORDS = (
    "order delivery kitchen table sofa invoice address morning tomorrow price colour wood size "
    "thanks please question answer window door garden"
).split()
HEBREW = "הזמנה משלוח מטבח שולחן ספה חשבונית כתובת בוקר מחר מחיר צבע עץ גודל תודה בבקשה".split()
#: What is looked for → its share of the lines.
ASKED = {
    "frequent English": ("sofa", 0.2),
    "frequent Hebrew": ("הזמנה", 0.1),
    "two frequent words": ("table sofa", 0.01),
    "rare English": ("zanzibar", 1e-5),
    "rare Hebrew": ("פרגולה", 1e-5),
    "a beginning": ("zanz", 1e-5),
    "a phrase": ('"the zanzibar pergola"', 1e-5),
    "a number in a text": ("050-777-8899", 1e-6),
    "a number of a contact": ("052-2050000", 1e-5),
    "nowhere": ("xylophone", 0),
}
#: Salesman → his leads.
LEADS_OF = {
    "of half": "id %% 2 = 0",
    "of a hundredth": "id %% 100 = 1",
    "of three leads": "id IN (1001, 2003, 3005)",
}
SPECIFICATION = {name: {} for name in ("name", "contact_name", "email_from", "phone")} | {
    "stage_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
}


def prepare(env, lines, leads):
    """Three salesmen share the leads; each of them sees only his own.

    :return: dict: seconds that the job took for the words, megabytes of their table
    """
    env.company.country_id = env.ref("base.il")
    with crowd.without_indexes(env, "crm_lead", "kala_contact_point", "kala_communication"):
        first = crowd.leads(env, leads, customers=1, first_customer=env.company.partner_id.id)
        for name, which in LEADS_OF.items():
            env.cr.execute(
                f"UPDATE crm_lead SET user_id = %s WHERE {which}", [_salesman(env, name).id]
            )
        _lines(env, lines, leads, first)
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")
    start = time.monotonic()
    texts = env["kala.search.text"]
    while texts._fill_chunk():
        env.cr.commit()  # pylint: disable=invalid-commit
    spent = time.monotonic() - start
    texts._settle()
    env.cr.execute("ANALYZE kala_search_text")
    env.cr.execute("SELECT pg_total_relation_size('kala_search_text') / 1000000")
    return {"seconds": spent, "megabytes": int(env.cr.fetchone()[0])}


def _salesman(env, name):
    return env["res.users"].create(
        {
            "name": f"Salesman {name}",
            "login": name,
            "group_ids": [(6, 0, [env.ref("sales_team.group_sale_salesman").id])],
        }
    )


def _lines(env, lines, leads, first):
    """Each line has some of the words; some lines have the rare ones."""
    chance = "(hashint4(n * {}) & 1073741823)"
    words = ", ".join(
        f"(%(words)s::text[])[1 + {chance.format(k)} %% 20] AS {name}"
        for k, name in ((3, "a"), (5, "b"), (7, "c"), (11, "d"))
    )
    env.cr.execute(
        f"""INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                           contact_kind, contact_value, res_model, res_id, lead_id,
                                           recency_pending)
           SELECT %(company)s, 'whatsapp', CASE WHEN n %% 3 = 0 THEN 'out' ELSE 'in' END,
                  CASE WHEN n %% 3 = 0 THEN 'delivered' ELSE 'received' END,
                  now() AT TIME ZONE 'UTC' - (%(lines)s - n) * interval '7 seconds',
                  concat_ws(' ', 'Number', n, w.a, w.b, w.c, 'and', w.d,
                      CASE WHEN n %% 2 = 0 THEN 'וגם ב' || w.e ELSE 'ועוד ' || w.e END,
                      CASE WHEN n %% 100000 = 9 THEN 'the Zanzibar pergola, הפרגולה שלנו' END,
                      CASE WHEN n = %(lines)s / 2 THEN 'call 050-777 88 99' END),
                  'phone', p.value, 'crm.lead', p.res_id, p.res_id, FALSE
             FROM generate_series(0, %(lines)s - 1) n
             JOIN kala_contact_point p
               ON p.res_model = 'crm.lead' AND p.kind = 'phone'
              AND p.res_id = %(first)s + (n * 7919::bigint) %% %(leads)s
            CROSS JOIN LATERAL (
                  SELECT {words}, (%(hebrew)s::text[])[1 + {chance.format(13)} %% 15] AS e) w""",
        {
            "company": env.company.id,
            "lines": lines,
            "leads": leads,
            "first": first,
            "words": WORDS,
            "hebrew": HEBREW,
        },
    )


def measure(env):
    """:return: dict "salesman, what" → [milliseconds, hits]; "leads list" → [milliseconds, 80]"""
    times = {}
    for turn in range(-1, ROUNDS):
        for name in LEADS_OF:
            user = env["res.users"].search([("login", "=", name)])
            for what, (words, _share) in ASKED.items():
                _take(times, f"{name}, {what}", turn, lambda u=user, w=words: _find(env, u, w))
            if name == "of half":
                _take(times, "leads list", turn, lambda u=user: _list(env, u))
    return {key: [median(spent), count] for key, (spent, count) in times.items()}


def _take(times, key, turn, work):
    start = time.monotonic()
    count = work()
    spent = (time.monotonic() - start) * 1000
    if turn >= 0:
        times.setdefault(key, ([], count))[0].append(spent)


def _find(env, user, words):
    env.invalidate_all()
    return len(env["kala.search"].with_user(user).find(words)["hits"])


def _list(env, user):
    env.invalidate_all()
    leads = env["crm.lead"].with_user(user)
    found = leads.web_search_read(
        [], SPECIFICATION, limit=80, order="create_date desc", count_limit=10_001
    )
    return len(found["records"])


def run(bench):
    lines, leads = bench.scale(LINES), bench.scale(LEADS)
    database = bench.database(("kala_comm",))
    filled = bench.inside(database, "qu15:prepare", lines=lines, leads=leads)
    say(f"QU15: the words of {lines:,} lines: {filled['seconds']:.0f} s, {filled['megabytes']} MB")
    times = bench.inside(database, "qu15:measure")
    bench.drop(database)
    peer = times.pop("leads list")[0]
    worst = max(times, key=lambda key: times[key][0])
    ours = times[worst][0]
    times["filling"] = filled
    return [
        Row(
            "QU15",
            f"search in {lines:,} lines by a salesman, to the list of leads; worst: {worst}",
            f"≤ {GOAL} ×",
            f"{ours:.0f} ms",
            f"{peer:.0f} ms",
            ours / peer,
            ours / peer <= GOAL,
            times,
        )
    ]
