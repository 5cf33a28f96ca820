"""The inbox: nothing is lost, nothing is made twice, one bad item harms no other (AD3)."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.models.inbound.kala_inbound_item import MAX_ATTEMPTS
from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN, KalaCommon, Killed
from odoo.addons.kala_comm.tools.messages import DeliveryReport, IncomingMessage, Unusable

INBOX = "odoo.addons.kala_comm.models.inbound.kala_inbox"


@tagged("post_install", "-at_install")
class TestInbox(KalaCommon):
    def items(self, *states):
        domain = [("connection_id", "=", self.connection.id)]
        if states:
            domain.append(("state", "in", states))
        return self.env["kala.inbound.item"].search(domain)

    # ------------------------------------------------------------------ once

    def test_same_event_twice(self):
        """docs/architecture.md, 3.1: the same bytes again are one event."""
        body = json.dumps({"from": DANA, "text": "Hello", "id": "1"}).encode()
        self.assertTrue(self.push_raw(body))
        self.assertFalse(self.push_raw(body))
        self.run_inbox()
        self.assertFalse(self.push_raw(body))
        self.run_inbox()
        self.assertEqual(len(self.items().communication_id), 1)

    def test_same_message_in_another_batch(self):
        """docs/architecture.md, 3.2: the provider regroups its batches: the message is logged
        once."""
        message = IncomingMessage(channel="sms", uid="m-1", contact_value=UNKNOWN, body="Hello")
        other = IncomingMessage(channel="sms", uid="m-2", contact_value=UNKNOWN, body="Hello")
        self.take(message)
        self.take(message, other)
        self.take(other, message)
        found = self.env["kala.communication"].search([("contact_value", "=", UNKNOWN)])
        self.assertEqual(sorted(found.mapped("provider_uid")), ["m-1", "m-2"])
        self.assertEqual(found.activity_id.kala_count, 2)

    def test_without_ids(self):
        """docs/architecture.md, 3.2: without an id the same text in another event is another
        message."""
        message = IncomingMessage(channel="sms", uid="", contact_value=UNKNOWN, body="Hello")
        self.take(message)
        self.take(message)
        found = self.env["kala.communication"].search([("contact_value", "=", UNKNOWN)])
        self.assertEqual(len(found), 2)

    def test_same_id_at_two_connections(self):
        """docs/architecture.md, 3.2: ids are unique on their connection only."""
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        first = self.incoming(sender=UNKNOWN, id="m-1")
        second = self.incoming(sender=UNKNOWN, id="m-1", connection=connection)
        self.assertNotEqual(first, second)
        self.assertEqual(len(first | second), 2)

    # ------------------------------------------------------------------ bad ones

    def test_bad_json_is_a_dead_letter(self):
        """AD3: what cannot be read is kept with its reason and payload, and replayed."""
        connection = self.connection
        with mute_logger(INBOX):
            event = self.push_raw(b'["no", "object"]')
            self.run_inbox()
        self.assertEqual(event.state, "dead")
        item = event.item_ids
        self.assertEqual((item.state, item.kind), ("dead", "unusable"))
        self.assertTrue(item.error)
        self.assertIn("no", event.payload_text)
        self.assertEqual(connection.dead_count, 1)
        with mute_logger(INBOX):
            item.action_replay()
            self.run_inbox()
        self.assertEqual(event.state, "dead", "still not understood")
        self.assertEqual(len(event.item_ids), 1)
        provider = type(self.env["kala.provider.sandbox"])
        newer = IncomingMessage(channel="sms", uid="n1", contact_value=UNKNOWN, body="Hello")
        with patch.object(provider, "_parse", lambda *args: [newer]):
            event.item_ids.action_replay()
            self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertEqual(event.item_ids.mapped("state"), ["done"])
        self.assertEqual(event.item_ids.communication_id.contact_value, UNKNOWN)

    def test_unusable_part(self):
        """AD3: a part that a provider could not read is a dead letter, its neighbours live."""
        items = self.take(
            Unusable(key="x", reason="the type hologram is not known", raw={"a": 1}),
            IncomingMessage(channel="sms", uid="m-1", contact_value=UNKNOWN, body="Hello"),
        )
        self.assertEqual(items.mapped("state"), ["dead", "done"])
        self.assertIn("hologram", items[0].error)

    @mute_logger(INBOX, "odoo.sql_db")
    def test_one_bad_among_200(self):
        """docs/architecture.md, 3.2: one bad item among 200 is a dead letter; 199 are handled,
        once."""
        messages = [
            IncomingMessage(
                channel="sms", uid=f"m-{n}", contact_value=f"+97250234{n:04}", body="Hello"
            )
            for n in range(200)
        ]
        items = self.put(*messages)
        self.env.cr.execute(
            """UPDATE kala_inbound_item SET content = content || '{"date": "no date"}'
                WHERE id = %s""",
            [items[77].id],
        )
        items.invalidate_recordset()
        leads = self.env["crm.lead"].search_count([])
        self.run_inbox()
        self.assertEqual(items[77].state, "dead")
        self.assertIn("no date", items[77].error)
        rest = items - items[77]
        self.assertEqual(set(rest.mapped("state")), {"done"})
        self.assertEqual(len(rest.communication_id), 199)
        self.assertEqual(self.env["crm.lead"].search_count([]) - leads, 199)
        content = dict(items[77].content, date=None)
        items[77].sudo().content = content
        items[77].action_replay()
        self.run_inbox()
        self.assertEqual(items[77].state, "done")
        self.assertTrue(items[77].communication_id)

    @mute_logger(INBOX, "odoo.sql_db")
    def test_a_fault_of_the_database_is_rolled_back(self):
        """docs/architecture.md, 3.2: a fault in the middle of handling leaves nothing behind."""
        item = self.put(
            IncomingMessage(channel="sms", uid="m-1", contact_value=UNKNOWN, body="Hello")
        )
        leads = self.env["crm.lead"].search_count([])
        tasks = type(self.env["kala.task"])
        with patch.object(tasks, "_create_for", side_effect=ZeroDivisionError("at the end")):
            self.run_inbox()
        self.assertEqual(item.state, "dead")
        self.assertIn("at the end", item.error)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)
        self.assertFalse(self.env["kala.communication"].search([("provider_uid", "=", "m-1")]))
        item.action_replay()
        self.run_inbox()
        self.assertEqual(item.state, "done")
        self.assertEqual(self.env["crm.lead"].search_count([]), leads + 1)

    @mute_logger("odoo.sql_db")
    def test_somebody_was_faster(self):
        """docs/architecture.md, 3.2: a task that somebody made for the contact at the same moment
        condemns no message, not even one that is alone: it is looked at once more."""
        made = self.lead(phone=NOA)
        task = self.incoming(sender=NOA).activity_id
        tasks, asked = type(self.env["kala.task"]), []
        open_tasks = tasks._open_tasks

        def _open_tasks(model, keys):
            asked.append(keys)
            return open_tasks(model, keys) if len(asked) > 1 else {}

        with patch.object(tasks, "_open_tasks", _open_tasks):
            second = self.incoming(sender=NOA)
        self.assertEqual((second.lead_id, second.activity_id), (made, task))
        self.assertEqual((task.kala_count, len(asked)), (2, 2))

    def test_worn_out(self):
        """docs/architecture.md, 3.2: an item that was taken three times without a result is dead:
        it kills its worker; its neighbours live."""
        items = self.put(
            IncomingMessage(channel="sms", uid="m-1", contact_value=UNKNOWN, body="killer"),
            IncomingMessage(channel="sms", uid="m-2", contact_value=NOA, body="Hello"),
        )
        items[0].attempts = MAX_ATTEMPTS
        self.run_inbox()
        self.assertEqual(items.mapped("state"), ["dead", "done"])
        self.assertTrue(items[0].error)
        items[0].action_replay()
        self.assertEqual(items[0].attempts, 0)
        self.run_inbox()
        self.assertEqual(items[0].state, "done")

    def test_who_kills_its_worker_goes_alone(self):
        """docs/architecture.md, 3.2: a server that dies of one item, again and again, condemns that
        one only: its neighbours, which were taken with it, are handled."""
        items = self.put(
            *(
                IncomingMessage(
                    channel="sms", uid=f"m-{n}", contact_value=f"+97250234{n:04}", body="Hello"
                )
                for n in range(6)
            )
        )
        intake = type(self.env["kala.intake"])
        take = intake._take_messages

        def _take_messages(model, company, taken):
            if items[2].id in taken.ids:
                raise Killed()
            return take(model, company, taken)

        kills = 0
        with patch.object(intake, "_take_messages", _take_messages):
            for _n in range(2 * MAX_ATTEMPTS):
                try:
                    self.run_inbox()
                except Killed:
                    kills += 1
                    self.env.invalidate_all()
        self.assertEqual(kills, MAX_ATTEMPTS)
        self.assertEqual(items[2].state, "dead")
        self.assertEqual(set((items - items[2]).mapped("state")), {"done"})

    @mute_logger(INBOX)
    def test_worn_out_event(self):
        """docs/architecture.md, 3.2: the same of an event that cannot be parsed without dying."""
        event = self.push(sender=UNKNOWN)
        event.attempts = MAX_ATTEMPTS
        self.run_inbox()
        self.assertEqual(event.state, "dead")
        event.item_ids.action_replay()
        self.run_inbox()
        self.assertEqual(event.state, "done")

    @mute_logger(INBOX)
    def test_provider_not_installed(self):
        """docs/architecture.md, 1: an event of a provider that is not there waits as a dead
        letter."""
        event = self.push(sender=UNKNOWN)
        self.env.cr.execute(
            "UPDATE kala_connection SET provider = 'gone' WHERE id = %s", [self.connection.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.run_inbox()
        self.assertEqual(event.state, "dead")
        self.assertIn("gone is not installed", event.error)
        self.connection.provider = "sandbox"
        event.item_ids.action_replay()
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertEqual(len(self.communications_of([event])), 1)

    def test_replay_rights(self):
        """AD3: dead letters are the managers'; only dead ones are replayed."""
        item = self.take(Unusable(key="x", reason="?"))
        with self.assertRaises(AccessError):
            item.with_user(self.colleague).action_replay()
        with self.assertRaises(AccessError):
            item.with_user(self.stranger).read(["error"])
        self.assertIn("?", item.with_user(self.manager).error)
        done = self.take(IncomingMessage(channel="sms", uid="1", contact_value=DANA))
        with self.assertRaisesRegex(UserError, "dead letters"):
            done.with_user(self.manager).action_replay()
        item.with_user(self.manager).action_replay()

    def test_odd_content(self):
        """Nothing lost when authenticated: odd texts, names and senders are logged."""
        for values in (
            {"text": "a\x00b"},
            {"text": "\ud800 lone"},
            {"text": "\u200fשלום\u200e"},
            {"name": "x" * 10_000},
            {"sender": "+" * 50},
            {"sender": "9" * 300},
            {"sender": "'; DROP TABLE res_partner; --"},
            {"sender": ""},
            {"text": None},
            {"text": 5},
            {"line": "\x00"},
            {"kind": "martian", "sender": "x"},
            {"channel": "fax"},
        ):
            with self.subTest(values=values), mute_logger(INBOX, "odoo.sql_db"):
                event = self.push(**{"sender": UNKNOWN, **values})
                self.run_inbox()
                item = event.item_ids
                self.assertEqual(len(item), 1)
                if set(values) & {"kind", "channel"}:
                    self.assertEqual(item.state, "dead", item.error)
                else:
                    self.assertEqual(item.state, "done", item.error)
                    self.assertTrue(item.communication_id)

    # ------------------------------------------------------------------ reports

    def test_report_before_the_send(self):
        """docs/architecture.md, 3.2: a report that overtakes the answer to our send waits, then
        counts."""
        item = self.put(DeliveryReport(uid="p-1", state="delivered"))
        self.run_inbox()
        self.assertEqual(item.state, "pending", item.error)
        self.assertTrue(item.due)
        message = self.log(
            self.lead(phone=DANA), connection_id=self.connection.id, provider_uid="p-1"
        )
        self.run_inbox()
        self.assertEqual(message.state, "sent", "not before it is due")
        self.pass_time(200)
        self.run_inbox()
        self.assertEqual(message.state, "delivered")
        self.assertEqual((item.state, item.communication_id), ("done", message))

    def test_report_that_is_not_ours(self):
        """docs/architecture.md, 3.2: after 15 minutes it ends as "not ours", not dead."""
        item = self.put(DeliveryReport(uid="p-1", state="delivered"))
        for seconds in (0, 10, 30, 120, 900):
            self.pass_time(seconds)
            self.run_inbox()
        self.assertEqual((item.state, item.result), ("done", "not ours"))

    # ------------------------------------------------------------------ echoes

    def test_echo_with_our_id(self):
        """docs/architecture.md, 3.2: an echo that carries our own id is a report, not a second
        message."""
        made = self.lead(phone=DANA)
        message = made.kala_send("whatsapp", body="Hello")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_communication SET state = 'unknown', attempt_count = 1 WHERE id = %s",
            [message.id],
        )
        self.env.invalidate_all()
        item = self.take(
            IncomingMessage(
                channel="whatsapp",
                uid="w-1",
                contact_value=DANA,
                body="Hello",
                echo=True,
                echo_key=message._echo_key(),
            )
        )
        self.assertEqual((item.state, item.communication_id), ("done", message))
        self.assertEqual((message.state, message.provider_uid), ("sent", "w-1"))
        self.assertEqual(len(made.kala_communication_ids), 1)

    def test_echo_typed_on_the_phone(self):
        """WA2: another echo waits a minute, then is logged as outgoing, on the same record; it
        makes no lead."""
        made = self.lead(phone=DANA)
        known, unknown = self.put(
            IncomingMessage(
                channel="whatsapp", uid="w-1", contact_value=DANA, body="Typed", echo=True
            ),
            IncomingMessage(
                channel="whatsapp", uid="w-2", contact_value=UNKNOWN, body="Typed", echo=True
            ),
        )
        leads = self.env["crm.lead"].search_count([])
        self.run_inbox()
        self.assertEqual(known.state, "pending")
        self.pass_time(61)
        self.run_inbox()
        communication = known.communication_id
        self.assertEqual(communication.lead_id, made)
        self.assertEqual((communication.direction, communication.state), ("out", "sent"))
        chatter = communication.mail_message_id
        self.assertEqual((chatter.model, chatter.res_id), ("crm.lead", made.id))
        self.assertEqual(
            str(chatter.body), "<span><b>WhatsApp, typed on the phone</b><br>Typed</span>"
        )
        self.assertEqual(unknown.communication_id.direction, "out")
        self.assertFalse(unknown.communication_id.mail_message_id)
        self.assertFalse(unknown.communication_id.res_id)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)

    def test_echo_of_a_message_that_was_sent_meanwhile(self):
        """docs/architecture.md, 3.2: the echo came before the answer to our send: no second
        line."""
        made = self.lead(phone=DANA)
        item = self.put(
            IncomingMessage(
                channel="whatsapp", uid="w-1", contact_value=DANA, body="Hello", echo=True
            )
        )
        self.run_inbox()
        message = self.log(made, connection_id=self.connection.id, provider_uid="w-1")
        self.pass_time(61)
        self.run_inbox()
        self.assertEqual((item.state, item.communication_id), ("done", message))
        self.assertEqual(made.kala_communication_ids, message)

    # ------------------------------------------------------------------ lines

    def test_wa3_new_line(self):
        """WA3: a number of ours that is not known yet is processed and becomes a line to set
        up; once."""
        communications = self.incoming(
            {"sender": UNKNOWN, "line": "03-9999999"}, {"sender": NOA, "line": "+97239999999"}
        )
        line = communications.line_id
        self.assertEqual(len(line), 1)
        self.assertTrue(line.is_new)
        self.assertEqual(line.connection_id, self.connection)
        self.assertFalse(line.is_default)

    def test_archived_connection_still_receives(self):
        """What a customer writes to an archived connection is not lost."""
        event = self.push(sender=UNKNOWN)
        self.connection.active = False
        self.run_inbox()
        self.assertEqual(len(self.communications_of([event])), 1)

    # ------------------------------------------------------------------ keeping

    def test_ad6_raw_events_are_kept_30_days(self):
        """AD6: raw events go after 30 days [setting], the log stays; dead ones stay too."""
        done = self.push(sender=DANA)
        self.run_inbox()
        communication = self.communications_of([done])
        with mute_logger(INBOX):
            dead = self.push_raw(b"[]")
            self.run_inbox()
        events = self.env["kala.inbound.event"]
        (done | dead).date = fields.Datetime.now() - timedelta(days=30) + timedelta(minutes=5)
        self.env.flush_all()
        events._gc_events()
        self.assertTrue(done.exists())
        (done | dead).date = fields.Datetime.now() - timedelta(days=30, minutes=5)
        self.env.flush_all()
        events._gc_events()
        self.env.invalidate_all()
        self.assertFalse(done.exists())
        self.assertTrue(dead.exists())
        self.assertTrue(communication.exists())
        self.company.kala_event_days = 0
        late = self.push(sender=DANA)
        self.run_inbox()
        late.date = fields.Datetime.now() - timedelta(minutes=5)
        self.env.flush_all()
        events._gc_events()
        self.env.invalidate_all()
        self.assertFalse(late.exists(), "the setting counts")

    def test_equal_events_without_id_or_time(self):
        """docs/architecture.md, 3.2: of a provider without ids an equal event is a repeat for ten
        minutes only."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_repeat_seconds", 600)
        events = self.env["kala.inbound.event"]
        body = b'{"from": "0502345678", "text": "ok", "channel": "sms"}'
        before = events.search_count([])
        self.push_raw(body)
        self.push_raw(body)
        self.assertEqual(events.search_count([]), before + 1)
        self.env.cr.execute(
            """UPDATE kala_inbound_event SET date = date - interval '11 minutes',
                      external_id = external_id || '-before'"""
        )
        self.env.invalidate_all()
        self.push_raw(body)
        self.assertEqual(events.search_count([]), before + 2)
