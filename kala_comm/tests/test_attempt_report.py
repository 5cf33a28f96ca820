"""DE1, DE3, docs/architecture.md, 3.13: a report is its attempt's, and its connection's."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools import http, talk
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    SendRequest,
    SendResult,
)

#: What is reported of the first attempt after the second one was accepted → the message, the
#: first attempt. The first attempt failed before, by a report; it was retried by itself.
LATE = {
    "failed, may pass": (("failed", "temporary"), "sent", "failed"),
    "failed for good": (("failed", "address"), "sent", "failed"),
    "sent": (("sent", ""), "sent", "failed"),
    "delivered": (("delivered", ""), "delivered", "delivered"),
    "read": (("read", ""), "read", "read"),
}


@tagged("post_install", "-at_install")
class TestAttemptReport(KalaCommon):
    def setUp(self):
        super().setUp()
        self.made = self.lead(phone=DANA)

    def send(self, channel="sms"):
        return self.made.kala_send(channel, body="Hello")

    def accept(self):
        """Send what is due; the provider takes it. :return: ids of what it was asked to send"""
        self.pass_time(24 * 3600)
        with self.provider_answers(lambda c: SendResult.sent(self.uid(c))) as asked:
            self.dispatch()
        return asked

    def uid(self, message, number=None):
        return f"p-{message.id}-{number or message.attempt_count}"

    def report(self, state, kind="", connection=None, **values):
        [item] = self.take(
            DeliveryReport(state=state, failure_kind=kind, failure_reason=kind, **values),
            connection=connection,
        )
        return item

    def accepted_twice(self):
        """:return: a message whose first attempt was reported as failed, and whose second one the
        provider took"""
        message = self.send()
        self.accept()
        self.report("failed", "temporary", uid=self.uid(message, 1), code="30008")
        self.assertEqual(message.state, "queued")
        self.accept()
        self.assertEqual((message.state, message.attempt_count), ("sent", 2))
        return message

    def names(self, message, number):
        """:return: how a provider may name an attempt"""
        key, uid = f"{message.send_key}.{number}", self.uid(message, number)
        return {"key": {"key": key}, "uid": {"uid": uid}, "both": {"key": key, "uid": uid}}

    def test_de1_late_reports_of_an_older_attempt(self):
        """DE1, DE3: whatever comes late of the first attempt, nothing leaves a third time, and
        only that it arrived is news of the message."""
        for what, ((state, kind), of_message, of_attempt) in LATE.items():
            for how in ("key", "uid", "both"):
                with self.subTest(what=what, how=how):
                    message = self.accepted_twice()
                    name = self.names(message, 1)[how]
                    item = self.report(state, kind, code="1", **name)
                    first, second = message.attempt_ids.sorted("number")
                    self.assertEqual((item.state, item.communication_id), ("done", message))
                    self.assertEqual(
                        (message.state, message.provider_uid), (of_message, self.uid(message, 2))
                    )
                    self.assertEqual((first.state, second.state), (of_attempt, "sent"))
                    self.assertFalse(message.failure_kind)
                    self.assertEqual(self.accept(), [])

    def test_de1_the_last_attempt_decides(self):
        """DE1: what is said of the last attempt is said of the message."""
        for how in ("key", "uid", "both"):
            with self.subTest(how=how):
                message = self.accepted_twice()
                self.report("failed", "address", **self.names(message, 2)[how])
                self.assertEqual((message.state, message.failure_kind), ("failed", "address"))
                last = message.attempt_ids.sorted("number")[-1]
                self.assertEqual((last.state, last.failure_kind), ("failed", "address"))

    def test_de1_both_in_one_batch(self):
        """DE1: the failure of the first and the arrival of the second come together, in any
        order."""
        for turn in (1, -1):
            with self.subTest(turn=turn):
                message = self.accepted_twice()
                reports = [
                    DeliveryReport(
                        uid=self.uid(message, 1), state="failed", failure_kind="address", code=turn
                    ),
                    DeliveryReport(uid=self.uid(message, 2), state="delivered", code=turn),
                ]
                self.take(*reports[::turn])
                self.assertEqual(message.state, "delivered")

    def test_de3_said_twice_before_the_second_try(self):
        """DE2, DE3: the failure is told again while the message waits for its second try: it
        keeps its place in the queue."""
        message = self.send()
        self.accept()
        self.report("failed", "temporary", uid=self.uid(message, 1))
        before = (message.state, message.wait_reason, message.send_after)
        self.assertEqual(before[:2], ("queued", "retry"))
        for state, kind in (("failed", "address"), ("failed", "temporary"), ("sent", "")):
            self.report(state, kind, uid=self.uid(message, 1), code=kind or "x")
            self.assertEqual((message.state, message.wait_reason, message.send_after), before)
        message.action_cancel()
        self.report("failed", "address", uid=self.uid(message, 1), code="late")
        self.assertEqual(message.state, "cancelled")

    def test_de3_sent_again_by_hand(self):
        """DE3, DE4: a person sent an unsure message again. That the provider had the first one is
        heard before the second one leaves: it does not leave; afterwards, a failure of the second
        one makes no third."""
        message = self.send()
        with self.provider_answers(SendResult.unknown("no answer")):
            self.dispatch()
        message.action_resend()
        self.report("sent", key=f"{message.send_key}.1", uid=self.uid(message, 1))
        self.assertEqual(message.state, "sent")
        self.assertEqual(self.accept(), [])

        message = self.send()
        with self.provider_answers(SendResult.unknown("no answer")):
            self.dispatch()
        message.action_resend()
        self.accept()
        self.report("sent", key=f"{message.send_key}.1", uid=self.uid(message, 1))
        first = message.attempt_ids.sorted("number")[0]
        self.assertEqual((first.state, first.provider_uid), ("sent", self.uid(message, 1)))
        self.report("failed", "temporary", uid=self.uid(message, 2))
        self.assertEqual((message.state, message.failure_kind), ("failed", "temporary"))
        self.assertEqual(self.accept(), [])
        self.report("delivered", uid=self.uid(message, 1))
        self.assertEqual(message.state, "delivered")

    def test_a_report_is_faster_than_the_answer(self):
        """DE4: the attempt, too, keeps what a report said before the answer came."""
        message = self.send()

        def tell(env):
            key = f"{message.send_key}.1"
            self.report("failed", "address", uid=self.uid(message, 1), key=key)

        with self.while_asked(tell, SendResult.sent(self.uid(message, 1))):
            self.dispatch()
        attempt = message.attempt_ids
        self.assertEqual((attempt.state, attempt.failure_kind), ("failed", "address"))

    def test_co2_an_old_attempt_tells_of_the_contact(self):
        """CO2: that the contact opted out is said of the contact, whichever attempt heard it."""
        message = self.accepted_twice()
        self.report("delivered", uid=self.uid(message, 2))
        first = message.attempt_ids.sorted("number")[0]
        first.state = "sent"
        self.report("failed", "consent", uid=self.uid(message, 1), code="opt-out")
        self.assertEqual(message.state, "delivered")
        with self.assertRaisesRegex(UserError, "opted out"):
            self.send()

    # ------------------------------------------------------------------ whose

    def test_a_report_of_another_connection(self):
        """SC1: gateways do not sign: what one company's gateway says moves no message of
        another, nor one of another connection, whatever key or id it names."""
        theirs, *_lines = self._make_sandbox(self.other_company, "03-7654321")
        ours, *_lines = self._make_sandbox(self.company, "03-7654322")
        message = self.send()
        self.accept()
        for connection in (theirs, ours):
            for name in self.names(message, 1).values():
                item = self.report("failed", "address", connection=connection, **name)
                self.assertEqual((item.state, message.state), ("pending", "sent"))
                self.assertFalse(item.communication_id)
        self.report("delivered", key=message._echo_key())
        self.assertEqual(message.state, "delivered")

    def test_an_echo_of_another_connection(self):
        """SC1, WA2: an echo with the key of a message that another connection sent is no news of
        that message; it was typed on the phone."""
        other, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        message = self.send("whatsapp")
        with self.provider_answers(SendResult.unknown("no answer")):
            self.dispatch()
        echo = IncomingMessage(
            channel="whatsapp",
            uid="w-1",
            contact_value=DANA,
            body="Hello",
            echo=True,
            echo_key=message._echo_key(),
        )
        self.take(echo, connection=other)
        self.assertEqual(message.state, "unknown")
        self.take(echo)
        self.assertEqual((message.state, message.provider_uid), ("sent", "w-1"))

    def test_an_echo_of_an_older_attempt(self):
        """WA2, DE1: the echo of the first attempt comes after the second: it is no new message,
        by our key as by the provider's id."""
        for name in ({"echo_key": True}, {}):
            with self.subTest(name=name):
                message = self.accepted_twice()
                count = len(self.made.kala_communication_ids)
                key = {"echo_key": f"{message.send_key}.1"} if name else {}
                [item] = self.take(
                    IncomingMessage(
                        channel="sms",
                        uid=self.uid(message, 1),
                        contact_value=DANA,
                        echo=True,
                        body="x",
                        **key,
                    )
                )
                self.assertEqual((item.state, item.communication_id), ("done", message))
                self.assertEqual(
                    (message.state, message.provider_uid), ("sent", self.uid(message, 2))
                )
                self.assertEqual(len(self.made.kala_communication_ids), count)

    def test_the_line_moves_to_another_connection(self):
        """WA3: a line is moved to another connection of the company: the reports of what it sent
        before come on the old one, and count there only."""
        message = self.send()
        self.accept()
        other = self.connection.copy({"name": "Other"})
        other.action_connect()
        self.sms_line.connection_id = other
        self.report("failed", "address", uid=self.uid(message, 1), connection=other)
        self.assertEqual(message.state, "sent")
        self.report("delivered", uid=self.uid(message, 1))
        self.assertEqual(message.state, "delivered")

    def test_ids_that_are_used_again(self):
        """docs/architecture.md, 3.13: a gateway counts its messages from one again and repeats our
        own key: each report finds its message, in either order."""
        first, second = self.send(), self.send()
        for _n in range(2):
            self.pass_time(60)
            with self.provider_answers(SendResult.sent("7")):
                self.dispatch()
        self.report("failed", "address", uid="7", key=first._echo_key())
        self.report("delivered", uid="7", key=second._echo_key())
        self.assertEqual((first.state, second.state), ("failed", "delivered"))
        third = self.send()
        self.pass_time(60)
        with self.provider_answers(SendResult.sent("7")):
            self.dispatch()
        self.report("delivered", uid="7", key=third._echo_key())
        self.assertEqual(third.state, "delivered")

    def test_keys_that_are_none(self):
        """DE1: a key of an attempt that was never made, and other nonsense, find nothing; a key
        that lost the number of its attempt is about the last one."""
        message = self.accepted_twice()
        key = message.send_key
        for bad in (f"{key}.3", f"{key}.-1", f"{key}.1.1", f"{key}.", ".", f"{key}.9999999999"):
            with self.subTest(key=bad):
                item = self.report("failed", "address", key=bad)
                self.assertEqual((item.state, message.state), ("pending", "sent"))
        self.report("delivered", key=key)
        self.assertEqual(message.state, "delivered")

    def test_de1_words_that_are_states_of_ours(self):
        """DE1: a provider's own word that happens to be a state of ours sends nothing, and takes
        nothing back."""
        message = self.send()
        self.accept()
        self.report("failed", "temporary", uid=self.uid(message, 1))
        for word in ("cancelled", "sending", "unknown", "received", "queued"):
            self.report(word, uid=self.uid(message, 1))
            self.assertEqual((message.state, message.wait_reason), ("queued", "retry"))

    # ------------------------------------------------------------------ tries

    def test_de2_sent_again_after_the_last_try(self):
        """DE2, DE4: a person sends again what had used up its tries: it has all of them again,
        also of what is tried once more only."""
        self.company.kala_max_attempts = 2
        busy = SendResult.refused("temporary", "busy")
        message = self.send()

        def exhaust():
            with self.provider_answers(busy) as asked:
                for _n in range(5):
                    self.pass_time(24 * 3600)
                    self.dispatch()
            return len(asked)

        self.assertEqual((exhaust(), message.state), (2, "failed"))
        all_failed = self.sms_line.with_user(self.manager).action_open_resend()
        all_failed = self.env["kala.resend"].with_user(self.manager).browse(all_failed["res_id"])
        for again in (message.action_resend, all_failed.action_resend):
            again()
            self.assertEqual((exhaust(), message.state), (2, "failed"))
        self.assertEqual(message.attempt_count, 6, "old attempts stay visible")

    def test_de3_the_look_up_is_of_the_attempt_that_it_asked_about(self):
        """DE3: while the provider is asked about the first attempt a person sends again: what it
        answers is no news of the second one."""
        message = self.send()
        with self.provider_answers(SendResult.unknown("no answer")):
            self.dispatch()

        def ask_all(questions):
            if not questions:
                return []
            message.action_resend()
            self.accept()
            told = DeliveryReport(state="failed", failure_kind="temporary")
            said = HttpAnswer(200, {}, "")
            return [http.Heard(question.request, told, said) for question in questions]

        request = SendRequest(url="http://127.0.0.1:9/", method="GET")
        provider = type(self.env["kala.provider.sandbox"])
        with (
            patch.object(provider, "_prepare_lookup", lambda _model, _message: request),
            patch.object(talk, "ask_all", ask_all),
            self.job() as env,
        ):
            env["kala.dispatcher"]._cron_resolve_unknown()
        self.env.invalidate_all()
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.attempt_ids.sorted("number").mapped("state"), ["failed", "sent"])


