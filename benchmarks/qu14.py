"""The inbox: first 40 of 100,000 waiting contacts, to Odoo's own list of 80 leads.

And opening one of its conversations, to opening the lead in Odoo. The log has 1,000,000 lines. By
salesmen who see their own documents, over HTTP as the web client asks."""

import time

from . import crowd
from .report import Row
from .rig import median
from .session import Session

GOAL = 1
LINES, LEADS = 1_000_000, 100_000
ROUNDS = 9
#: Salesman → his leads; each sees his own documents only.
LEADS_OF = {"half": "id %% 2 = 0", "hundredth": "id %% 100 = 1"}
#: What the inbox asks for, tab by tab: its first page. The counts of the tabs come beside it, in a
#: request of their own; the list is on the screen before.
TABS = {
    "mine": {"tab": "mine", "count": False},
    "unassigned": {"tab": "unassigned", "count": False},
    "put off": {"tab": "put_off", "count": False},
    "failed": {"tab": "failed", "count": False},
    "all": {"tab": "all", "count": False},
}
SPECIFICATION = {name: {} for name in ("name", "contact_name", "email_from", "phone")} | {
    "stage_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
}
THREAD = "activities attachments contact_fields followers scheduledMessages suggestedRecipients"


def prepare(env, lines, leads, is_young=False):
    """Each lead waits: a task of its salesman's, or nobody's.

    :param bool is_young: PostgreSQL knows nothing of the tables yet
    """
    env.company.country_id = env.ref("base.il")
    tables = ("crm_lead", "kala_contact_point", "kala_communication", "mail_activity")
    with crowd.without_indexes(env, *tables):
        first = crowd.leads(env, leads, customers=1, first_customer=env.company.partner_id.id)
        env.cr.execute("UPDATE crm_lead SET user_id = NULL")
        for name, which in LEADS_OF.items():
            user_id = salesman(env, name).id
            env.cr.execute(f"UPDATE crm_lead SET user_id = %s WHERE {which}", [user_id])
        write_lines(env, lines, leads, first)
        _tasks(env)
    env.cr.commit()  # pylint: disable=invalid-commit
    if not is_young:
        env.cr.execute("ANALYZE")
    waiting = env["kala.waiting"]
    while waiting._fill_chunk():
        env.cr.commit()  # pylint: disable=invalid-commit
    if not is_young:
        env.cr.execute("ANALYZE kala_waiting")


def salesman(env, name):
    return env["res.users"].create(
        {
            "name": f"Salesman {name}",
            "login": name,
            "password": name,
            "group_ids": [(6, 0, [env.ref("sales_team.group_sale_salesman").id])],
        }
    )


def write_lines(env, lines, leads, first):
    """Every third line is ours, the newest is the contact's; one in a hundred of ours failed."""
    env.cr.execute(
        """INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                           contact_kind, contact_value, res_model, res_id, lead_id,
                                           priority, recency_pending)
           SELECT %(company)s, 'whatsapp', d.side,
                  CASE WHEN d.side = 'in' THEN 'received' WHEN n %% 100 = 0 THEN 'failed'
                       ELSE 'delivered' END,
                  now() AT TIME ZONE 'UTC' - (%(lines)s - n) * interval '7 seconds',
                  'Is order ' || n || ' ready?', 'phone', p.value, 'crm.lead', p.res_id, p.res_id,
                  0, FALSE
             FROM generate_series(0, %(lines)s - 1) n
            CROSS JOIN LATERAL (
                  SELECT CASE WHEN n %% 3 = 0 AND n < %(lines)s - %(leads)s THEN 'out'
                              ELSE 'in' END AS side) d
             JOIN kala_contact_point p
               ON p.res_model = 'crm.lead' AND p.kind = 'phone'
              AND p.res_id = %(first)s + (n * 7919::bigint) %% %(leads)s""",
        {"company": env.company.id, "lines": lines, "leads": leads, "first": first},
    )


def _tasks(env):
    env.cr.execute(
        """INSERT INTO mail_activity (activity_type_id, res_model_id, res_model, res_id, user_id,
                                      kala_count, kala_contact, kala_kind, kala_since,
                                      kala_company_id, date_deadline, active, create_date,
                                      create_uid, kala_is_put_off, kala_put_off_until, summary)
           SELECT %(type)s, %(model)s, 'crm.lead', l.id, l.user_id, 1, 'c' || l.id, 'text',
                  l.create_date, %(company)s, CURRENT_DATE, TRUE, l.create_date, 1,
                  l.id %% 10 = 0,
                  CASE WHEN l.id %% 10 = 0 THEN now() AT TIME ZONE 'UTC'
                       + l.id * interval '1 minute' END, 'Is my order ready?'
             FROM crm_lead l""",
        {
            "type": env.ref("kala_comm.mail_activity_type_text").id,
            "model": env["ir.model"]._get_id("crm.lead"),
            "company": env.company.id,
        },
    )


