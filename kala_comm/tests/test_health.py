import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.health.health_watch import MISSES
from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest, SendResult

from .common import DANA, NOA, OMER, UNKNOWN, KalaCommon


class HealthCommon(KalaCommon):
    """A connection whose provider tells what becomes of messages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.partner_id.phone = UNKNOWN

    def setUp(self):
        super().setUp()
        self.patch(type(self.env["kala.provider.sandbox"]), "_tells_news", True)

    def past(self, state, minutes=60, line=None, **values):
        """Write into the log what happened some minutes ago."""
        line = line or self.sms_line
        return self.log(
            state=state,
            line_id=line.id,
            channel=line.channel,
            connection_id=line.connection_id.id,
            date=self.now - timedelta(minutes=minutes),
            **values,
        )

    def silence(self, line=None, minutes=60):
        """Three people's messages left, and nobody told anything."""
        for number in (DANA, NOA, OMER):
            self.past("sent", minutes, line, contact_value=number)

    def look(self, record=None):
        """:return: (health, can send, can receive)"""
        record = self.connection if record is None else record
        record.invalidate_recordset()
        return record.health, record.sends, record.receives

    def steps(self):
        self.connection.invalidate_recordset()
        return self.connection.health_steps


@tagged("post_install", "-at_install")
class TestHealth(HealthCommon):
    """WA5: connected, can send, can receive, and what to do where it does not."""

    def test_wa5_in_order(self):
        self.assertEqual(self.look(), ("both", "quiet", "quiet"))
        self.past("delivered")
        self.assertEqual(self.look(), ("both", "yes", "yes"), "a report is news from there")
        self.assertEqual(self.steps(), "")
        self.connection.action_draft()
        self.assertEqual(self.look()[0], "off")

    def test_wa5_sends_but_does_not_receive(self):
        """A state of its own with its own steps, the test after them, "resend" at the end; a
        word from the provider ends it."""
        self.silence(minutes=5)
        self.assertEqual(self.look()[0], "both", "too early to say")
        self.silence()
        self.assertEqual(self.look(), ("out_only", "yes", "no"))
        steps = self.steps().splitlines()
        self.assertIn("webhook address", steps[0])
        self.assertIn("test message", steps[-2])
        self.assertIn("Resend all failed", steps[-1])
        self.assertFalse([s for s in steps if "what is left on the account" in s])
        self.past("received", minutes=1, direction="in")
        self.assertEqual(self.look(), ("both", "yes", "yes"))

    def test_wa5_one_phone_may_be_off(self):
        """Ten messages to one person whose phone is off are no silence of the provider."""
        for _n in range(10):
            self.past("sent")
        self.assertEqual(self.look()[0], "both")

    def test_wa5_silent_since_it_last_spoke(self):
        """What worked in the morning may be broken at noon."""
        self.past("delivered", minutes=600)
        self.past("received", minutes=590, direction="in")
        self.silence()
        self.assertEqual(self.look()[0], "out_only")

    def test_wa5_an_event_is_a_sign_of_life(self):
        self.silence()
        self.push()
        self.env["kala.inbound.event"].search([]).date = self.now - timedelta(minutes=30)
        self.assertEqual(self.look(), ("both", "yes", "yes"))
        self.assertEqual(self.look(self.sms_line)[0], "out_only", "of another number, perhaps")

    def test_wa5_does_not_send(self):
        """The last tries all went wrong: it does not send, whatever it did in the morning."""
        self.past("received", direction="in")
        self.past("delivered", minutes=600)
        for state, values in (
            ("failed", {"failure_kind": "sender"}),
            ("failed", {"failure_kind": "temporary"}),
            ("unknown", {}),
        ):
            self.assertEqual(self.look()[1], "yes", "two may be chance")
            self.past(state, **values)
        self.assertEqual(self.look(), ("in_only", "no", "yes"))
        steps = self.steps().splitlines()
        self.assertIn("login", steps[0])
        self.assertFalse([s for s in steps if "webhook" in s])
        self.assertIn("Resend all failed", steps[-1])
        self.past("sent", minutes=1)
        self.assertEqual(self.look()[0], "both")

    def test_wa5_yesterday(self):
        """What happened longer than a day ago says nothing."""
        self.silence(minutes=25 * 60)
        self.assertEqual(self.look()[0], "both")

    def test_wa5_faults_of_recipients(self):
        """Wrong numbers are no fault of the connection."""
        for kind in ("address", "consent", "rejected", "window", "limit"):
            self.past("failed", failure_kind=kind)
        self.assertEqual(self.look()[0], "both")

    def test_wa5_neither_way(self):
        self.connection._set_state("error", "The login was refused.")
        self.assertEqual(self.look(), ("neither", "no", "quiet"))
        steps = self.steps().splitlines()
        self.assertIn("online", steps[0])
        for word in ("login", "webhook address", "test message", "Resend all failed"):
            self.assertTrue([s for s in steps if word in s], word)
        self.past("received", minutes=5, direction="in")
        self.assertEqual(self.look(), ("in_only", "no", "yes"))

    def test_wa5_silent_gateway(self):
        """A gateway that never tells anything is not ill for being silent."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_tells_news", False)
        self.silence()
        self.assertEqual(self.look()[0], "both")
        self.connection._set_state("error", "x")
        self.assertEqual(self.look()[0], "in_only")

    def test_wa5_refused(self):
        """Everything that comes is refused: the secret is not the provider's."""
        self.past("received", minutes=90, direction="in")
        self.connection.write({"refused_count": 7, "refused_date": self.now})
        self.assertEqual(self.look(), ("out_only", "quiet", "no"))
        self.past("received", minutes=-1, direction="in")
        self.assertEqual(self.look()[0], "both", "something authentic came after it")

    def test_wa5_another_webhook_address(self):
        """The provider says itself that its news go elsewhere; the address is not shown."""
        for address, word in [("https://old.example/hook", "another address"), ("", "no webhook")]:
            self.connection._apply_health({"hook_url": address})
            self.assertEqual(self.look(), ("out_only", "quiet", "no"))
            self.assertIn(word, self.steps().splitlines()[0])
            self.assertNotIn("old.example", self.steps())
        self.connection._apply_health({"hook_url": self.connection.webhook_url})
        self.assertEqual(self.look()[0], "both")
        self.connection._apply_health({})
        self.assertEqual(self.look()[0], "both", "it does not say")

    def test_wa5_one_line_of_several(self):
        """Of two phones one is off: its line says so, and the other is in order."""
        self.silence(self.whatsapp_line)
        self.past("delivered", minutes=1)
        self.assertEqual(self.look(self.whatsapp_line)[0], "out_only")
        self.assertEqual(self.look(self.sms_line)[0], "both")
        self.assertEqual(self.look()[0], "both")

    def test_wa5_query_count(self):
        """The page asks once for all connections."""
        self.silence()
        connections = self.connection + self.connection.copy() + self.connection.copy()
        counts = []
        for records in (connections[:1], connections):
            self.env.invalidate_all()
            records.mapped("state")
            before = self.env.cr.sql_log_count
            records._health_facts()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestTestMessage(HealthCommon):
    """WA5: a test message after each step."""

    def test_wa5_test_message(self):
        """To one's own phone, over this line; the page says what became of it, and whether the
        answer came."""
        connection = self.connection.with_user(self.manager)
        self.assertFalse(connection.test_words)
        connection.action_test_message()
        message = self.sms_line.test_id
        self.assertEqual((message.contact_value, message.line_id), (UNKNOWN, self.sms_line))
        self.assertEqual(message.user_id, self.manager)
        self.dispatch()
        connection.invalidate_recordset()
        self.assertRegex(connection.test_words, "54-?234-?5678 at .*: Delivered. No answer yet")
        self.incoming(sender=UNKNOWN, text="It arrived")
        connection.invalidate_recordset()
        self.assertIn("The answer came", connection.test_words)

    def test_wa5_failed_test(self):
        with self.provider_answers(SendResult.refused("sender", "The sender is not approved.")):
            self.whatsapp_line.with_user(self.manager).action_test_message()
            self.dispatch()
        self.whatsapp_line.invalidate_recordset()
        self.assertIn("Failed (The sender is not approved.)", self.whatsapp_line.test_words)
        self.assertFalse(self.sms_line.test_words)

    def test_wa5_nobody_to_test_with(self):
        self.manager.partner_id.phone = False
        with self.assertRaisesRegex(UserError, "your own phone"):
            self.connection.with_user(self.manager).action_test_message()


