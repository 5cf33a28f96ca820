from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tools import phone
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult

from .common import DANA, NOA
from .mass_common import MassCommon

JOB = "odoo.addons.kala_comm.models.kala_job"


@tagged("post_install", "-at_install")
class TestMassSend(MassCommon):
    """BR1–BR3: many recipients, each at most once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people += cls.customer(cls, "Landline", phone="03-1234567")

    def test_who_gets_it_and_who_not(self):
        """BR2: no address, no mobile and equal numbers are skipped, with the reason."""
        mass = self.start(self.mass())
        self.assertEqual((mass.total, mass.waiting, mass.skipped), (6, 3, 3))
        reasons = {skip.record_name: skip.reason for skip in mass.skip_ids}
        self.assertEqual(
            reasons,
            {"Twin of Dana": "duplicate", "Nobody": "no_address", "Landline": "no_address"},
        )

    def test_a_number_is_read_once(self):
        """QU6: reading a number costs as much as all the rest of a recipient; whether it is a
        mobile, and whether it may be written to, is asked of one reading."""
        people = self.env["res.partner"].create(
            [{"name": str(n), "phone": f"+9725034567{n:02}"} for n in range(20)]
        )
        self.env.flush_all()
        mass = self.mass(record_ids=people.ids)
        phone._parsed.cache_clear()
        phone.kind_of.cache_clear()
        with patch.object(
            phone.phonenumbers, "parse", side_effect=phone.phonenumbers.parse
        ) as parse:
            self.start(mass)
        self.assertEqual(mass.waiting, 20)
        self.assertEqual(parse.call_count, 20)

    def test_all_lanes_are_woken_by_one_notice(self):
        """QU6: each chunk wakes the lanes; Odoo would open a connection for each of them."""
        dispatcher = self.env["kala.dispatcher"]
        jobs = self.env["ir.cron"].union(*dispatcher._lanes())
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "in", jobs.ids)])
        triggers.unlink()
        jobs[2].active = False
        notices = []
        with patch.object(
            type(self.env["ir.cron"]), "_notifydb", lambda cron: notices.append(cron)
        ):
            dispatcher._wake()
            self.env.flush_all()
            self.env.cr.postcommit.run()
        self.assertEqual(len(notices), 1)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "in", jobs.ids)])
        self.assertEqual(triggers.cron_id, jobs - jobs[2], "one that is switched off is not woken")

    def test_counts_before(self):
        """BR2: before starting one sees how many will get it and why not."""
        self.env["phone.blacklist"]._add([NOA])
        mass = self.mass()
        mass.action_check()
        self.run_mass_job()
        self.assertEqual(mass.check_state, "done")
        self.assertEqual(mass.check_counts["no_address"], 2)
        self.assertEqual(mass.check_counts["duplicate"], 1)
        self.assertEqual(mass.check_counts["ok"], 2)
        self.assertEqual(mass.check_counts["consent"], 1)
        self.assertIn("opted out", mass.check_summary)
        self.assertFalse(mass.communication_ids)

    def test_sent_and_done(self):
        """BR2, BR3: everybody gets his own text once; then it is done."""
        mass = self.start(self.mass())
        self.dispatch()
        self.run_mass_job()
        self.assertEqual((mass.state, mass.sent, mass.progress), ("done", 3, 100.0))
        self.assertEqual(
            sorted(mass.communication_ids.mapped("body")), ["Hi Dana", "Hi Noa", "Hi Omer"]
        )

    def test_prepared_twice_is_sent_once(self):
        """BR3: a restart in the middle prepares nobody twice."""
        mass = self.start(self.mass())
        mass.write({"state": "preparing", "position": 0, "is_prepared": False})
        self.run_mass_job()
        self.assertEqual(len(mass.communication_ids), 3)

    def test_pause_resume_cancel(self):
        """BR2: what has not left can be held, goes on, and can be cancelled."""
        mass = self.start(self.mass())
        mass.action_pause()
        self.dispatch()
        self.assertEqual((mass.state, mass.sent), ("paused", 0))
        mass.action_resume()
        self.dispatch()
        mass.invalidate_recordset()
        self.assertEqual(mass.sent, 3)
        other = self.start(self.mass())
        other.action_cancel()
        self.assertEqual(set(other.communication_ids.mapped("state")), {"cancelled"})

    def test_typed_answer_passes(self):
        """BR3: a typed answer leaves before the mass send."""
        mass = self.start(self.mass())
        typed = self.people[1].kala_send("sms", body="typed")
        with self.provider_answers(lambda c: SendResult.sent(f"p-{c.id}")) as asked:
            self.dispatch()
        self.assertEqual(asked[0], typed.id)
        self.assertEqual(set(asked[1:]), set(mass.communication_ids.ids))

    @mute_logger(JOB)
    def test_one_that_cannot_be_prepared_holds_no_other(self):
        """BR2, BR3: it is paused, its creator is told why, and it goes on when that is mended; the
        others are prepared."""
        bad, good = self.mass(name="Bad"), self.mass(name="Good")
        (bad | good).action_start()
        job = type(bad)
        recipients = job._recipients

        def _recipients(mass, records):
            if mass.id == bad.id:
                raise ZeroDivisionError("no such field")
            return recipients(mass, records)

        with patch.object(job, "_recipients", _recipients):
            self.run_mass_job()
        self.assertEqual((bad.state, good.state, good.waiting), ("paused", "sending", 3))
        self.assertIn("no such field", "".join(bad.message_ids.mapped("body")))
        bad.action_resume()
        self.run_mass_job()
        self.assertEqual((bad.state, bad.waiting), ("sending", 3))

    @mute_logger(JOB)
    def test_one_that_cannot_be_counted_holds_no_other(self):
        """BR2: the same of those that are only counted."""
        bad, good = self.mass(name="Bad"), self.mass(name="Good")
        (bad | good).write({"check_state": "running", "check_counts": {"ok": 0}})
        job = type(bad)
        check = job._check_chunk

        def _check_chunk(mass):
            if mass.id == bad.id:
                raise ZeroDivisionError("no such field")
            return check(mass)

        with patch.object(job, "_check_chunk", _check_chunk):
            self.run_mass_job()
        self.assertEqual((bad.check_state, good.check_state), (False, "done"))
        self.assertIn("no such field", "".join(bad.message_ids.mapped("body")))

    @mute_logger(JOB)
    def test_the_job_looks_at_the_line_again(self):
        """SC4, BR3: however it was started, nothing leaves by a line that its creator may not
        use."""
        self.sms_line.user_ids = self.manager
        mass = self.mass().with_user(self.colleague)
        mass.sudo().user_id = self.colleague
        with self.assertRaisesRegex(AccessError, "buttons and jobs"):
            mass.write({"state": "preparing"})
        mass.sudo().state = "preparing"
        self.run_mass_job()
        self.assertEqual(mass.sudo().state, "paused")
        self.assertFalse(mass.sudo().communication_ids)

    def test_retry_failed(self):
        """BR2: the failed ones are sent again, as new attempts."""
        mass = self.start(self.mass())
        failed = mass.communication_ids[:1]
        self.dispatch()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_communication SET state = 'failed' WHERE id = %s", [failed.id]
        )
        failed.invalidate_recordset()
        mass.action_retry_failed()
        self.dispatch()
        self.assertEqual((failed.state, failed.attempt_count), ("delivered", 2))

    def test_retry_while_paused(self):
        """BR2: what is retried while it is paused waits with the others."""
        mass = self.start(self.mass())
        with self.provider_answers(SendResult.refused("rejected", "no")):
            self.dispatch()
        mass.action_pause()
        mass.action_retry_failed()
        self.dispatch()
        self.assertEqual(set(mass.communication_ids.mapped("state")), {"scheduled"})
        mass.action_resume()
        self.dispatch()
        mass.invalidate_recordset()
        self.assertEqual(mass.sent, 3)

    def test_rights_of_the_creator(self):
        """BR3: only records that the creator may read are written to."""
        own = self.lead(phone=DANA, user_id=self.salesman.id)
        foreign = self.lead(phone=NOA, user_id=self.manager.id)
        mass = self.mass(model="crm.lead", record_ids=(own | foreign).ids, user_id=self.salesman.id)
        self.start(mass)
        self.assertEqual(mass.communication_ids.lead_id, own)

    def test_by_filter(self):
        """BR1: all found, not only the selected."""
        mass = self.start(self.mass(record_ids=False, domain="[('name', 'in', ['Noa', 'Omer'])]"))
        names = mass.communication_ids.partner_id.mapped("name")
        self.assertEqual(set(names), {"Noa", "Omer"})

    def test_bad_input(self):
        """A broken filter and a broken text are refused when saved; nothing to send says so."""
        with self.assertRaises(ValidationError):
            self.mass(domain="[('no_such_field', '=', 1)]")
        with self.assertRaises(ValidationError):
            self.mass(body="{{ nobody }}")
        self.sms_line.user_ids = self.manager
        with self.assertRaisesRegex(UserError, "may not send"):
            self.mass(user_id=self.salesman.id, line_id=self.sms_line.id).action_start()
        with self.assertRaisesRegex(UserError, "Write a text"):
            self.mass(body=False).action_start()

    # ------------------------------------------------------------------ under way

    def test_pause_keeps_the_chosen_time(self):
        """BR2, WI4: who pauses and resumes before the chosen time sends nothing early."""
        later = fields.Datetime.now() + timedelta(hours=3)
        mass = self.start(self.mass(send_after=later))
        mass.action_pause()
        mass.action_resume()
        self.dispatch()
        self.assertEqual(mass.sent, 0)
        self.assertEqual(set(mass.communication_ids.mapped("send_after")), {later})
        self.pass_time(3 * 3600 + 60)
        self.dispatch()
        mass.invalidate_recordset()
        self.assertEqual(mass.sent, 3)

    def test_what_comes_back_is_held(self):
        """BR2: what was being sent while somebody paused or cancelled does not leave afterwards."""
        for action, state in (("action_pause", "scheduled"), ("action_cancel", "cancelled")):
            with self.subTest(action=action):
                mass = self.start(self.mass())
                self._let_due_be_due()

                def press(env, mass=mass, action=action):
                    under_way = mass.with_env(env).communication_ids
                    self.assertEqual(under_way.mapped("state"), 3 * ["sending"])
                    getattr(mass.with_env(env), action)()

                with self.while_asked(press, SendResult.refused("temporary", "busy")):
                    self.run_lane()
                self.assertEqual(set(mass.communication_ids.mapped("state")), {state})
                self.run_mass_job()
                self.assertEqual(set(mass.communication_ids.mapped("state")), {state})
                self.pass_time(7200)
                self.dispatch()
                self.assertEqual(mass.sent, 0)

    def test_br3_what_is_held_already_is_not_written_again(self):
        """BR3: holding a paused mass send once more, as its job does every minute, writes none of
        its 100,000 rows."""
        mass = self.start(self.mass())
        mass.action_pause()
        versions = self.versions(mass)
        self.run_mass_job()
        self.assertEqual(self.versions(mass), versions)
        mass.action_resume()
        self.assertNotEqual(self.versions(mass), versions, "what is written is seen here")

    def versions(self, mass):
        """:return: which version of each of its rows there is: each write makes another one"""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, ctid FROM kala_communication WHERE mass_send_id = %s ORDER BY id", [mass.id]
        )
        return self.env.cr.fetchall()

    def test_br2_what_comes_back_while_paused_waits_at_once(self):
        """BR2: no lane gets a message of a paused mass send before the job has held it: neither
        one that failed nor one that the provider took and reported as failed later."""
        mass = self.start(self.mass())
        first, taken, *_rest = mass.communication_ids
        answers = {taken.id: SendResult.sent("p")}
        busy = SendResult.refused("temporary", "busy")
        self._let_due_be_due()
        with self.while_asked(
            lambda env: mass.with_env(env).action_pause(), lambda i: answers.get(i, busy)
        ):
            self.run_lane()
        self.assertEqual((first.state, first.wait_reason), ("scheduled", "person"))
        self.assertEqual(taken.state, "sent")
        self.take(DeliveryReport(uid="p", state="failed", failure_kind="temporary"))
        self.env.invalidate_all()
        self.assertEqual((taken.state, taken.wait_reason), ("scheduled", "person"))
        self.pass_time(7200)
        self.dispatch()
        self.env.invalidate_all()
        self.assertEqual((mass.sent, mass.waiting), (0, 3))

    def test_br2_what_comes_back_after_the_end(self):
        """BR2: a mass send of which a message waits again is not over: it can be held, and ends
        anew."""
        mass = self.start(self.mass())
        with self.provider_answers(lambda c: SendResult.sent(f"p-{c.id}")):
            self.dispatch()
        self.run_mass_job()
        self.assertEqual(mass.state, "done")
        message = mass.communication_ids[0]
        self.take(DeliveryReport(uid=f"p-{message.id}", state="failed", failure_kind="temporary"))
        self.env.invalidate_all()
        self.assertEqual((mass.state, mass.waiting), ("sending", 1))
        mass.action_pause()
        self.pass_time(7200)
        self.dispatch()
        self.assertEqual(message.state, "scheduled")
        mass.action_resume()
        self.dispatch()
        self.run_mass_job()
        self.assertEqual((mass.state, message.state), ("done", "delivered"))
        message.state = "failed"
        message.action_resend()
        self.assertEqual(mass.state, "sending")

    def test_progress_is_right_at_every_moment(self):
        """BR2: it never goes back and is complete at the end, also while recipients are still
        being prepared."""
        self.patch(type(self.env["kala.mass.send"]), "_next_records", _two_at_a_time)
        self.patch(type(self.env["kala.mass.send"]), "_position_after", lambda m, p, r: p + 2)
        mass = self.mass()
        mass.action_start()
        self.assertEqual(mass.record_count, 6)
        seen = [mass.progress]
        # The scheduler takes the worker away after each chunk.
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 0)
        for _chunk in range(4):
            self.run_mass_job()
            seen.append(mass.progress)
            self.dispatch()
            mass.invalidate_recordset()
            seen.append(mass.progress)
            self.assertEqual(
                mass.total, mass.sent + mass.waiting + mass.failed + mass.skipped, "all of them"
            )
        self.run_mass_job()
        self.assertEqual(seen, sorted(seen))
        self.assertLess(seen[3], 100.0)
        self.assertEqual((mass.progress, mass.state), (100.0, "done"))

    def test_when_it_will_end(self):
        """BR2: an estimate from the pace of the line and the hours of the window."""
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_rate_per_second", 0.001)
        mass = self.mass()
        mass.action_check()
        seconds = (mass.ends_at - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(seconds, 3000, delta=60)
        self.assertIn("it ends about", mass.check_summary)
        # Of a window that is open for half an hour a day it takes two days.
        self.sms_line.calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Half an hour",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *[
                        Command.create(
                            {"name": "x", "dayofweek": str(d), "hour_from": 9, "hour_to": 9.5}
                        )
                        for d in range(7)
                    ],
                ],
            }
        )
        mass.send_after = fields.Datetime.now().replace(hour=8) + timedelta(days=1)
        mass.invalidate_recordset()
        self.assertEqual(
            mass.ends_at, mass.send_after.replace(hour=9, minute=20, second=0) + timedelta(days=1)
        )
        self.start(mass)
        self.assertTrue(mass.ends_at)

    def test_when_its_line_is_gone(self):
        """BR2: of a line that is not there any more nothing is said."""
        mass = self.mass()
        mass.action_check()
        self.sms_line.active = False
        mass.invalidate_recordset()
        self.assertFalse(mass._line())
        self.assertNotIn("a second", mass.check_summary)
        self.assertIn("3 will get it", mass.check_summary)

    # ------------------------------------------------------------------ who and what

    def test_nobody_borrows_rights(self):
        """BR3: a mass send reads with the rights of who makes it; it cannot be given another
        creator, and what was started is not changed any more."""
        Mass = self.env["kala.mass.send"].with_user(self.salesman)
        with self.assertRaises(AccessError):
            Mass.create({"name": "x", "user_id": self.env.ref("base.user_admin").id})
        mass = Mass.create({"name": "x", "record_ids": self.people.ids, "body": "Hi"})
        with self.assertRaises(AccessError):
            mass.user_id = self.manager
        mass.action_start()
        for values in ({"body": "Other"}, {"domain": "[]"}, {"record_ids": [1]}):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "was started"):
                mass.write(values)

    def test_who_changes_or_starts_it_sends_it(self):
        """BR3: what one changes or starts of somebody else's draft has one's own rights: a manager
        of messages reaches nobody by those of a salesman."""
        lead = self.lead(phone=DANA, user_id=self.salesman.id)
        boss = self._make_user("boss", "kala_comm.group_manager,sales_team.group_sale_salesman")
        self.assertFalse(lead.with_user(boss).has_access("read"))
        for by_filter in (True, False):
            values = {"name": "x", "model": "crm.lead", "body": "Hi", "channel": "sms"}
            mass = self.env["kala.mass.send"].with_user(self.salesman).create(values)
            theirs = mass.with_user(boss)
            with self.subTest(by_filter=by_filter):
                if by_filter:
                    theirs.domain = f"[('id', '=', {lead.id})]"
                else:
                    mass.record_ids = lead.ids
                self.assertEqual(mass.user_id, boss if by_filter else self.salesman)
                theirs.action_start()
                self.run_mass_job()
                self.assertEqual(mass.sudo().user_id, boss)
                self.assertFalse(mass.sudo().communication_ids)

    def test_all_that_a_list_has_found(self):
        """BR1: of a list that is longer than what Odoo hands over, the filter is taken."""
        self.env["ir.config_parameter"].set_param("web.active_ids_limit", "2")
        domain = [("id", "in", self.people.ids)]
        chosen = self.people[:2].with_context(active_domain=domain)
        action = (
            self.env["kala.mass.send"].with_context(active_domain=domain)._action_from_list(chosen)
        )
        mass = self.env["kala.mass.send"].browse(action["res_id"])
        self.assertFalse(mass.record_ids)
        mass.body = "Hi"
        self.start(mass)
        self.assertEqual(mass.total, 6)
        few = self.env["kala.mass.send"]._action_from_list(self.people[:1])
        few = self.env["kala.mass.send"].browse(few["res_id"])
        self.assertEqual(few.record_ids, self.people[:1].ids)


def _two_at_a_time(mass, position):
    ids = (mass.record_ids or [])[position : position + 2]
    return mass._creators_model().search([("id", "in", ids)])