def form_specification(env):
    """:return: what the web client reads when it opens a lead"""
    arch = env["crm.lead"].get_views([(False, "form")])
    fields = arch["models"]["crm.lead"]["fields"]
    shown = {name for name in fields if f'name="{name}"' in arch["views"]["form"]["arch"]}
    return {
        name: {"fields": {"display_name": {}}}
        if fields[name]["type"] in ("many2one", "many2many", "one2many")
        else {}
        for name in shown
    }


def _timed(times, key, turn, work):
    start = time.monotonic()
    work()
    spent = (time.monotonic() - start) * 1000
    if turn >= 0:
        times.setdefault(key, []).append(spent)


def ask(session, specification):
    """:return: dict what → milliseconds"""
    times = {}
    for turn in range(-2, ROUNDS):
        for name, arguments in TABS.items():
            _timed(times, name, turn, lambda a=arguments: session.call("kala.waiting", "load", **a))
        _timed(times, "counts", turn, lambda: session.call("kala.waiting", "counts"))
        _timed(times, "list of leads", turn, lambda: list_leads(session))
        rows = session.call("kala.waiting", "load", tab="mine", limit=ROUNDS + 3)["rows"]
        lead_id = rows[turn + 2]["id"]
        _timed(times, "open: conversation", turn, lambda i=lead_id: open_ours(session, i))
        _timed(times, "open: lead", turn, lambda i=lead_id: open_lead(session, i, specification))
    return {key: median(spent) for key, spent in times.items()}


def list_leads(session):
    found = session.call(
        "crm.lead",
        "web_search_read",
        [],
        SPECIFICATION,
        limit=80,
        order="create_date desc",
        count_limit=10_001,
    )
    if len(found["records"]) != 80:
        raise RuntimeError("the list is not full")


def open_ours(session, lead_id):
    session.call("kala.conversation", "load", "crm.lead", lead_id)
    session.call("kala.waiting", "card", "crm.lead", lead_id)


def open_lead(session, lead_id, specification):
    session.call("crm.lead", "web_read", [lead_id], specification)
    open_chatter(session, "crm.lead", lead_id)


def open_chatter(session, model, res_id):
    """What Odoo's chatter asks for when it is opened."""
    session.ask(
        "/mail/data",
        fetch_params=[
            [
                "mail.thread",
                {"thread_model": model, "thread_id": res_id, "request_list": THREAD.split()},
            ]
        ],
    )
    found = session.ask(
        "/mail/thread/messages", thread_model=model, thread_id=res_id, fetch_params={"limit": 30}
    )
    return len(found["messages"])


def run(bench):
    lines, leads = bench.scale(LINES), bench.scale(LEADS)
    details = {}
    for age in ("known", "young"):
        database = bench.database(("kala_comm",))
        bench.inside(database, "qu14:prepare", lines=lines, leads=leads, is_young=age == "young")
        specification = bench.inside(database, "qu14:form_specification")
        with bench.server(database) as server:
            for name in LEADS_OF:
                session = Session(server.port, database, name)
                details[f"{age}, salesman of a {name}"] = ask(session, specification)
                session.close()
        bench.drop(database)
    lists = {
        (key, tab): (times[tab], times["list of leads"])
        for key, times in details.items()
        for tab in TABS
    }
    opened = {
        (key, "open"): (times["open: conversation"], times["open: lead"])
        for key, times in details.items()
    }
    return [
        _row(f"inbox, first 40 of {leads:,}, to the list of 80 leads", lists, details),
        _row("open a conversation with its card, to open the lead", opened, details),
    ]


def _row(text, pairs, details):
    worst = max(pairs, key=lambda key: pairs[key][0] / pairs[key][1])
    ours, peer = pairs[worst]
    return Row(
        "QU14",
        f"{text}; worst: {', '.join(worst)}",
        f"≤ {GOAL} ×",
        f"{ours:.0f} ms",
        f"{peer:.0f} ms",
        ours / peer,
        ours / peer <= GOAL,
        details,
    )