@tagged("post_install", "-at_install")
class TestWatch(HealthCommon):
    """WA5: a broken line is noticed by us, not by a customer."""

    def setUp(self):
        super().setUp()
        self.known = self.env["mail.message"].search([])
        self.answers = {"ok": True}
        provider = type(self.env["kala.connection"])
        self.asked = []

        def _ask_health(connection):
            self.asked.append(connection)
            return self.answers

        patcher = patch.object(provider, "_ask_health", _ask_health)
        patcher.start()
        self.addCleanup(patcher.stop)

    def watch(self):
        with self.job() as env:
            env["kala.connection"]._cron_watch_health()
        self.env.invalidate_all()

    def told(self):
        """:return: subjects of what the managers were told"""
        news = self.env["mail.message"].search([]) - self.known
        news = news.filtered(
            lambda m: (
                m.message_type == "user_notification"
                and self.manager.partner_id in m.notified_partner_ids
            )
        )
        return news.sorted("id").mapped("subject")

    def test_wa5_told_once(self):
        """Each state is told once, with what to do; that it is over stands in the log."""
        self.watch()
        self.assertEqual(self.told(), [])
        self.silence()
        self.watch()
        self.watch()
        self.assertEqual(self.told(), [f"{self.connection.name}: Sends, but does not receive"])
        told = self.env["mail.message"].search([("subject", "=", self.told()[0])])
        self.assertIn("webhook address", told.body)
        self.past("received", minutes=1, direction="in")
        self.watch()
        self.assertEqual(len(self.told()), 1)
        self.assertIn("in order again", self.connection.message_ids[:1].body)
        self.silence(minutes=30)
        self.env["kala.communication"].search([("direction", "=", "in")]).date = (
            self.now - timedelta(minutes=40)
        )
        self.watch()
        self.assertEqual(len(self.told()), 2, "it is another time")

    def test_wa5_one_line(self):
        """A line is told of where its connection is in order; else the connection says it."""
        self.silence(self.whatsapp_line)
        self.past("delivered", minutes=1)
        self.watch()
        self.assertEqual(self.told(), [f"{self.whatsapp_line.name}: Sends, but does not receive"])

    def test_wa5_login(self):
        """A login that stopped working is found while nobody writes; one failed look is the
        network's."""
        self.answers = {"ok": False, "reason": "The token has expired."}
        for n in range(1, MISSES):
            self.watch()
            self.assertEqual((self.connection.state, self.told()), ("connected", []), n)
        self.answers = {"ok": True}
        self.watch()
        self.assertFalse(self.connection.health_misses)
        self.answers = {"ok": False, "reason": "The token has expired."}
        for _n in range(MISSES):
            self.watch()
        self.assertEqual(self.connection.state, "error")
        self.assertIn("expired", self.connection.state_reason)
        self.assertEqual(self.told(), [f"{self.connection.name} does not send"])
        self.watch()
        self.assertEqual(len(self.told()), 1, "once is enough")

    def test_wa5_who_paused_knows(self):
        self.connection.action_pause()
        self.asked.clear()
        self.watch()
        self.assertEqual((self.told(), self.asked), ([], []))

    def test_ad5_copy_asks_nobody(self):
        """AD5: a copy of the database does not speak with providers."""
        self.env.cr.execute("UPDATE kala_connection SET provider = 'smtp'")
        self.env.invalidate_all()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.asked.clear()
        self.watch()
        self.assertEqual(self.asked, [])


