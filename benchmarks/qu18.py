"""The dashboard of 30 days in a log of a year with 1,000,000 lines, to the pivot of Odoo's CRM.

A manager who sees all, and salesmen who see their own documents, over HTTP as the web client asks.
The peer is that pivot over 100,000 leads; the Community edition has no other dashboard of sales."""

import time

from . import crowd
from .qu14 import ROUNDS, salesman
from .report import Row
from .rig import median
from .session import Session

GOAL = 1000
LINES, LEADS = 1_000_000, 100_000
#: Users and lines that the log is spread over.
USERS, NUMBERS = 20, 50
#: Who looks → which leads are his; the manager sees all.
LOGINS = ("manager", "half", "hundredth")


def prepare(env, lines, leads):
    """Each lead has a conversation of some weeks: messages, calls, answers."""
    env.company.country_id = env.ref("base.il")
    tables = ("crm_lead", "kala_contact_point", "kala_communication", "kala_answer")
    with crowd.without_indexes(env, *tables):
        first = crowd.leads(env, leads, customers=1, first_customer=env.company.partner_id.id)
        _owners(env)
        _write_lines(env, lines, leads, first)
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")
    answers = env["kala.answer"]
    while answers._fill_chunk():
        env.cr.commit()  # pylint: disable=invalid-commit
    answers._finish_fill()
    env.cr.commit()  # pylint: disable=invalid-commit
    # As PostgreSQL does by itself, some minutes later.
    env.cr.execute("ANALYZE")


def _owners(env):
    """Half of the leads are of one salesman, a hundredth of another, the rest of many."""
    groups = {"manager": "sales_team.group_sale_manager"}
    for name in LOGINS:
        user = salesman(env, name)
        if name in groups:
            user.group_ids = [(4, env.ref(groups[name]).id)]
    many = [salesman(env, f"user {n}").id for n in range(USERS)]
    half, few = (env["res.users"].search([("login", "=", name)]).id for name in LOGINS[1:])
    env.cr.execute(
        """UPDATE crm_lead SET user_id = CASE WHEN id %% 100 = 1 THEN %s WHEN id %% 2 = 0 THEN %s
                                              ELSE (%s::int[])[1 + id %% %s] END""",
        [few, half, many, len(many)],
    )


def _numbers(env):
    """:return: ids of our lines: half of them for texts, half for calls"""
    connection = env["kala.connection"].create({"name": "Sandbox", "provider": "sandbox"})
    return [
        env["kala.line"]
        .create(
            {
                "name": f"Line {n}",
                "channel": ("sms", "whatsapp")[n % 2],
                "connection_id": connection.id,
                "address": f"+97231{n:06}",
            }
        )
        .id
        for n in range(NUMBERS)
    ]


def _write_lines(env, lines, leads, first):
    """A hundred leads at a time, who write some times a day. Every third line is ours; one in ten
    is a call, one in a hundred of ours failed."""
    env.cr.execute(
        """INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                           contact_kind, contact_value, res_model, res_id, lead_id,
                                           priority, recency_pending, user_id, line_id,
                                           call_status, failure_kind, kind)
           SELECT %(company)s,
                  CASE WHEN d.is_call THEN 'voice' WHEN n %% 2 = 0 THEN 'sms' ELSE 'whatsapp' END,
                  d.side,
                  CASE WHEN d.side = 'in' THEN 'received' WHEN d.is_call THEN 'sent'
                       WHEN d.is_failed THEN 'failed' ELSE 'delivered' END,
                  now() AT TIME ZONE 'UTC' - (%(lines)s - n) * interval '365 days' / %(lines)s,
                  'Is order ' || n || ' ready? Please call me when it is.', 'phone', p.value,
                  'crm.lead', p.res_id, p.res_id, 0, FALSE, l.user_id,
                  (%(numbers)s::int[])[1 + n %% %(count)s],
                  CASE WHEN d.is_call THEN CASE WHEN d.side = 'out' OR n %% 20 = 0 THEN 'answered'
                                                ELSE 'missed' END END,
                  CASE WHEN d.is_failed AND NOT d.is_call AND d.side = 'out'
                       THEN (ARRAY['address', 'rejected', 'credit'])[1 + n %% 3] END,
                  'text'
             FROM generate_series(0, %(lines)s - 1) n
            CROSS JOIN LATERAL (
                  SELECT CASE WHEN n %% 3 = 0 THEN 'out' ELSE 'in' END AS side,
                         n %% 10 = 0 AS is_call, n %% 99 = 0 AS is_failed) d
             JOIN kala_contact_point p
               ON p.res_model = 'crm.lead' AND p.kind = 'phone'
              AND p.res_id = %(first)s + (n / 1000 * 100 + n %% 100) %% %(leads)s
             JOIN crm_lead l ON l.id = p.res_id""",
        {
            "company": env.company.id,
            "lines": lines,
            "leads": leads,
            "first": first,
            "numbers": _numbers(env),
            "count": NUMBERS,
        },
    )


def ask(session):
    """:return: dict what → milliseconds"""
    asked = {
        "30 days": lambda: session.call("kala.dashboard", "figures", {"period": "days"}),
        "7 days": lambda: session.call("kala.dashboard", "figures", {"period": "week"}),
        "pivot of Odoo's CRM": lambda: _pivot(session),
    }
    return {name: _milliseconds(work) for name, work in asked.items()}


def _milliseconds(work):
    spent = []
    for _turn in range(ROUNDS):
        start = time.monotonic()
        work()
        spent.append((time.monotonic() - start) * 1000)
    # The first ones read what no later one has to read again.
    return median(spent[2:])


def _pivot(session):
    """What the pivot of Odoo's CRM asks when it is opened: by month and stage."""
    session.call(
        "crm.lead",
        "formatted_read_grouping_sets",
        [],
        [[], ["create_date:month"], ["stage_id"], ["create_date:month", "stage_id"]],
        ["expected_revenue:sum", "__count"],
    )


def run(bench):
    lines, leads = bench.scale(LINES), bench.scale(LEADS)
    database = bench.database(("kala_comm",))
    bench.inside(database, "qu18:prepare", lines=lines, leads=leads)
    details = {}
    with bench.server(database) as server:
        for login in LOGINS:
            session = Session(server.port, database, login)
            details[login] = ask(session)
            session.close()
    bench.drop(database)
    worst = max(details, key=lambda login: details[login]["30 days"])
    ours = details[worst]["30 days"]
    peer = details[worst]["pivot of Odoo's CRM"]
    return [
        Row(
            "QU18",
            f"dashboard of 30 days, {lines:,} lines, to Odoo's pivot of {leads:,} leads; "
            f"worst: {worst}",
            f"≤ {GOAL} ms",
            f"{ours:.0f} ms",
            f"{peer:.0f} ms",
            ours / peer,
            ours <= GOAL,
            details,
        )
    ]
