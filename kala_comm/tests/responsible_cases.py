"""RE: whose an incoming communication is, a table for each chain; test_responsible.py has both."""

from datetime import timedelta

from odoo.addons.kala_comm.tests.common import DANA, NOA
from odoo.addons.kala_comm.tests.world import customer, lead, order

SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)
TWO_DAYS = timedelta(hours=48)

LINE = {"line": "salesman"}
#: The line of somebody who may read all documents.
ALL_LINE = {"line": "newcomer"}
EXTENSION = {"extension": "colleague"}
SENT = {"sent": [("manager", timedelta(hours=1), {})]}
DEFAULT = {"default": "newcomer"}
#: Who comes in is Dana on the phone, unless a case says otherwise.
BY_EMAIL = {"key": ("email", "dana@example.com")}
BY_SECOND_PHONE = {"key": ("phone", NOA)}


def sent(user, ago, **values):
    """What was sent to the contact by a user, so long ago."""
    return {"sent": [(user, ago, values)]}


def settings(**values):
    return {"settings": values}


FROM_CUSTOMER = {"kala_responsible_from_customer": True}
IGNORE = {"kala_ignore_customer_responsible": True}
LOOK_BACK = settings(kala_responsible_long_lookback=True)

#: title, facts (merged), family, world, expected user or None, expected rule
LEAD_CASES = [
    ("RE2 nobody", [], "text", {}, None),
    ("RE2 the line", [LINE], "text", {}, "salesman", "line"),
    ("RE2 a line without a user", [{"line": None}], "text", {}, None),
    ("RE2 the extension", [EXTENSION], "call", {}, "colleague", "extension"),
    (
        "RE2 an extension that nobody has",
        [EXTENSION, {"called": "999"}],
        "call",
        {},
        None,
    ),
    ("RE2 the last outgoing", [SENT], "text", {}, "manager", "last_outgoing_days"),
    ("RE2 the default", [DEFAULT], "text", {}, "newcomer", "company_default"),
    ("RE2 the line first", [LINE, EXTENSION, SENT, DEFAULT], "call", {}, "salesman", "line"),
    ("RE2 then the extension", [EXTENSION, SENT, DEFAULT], "call", {}, "colleague", "extension"),
    ("RE2 then the last outgoing", [SENT, DEFAULT], "call", {}, "manager", "last_outgoing_days"),
    # the last outgoing: age
    (
        "RE2 exactly 7 days ago",
        [sent("manager", WEEK)],
        "text",
        {},
        "manager",
        "last_outgoing_days",
    ),
    ("RE2 7 days and a second ago", [sent("manager", WEEK + SECOND)], "text", {}, None),
    (
        "RE2 N is a setting",
        [
            sent("manager", timedelta(days=2)),
            settings(kala_responsible_last_outgoing_days=1),
        ],
        "text",
        {},
        None,
    ),
    ("RE2 switched off", [SENT, settings(kala_responsible_last_outgoing=False)], "text", {}, None),
    (
        "RE2 of two the last",
        [{"sent": [("salesman", timedelta(hours=3), {}), ("manager", timedelta(hours=2), {})]}],
        "text",
        {},
        "manager",
        "last_outgoing_days",
    ),
    # the last outgoing: what counts
    (
        "RE2 an answered call",
        [sent("manager", WEEK, channel="voice", call_status="answered")],
        "text",
        {},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE2 an unanswered call",
        [sent("manager", SECOND, channel="voice", call_status="missed", state="cancelled")],
        "text",
        {},
        None,
    ),
    (
        "RE2 an e-mail",
        [sent("manager", SECOND, channel="email")],
        "text",
        {},
        None,
    ),
    ("RE2 an automatic message", [sent("manager", SECOND, priority=1)], "text", {}, None),
    ("RE2 a mass message", [sent("manager", SECOND, priority=2)], "text", {}, None),
    ("RE2 a message by nobody", [sent(None, SECOND)], "text", {}, None),
    (
        "RE2 an automatic message hides no earlier person",
        [
            {
                "sent": [
                    ("manager", timedelta(hours=3), {}),
                    ("salesman", timedelta(hours=1), {"priority": 1}),
                ]
            }
        ],
        "text",
        {},
        "manager",
        "last_outgoing_days",
    ),
    ("RE2 a failed message", [sent("manager", SECOND, state="failed")], "text", {}, None),
    ("RE2 a waiting message", [sent("manager", SECOND, state="queued")], "text", {}, None),
    ("RE2 an unsure message", [sent("manager", SECOND, state="unknown")], "text", {}, None),
    (
        "RE2 a message that was read",
        [sent("manager", SECOND, state="read")],
        "text",
        {},
        "manager",
        "last_outgoing_days",
    ),
    ("RE2 to somebody else", [sent("manager", SECOND, contact_value=NOA)], "text", {}, None),
    (
        "RE2 by another company",
        [sent("manager", SECOND, company="other")],
        "text",
        {},
        None,
    ),
    # the last outgoing: to whichever address of the same contact
    (
        "RE2 an e-mail of a customer who was texted on his phone",
        [BY_EMAIL, SENT],
        "email",
        {"dana": customer(phone=DANA, email="Dana@Example.com")},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE2 a call from the additional phone",
        [BY_SECOND_PHONE, SENT],
        "call",
        {"dana": customer(phone=DANA, kala_phone2="052-234-5678")},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE2 an e-mail of a contact whom only a lead knows",
        [BY_EMAIL, SENT],
        "email",
        {"lead": lead(phone=DANA, email_from="dana@example.com", lost=True)},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE2 the later of two messages to two addresses",
        [
            BY_EMAIL,
            {
                "sent": [
                    ("salesman", timedelta(hours=3), {"contact_value": NOA}),
                    ("manager", timedelta(hours=2), {}),
                ]
            },
        ],
        "email",
        {"dana": customer(phone=DANA, kala_phone2=NOA, email="dana@example.com")},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE2 the phone of another one says nothing",
        [BY_EMAIL, SENT],
        "email",
        {"dana": customer(phone=DANA), "noa": customer(email="dana@example.com")},
        None,
    ),
    (
        "RE2 nor what only another company knows",
        [BY_EMAIL, SENT],
        "email",
        {"dana": customer(phone=DANA, email="dana@example.com", company="other")},
        None,
    ),
    # by setting: the customer, similar leads
    ("RE2 the customer's is off", [], "text", {"dana": customer(user="salesman")}, None),
    (
        "RE2 the customer's",
        [settings(**FROM_CUSTOMER)],
        "text",
        {"dana": customer(user="salesman")},
        "salesman",
        "customer",
    ),
    (
        "RE2 after the last outgoing",
        [settings(**FROM_CUSTOMER), SENT],
        "text",
        {"dana": customer(user="salesman")},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE2 before the default",
        [settings(**FROM_CUSTOMER), DEFAULT],
        "text",
        {"dana": customer(user="salesman")},
        "salesman",
        "customer",
    ),
    (
        "RE2 the customer's before a similar lead's",
        [settings(**FROM_CUSTOMER)],
        "text",
        {"dana": customer(user="salesman"), "lead": lead(partner="dana", user="colleague")},
        "salesman",
        "customer",
    ),
    (
        "RE2 the customer's is ignored",
        [settings(**FROM_CUSTOMER, **IGNORE)],
        "text",
        {"dana": customer(user="salesman"), "lead": lead(partner="dana", user="colleague")},
        "colleague",
        "similar_lead",
    ),
    (
        "RE2 ignoring alone switches nothing on",
        [settings(**IGNORE)],
        "text",
        {"dana": customer(user="salesman"), "lead": lead(partner="dana", user="colleague")},
        None,
    ),
    (
        "RE2 a similar lead of the same phone",
        [settings(**FROM_CUSTOMER)],
        "text",
        {"lead": lead(phone=DANA, user="colleague", age=300)},
        "colleague",
        "similar_lead",
    ),
    (
        "RE2 the most recent similar lead",
        [settings(**FROM_CUSTOMER)],
        "text",
        {
            "new": lead(phone=DANA, user="salesman", age=3),
            "old": lead(phone=DANA, user="colleague", age=30),
        },
        "salesman",
        "similar_lead",
    ),
    (
        "RE2 the most recent one that has somebody",
        [settings(**FROM_CUSTOMER)],
        "text",
        {
            "new": lead(phone=DANA, age=3),
            "old": lead(phone=DANA, user="colleague", age=30),
        },
        "colleague",
        "similar_lead",
    ),
    (
        "RE2 … an active one",
        [settings(**FROM_CUSTOMER), {"archive": ["leaver"]}],
        "text",
        {
            "new": lead(phone=DANA, user="leaver", age=3),
            "old": lead(phone=DANA, user="colleague", age=30),
        },
        "colleague",
        "similar_lead",
    ),
    (
        "RE2, RE6 … one who may read leads",
        [settings(**FROM_CUSTOMER)],
        "text",
        {
            "new": lead(phone=DANA, user="clerk", age=3),
            "old": lead(phone=DANA, user="colleague", age=30),
        },
        "colleague",
        "similar_lead",
    ),
    (
        "RE2, RE6 … of this company",
        [settings(**FROM_CUSTOMER)],
        "text",
        {
            "new": lead(phone=DANA, user="stranger", company_id=False, team_id=False, age=3),
            "old": lead(phone=DANA, user="colleague", age=30),
        },
        "colleague",
        "similar_lead",
    ),
    (
        "RE2 similar leads that are lost count",
        [settings(**FROM_CUSTOMER)],
        "text",
        {"lead": lead(phone=DANA, user="colleague", lost=True)},
        "colleague",
        "similar_lead",
    ),
    (
        "RE2 a lead by another phone of the same customer is similar",
        [settings(**FROM_CUSTOMER, **IGNORE)],
        "text",
        {
            "dana": customer(phone=DANA, kala_phone2=NOA),
            "lead": lead(phone=NOA, user="colleague"),
        },
        "colleague",
        "similar_lead",
    ),
    (
        "RE2 a lead of another company is not similar",
        [settings(**FROM_CUSTOMER)],
        "text",
        {"lead": lead(phone=DANA, company="other", team_id=False, user="stranger")},
        None,
    ),
    # defaults by channel
    ("RE2 the default of calls is not that of texts", [{"default_call": "newcomer"}], "text", {}),
    (
        "RE2 the default of calls",
        [{"default_call": "newcomer", "default": "salesman"}],
        "call",
        {},
        "newcomer",
        "company_default",
    ),
    (
        "RE2 the default of e-mails",
        [{"default_email": "newcomer", "default": "salesman"}],
        "email",
        {},
        "newcomer",
        "company_default",
    ),
    # RE6
    (
        "RE6 an archived user of the line",
        [{"line": "leaver", "archive": ["leaver"]}, DEFAULT],
        "text",
        {},
        "newcomer",
        "company_default",
    ),
    (
        "RE6 an archived last writer",
        [sent("leaver", SECOND), {"archive": ["leaver"]}, DEFAULT],
        "text",
        {},
        "newcomer",
        "company_default",
    ),
    (
        "RE6 a last writer of another company",
        [sent("stranger", SECOND), DEFAULT],
        "text",
        {},
        "newcomer",
        "company_default",
    ),
    (
        "RE6 a portal user",
        [sent("portal", SECOND), DEFAULT],
        "text",
        {},
        "newcomer",
        "company_default",
    ),
    (
        "RE6 an archived extension's user",
        [{"extension": "leaver", "archive": ["leaver"]}, SENT],
        "call",
        {},
        "manager",
        "last_outgoing_days",
    ),
    (
        "RE6 an archived default: nobody",
        [{"default": "leaver", "archive": ["leaver"]}],
        "text",
        {},
        None,
    ),
    (
        "RE6 who may not read leads at all",
        [{"line": "clerk"}, DEFAULT],
        "text",
        {},
        "newcomer",
        "company_default",
    ),
]