@tagged("post_install", "-at_install")
class TestPhones(HealthCommon):
    """WA5: several numbers of one connection, each a login of its own."""

    def setUp(self):
        super().setUp()
        self.said = {}

        def _prepare_line_healths(_provider, connection):
            return [(line, SendRequest(url=f"https://x/{line.id}")) for line in connection.line_ids]

        def perform(request):
            answer = self.said.get(int(request.url.rpartition("/")[2]), {"ok": True})
            if isinstance(answer, Exception):
                raise answer
            return HttpAnswer(200, {}, json.dumps(answer))

        provider = type(self.env["kala.provider.sandbox"])
        for patcher in (
            patch.object(provider, "_prepare_line_healths", _prepare_line_healths),
            patch.object(provider, "_read_health", staticmethod(HttpAnswer.json)),
            patch.object(http, "perform", perform),
        ):
            patcher.start()
            self.addCleanup(patcher.stop)

    def watch(self, times=1):
        for _n in range(times):
            with self.job() as env:
                env["kala.connection"]._cron_watch_health()
        self.env.invalidate_all()

    def test_wa5_one_phone_is_off(self):
        """The second number is off: its line says so and what the provider said, the connection
        and the other line go on; that it is over is seen, too."""
        pair = (self.whatsapp_line, self.sms_line)
        for off, on in (pair, pair[::-1]):
            self.said = {off.id: {"ok": False, "reason": "The phone is offline."}}
            self.watch(MISSES - 1)
            self.assertNotEqual(off.sends, "no", "one failed look is the network's")
            self.watch()
            self.assertEqual(self.connection.state, "connected")
            self.assertEqual((off.sends, on.sends), ("no", "quiet"))
            self.assertIn("The phone is offline.", off.health_steps)
            self.assertTrue(off.health_told)
            self.assertFalse(on.health_told)
            self.said = {}
            self.watch()
            self.assertEqual((off.sends, off.health_told), ("quiet", False))

    def test_wa5_all_phones_are_off(self):
        """Where none works the connection does not."""
        answers = ({"ok": False, "reason": "offline"}, http.NothingSent("unreachable"))
        self.said = dict(zip(self.connection.line_ids.ids, answers, strict=True))
        self.watch(MISSES)
        self.assertEqual(
            (self.connection.state, self.connection.state_reason), ("error", "offline")
        )

    def test_wa5_the_news_of_one_go_elsewhere(self):
        """The news of one of them are sent to another address: the connection says so."""
        ours = self.connection.webhook_url
        first, second = self.connection.line_ids.ids
        for strange in (first, second):
            self.said = {i: {"ok": True, "hook_url": ours} for i in (first, second)}
            self.watch()
            self.assertFalse(self.connection.hook_fault)
            self.said[strange] = {"ok": True, "hook_url": "https://elsewhere.example.com"}
            self.watch()
            self.assertIn("another address", self.connection.hook_fault)

    def test_ad4_what_a_look_found_is_read_in_the_readers_language(self):
        """AD4: what is kept is English, whoever pressed the button; each reads it in his own
        language."""
        self.env["res.lang"]._activate_lang("he_IL")
        hebrew = self.connection.with_context(lang="he_IL")
        found = (
            {"hook_url": "https://elsewhere.example.com"},
            {"hook_url": ""},
            {"is_subscribed": False},
        )
        for health in found:
            with self.subTest(health=health):
                hebrew._apply_health({"ok": True, **health})
                kept = self.connection.hook_fault
                self.assertTrue(kept.isascii() or "“Connect again”" in kept, kept)
                self.assertRegex(hebrew._failure_words(kept), "[א-ת]{2}")
        line = self.connection.line_ids[:1].with_context(lang="he_IL")
        for _n in range(MISSES):
            line._note_health(True, "")
        self.assertEqual(line.health_fault, "no reason was given")
        self.assertIn("לא נמסרה סיבה", line._health_steps()[0])
        self.env.cr.execute("UPDATE kala_connection SET provider = 'gone'")
        self.env.invalidate_all()
        hebrew._hold_absent()
        self.assertIn("is not installed", self.connection.state_reason)
        self.assertRegex(hebrew.state_words, "[א-ת]{2}")


