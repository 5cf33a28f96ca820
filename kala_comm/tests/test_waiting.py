"""LO9, LO8, TA4: the list of conversations that wait."""

from datetime import timedelta
from unittest.mock import MagicMock, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.notify import kala_live_inbox

from .common import DANA, NOA, OMER, KalaCommon


class WaitingCase(KalaCommon):
    def inbox(self, user=None):
        self.env.flush_all()
        return self.env["kala.waiting"].with_user(user or self.colleague)

    def keys(self, tab="mine", user=None, **arguments):
        return [row["key"] for row in self.inbox(user).load(tab, **arguments)["rows"]]

    def row(self, record, user=None, tab="all"):
        [row] = self.inbox(user).rows([self.key(record)], tab)["rows"]
        return row

    def key(self, record):
        return f"{record._name},{record.id}"

    def came(self, record, **values):
        """A message came in on a record, and the job that follows the log has run."""
        line = self.log(record, **{"direction": "in", "body": "Hello", **values})
        line.recency_pending = True
        self.refresh()
        return line

    def refresh(self):
        with self.job() as env:
            env["kala.recency"]._refresh()
        self.env.invalidate_all()

    def task(self, record, user=None, contact=DANA, kind="text", **values):
        line = self.came(record, contact_value=contact)
        types = self.env["kala.task"]._TYPES
        family = {"missed_call": "call"}.get(kind, kind)
        return self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": self.env.ref(types[family]).id,
                "user_id": user.id if user else False,
                "summary": "Hello",
                "kala_contact": contact,
                "kala_kind": kind,
                "kala_count": 1,
                "kala_company_id": self.company.id,
                "kala_since": line.date,
                "kala_communication_id": line.id,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestWaiting(WaitingCase):
    # ------------------------------------------------------------------ the row

    def test_a_row(self):
        """Who it is, what he said last, since when he waits, whose it is."""
        self.customer("Dana", phone=DANA, user_id=self.colleague.id)
        message = self.incoming(sender=DANA, text="Where is\nmy roof?")
        record = message._record()
        [row] = self.inbox().load("mine")["rows"]
        expected = {
            "key": self.key(record),
            "model": record._name,
            "id": record.id,
            "name": record.display_name,
            "customer": "Dana",
            "text": "Where is my roof?",
            "channel": "sms",
            "side": "in",
            "state": "received",
            "unread": 1,
            "user": "Colleague",
            "user_id": self.colleague.id,
            "tasks": message.activity_id.ids,
            "put_off_until": False,
            "has_draft": False,
            "call_status": False,
        }
        self.assertEqual({name: row[name] for name in expected}, expected)
        self.assertTrue(row["date"] and row["waiting_since"])
        self.assertIn(f"res.partner/{record._kala_customer().id}/", row["avatar"])

    def test_waiting_since(self):
        """The first message that nobody has answered: an answer of a person ends it, a mass send
        and an automatic text do not, and one that failed was none."""
        lead = self.lead(phone=DANA)
        times = [self.now + timedelta(minutes=n) for n in range(9)]
        self.came(lead, date=times[0])
        self.came(lead, date=times[1])
        cases = (
            ({"priority": 2}, str(times[0])),
            ({"priority": 1}, str(times[0])),
            ({"kind": "reaction"}, str(times[0])),
            ({"to_user_id": self.colleague.id}, str(times[0])),
            ({"state": "failed"}, str(times[0])),
            ({"state": "scheduled"}, False),
            ({}, False),
            ({"channel": "voice", "call_status": "answered"}, False),
        )
        for values, since in cases:
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                self.came(lead, **{"direction": "out", "state": "sent", "date": times[2], **values})
                self.assertEqual(self.row(lead)["waiting_since"], since)
                savepoint.rollback()
        self.came(lead, direction="out", state="sent", date=times[2])
        self.came(lead, date=times[3])
        self.came(lead, date=times[4])
        self.assertEqual(self.row(lead)["waiting_since"], str(times[3]))

    def test_an_answer_shows_at_once(self):
        """Also before it has left; where it fails, the contact waits again (TA3)."""
        lead = self.lead(phone=DANA, user_id=self.colleague.id)
        self.came(lead, date=self.now - timedelta(minutes=1))
        self.assertTrue(self.row(lead)["waiting_since"])
        lead.with_user(self.colleague).kala_send("sms", body="We come on Sunday")
        row = self.row(lead)
        self.assertFalse(row["waiting_since"])
        self.assertEqual((row["text"], row["side"]), ("We come on Sunday", "out"))
        lead.kala_communication_ids.filtered(lambda c: c.direction == "out").action_cancel()
        row = self.row(lead)
        self.assertTrue(row["waiting_since"])
        self.assertEqual((row["text"], row["side"]), ("Hello", "in"))

    # ------------------------------------------------------------------ tabs

    def test_tabs(self):
        """Each conversation stands where its tasks and messages say; a count says what a list
        shows (TA4)."""
        mine, hers, nobodys, called, sent, planned = (
            self.lead(name) for name in ("Mine", "Hers", "Nobody's", "Called", "Sent", "Planned")
        )
        self.task(mine, self.colleague)
        self.task(hers, self.manager)
        self.task(nobodys)
        self.task(called, self.colleague, kind="missed_call")
        self.task(called, self.colleague, kind="text", contact=OMER)
        failed = self.came(sent, direction="out", state="failed", body="No", date=self.now)
        self.came(sent, direction="out", state="failed", body="Neither", priority=2)
        self.came(planned, direction="out", state="scheduled", body="Later", send_after=self.now)
        expected = {
            "mine": {mine, called},
            "unassigned": {nobodys},
            "missed": {called},
            "failed": {sent},
            "scheduled": {planned},
            "put_off": set(),
            "all": {mine, hers, nobodys, called, sent, planned},
        }
        counts = self.inbox().load()["counts"]
        self.assertEqual(self.inbox().counts(), counts)
        for tab, records in expected.items():
            with self.subTest(tab):
                self.assertEqual(set(self.keys(tab)), set(map(self.key, records)))
                self.assertEqual(counts[tab], len(records))
        self.assertEqual(self.row(sent, tab="failed")["text"], failed.body)
        self.assertEqual(self.row(planned, tab="scheduled")["date"], str(self.now))
        self.assertEqual(self.row(hers)["user"], "Manager")

    def test_counts_agree_with_the_totals(self):
        """TA4: the totals of the to-do page count the same tasks."""
        for n, kind in enumerate(("text", "email", "missed_call")):
            self.task(self.lead(f"Lead {n}"), self.manager, kind=kind)
        self.task(self.lead("Nobody's"))
        self.came(self.lead("Failed"), direction="out", state="failed")
        put_off = self.task(self.lead("Put off"), self.manager)
        put_off.with_user(self.manager).kala_put_off()
        totals = {
            card["key"]: card["count"]
            for group in self.env["kala.dashboard"].with_user(self.manager).totals()["groups"]
            for card in group["cards"]
        }
        counts = self.inbox(self.manager).load()["counts"]
        tasks = ("task_text", "task_email", "task_call")
        self.assertEqual(counts["mine"], sum(totals[key] for key in tasks))
        self.assertEqual(counts["mine"], 3)
        self.assertEqual(counts["missed"], totals["task_call"])
        self.assertEqual(counts["unassigned"], totals["without_responsible"])
        self.assertEqual(counts["failed"], totals["failed_sms"])
        self.assertEqual(counts["put_off"], 1)

    def test_order_and_pages(self):
        """Who waits longest stands first; each row once, also of the same second; all has the
        newest first."""
        leads = [self.lead(f"Lead {n}") for n in range(7)]
        for n, lead in enumerate(leads):
            self.task(lead, self.colleague, kala_since=self.now + timedelta(minutes=n // 2))
            self.came(lead, date=self.now + timedelta(minutes=n // 2))
        wanted = [self.key(lead) for lead in leads]
        for tab, order, expected in (
            ("mine", "waiting", wanted),
            ("mine", "newest", wanted[::-1]),
            ("all", "waiting", None),
        ):
            with self.subTest(tab=tab, order=order):
                seen, after = [], None
                for _page in range(5):
                    page = self.inbox().load(tab, after=after, limit=2, order=order)
                    seen += [row["key"] for row in page["rows"]]
                    after = page["rows"][-1]["place"]
                    if not page["more"]:
                        break
                self.assertEqual(len(seen), len(set(seen)))
                self.assertEqual(set(seen), set(wanted))
                if expected:
                    self.assertEqual(seen, expected)
                else:
                    self.assertEqual(set(seen[:1]), {wanted[6]})

    def test_search(self):
        dana = self.customer("Dana Levi", phone=DANA)
        roof, wall = self.lead("Roof", partner_id=dana.id), self.lead("קיר", contact_name="נועה")
        for lead in (roof, wall):
            self.task(lead, self.colleague)
        self.log(wall, direction="in", body="And the chimney?")
        for words, found in (
            ("roof", {roof}),
            ("levi", {roof}),
            ("050-234", {roof}),
            ("נועה", {wall}),
            ("קיר", {wall}),
            ("chimney", {wall}),
            ("nothing like it", set()),
            ("", {roof, wall}),
            ("%", set()),
        ):
            with self.subTest(words):
                self.assertEqual(set(self.keys("mine", search=words)), set(map(self.key, found)))

    def test_what_is_asked_wrongly(self):
        for arguments in ({"tab": "x; drop"}, {"order": "x"}):
            with self.subTest(arguments), self.assertRaisesRegex(UserError, "Reload"):
                self.inbox().load(**arguments)
        answer = self.inbox().rows(
            ["", "x,1", "crm.lead,x", "res.users,1", "crm.lead,999999"], "all"
        )
        self.assertFalse(answer["rows"])
        self.assertEqual(len(answer["gone"]), 5)

    # ------------------------------------------------------------------ LO8

    def test_only_what_the_reader_may_read(self):
        """Two salesmen, another company, a clerk and a portal user, in every tab and by every
        button."""
        lead = self.lead("A secret", user_id=self.colleague.id, phone=DANA)
        self.task(lead, self.salesman)
        self.came(lead, direction="out", state="failed")
        self.came(lead, direction="out", state="scheduled", send_after=self.now)
        key = self.key(lead)
        for user in (self.salesman, self.stranger):
            inbox = self.inbox(user)
            for tab in ("mine", "unassigned", "missed", "failed", "scheduled", "put_off", "all"):
                with self.subTest(user=user.login, tab=tab):
                    page = inbox.load(tab)
                    self.assertNotIn(key, [row["key"] for row in page["rows"]])
                    self.assertFalse(page["counts"][tab])
                    self.assertEqual(inbox.rows([key], tab)["gone"], [key])
                    self.assertFalse(inbox.load(tab, search="secret")["rows"])
            for method, arguments in (
                ("done", ()),
                ("assign", (user.id,)),
                ("put_off", (None,)),
                ("take_back", ()),
                ("mark_read", ()),
                ("mark_unread", ()),
            ):
                with self.subTest(user=user.login, method=method):
                    answer = getattr(inbox, method)([key], *arguments)
                    self.assertEqual(answer["gone"], [key])
            for method, arguments in (("card", ()), ("set_stage", (lead.stage_id.id,))):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(inbox, method)("crm.lead", lead.id, *arguments)
        self.assertEqual(lead.user_id, self.colleague)
        self.assertTrue(lead.activity_ids.filtered("kala_count").active)
        self.assertFalse(self.env["kala.reading"].search([("res_id", "=", lead.id)]))
        portal = self._make_user("portal_inbox", "base.group_portal")
        for user in (self.clerk, portal):
            for method, arguments in (
                ("load", ()),
                ("rows", ([key], "all")),
                ("done", ([key],)),
                ("assign", ([key], user.id)),
                ("put_off", ([key],)),
                ("mark_read", ([key],)),
                ("card", ("crm.lead", lead.id)),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(self.inbox(user), method)(*arguments)

    def test_companies_are_apart(self):
        """A customer of both companies: each sees what was said to its own."""
        dana = self.customer("Dana", phone=DANA)
        _connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        self.came(dana, body="To us")
        self.came(
            dana,
            body="To them",
            company_id=self.other_company.id,
            line_id=line.id,
            date=self.now + timedelta(hours=1),
        )
        self.assertEqual(self.row(dana)["text"], "To us")
        self.assertEqual(self.row(dana, self.stranger)["text"], "To them")
        self.colleague.company_ids |= self.other_company
        both = self.inbox().with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        texts = [row["text"] for row in both.load("all")["rows"] if row["key"] == self.key(dana)]
        self.assertEqual(texts, ["To them"])

    # ------------------------------------------------------------------ records that go

    def test_reattached(self):
        """MA9: it leaves one conversation and comes to another."""
        old, new = self.lead("Old", phone=DANA), self.lead("New", phone=NOA)
        message = self.came(old)
        message.action_reattach("crm.lead", new.id)
        self.assertEqual(self.keys("all"), [self.key(new)])
        self.assertTrue(self.row(new)["waiting_since"])

    def test_merged(self):
        """MA12: leads by Odoo's own merge, customers by its wizard."""
        kept, lost = self.lead("Kept", phone=DANA), self.lead("Lost", phone=DANA)
        self.came(kept, direction="out", state="sent", date=self.now - timedelta(days=2))
        self.came(lost)
        (kept | lost).merge_opportunity()
        left = (kept | lost).exists()
        self.assertEqual(self.keys("all"), [self.key(left)])
        self.assertTrue(self.row(left)["waiting_since"])
        dana, double = self.customer("Dana", phone=DANA), self.customer("Dana", phone=DANA)
        self.came(double, body="Of the double")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((dana | double).ids, dana)
        self.assertEqual(set(self.keys("all")), {self.key(left), self.key(dana)})
        self.assertEqual(self.row(dana)["text"], "Of the double")

    def test_deleted_and_archived(self):
        """What is deleted is gone; who is archived still waits."""
        lead, archived = self.lead(), self.lead()
        self.came(lead)
        self.task(archived, self.colleague)
        archived.active = False
        key = self.key(lead)
        lead.unlink()
        answer = self.inbox().rows([key], "all")
        self.assertEqual(answer["gone"], [key])
        self.assertFalse(self.env["kala.waiting"].search([("res_id", "=", lead.id)]))
        self.assertEqual(self.keys("mine"), [self.key(archived)])

    # ------------------------------------------------------------------ buttons

    def test_done(self):
        """Nobody's task and one's own are closed; a colleague's stays, and the contact waits."""
        lead, shared = self.lead(), self.lead()
        own, nobodys = self.task(lead, self.colleague), self.task(lead, contact=NOA)
        mine = self.task(shared, self.colleague)
        hers = self.task(shared, self.manager, kind="missed_call")
        answer = self.inbox().done([self.key(lead), self.key(shared)], "mine")
        self.assertEqual(set(answer["gone"]), {self.key(lead), self.key(shared)})
        self.assertFalse((own | nobodys | mine).filtered("active"))
        self.assertTrue(hers.active)
        self.assertFalse(self.row(lead)["waiting_since"])
        self.assertTrue(self.row(shared)["waiting_since"])
        self.assertFalse(self.row(lead)["unread"])
        again = self.came(lead, date=self.now + timedelta(hours=1))
        self.assertEqual(self.row(lead)["waiting_since"], str(again.date))

    def test_done_by_odoos_own_button(self):
        """The activity menu and the chatter say the same; an answer that fails takes its done
        back (TA3)."""
        lead = self.lead(phone=DANA, user_id=self.colleague.id)
        task = self.task(lead, self.colleague)
        other = self.task(lead, self.manager, kind="missed_call")
        task.with_user(self.colleague).action_feedback()
        self.assertTrue(self.row(lead)["waiting_since"])
        other.action_feedback()
        self.assertFalse(self.row(lead)["waiting_since"])
        task.active = True
        self.assertTrue(self.row(lead)["waiting_since"])
        lead.with_user(self.colleague).kala_send("sms", body="On Sunday")
        self.assertFalse(task.active or self.row(lead)["waiting_since"])
        lead.kala_communication_ids.filtered(lambda c: c.direction == "out").action_cancel()
        self.assertTrue(task.active and self.row(lead)["waiting_since"])

    def test_assign(self):
        lead, dana = self.lead(phone=DANA), self.customer("Dana")
        task = self.task(lead)
        self.came(dana)
        keys = [self.key(lead), self.key(dana)]
        answer = self.inbox(self.manager).assign(keys, self.salesman.id, "unassigned")
        self.assertEqual(set(answer["gone"]), set(keys))
        self.assertEqual((lead.user_id, task.user_id), (self.salesman, self.salesman))
        self.assertEqual(dana.user_id, self.salesman)
        self.inbox(self.manager).assign(keys, False)
        self.assertFalse(lead.user_id or task.user_id)

    def test_assign_to_whom_it_cannot_be(self):
        lead = self.lead(company_id=self.company.id)
        self.task(lead)
        portal = self._make_user("portal_waiting", "base.group_portal")
        archived = self._make_user("archived_waiting")
        archived.active = False
        for user in (self.stranger, portal, archived):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "somebody else"):
                self.inbox(self.manager).assign([self.key(lead)], user.id)
        self.assertFalse(lead.user_id)

    def test_too_many_at_once(self):
        keys = [f"crm.lead,{n}" for n in range(1001)]
        with self.assertRaisesRegex(UserError, "fewer"):
            self.inbox().mark_read(keys)

    # ------------------------------------------------------------------ the card

    def test_card(self):
        dana = self.customer("Dana", phone=DANA, email="dana@example.com")
        tag = self.env["crm.tag"].create({"name": "Oak"})
        lead = self.lead(
            "Roof", partner_id=dana.id, user_id=self.colleague.id, tag_ids=[(6, 0, tag.ids)]
        )
        order = self.order(dana)
        lead.activity_schedule(
            "mail.mail_activity_data_call", summary="Call", user_id=self.colleague.id
        )
        permissions = self.env["kala.contact.permission"]
        permissions._set(self.company, self.log(lead)._key(), ["sms"], False, "by phone")
        card = self.inbox().card("crm.lead", lead.id)
        self.assertEqual(card["name"], "Roof")
        self.assertEqual(card["stage"]["id"], lead.stage_id.id)
        self.assertIn(lead.stage_id.id, [stage["id"] for stage in card["stages"]])
        self.assertEqual(card["customer"], {"id": dana.id, "name": "Dana"})
        self.assertEqual(card["user"]["name"], "Colleague")
        self.assertEqual(card["activity"]["summary"], "Call")
        self.assertEqual((card["phones"], card["emails"]), (["050-234-5678"], [dana.email]))
        self.assertEqual(card["tags"], ["Oak"])
        self.assertEqual(card["consent"]["sms"], "refused")
        self.assertEqual({row["name"] for row in card["records"]}, {"Dana", order.name})
        self.assertTrue(card["status"])
        self.assertTrue(self.inbox().card("sale.order", order.id)["order_total"])
        self.assertFalse(self.inbox().card("res.partner", dana.id)["stage"])

    def test_set_stage(self):
        lead = self.lead(user_id=self.salesman.id)
        other = self.env["crm.stage"].search([("id", "!=", lead.stage_id.id)], limit=1)
        card = self.inbox(self.salesman).set_stage("crm.lead", lead.id, other.id)
        self.assertEqual((card["stage"]["id"], lead.stage_id), (other.id, other))
        with self.assertRaisesRegex(UserError, "Reload"):
            self.inbox(self.salesman).set_stage("crm.lead", lead.id, 999999)
        dana = self.customer("Dana")
        with self.assertRaisesRegex(UserError, "Reload"):
            self.inbox().set_stage("res.partner", dana.id, 1)

    # ------------------------------------------------------------------ 3.12

    def test_queries_do_not_grow_with_rows(self):
        """A thousand conversations cost what ten cost: to follow the log, to list and to count."""
        counts = []
        for many in (9, 10, 1000):
            leads = self.env["crm.lead"].create(
                [{"name": f"Lead {many} {n}", "user_id": self.colleague.id} for n in range(many)]
            )
            self._tasks_by_sql(leads)
            keys = [self.key(lead) for lead in leads]
            counts.append(
                [
                    self._count(lambda leads=leads: self._refreshed(leads)),
                    self._count(lambda: self.inbox().load("mine", limit=100)),
                    self._count(lambda keys=keys: self.inbox().rows(keys, "mine")),
                    self._count(lambda keys=keys: self.inbox().mark_read(keys)),
                    self._count(lambda keys=keys: self.inbox().put_off(keys, None)),
                ]
            )
        for few, many in zip(*counts[1:], strict=True):
            # Odoo writes a hundred records in one statement.
            self.assertLessEqual(many, few + 10, counts)

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _refreshed(self, leads):
        places = [("crm.lead", lead.id, self.company.id) for lead in leads]
        self.env["kala.waiting"]._refresh(places)

    def _tasks_by_sql(self, leads):
        self.env.flush_all()
        self.env.cr.execute(
            """WITH c AS (
                    INSERT INTO kala_communication
                           (channel, direction, state, date, company_id, contact_kind,
                            contact_value, res_model, res_id, lead_id, body)
                    SELECT 'sms', 'in', 'received', %s, %s, 'phone', %s, 'crm.lead', l.id, l.id,
                           'Hello'
                      FROM unnest(%s) AS l(id) RETURNING id, lead_id)
               INSERT INTO mail_activity
                      (activity_type_id, res_model_id, res_model, res_id, user_id, kala_count,
                       kala_contact, kala_kind, kala_since, date_deadline, active, create_date,
                       create_uid)
               SELECT %s, %s, 'crm.lead', c.lead_id, %s, 1, %s, 'text', %s, %s, TRUE, %s, %s
                 FROM c""",
            [
                *(self.now, self.company.id, DANA, leads.ids),
                self.env.ref("kala_comm.mail_activity_type_text").id,
                self.env["ir.model"]._get_id("crm.lead"),
                *(self.colleague.id, DANA, self.now, self.now, self.now, self.env.uid),
            ],
        )
        self.env.invalidate_all()

    # ------------------------------------------------------------------ living databases

    def test_a_living_database_is_filled(self):
        """AD6: chunk after chunk, the newest first; what is listed already stays."""
        leads = [self.lead(f"Lead {n}") for n in range(5)]
        for lead in leads:
            self.log(lead, direction="in")
        self.env["ir.config_parameter"].set_param("kala_comm.waiting_done", False)
        with patch("odoo.addons.kala_comm.models.log.kala_log_fill.CHUNK", 2):
            with self.job() as env:
                self.assertEqual(env["kala.waiting"]._fill_chunk(), 2)
            self.env.invalidate_all()
            self.assertEqual(set(self.keys("all")), {self.key(lead) for lead in leads[3:]})
            with self.job() as env:
                env["kala.waiting"]._cron_fill()
        self.env.invalidate_all()
        self.assertEqual(set(self.keys("all")), set(map(self.key, leads)))

    # ------------------------------------------------------------------ bus

    def test_who_is_told(self):
        """The user whose work it is hears which conversation; the company hears that there is
        something, and nothing of what; other companies hear nothing."""
        lead = self.lead(user_id=self.salesman.id)
        with patch.dict(kala_live_inbox._last_sent, clear=True):
            signs = self.signs(lambda: self.came(lead))
            self.assertEqual(
                signs,
                {
                    f"kala_comm/inbox/user/{self.salesman.id}": {"keys": [self.key(lead)]},
                    f"kala_comm/inbox/company/{self.company.id}": {"company_id": self.company.id},
                },
            )

    def signs(self, work):
        """:return: dict channel → message of the inbox's signs"""
        sent = {}

        def _sendone(bus, channel, kind, message):
            if kind == "kala_comm/inbox":
                sent[channel] = message

        with patch.object(type(self.env["bus.bus"]), "_sendone", _sendone):
            work()
            self.env.flush_all()
            self.env.cr.precommit.run()
        return sent

    def test_who_may_listen(self):
        """Nobody hears another's inbox, whatever his browser asks for."""
        websocket = self.env["ir.websocket"]
        for user, expected in (
            (self.colleague, {self.colleague.id}),
            (self.clerk, set()),
        ):
            asked = [
                "kala_comm/inbox",
                f"kala_comm/inbox/user/{self.manager.id}",
                f"kala_comm/inbox/company/{self.other_company.id}",
            ]
            session = MagicMock()
            session.session.uid = user.id
            with patch("odoo.addons.bus.models.ir_websocket.wsrequest", new=session):
                channels = websocket.with_user(user)._build_bus_channel_list(asked)
            heard = [c for c in channels if isinstance(c, str) and c.startswith("kala_comm/")]
            with self.subTest(user.login):
                users = {int(c.split("/")[-1]) for c in heard if "/user/" in c}
                self.assertEqual(users, expected)
                self.assertNotIn(f"kala_comm/inbox/company/{self.other_company.id}", heard)
