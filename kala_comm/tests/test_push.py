"""NO4: who has no tab of Odoo open is told by his devices, through Odoo's own web push."""

import json
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DANA, NOA, UNKNOWN, KalaCommon
from .push_service import PushService

WEB_PUSH = "odoo.addons.mail.tools.web_push"


@tagged("post_install", "-at_install")
class TestPush(KalaCommon):
    def setUp(self):
        super().setUp()
        self.service = PushService()
        self.addCleanup(self.service.stop)
        self.public_key = self.env["mail.push.device"].get_web_push_vapid_public_key()
        self.dana = self.customer("Dana Levi", phone=DANA, user_id=self.salesman.id)
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.salesman.id)
        self.env.cr.precommit.run()
        self.phone = self.register(self.salesman, "phone")

    def register(self, user, name):
        """A browser of a user registers itself, as Odoo's web client does it."""
        devices = self.env["mail.push.device"].with_user(user)
        devices.register_devices(
            endpoint=self.service.endpoint(name),
            keys=self.service.device(name).keys,
            vapid_public_key=self.public_key,
        )
        return devices.sudo().search([("endpoint", "=", self.service.endpoint(name))])

    def queue(self, **values):
        """A message comes in.

        :return: the notifications that wait for devices
        """
        self.communication = self.incoming(**{"sender": DANA, "text": "When?", **values})
        self.env.cr.precommit.run()
        self.env.flush_all()
        return self.env["kala.push"].search([])

    def run_job(self):
        with self.job() as env:
            env["kala.pusher"]._cron_run()
        self.env.invalidate_all()

    def told(self, **values):
        """:return: list of what the devices are told of a message"""
        self.queue(**values)
        self.run_job()
        told, self.service.told = self.service.told, []
        return told

    # ------------------------------------------------------------------ what it says

    def test_no4_what_a_device_is_told(self):
        """NO4, NO2: who wrote, about what, and where a click goes; encrypted for that device and
        signed by this database."""
        [told] = self.told()
        self.assertEqual((told.device, told.key, told.ttl), ("phone", self.public_key, 60))
        self.assertEqual(told.claims["aud"], self.service.url)
        self.assertEqual(told.payload["title"], "Dana Levi")
        options = told.payload["options"]
        self.assertEqual(options["body"], "Kitchen · 050-234-5678\nNew message: SMS")
        self.assertEqual(options["data"]["kala_comm"]["url"], f"/odoo/crm.lead/{self.kitchen.id}")
        self.assertEqual(
            (options["data"]["model"], options["data"]["res_id"]), ("crm.lead", self.kitchen.id)
        )
        self.assertFalse(self.env["kala.push"].search([]), "once")

    def test_no4_text_by_setting(self):
        """NO4: what a customer wrote leaves Odoo only where the company wants it."""
        [told] = self.told(text="Our address is secret")
        self.assertNotIn("secret", json.dumps(told.payload))
        self.company.kala_push_text = True
        [told] = self.told(text="Our address is secret")
        self.assertIn("Our address is secret", told.payload["options"]["body"])

    def test_no4_no_title_that_a_message_made(self):
        """NO4: a lead that a message made is called after its text: without the setting it is not
        named, neither by the next message."""
        self.company.kala_default_responsible_text_id = self.salesman
        for text in ("A secret garden", "Hello again"):
            [told] = self.told(sender=UNKNOWN, text=text)
            self.assertNotIn("secret", json.dumps(told.payload))
        self.assertIn("secret", self.communication.lead_id.name)

    def test_no4_in_the_language_of_the_user(self):
        """NO4, AD4: in the language of whom is told; a number beside Hebrew keeps its order."""
        self.env["res.lang"]._activate_lang("he_IL")
        self.salesman.lang = "he_IL"
        self.kitchen.name = "מטבח"
        [told] = self.told()
        first = told.payload["options"]["body"].split("\n")[0]
        self.assertEqual(first, "\u2068מטבח\u2069 · \u2068050-234-5678\u2069")

    def test_no4_long_text(self):
        """NO4: a long text is cut off, so that the service takes it."""
        self.company.kala_push_text = True
        [told] = self.told(text="שלום " * 2000)
        last = told.payload["options"]["body"].split("\n")[-1]
        self.assertTrue(last.endswith("…"))
        self.assertLessEqual(len(last), 200)

    def test_no4_a_new_lead(self):
        """NO4, NO1: of a lead, too; of several at once their number."""
        leads = self.env["crm.lead"].with_user(self.manager)
        leads.create({"name": "Roof", "user_id": self.salesman.id, "phone": NOA})
        self.env.cr.precommit.run()
        self.run_job()
        [told] = self.service.told
        self.assertEqual(told.payload["title"], "Roof")
        self.service.told.clear()
        leads.create([{"name": f"L{n}", "user_id": self.salesman.id} for n in range(3)])
        self.env.cr.precommit.run()
        self.run_job()
        [told] = self.service.told
        self.assertEqual(told.payload["title"], "3 new leads for you")
        data = told.payload["options"]["data"]["kala_comm"]
        self.assertEqual(data["url"], "/odoo/action-crm.crm_lead_action_pipeline")
        self.assertEqual(len(data["facts"]["ids"]), 3)

    def test_no4_a_task_does_not_tell_the_text(self):
        """NO4: a task of a message is called after its text, and so is a lead that a message made:
        neither leaves, unless the company of the record wants it."""
        self.company.kala_default_responsible_text_id = self.salesman
        self.queue(sender=UNKNOWN, text="A secret garden")
        lead = self.communication.lead_id
        task = self.communication.activity_id or lead.activity_schedule(
            summary=f"050-345-6789: {self.communication.summary}", user_id=self.salesman.id
        )
        self.assertIn("secret", task.summary)
        self.assertIn("secret", task.res_name)
        for is_told in (False, True):
            with self.subTest(is_told=is_told):
                self.company.kala_push_text = is_told
                payload = self.env["kala.notifier"]._payload_of_records(
                    self.salesman, "task", "mail.activity", task.ids
                )
                self.assertEqual("secret" in json.dumps(payload), is_told)
                self.assertIn("Task due today", payload["options"]["body"] + payload["title"])
        self.company.kala_push_text = False
        self.salesman.write(
            {
                "company_ids": [(4, self.other_company.id)],
                "company_id": self.other_company.id,
            }
        )
        self.other_company.kala_push_text = True
        payload = self.env["kala.notifier"]._payload_of_records(
            self.salesman, "task", "mail.activity", task.ids
        )
        self.assertNotIn("secret", json.dumps(payload))

    # ------------------------------------------------------------------ who is told

    def test_no4_only_who_is_not_there(self):
        """NO4: who has a tab open is told by the tab."""
        for status, count in (("online", 0), ("away", 0), ("offline", 1)):
            with self.subTest(status=status):
                self.env["mail.presence"].search([("user_id", "=", self.salesman.id)]).unlink()
                self.env["mail.presence"].create({"user_id": self.salesman.id, "status": status})
                self.assertEqual(len(self.told()), count)

    def test_no4_who_came_back_meanwhile(self):
        """NO4: who has opened Odoo before it left sees it there."""
        self.assertTrue(self.queue())
        self.env["mail.presence"].create({"user_id": self.salesman.id, "status": "online"})
        self.run_job()
        self.assertEqual(self.service.told, [])
        self.assertFalse(self.env["kala.push"].search([]))

    def test_no4_choice_and_quiet_hours(self):
        """NO4, NO1: as each user chose, for each kind; not in his quiet hours."""
        for way, count in (("push", 1), ("native", 0), ("in_app", 0), ("off", 0)):
            with self.subTest(way=way):
                self.salesman.kala_notify_text = way
                self.assertEqual(len(self.told()), count)
        self.salesman.write(
            {
                "kala_notify_text": "push",
                "kala_quiet": True,
                "kala_quiet_from": 0,
                "kala_quiet_to": 24,
            }
        )
        self.assertEqual(self.told(), [])

    def test_no4_chosen_otherwise_before_it_left(self):
        """NO4: quiet hours that have begun and a choice that was changed hold for what waits."""
        for values in (
            {"kala_notify_text": "native"},
            {"kala_quiet": True, "kala_quiet_from": 0, "kala_quiet_to": 24},
        ):
            with self.subTest(values=values):
                self.salesman.write({"kala_notify_text": "push", "kala_quiet": False})
                self.assertTrue(self.queue())
                self.salesman.write(values)
                self.run_job()
                self.assertEqual(self.service.told, [])

    def test_no4_what_he_may_not_read_any_more(self):
        """NO4, LO8: a lead that was given to somebody else before it left is nobody's news who may
        not read it."""
        self.assertTrue(self.queue())
        self.kitchen.user_id = self.dana.user_id = self.colleague
        self.run_job()
        self.assertEqual(self.service.told, [])
        self.assertFalse(self.env["kala.push"].search([]))

    def test_no4_subject_that_he_may_not_read(self):
        """NO4, SC4: the title of a colleague's lead does not leave."""
        self.company.kala_push_text = True
        self.order(self.dana, user_id=self.salesman.id)
        self.lead("Secret", partner_id=self.dana.id, user_id=self.colleague.id)
        self.kitchen.action_set_lost()
        self.env.cr.precommit.run()
        self.env["kala.push"].search([]).unlink()
        [told] = self.told()
        self.assertNotIn("Secret", json.dumps(told.payload))

    def test_no4_an_archived_user(self):
        """NO4: who has left is told nothing, whatever waited for him."""
        self.assertTrue(self.queue())
        self.salesman.active = False
        self.run_job()
        self.assertEqual(self.service.told, [])
        self.assertFalse(self.env["kala.push"].search([]))

    def test_no4_somebody_elses_device_now(self):
        """NO4: a browser in which another user has signed in meanwhile is told nothing of his
        predecessor's."""
        self.assertTrue(self.queue())
        self.phone.partner_id = self.colleague.partner_id
        self.run_job()
        self.assertEqual(self.service.told, [])

    def test_no4_every_device(self):
        """NO4: each device of the user, each once."""
        self.register(self.salesman, "laptop")
        self.register(self.colleague, "other")
        self.assertEqual(sorted(told.device for told in self.told()), ["laptop", "phone"])

    def test_no4_two_companies(self):
        """NO4, LO8: the setting for texts is that of the company of the message."""
        self.other_company.kala_push_text = True
        [told] = self.told(text="secret")
        self.assertNotIn("secret", json.dumps(told.payload))

    def test_no4_a_user_without_address_and_zone(self):
        """NO4: neither an e-mail address nor a time zone is needed."""
        self.salesman.write({"tz": False, "email": False})
        self.assertEqual(len(self.told()), 1)

    # ------------------------------------------------------------------ services that fail

    @mute_logger(WEB_PUSH)
    def test_no4_a_device_that_is_gone(self):
        """NO4: a device that its service does not know any more, or that was registered with other
        keys, is forgotten; its browser registers itself anew when Odoo is opened."""
        for status in (404, 410, 401, 403):
            with self.subTest(status=status):
                device = self.register(self.salesman, "phone")
                self.service.answers["phone"] = status
                self.assertEqual(self.told(), [])
                self.assertFalse(device.exists())
                self.assertFalse(self.env["kala.push"].search([]))

    @mute_logger(WEB_PUSH)
    def test_no4_a_service_that_is_down(self):
        """NO4: what no service took is tried again, after longer and longer pauses, and given up
        when it is no news any more."""
        for status in (503, 429):
            with self.subTest(status=status):
                self.service.answers["phone"] = status
                with freeze_time("2026-11-24 10:00:00"):
                    self.env["kala.push"].search([]).unlink()
                    self.assertEqual(self.told(), [])
                    row = self.env["kala.push"].search([])
                    self.assertEqual(row.due, fields.Datetime.now() + timedelta(seconds=30))
                    self.run_job()
                    self.assertEqual(row.attempts, 1, "not before it is due")
                with freeze_time("2026-11-24 10:01:00"):
                    self.run_job()
                    self.assertEqual(row.attempts, 2)
                    self.assertEqual(row.due, fields.Datetime.now() + timedelta(seconds=60))
                self.service.answers.clear()
                with freeze_time("2026-11-24 10:03:00"):
                    self.run_job()
                self.assertEqual([told.device for told in self.service.told], ["phone"])
                self.service.told.clear()
                with freeze_time("2026-11-24 10:00:00"):
                    self.queue()
                with freeze_time("2026-11-24 11:01:00"):
                    self.run_job()
                self.assertEqual(self.service.told, [])
                self.assertFalse(self.env["kala.push"].search([]))

    def test_no4_nobody_answers(self):
        """NO4: a service that cannot be reached, or never answers, holds nothing up: the message
        is handled, and other devices are told."""
        self.register(self.salesman, "laptop")
        self.phone.endpoint = "http://127.0.0.1:9/push/phone"
        rows = self.queue()
        self.assertEqual(len(rows), 2)
        self.assertEqual(self.communication.state, "received")
        self.run_job()
        self.assertEqual([told.device for told in self.service.told], ["laptop"])
        left = self.env["kala.push"].search([])
        self.assertEqual((left.device, left.attempts), (self.phone.id, 1))

    @mute_logger(WEB_PUSH)
    def test_no4_a_payload_that_is_refused(self):
        """NO4: what a service never takes is not offered for ever; the device stays."""
        self.service.answers["phone"] = 413
        self.assertEqual(self.told(), [])
        self.assertFalse(self.env["kala.push"].search([]))
        self.assertTrue(self.phone.exists())

    def test_no4_keys_that_are_none(self):
        """NO4: a device whose keys are garbage cannot be told anything and is forgotten; its
        neighbour is told."""
        self.register(self.salesman, "laptop")
        for keys in ("no JSON", '{"p256dh": "x"}', '{"p256dh": "AAAA", "auth": "AAAA"}'):
            with self.subTest(keys=keys):
                device = self.register(self.salesman, "phone")
                device.keys = keys
                self.assertEqual([told.device for told in self.told()], ["laptop"])
                self.assertFalse(device.exists())

    def test_no4_a_device_that_went_meanwhile(self):
        """NO4: a device may go at any time, also while something waits for it."""
        self.assertTrue(self.queue())
        self.phone.unlink()
        self.run_job()
        self.assertEqual(self.service.told, [])
        self.assertFalse(self.env["kala.push"].search([]))

    # ------------------------------------------------------------------ copies

    def test_ad5_a_copy_tells_nobody(self):
        """AD5: the devices are the original's; a copy tells them nothing, also if nobody
        neutralised it."""
        self.env["kala.fingerprint"]._remember()
        self.assertTrue(self.queue())
        with patch.object(type(self.env["kala.fingerprint"]), "_place", lambda _self: "elsewhere"):
            self.run_job()
        self.assertEqual(self.service.told, [])
        self.assertFalse(self.env["kala.push"].search([]))

    def test_no4_without_keys(self):
        """NO4: where the database has no keys any more, no device knows it."""
        self.assertTrue(self.queue())
        self.env["ir.config_parameter"].set_param("mail.web_push_vapid_private_key", False)
        self.run_job()
        self.assertEqual(self.service.told, [])
        self.assertFalse(self.env["kala.push"].search([]))

    # ------------------------------------------------------------------ calls

    def test_no4_a_call_that_rings(self):
        """NO4: a ringing call is told for a minute, and stays on the screen."""
        call = self.log(self.kitchen, channel="voice", direction="in", line_id=self.sms_line.id)
        call.call_status = "ringing"
        call.write({"contact_kind": "phone", "contact_value": DANA})
        self.env["kala.notifier"]._notify(self.company, [(call, self.salesman)])
        self.env.cr.precommit.run()
        row = self.env["kala.push"].search([])
        self.assertEqual(row.expires - row.due, timedelta(seconds=60))
        self.run_job()
        [told] = self.service.told
        self.assertTrue(told.payload["options"]["requireInteraction"])
        self.assertTrue(told.payload["options"]["body"].endswith("Incoming call"))

    # ------------------------------------------------------------------ test

    def test_no3_test_of_ones_own_device(self):
        """NO3, NO4: a test goes the same way, to the device that asks, also while one is there;
        what the service answered is told."""
        notifier = self.env["kala.notifier"].with_user(self.salesman)
        self.env["mail.presence"].create({"user_id": self.salesman.id, "status": "online"})
        self.assertTrue(notifier.test_push(self.service.endpoint("phone"), "t1"))
        self.run_job()
        [told] = self.service.told
        self.assertEqual(told.payload["options"]["data"]["kala_comm"]["test"], "t1")
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([], order="id DESC", limit=5)
        said = {m["type"]: m["payload"] for m in map(json.loads, rows.mapped("message"))}
        self.assertEqual(said["kala_comm/push_tested"], {"token": "t1", "outcome": "sent"})

    def test_no3_nobody_tests_the_device_of_another(self):
        """NO3, SC4: a device of another user, none at all and garbage: nothing is sent."""
        notifier = self.env["kala.notifier"].with_user(self.colleague)
        for endpoint in (self.service.endpoint("phone"), "https://push.example/x", "", None, 7):
            with self.subTest(endpoint=endpoint):
                self.assertFalse(notifier.test_push(endpoint, "t1"))
        self.assertFalse(self.env["kala.push"].search([]))

    # ------------------------------------------------------------------ many

    def test_no4_queries_do_not_grow(self):
        """NO4: ten times the users and messages are queued by the same number of queries, and leave
        by the same number for each user."""
        users = self.env["res.users"].create(
            [{"name": f"U{n}", "login": f"push{n}"} for n in range(20)]
        )
        self.env["mail.push.device"].create(
            [
                {
                    "partner_id": user.partner_id.id,
                    "endpoint": f"https://push.example/{user.id}",
                    "keys": "{}",
                }
                for user in users
            ]
        )
        message = self.incoming(sender=DANA)
        self.env.cr.precommit.run()
        costs = []
        for some in (users[:2], users):
            wanted = [
                (user.id, "text", "kala.communication", json.dumps(message.ids), 3600)
                for user in some
            ]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["kala.push"]._queue(wanted)
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0])

    def test_no4_queries_do_not_grow_with_messages(self):
        """NO4: what one user is told of ten messages costs no more than of two."""
        costs = []
        for size in (2, 2, 10):
            self.env["kala.push"].search([]).unlink()
            for n in range(size):
                self.queue(text=f"Message {n}")
            rows = self.env["kala.push"].search([])
            self.assertEqual(len(rows), size)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            payloads = self.env["kala.notifier"].sudo()._payloads(self.salesman, rows)
            costs.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(payloads), size)
        self.assertLessEqual(costs[2], costs[1])
