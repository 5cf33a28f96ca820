"""AD5: a copy of a database never writes to a customer."""

from odoo.modules.migration import load_script
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools.messages import SendResult


@tagged("post_install", "-at_install")
class TestFingerprint(KalaCommon):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"].sudo()
        self.fingerprint = self.env["kala.fingerprint"]
        self.everybody = list(self.env["kala.dispatcher"]._sending_providers())

    def _change(self, part):
        if part == "uuid":
            self.parameters.set_param("database.uuid", "another")
            return
        kept = self.parameters.get_param("kala_comm.fingerprint")
        other = self.fingerprint._encode(dict(self.fingerprint._parts(), **{part: "another"}))
        self.assertNotEqual(kept, other)
        self.parameters.set_param("kala_comm.fingerprint", other)

    def test_ad5_each_part(self):
        """AD5: another uuid, name or place: nothing but the sandbox may send, and a sentence
        says why; an administrator's word settles it."""
        self.assertTrue(self.fingerprint._fits())
        self.assertEqual(self.fingerprint._warning(), "")
        words = {"uuid": "copy", "name": "name changed", "place": "database server"}
        for part, word in words.items():
            with self.subTest(part=part):
                self._change(part)
                self.assertEqual(self.fingerprint._differences(), [part])
                self.assertIn(word, self.fingerprint._warning())
                sending = self.env["kala.dispatcher"]._sending_providers()
                self.assertEqual(list(sending), ["sandbox"])
                self.fingerprint._remember()
                self.assertTrue(self.fingerprint._fits())
                sending = self.env["kala.dispatcher"]._sending_providers()
                self.assertEqual(list(sending), self.everybody)

    def test_ad5_what_daily_work_changes(self):
        """AD5: an administrator who logs in under another host name changes Odoo's own address;
        the database is the same one, and goes on sending."""
        self.parameters.set_param("web.base.url", "https://intranet.example.com")
        self.assertTrue(self.fingerprint._fits())
        self.assertEqual(list(self.env["kala.dispatcher"]._sending_providers()), self.everybody)

    def test_ad5_a_place_of_its_own(self):
        """AD5: the place is PostgreSQL's own id of the server and of the database in it, which
        neither a dump nor a template carries, and which a renamed database keeps."""
        self.env.cr.execute(
            """SELECT (SELECT system_identifier FROM pg_control_system()), oid
                 FROM pg_database WHERE datname = current_database()"""
        )
        server, database = self.env.cr.fetchone()
        self.assertEqual(self.fingerprint._place(), f"{server}/{database}")

    def test_ad5_an_upgrade_pauses_nothing(self):
        """AD5: the mark of the version before is taken over where it fits; where it does not, the
        copy stays a copy."""
        migrate = load_script(
            "kala_comm/migrations/19.0.1.1.0/post-fingerprint.py", "post_fingerprint"
        )
        name, uuid = self.env.cr.dbname, self.parameters.get_param("database.uuid")
        self.parameters.set_param("web.base.url", "https://odoo.example.com")
        old = {"address": "https://odoo.example.com", "name": name, "uuid": uuid}
        for part, value in {"": "", "uuid": "x", "name": "x", "address": "x"}.items():
            with self.subTest(part=part):
                parts = dict(old, **({part: value} if part else {}))
                self.parameters.set_param("kala_comm.fingerprint", self.fingerprint._encode(parts))
                migrate.migrate(self.env.cr, "19.0.1.0.0")
                self.env.invalidate_all()
                self.assertEqual(self.fingerprint._fits(), not part)
        self.parameters.set_param("kala_comm.fingerprint", False)
        migrate.migrate(self.env.cr, "19.0.1.0.0")
        self.assertFalse(self.fingerprint._is_known(), "nobody said yet which one sends")

    def test_ad5_messages_are_kept(self):
        """AD5: in a copy messages wait; they leave when it is confirmed."""
        message = self.lead(phone=DANA).kala_send("sms", body="Hello")
        self._change("place")
        dispatcher = type(self.env["kala.dispatcher"])
        real = dispatcher._sending_providers

        def without_exemption(this):
            """The core's only provider is the exempted one: let it stand for a real one."""
            providers = dict(real(this))
            if not this.env["kala.fingerprint"]._fits():
                providers.pop("sandbox")
            return providers

        self.patch(dispatcher, "_sending_providers", without_exemption)
        with self.provider_answers(SendResult.sent("p-1")) as asked:
            self.dispatch()
            self.assertFalse(asked)
            self.assertEqual(message.state, "queued")
            self.fingerprint._remember()
            self.dispatch()
        self.assertEqual(message.state, "sent")

    def test_ad5_sandbox_goes_on(self):
        """AD5, AD2: in a copy the sandbox still works: one tries things there."""
        message = self.lead(phone=DANA).kala_send("sms", body="Hello")
        self._change("uuid")
        self.dispatch()
        self.assertEqual(message.state, "delivered")

    def test_ad5_connecting_says_this_is_the_one(self):
        """AD5: an administrator who connects a provider says which database it is; who only tries
        the sandbox in a copy does not let the other lines write to customers."""
        self._change("place")
        self.connection.action_connect()
        self.assertFalse(self.fingerprint._fits())
        self._make_mailbox()
        self.assertTrue(self.fingerprint._fits())

    def test_ad5_says_so(self):
        """AD5, DE5: the alarm names the reason instead of the jobs; who writes sees that his
        message is kept, in a copy as with a paused connection."""
        self._make_mailbox()
        dana = self.customer(phone=DANA, email="dana@example.com")
        dana.kala_send("email", subject="S", body="x")
        self.pass_time(3600)
        self.assertIn("outbox", self.env["kala.watch"]._alarms())
        self.assertFalse(self._composer(dana, "email").held_because)
        self._change("uuid")
        alarms = self.env["kala.watch"]._alarms()
        self.assertIn("it is a copy", alarms["copy"])
        self.assertNotIn("outbox", alarms)
        self.assertIn("it is a copy", self._composer(dana, "email").held_because)
        self.assertFalse(self._composer(dana, "sms").held_because, "the sandbox goes on")
        self.connection.action_pause()
        self.assertIn("is kept", self._composer(dana, "sms").held_because)

    def _composer(self, record, channel):
        action = record.with_context(kala_channel=channel).action_kala_compose()
        return self.env["kala.composer"].browse(action["params"]["composer"])
