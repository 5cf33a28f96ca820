"""RE: whose an incoming communication is. Two tables, one for each chain; the stories below them
follow a message from the door to the user."""

from datetime import timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.kala_comm.models.inbound.kala_responsible import LEAD_RULES, TASK_RULES, Case
from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN
from odoo.addons.kala_comm.tests.world import WorldCase, customer, lead, order
from odoo.addons.kala_comm.tools.messages import CallEvent, IncomingMessage
from odoo.addons.kala_comm.tools.phone import ContactKey

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


@tagged("post_install", "-at_install")
class TestResponsible(WorldCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.newcomer = cls._make_user("newcomer")
        cls.leaver = cls._make_user("leaver")
        cls.portal = new_test_user(cls.env, login="kala_portal", groups="base.group_portal")

    def _user(self, name):
        return getattr(self, name) if name else self.env["res.users"]

    def _ask(self, chain, family, spec, facts):
        """:return: (user, rule) that the chain finds for a message of Dana"""
        world = self.build(spec)
        merged = {}
        for fact in facts:
            merged.update(fact)
        self._state_facts(merged)
        record = next(
            (world[n] for n in ("order", "lead", "dana") if n in world), self.env["crm.lead"]
        )
        case = Case(
            n=0,
            family=family,
            line=self.sms_line,
            key=ContactKey(*merged.get("key", ("phone", DANA))),
            record=record if chain != LEAD_RULES else self.env["crm.lead"],
            partner=world.get("dana", self.env["res.partner"]),
            extension=merged.get("called", "101") if "extension" in merged else "",
            date=self.now,
            connection=self.connection,
        )
        self.env.flush_all()
        asked = self.env["kala.responsible"].with_company(self.company)
        return asked._choose(self.company, [case], chain).get(0, (self.env["res.users"], None))

    def _state_facts(self, facts):
        self.sms_line.user_id = self._user(facts.get("line"))
        if "extension" in facts:
            self.env["kala.extension"].create(
                {
                    "connection_id": self.connection.id,
                    "number": "101",
                    "user_id": self._user(facts["extension"]).id,
                }
            )
        for user, ago, values in facts.get("sent", ()):
            values = dict(values)
            if values.pop("company", None):
                values["company_id"] = self.other_company.id
            self.log(user_id=self._user(user).id, date=self.now - ago, **values)
        if "lookback" in facts:
            user, ago = facts["lookback"]
            other = self.lead("Earlier", phone=NOA, user_id=self._user(user).id)
            values = {"state": facts.get("state", "sent")}
            if facts.get("by") == "email":
                kind, value = facts["key"]
                values.update(channel="email", contact_kind=kind, contact_value=value)
            self.log(other, date=self._ago(ago), priority=1, **values)
        self.company.write(
            {
                "kala_default_responsible_text_id": self._user(facts.get("default")).id,
                "kala_default_responsible_call_id": self._user(
                    facts.get("default_call", facts.get("default"))
                ).id,
                "kala_default_responsible_email_id": self._user(
                    facts.get("default_email", facts.get("default"))
                ).id,
                **facts.get("settings", {}),
            }
        )
        if facts.get("default_call") and "default" not in facts:
            self.company.kala_default_responsible_text_id = False
        for name in facts.get("archive", ()):
            self._user(name).active = False

    def _check(self, chain, title, facts, family, spec, user=None, rule=None):
        rules = LEAD_RULES if chain == "lead" else TASK_RULES[family]
        found, found_rule = self._ask(rules, family, spec, facts)
        self.assertEqual(found, self._user(user), title)
        self.assertEqual(found_rule, {"hours": "last_outgoing_hours"}.get(rule, rule), title)

    # ------------------------------------------------------------------ whose address it is

    def _last(self, kind, value, connection=None):
        """:return: user whom RE2 finds by the last outgoing to whom this address belongs"""
        case = Case(
            n=0,
            family="text",
            line=self.sms_line,
            key=ContactKey(kind, value),
            record=self.env["crm.lead"],
            partner=self.env["res.partner"],
            extension="",
            date=self.now,
            connection=connection or self.connection,
        )
        chosen = self.env["kala.responsible"]._choose(
            self.company, [case], ("last_outgoing_days", "similar_lead")
        )
        return chosen.get(0, (self.env["res.users"], None))[0]

    def test_re2_address_of_a_crowd(self):
        """RE2: behind an address that very many share nobody can say who it is: what was sent to
        it counts, what was sent to one of them does not; and it makes none similar."""
        self.company.kala_responsible_from_customer = True
        crowd = self.env["res.partner"].create(
            [{"name": f"P{n}", "phone": f"+97254234{n:04}", "kala_phone2": NOA} for n in range(51)]
        )
        self.env["crm.lead"].create(
            [{"name": p.name, "phone": NOA, "user_id": self.manager.id} for p in crowd]
        )
        self.log(contact_value=crowd[0].phone, user_id=self.colleague.id)
        self.assertFalse(self._last("phone", NOA))
        self.assertEqual(self._last("phone", crowd[0].phone), self.colleague)
        self.log(contact_value=NOA, user_id=self.newcomer.id)
        self.assertEqual(self._last("phone", NOA), self.newcomer)

    def test_re2_ids_of_one_connection(self):
        """RE2, MA8: the same id on another connection is somebody else."""
        self.company.kala_responsible_from_customer = True
        connection, _sms, _whatsapp = self._make_sandbox(self.company, "03-7654321")
        made = self.incoming(sender="777", kind="telegram", channel="telegram").lead_id
        made.user_id = self.manager
        self.assertEqual(self._last("telegram", "777"), self.manager, "a similar lead")
        self.assertFalse(self._last("telegram", "777", connection))
        self.log(
            contact_kind="telegram",
            contact_value="777",
            connection_id=self.connection.id,
            user_id=self.colleague.id,
        )
        self.assertEqual(self._last("telegram", "777"), self.colleague)
        self.assertFalse(self._last("telegram", "777", connection))

    def test_re2_pinned_is_not_known(self):
        """RE2, MA9: a contact that was pinned to a record is not whose record it is."""
        dana = self.customer(phone=DANA)
        self.incoming(sender=NOA).action_reattach("res.partner", dana.id)
        self.log(user_id=self.manager.id)
        self.assertFalse(self._last("phone", NOA))

    # ------------------------------------------------------------------ from the door

    def test_re3_email_after_a_text(self):
        """RE3: a customer who was texted by a manager answers by e-mail: it is the manager's."""
        self.company.kala_task_on_email = True
        made = self.lead(phone=DANA, email_from="dana@example.com", user_id=self.colleague.id)
        made.with_user(self.manager).kala_send("sms", body="I take this one")
        self.dispatch()
        message = IncomingMessage(
            channel="email",
            uid="<1@example.com>",
            contact_kind="email",
            contact_value="dana@example.com",
            body="Thank you",
        )
        communication = self.take(message).communication_id
        self.assertEqual(communication.lead_id, made)
        self.assertEqual(communication.activity_id.user_id, self.manager)
        self.assertEqual(communication.responsible_rule, "last_outgoing_hours")

    def test_re1_re2_line_to_lead_to_task(self):
        """RE1, RE2, RE3: the line's user gets the new lead and its task; the communication
        says which rule chose him (RE6)."""
        self.sms_line.user_id = self.salesman
        communication = self.incoming(sender=UNKNOWN)
        self.assertEqual(communication.lead_id.user_id, self.salesman)
        self.assertEqual(communication.user_id, self.salesman)
        self.assertEqual(communication.activity_id.user_id, self.salesman)
        self.assertEqual(communication.responsible_rule, "line")

    def test_re2_who_wrote_first_gets_the_answer(self):
        """RE2: a manager wrote to a stranger from an order; the stranger's answer, on a new
        lead, is the manager's."""
        made = self.order(self.customer(phone=DANA))
        made.with_user(self.manager).kala_send("sms", body="Hello")
        self.dispatch()
        made.kala_status_id = self.env.ref("kala_comm.order_status_quotation")
        made._action_cancel()
        self.company.kala_new_lead_on_partner_text = True
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.match_rule, "new_for_customer")
        self.assertEqual(communication.lead_id.user_id, self.manager)
        self.assertEqual(communication.responsible_rule, "last_outgoing_days")

    def test_re2_nobody(self):
        """RE2: nobody at all: the lead is nobody's, not the superuser's."""
        communication = self.incoming(sender=UNKNOWN)
        self.assertFalse(communication.lead_id.user_id)
        self.assertFalse(communication.user_id)
        self.assertFalse(communication.responsible_rule)

    def test_re3_known_record(self):
        """RE3: a text on a known lead is its responsible's."""
        made = self.lead(phone=DANA, user_id=self.colleague.id)
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, made)
        self.assertEqual(communication.activity_id.user_id, self.colleague)
        self.assertEqual(communication.responsible_rule, "record")

    def test_re3_who_wrote_last_from_the_lead(self):
        """RE3: a colleague helped out and wrote last: the answer is his for 48 hours."""
        made = self.lead(phone=DANA, user_id=self.colleague.id)
        made.with_user(self.manager).kala_send("sms", body="I take this one")
        self.dispatch()
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.activity_id.user_id, self.manager)

    def test_re6_two_companies(self):
        """RE6: each company's default answers for its own lines."""
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        self.company.kala_default_responsible_text_id = self.newcomer
        self.other_company.kala_default_responsible_text_id = self.stranger
        self.assertEqual(self.incoming(sender=UNKNOWN).user_id, self.newcomer)
        there = self.incoming(sender=UNKNOWN, connection=connection)
        self.assertEqual(there.user_id, self.stranger)

    def test_re6_user_of_two_companies(self):
        """RE6: a user who works in both may be chosen in either."""
        self.stranger.company_ids = [Command.link(self.company.id)]
        self.company.kala_default_responsible_text_id = self.stranger
        self.assertEqual(self.incoming(sender=UNKNOWN).user_id, self.stranger)

    def test_re2_call_to_an_extension(self):
        """RE2, RE3: a stranger's call to an extension: lead and task are its user's."""
        extension = self.env["kala.extension"].create(
            {"connection_id": self.connection.id, "number": "101", "user_id": self.colleague.id}
        )
        item = self.take(
            CallEvent(
                uid="c1", event="ended", contact_value=UNKNOWN, extension="101", status="missed"
            )
        )
        communication = item.communication_id
        self.assertEqual(communication.lead_id.user_id, extension.user_id)
        self.assertEqual(communication.activity_id.user_id, extension.user_id)
        self.assertEqual(communication.responsible_rule, "extension")

    def test_re6_every_rule_has_words(self):
        """RE6: the communication says in words which rule chose the user."""
        words = self.env["kala.responsible"]._words()
        used = set(LEAD_RULES).union(*TASK_RULES.values())
        self.assertEqual(used - set(words), set())

    def test_re3_look_back_beyond_the_last(self):
        """RE3, RE6: the record that was written to last is nobody's, or that of somebody who
        left: the one before it is asked."""
        self.company.kala_responsible_long_lookback = True
        leaver = self._make_user("long_gone")
        ours = self.lead(user_id=self.colleague.id)
        his, nobodys = self.lead(user_id=leaver.id), self.lead()
        for days, record in ((60, ours), (50, his), (40, nobodys), (30, nobodys)):
            self.log(record, date=self.now - timedelta(days=days))
        leaver.active = False
        target = self.lead(phone=DANA)
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, target)
        self.assertEqual(communication.user_id, self.colleague)
        self.assertEqual(communication.responsible_rule, "long_lookback")


def _make_test(chain, case):
    def test(self):
        self._check(chain, *case)

    test.__doc__ = case[0]
    return test


for _chain, _cases in (("lead", LEAD_CASES), ("task", TASK_CASES)):
    for _n, _case in enumerate(_cases):
        _name = "".join(c if c.isalnum() else "_" for c in _case[0].lower())[:60]
        setattr(TestResponsible, f"test_{_chain}_{_n:02}_{_name}", _make_test(_chain, _case))
