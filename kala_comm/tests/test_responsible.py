"""RE: whose an incoming communication is. Two tables, one for each chain; the stories below them
follow a message from the door to the user."""

from datetime import timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.kala_comm.models.inbound.kala_responsible import LEAD_RULES, TASK_RULES
from odoo.addons.kala_comm.models.inbound.values import Case
from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN
from odoo.addons.kala_comm.tests.responsible_cases import LEAD_CASES, TASK_CASES
from odoo.addons.kala_comm.tests.world import WorldCase
from odoo.addons.kala_comm.tools.messages import CallEvent, IncomingMessage
from odoo.addons.kala_comm.tools.phone import ContactKey


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
        made = self.incoming(sender="777", kind="heron", channel="heron").lead_id
        made.user_id = self.manager
        self.assertEqual(self._last("heron", "777"), self.manager, "a similar lead")
        self.assertFalse(self._last("heron", "777", connection))
        self.log(
            contact_kind="heron",
            contact_value="777",
            connection_id=self.connection.id,
            user_id=self.colleague.id,
        )
        self.assertEqual(self._last("heron", "777"), self.colleague)
        self.assertFalse(self._last("heron", "777", connection))

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

    def test_re2_one_text_to_several(self):
        """RE2, RE3, TA3, BR1: who writes to several records in one call typed to none of them: he
        is not who last wrote, and their tasks wait."""
        leads = self.lead(phone=DANA, user_id=self.colleague.id)
        leads += self.lead(phone=NOA, user_id=self.colleague.id)
        task = self.incoming(sender=DANA).activity_id
        sent = leads.with_user(self.manager).kala_send("sms", body="We are closed").sudo()
        self.dispatch()
        self.assertEqual(set(sent.mapped("state")), {"delivered"})
        self.assertEqual(set(sent.mapped("user_id")), {self.manager})
        self.assertTrue(task.active)
        self.assertEqual(self.incoming(sender=NOA).activity_id.user_id, self.colleague)
        # A list of one is one.
        leads[:1].with_user(self.manager).kala_send("sms", body="Hello Dana")
        self.dispatch()
        self.assertFalse(task.exists().active)
        self.assertEqual(self.incoming(sender=DANA).activity_id.user_id, self.manager)

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