@tagged("post_install", "-at_install")
class TestLineBanner(HealthCommon):
    """WA5: the users of a line are told in their Inbox while it does not work."""

    def told(self, user=None):
        """:return: list of the sentences"""
        self.env.invalidate_all()
        lines = self.env["kala.line"].with_user(user or self.salesman)
        return [trouble["words"] for trouble in lines.troubles()]

    def test_wa5_what_is_told(self):
        self.assertEqual(self.told(), [])
        for state, words in (("paused", "paused"), ("error", "does not work at the moment")):
            self.connection._set_state(state, "x")
            [sentence] = self.told()
            self.assertIn(words, sentence)
            self.assertIn(self.sms_line.name, sentence)
        self.connection._set_state("connected")
        self.assertEqual(self.told(), [])

    def test_wa5_one_way_only(self):
        """What the watch has found, until a word of the provider ends it."""
        self.silence()
        self.assertEqual(self.told(), [], "nobody has looked yet")
        with self.job() as env:
            env["kala.connection"]._cron_watch_health()
        [sentence] = self.told()
        self.assertIn("does not receive", sentence)
        self.past("received", minutes=1, direction="in")
        self.assertEqual(self.told(), [], "at once, not with the next look")

    def test_wa5_to_whom(self):
        """Who may not send from the line hears nothing of it; managers get the way to mend it."""
        self.sms_line.user_ids = self.colleague
        self.whatsapp_line.user_ids = self.colleague
        self.connection._set_state("error", "x")
        self.assertEqual(self.told(), [])
        self.assertTrue(self.told(self.colleague))
        self.assertEqual(self.told(self.stranger), [], "of another company")
        self.assertEqual(self.told(self.clerk), [])
        for user, expected in ((self.colleague, False), (self.manager, self.connection.id)):
            [trouble] = self.env["kala.line"].with_user(user).troubles()
            self.assertEqual(trouble["connection"], expected)

    def test_wa5_flat(self):
        """Fifty lines are asked with as many queries as two."""
        self.connection._set_state("error", "x")

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kala.line"].with_user(self.salesman).troubles()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        self.env["kala.line"].create(
            [
                {"name": f"Line {n}", "channel": "sms", "connection_id": self.connection.id}
                for n in range(50)
            ]
        )
        count()
        self.assertLessEqual(count(), few)

    def test_wa5_at_once(self):
        """Open inboxes hear that something changed, and nothing of what."""
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.connection._set_state("error", "The token has expired")
        self.env.cr.precommit.run()
        [message] = self.env["bus.bus"].search([("message", "like", "kala_comm/lines")])
        self.assertIn(f"inbox/company/{self.company.id}", message.channel)
        self.assertEqual(json.loads(message.message)["payload"], {})

    def test_wa5_a_test_after_each_step(self):
        self.connection._set_state("error", "The token has expired")
        self.connection.invalidate_recordset()
        plan = self.connection.health_plan
        self.assertGreater(len(plan), 5)
        self.assertEqual({step["button"] for step in plan[:-1]}, {"test"})
        self.assertEqual(plan[-1]["button"], "resend")
        texts = [step["text"] for step in plan]
        self.assertEqual(len(texts), len(set(texts)), "nothing is said twice")
