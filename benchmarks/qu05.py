"""The pane of a lead, first 30 of 10,000 lines, five similar records, to Odoo's chatter of it.

The log has 1,000,000 lines, the chatter a message for each. Over HTTP, by a salesman."""

import time

from . import crowd
from .qu14 import open_chatter, salesman, write_lines
from .report import Row
from .rig import median
from .session import Session

GOAL = 1
LINES, LEADS = 1_000_000, 100_000
CONVERSATION, SIMILAR = 10_000, 5
ROUNDS = 15


def prepare(env, lines, leads, conversation):
    """Each line has its message in the chatter. One customer has a lead with many lines, and
    further leads with some.

    :return: id of that lead
    """
    env.company.country_id = env.ref("base.il")
    user = salesman(env, "salesman")
    with crowd.without_indexes(
        env, "crm_lead", "kala_contact_point", "kala_communication", "mail_message"
    ):
        first = crowd.leads(env, leads, customers=1, first_customer=env.company.partner_id.id)
        customer = env["res.partner"].create({"name": "Dana", "phone": "+972502345678"})
        made = env["crm.lead"].create(
            [
                {"name": f"Matter {n}", "partner_id": customer.id, "user_id": user.id}
                for n in range(SIMILAR)
            ]
        )
        env.cr.execute("UPDATE crm_lead SET user_id = %s WHERE id %% 2 = 0", [user.id])
        write_lines(env, lines, leads, first)
        for n, lead in enumerate(made):
            _conversation(env, lead, conversation if n == 0 else conversation // 50)
        _chatter(env, user)
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")
    return made[0].id


def _conversation(env, lead, count):
    env.cr.execute(
        """INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                           contact_kind, contact_value, res_model, res_id, lead_id,
                                           partner_id, priority, recency_pending)
           SELECT %s, 'whatsapp', CASE WHEN n %% 3 = 0 THEN 'out' ELSE 'in' END,
                  CASE WHEN n %% 3 = 0 THEN 'delivered' ELSE 'received' END,
                  now() AT TIME ZONE 'UTC' - n * interval '11 minutes',
                  'Is order ' || n || ' ready?',
                  'phone', '+972502345678', 'crm.lead', %s, %s, %s, 0, FALSE
             FROM generate_series(1, %s) n""",
        [env.company.id, lead.id, lead.id, lead.partner_id.id, count],
    )


def _chatter(env, user):
    """One message of Odoo's for each line, in the order of time."""
    env.cr.execute(
        """INSERT INTO mail_message (model, res_id, message_type, subtype_id, author_id, body, date,
                                     create_date, create_uid, is_internal, email_from)
           SELECT 'crm.lead', res_id, 'comment', %s, %s, '<p>' || body || '</p>', date, date, %s,
                  FALSE, 'dana@example.com'
             FROM kala_communication ORDER BY date""",
        [env.ref("mail.mt_comment").id, user.partner_id.id, user.id],
    )


def run(bench):
    lines, leads = bench.scale(LINES), bench.scale(LEADS)
    conversation = bench.scale(CONVERSATION)
    database = bench.database(("kala_comm",))
    lead_id = bench.inside(
        database, "qu05:prepare", lines=lines, leads=leads, conversation=conversation
    )
    ours, peer = [], []
    with bench.server(database) as server:
        session = Session(server.port, database, "salesman")
        for turn in range(-2, ROUNDS):
            for times, work in ((ours, _open_pane), (peer, _open_chatter)):
                start = time.monotonic()
                if work(session, lead_id) != 30:
                    raise RuntimeError("the page is not full")
                if turn >= 0:
                    times.append((time.monotonic() - start) * 1000)
        session.close()
    bench.drop(database)
    ours, peer = median(ours), median(peer)
    return [
        Row(
            "QU5",
            f"pane, first 30 of {conversation:,} lines, {SIMILAR} similar records, to the chatter",
            f"≤ {GOAL} ×",
            f"{ours:.0f} ms",
            f"{peer:.0f} ms",
            ours / peer,
            ours / peer <= GOAL,
            {},
        )
    ]


def _open_pane(session, lead_id):
    return len(session.call("kala.conversation", "load", "crm.lead", lead_id)["lines"])


def _open_chatter(session, lead_id):
    return open_chatter(session, "crm.lead", lead_id)