@tagged("post_install", "-at_install")
class TestDueItems(KalaCommon):
    """docs/architecture.md, 3.2, 3.3: what waits in the inbox for a moment is looked at then, not
    when the job comes round by itself."""

    def triggers(self):
        return self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("kala_comm.ir_cron_inbox").id)]
        )

    def test_each_moment_has_a_trigger(self):
        lead = self.lead(phone=DANA)
        self.triggers().unlink()
        echo = IncomingMessage(
            channel="whatsapp", uid="w-1", contact_value=DANA, body="Typed", echo=True
        )
        for what, items in {
            "typed on the phone": (echo,),
            "unknown reports": [DeliveryReport(uid=f"u{n}", state="sent") for n in range(9)],
        }.items():
            with self.subTest(what=what):
                waiting = self.take(*items)
                self.assertEqual(set(waiting.mapped("state")), {"pending"})
                moments = set(waiting.mapped("due"))
                self.assertEqual(len(moments), 1)
                self.assertEqual(
                    set(self.triggers().mapped("call_at")) & moments, moments, "the job is told"
                )
                self.assertLessEqual(len(self.triggers()), 3, "once for all of them")
                self.triggers().unlink()
        self.assertFalse(lead.kala_communication_ids)
        self.assertLess(
            max(waiting.mapped("due")), waiting.event_id.date + timedelta(minutes=15, seconds=1)
        )