OWN = {"lead": lead(phone=DANA, user="colleague")}
FREE = {"lead": lead(phone=DANA)}
WITH_EMAIL = {"lead": lead(phone=DANA, email_from="dana@example.com", user="colleague")}

TASK_CASES = [
    ("RE3 nobody", [], "text", FREE, None),
    # texts: last outgoing, record, line, long look-back, default
    ("RE3 text: last outgoing first", [SENT, LINE, DEFAULT], "text", OWN, "manager", "hours"),
    ("RE3 text: then the record's", [LINE, DEFAULT], "text", OWN, "colleague", "record"),
    ("RE3 text: then the line", [LINE, DEFAULT], "text", FREE, "salesman", "line"),
    ("RE3 text: then the default", [DEFAULT], "text", FREE, "newcomer", "company_default"),
    ("RE3 text: an extension says nothing", [EXTENSION], "text", FREE, None),
    # calls: line, extension, last outgoing, record, …
    ("RE3 call: the line first", [ALL_LINE, EXTENSION, SENT], "call", OWN, "newcomer", "line"),
    ("RE3 call: the extension", [EXTENSION, SENT], "call", FREE, "colleague", "extension"),
    ("RE3 call: last outgoing", [SENT, DEFAULT], "call", OWN, "manager", "hours"),
    ("RE3 call: the record's", [DEFAULT], "call", OWN, "colleague", "record"),
    (
        "RE3 call: the default of calls",
        [{"default_call": "newcomer"}, DEFAULT],
        "call",
        FREE,
        "newcomer",
        "company_default",
    ),
    # e-mails: line, last outgoing, record, …
    ("RE3 e-mail: the line first", [ALL_LINE, SENT], "email", OWN, "newcomer", "line"),
    (
        "RE3 e-mail: last outgoing, by text or call",
        [BY_EMAIL, SENT, DEFAULT],
        "email",
        WITH_EMAIL,
        "manager",
        "hours",
    ),
    (
        "RE3 e-mail: an e-mail of ours is no last outgoing",
        [
            BY_EMAIL,
            sent(
                "manager",
                SECOND,
                channel="email",
                contact_kind="email",
                contact_value="dana@example.com",
            ),
        ],
        "email",
        WITH_EMAIL,
        "colleague",
        "record",
    ),
    ("RE3 e-mail: the record's", [BY_EMAIL, DEFAULT], "email", WITH_EMAIL, "colleague", "record"),
    (
        "RE3 e-mail: the default of e-mails",
        [BY_EMAIL, {"default_email": "newcomer", "default": "manager"}],
        "email",
        {"lead": lead(email_from="dana@example.com")},
        "newcomer",
        "company_default",
    ),
    (
        "RE3 the settings of new leads are not those of tasks",
        [settings(**FROM_CUSTOMER)],
        "text",
        {"dana": customer(phone=DANA, user="manager"), "lead": lead(partner="dana")},
        None,
    ),
    # age of the last outgoing
    ("RE3 exactly 48 h ago", [sent("manager", TWO_DAYS)], "text", OWN, "manager", "hours"),
    (
        "RE3 48 h and a second ago",
        [sent("manager", TWO_DAYS + SECOND)],
        "text",
        OWN,
        "colleague",
        "record",
    ),
    (
        "RE3 hours are a setting",
        [sent("manager", timedelta(hours=2)), settings(kala_task_last_outgoing_hours=1)],
        "text",
        OWN,
        "colleague",
        "record",
    ),
    (
        "RE3 switched off",
        [SENT, settings(kala_task_last_outgoing=False)],
        "text",
        OWN,
        "colleague",
        "record",
    ),
    (
        "RE3 the switch of new leads is another one",
        [SENT, settings(kala_responsible_last_outgoing=False)],
        "text",
        OWN,
        "manager",
        "hours",
    ),
    (
        "RE3 an automatic message is nobody's",
        [sent("manager", SECOND, priority=1)],
        "text",
        OWN,
        "colleague",
        "record",
    ),
    # other records
    (
        "RE3 the order's responsible",
        [],
        "text",
        {"dana": customer(phone=DANA), "order": order("dana", user="colleague")},
        "colleague",
        "record",
    ),
    (
        "RE3 the customer's responsible",
        [],
        "text",
        {"dana": customer(phone=DANA, user="colleague")},
        "colleague",
        "record",
    ),
    # long look-back
    (
        "RE3 look-back is off",
        [{"lookback": ("colleague", 30)}],
        "text",
        FREE,
        None,
    ),
    (
        "RE3 look-back: responsible of a record that was written to",
        [{"lookback": ("colleague", 30)}, LOOK_BACK],
        "text",
        FREE,
        "colleague",
        "long_lookback",
    ),
    (
        "RE3 look-back: exactly six months",
        [{"lookback": ("colleague", 183)}, LOOK_BACK],
        "text",
        FREE,
        "colleague",
        "long_lookback",
    ),
    (
        "RE3 look-back: six months and a second",
        [{"lookback": ("colleague", timedelta(days=183) + SECOND)}, LOOK_BACK],
        "text",
        FREE,
        None,
    ),
    (
        "RE3 look-back: also by an e-mail of ours",
        [BY_EMAIL, {"lookback": ("colleague", 30), "by": "email"}, LOOK_BACK],
        "email",
        {"lead": lead(email_from="dana@example.com")},
        "colleague",
        "long_lookback",
    ),
    (
        "RE3 look-back: not by one that failed",
        [{"lookback": ("colleague", 30), "state": "failed"}, LOOK_BACK],
        "text",
        FREE,
        None,
    ),
    (
        "RE3 look-back comes after the record's",
        [{"lookback": ("manager", 30)}, LOOK_BACK],
        "call",
        OWN,
        "colleague",
        "record",
    ),
    (
        "RE3, RE6 look-back: not who has left",
        [{"lookback": ("leaver", 30), "archive": ["leaver"]}, LOOK_BACK, DEFAULT],
        "text",
        FREE,
        "newcomer",
        "company_default",
    ),
    (
        "RE3 look-back comes before the default",
        [{"lookback": ("colleague", 30)}, LOOK_BACK, DEFAULT],
        "call",
        FREE,
        "colleague",
        "long_lookback",
    ),
    (
        "RE3 look-back comes after the line",
        [{"lookback": ("colleague", 30)}, LOOK_BACK, LINE],
        "text",
        FREE,
        "salesman",
        "line",
    ),
    # RE6
    (
        "RE6 the record's responsible has left",
        [{"archive": ["leaver"]}, DEFAULT],
        "text",
        {"lead": lead(phone=DANA, user="leaver")},
        "newcomer",
        "company_default",
    ),
    (
        "RE6 the last writer may not read the record",
        [sent("salesman", SECOND)],
        "text",
        OWN,
        "colleague",
        "record",
    ),
    (
        "RE6 the line's user may not read the record",
        [{"line": "salesman"}, DEFAULT],
        "call",
        OWN,
        "colleague",
        "record",
    ),
    (
        "RE6 the default may not read the record: nobody",
        [{"default": "salesman", "archive": ["leaver"]}],
        "text",
        {"lead": lead(phone=DANA, user="leaver")},
        None,
    ),
    (
        "RE6 a portal user of the line",
        [{"line": "portal"}, EXTENSION],
        "call",
        FREE,
        "colleague",
        "extension",
    ),
    (
        "RE6 an extension's user who has left",
        [{"extension": "leaver", "archive": ["leaver"]}, SENT],
        "call",
        FREE,
        "manager",
        "hours",
    ),
    (
        "RE6 a default of another company: nobody",
        [{"default": "stranger"}],
        "text",
        FREE,
        None,
    ),
    (
        "RE6 a clerk without sales rights",
        [{"line": "clerk"}],
        "text",
        FREE,
        None,
    ),
]
