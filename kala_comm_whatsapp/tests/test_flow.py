"""From what WhatsApp posts to a message answered on its lead, through the whole core."""

import base64
import hashlib
import json
import urllib.parse
from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tests.fakes import Answer
from odoo.addons.kala_comm.tools.fetch import FileLater, FileRefused

from .common import (
    BSUID,
    CUSTOMER,
    OUR_ID,
    OUR_NUMBER,
    WhatsAppCommon,
    meta_change,
    meta_payload,
    meta_text,
)
from .fakes import FakeMeta, FakeWaboxapp

#: Id of a WhatsApp Business account.
WABA = "419561257915477"


def accepted(uid):
    return 200, {"messages": [{"id": uid}]}


def gives(mimetype, content):
    """:return: a page of the fake"""
    return Answer(200, content, (("Content-Type", mimetype),))


def refused(status, code):
    return status, {"error": {"message": f"(#{code}) Said no", "code": code}}


class WhatsAppFlow(WhatsAppCommon, KalaCommon):
    fake_class = None

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Odoo's guard, which lets loopback pass, cannot read a timeout of two parts."""
        return super()._request_handler(session, request, **dict(kwargs, timeout=None))

    @contextmanager
    def fake(self, *answers):
        """A provider that gives these answers, (HTTP status, JSON), one to each POST, and has
        nothing but its ``pages``."""
        server, left = self.fake_class(), list(answers)
        self.addCleanup(server.stop)

        def say(request):
            if request.method == "POST":
                return Answer(*left.pop(0))
            return Answer(404, {})

        server.script = say
        self.connection.api_url = server.url
        try:
            yield server
        finally:
            server.close()

    def send(self, record, body):
        """:return: the message, after the dispatcher has been at it"""
        message = record.kala_send("whatsapp", body=body)
        self.dispatch()
        return message.sudo()


class MetaFlow(WhatsAppFlow):
    fake_class = FakeMeta

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection(
            "meta", meta_access_token="EAAtoken", meta_app_secret="secret"
        )
        cls.connection._set_state("connected")

    def receive(self, *messages, **value):
        """:return: communications of messages that came in one batch"""
        change = meta_change(messages=list(messages), **value)
        event = self.push_raw(json.dumps(meta_payload(change)).encode(), self.connection)
        self.run_inbox()
        return self.communications_of([event]).sorted("id")

    def report(self, message, state, **values):
        """Meta says what became of a message."""
        status = {"id": message.provider_uid, "status": state, **values}
        self.push_raw(
            json.dumps(meta_payload(meta_change(statuses=[status]))).encode(),
            self.connection,
        )
        self.run_inbox()


@tagged("post_install", "-at_install")
class TestMetaFlow(MetaFlow):
    def test_answered_from_its_lead(self):
        """WA1, MA3, WA3: a message of somebody unknown over a number not known yet makes a
        lead and a line; it is answered from there, and the reports move the answer."""
        card = {"wa_id": CUSTOMER, "profile": {"name": "Dana"}}
        received = self.receive(meta_text("Is it <b>free</b>?"), contacts=[card])
        lead = received.lead_id
        self.assertEqual(lead.contact_name, "Dana")
        self.assertEqual(received.contact_value, f"+{CUSTOMER}")
        self.assertEqual(received.body, "Is it <b>free</b>?")
        self.assertEqual(received.line_id.external_id, OUR_ID)
        self.assertEqual(received.line_id.address, f"+{OUR_NUMBER}")
        self.assertTrue(received.line_id.is_new)
        with self.fake(accepted("wamid.out")) as meta:
            answer = self.send(lead, "It is")
        self.assertEqual((answer.state, answer.provider_uid), ("sent", "wamid.out"))
        [(path, authorization, body)] = meta.calls
        self.assertEqual(path, f"/v23.0/{OUR_ID}/messages")
        self.assertEqual(authorization, "Bearer EAAtoken")
        self.assertEqual(json.loads(body)["to"], CUSTOMER)
        for said, state in (
            ("delivered", "delivered"),
            ("sent", "delivered"),
            ("read", "read"),
        ):
            self.report(answer, said)
            self.assertEqual(answer.state, state)

    def test_ad1_our_app_is_subscribed(self):
        """AD1: Connect subscribes our app to the account, with the webhook address of this
        connection; where Meta refuses, its words say why, and messages leave all the same."""
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        self.connection.meta_waba_id = WABA
        said = {"error": {"code": 200, "message": "No permission"}}
        for answer, words in (((200, {"success": True}), ""), ((403, said), "No permission")):
            with self.subTest(answer=answer), self.fake(answer) as meta:
                numbers = f"/v23.0/{WABA}/phone_numbers"
                meta.pages[numbers] = gives("application/json", b'{"data": []}')
                self.connection.invalidate_recordset(["webhook_url"])
                done = self.connection.action_connect()
                [_health, (path, authorization, body)] = meta.calls
                self.assertEqual(path, f"/v23.0/{WABA}/subscribed_apps")
                self.assertEqual(authorization, "Bearer EAAtoken")
                own = f"https://odoo.example.com/kala/webhook/{self.connection.webhook_token}"
                told = {"override_callback_uri": own, "verify_token": self.connection.webhook_token}
                self.assertEqual(json.loads(body), told)
                self.assertEqual(self.connection.state, "connected")
                self.assertIn(words, done["params"]["message"] if words else "")
                self.assertEqual(done is True, not words)

    def test_quote_finds_its_record(self):
        """MA7: an answer that quotes our message goes to that message's record."""
        first = self.receive(meta_text("One")).lead_id
        other = self.lead(phone=f"+{CUSTOMER}")
        with self.fake(accepted("wamid.out")):
            self.send(first, "Offer")
        quoting = self.receive(meta_text("Agreed", uid="wamid.2", context={"id": "wamid.out"}))
        self.assertNotEqual(quoting.lead_id, other)
        self.assertEqual(quoting.lead_id, first)

    def test_without_phone_number(self):
        """MA8: who is known by an id alone is answered by it."""
        by_id = meta_text("Hi", uid="wamid.1", from_user_id=BSUID)
        del by_id["from"]
        both = meta_text("It is me", uid="wamid.2", from_user_id=BSUID)
        received = self.receive(by_id)
        self.assertEqual(received.contact_kind, "whatsapp")
        with self.fake(accepted("wamid.out")) as meta:
            self.send(received.lead_id, "Hello")
        self.assertEqual(json.loads(meta.calls[0][2])["recipient"], BSUID)
        # Once he tells his number, the lead knows it, and he is answered there.
        told = self.receive(both)
        self.assertEqual(told.lead_id, received.lead_id)
        with self.fake(accepted("wamid.told")) as meta:
            self.send(told.lead_id, "Hello")
        self.assertEqual(json.loads(meta.calls[0][2])["to"], told.contact_value.lstrip("+"))

    def test_one_person_in_one_batch(self):
        """MA8, MA10: one person by id alone and by both is one lead, also in one batch."""
        by_id = meta_text("Hi", uid="wamid.1", from_user_id=BSUID)
        del by_id["from"]
        both = meta_text("It is me", uid="wamid.2", from_user_id=BSUID)
        self.assertEqual(len(self.receive(by_id, both).lead_id), 1)

    def test_refused(self):
        """DE2: what Meta refuses waits for a person, with the reason; what passes comes
        again."""
        lead = self.receive(meta_text("Hello")).lead_id
        with self.fake(refused(400, 131026), refused(400, 130429)):
            failed = self.send(lead, "One")
            later = self.send(lead, "Two")
        self.assertEqual((failed.state, failed.failure_kind), ("failed", "address"))
        self.assertIn("Said no", failed.failure_reason)
        self.assertEqual((later.state, later.wait_reason), ("queued", "limit"))

    def test_failed_after_it_was_accepted(self):
        """DE1, DE2: a failure that is reported later has its kind as well."""
        lead = self.receive(meta_text("Hello")).lead_id
        with self.fake(accepted("wamid.out")):
            message = self.send(lead, "Offer")
        self.report(message, "failed", errors=[{"code": 131047, "title": "Too late"}])
        self.assertEqual((message.state, message.failure_kind), ("failed", "window"))

    def test_login_refused(self):
        """DE5: a token that is not valid any more stops the connection and loses nothing."""
        lead = self.receive(meta_text("Hello")).lead_id
        with self.fake(refused(401, 190)):
            message = self.send(lead, "Offer")
        self.assertEqual(message.state, "queued")
        self.assertEqual(self.connection.state, "error")

    def test_unsure_message_is_found_by_our_id(self):
        """DE3: where no usable answer came, the report that carries our own id tells."""
        lead = self.receive(meta_text("Hello")).lead_id
        with self.fake((200, {"garbage": True})) as meta:
            message = self.send(lead, "Offer")
        self.assertEqual(message.state, "unknown")
        key = json.loads(meta.calls[0][2])["biz_opaque_callback_data"]
        self.report(message, "delivered", id="wamid.x", biz_opaque_callback_data=key)
        self.assertEqual((message.state, message.provider_uid), ("delivered", "wamid.x"))

    def receive_file(self, declared, served):
        """:return: a message with a file, after the job that fetches files"""
        self.company.kala_save_files = True
        image = {"id": "77", "mime_type": declared, "caption": "Roof"}
        with self.fake() as meta:
            meta.pages = {
                "/v23.0/77": gives("application/json", b'{"url": "%s/file"}' % meta.url.encode()),
                "/file": gives(served, b"bytes of the file"),
            }
            received = self.receive(meta_text(type="image", image=image))
            with self.job() as env:
                env["kala.communication"]._cron_fetch_files()
        self.assertEqual(
            [(path, secret) for path, secret, _body in meta.calls],
            [("/v23.0/77", "Bearer EAAtoken"), ("/file", "Bearer EAAtoken")],
        )
        return received

    def test_file_is_kept(self):
        """WA4: the file is fetched with our login and kept with the lead."""
        received = self.receive_file("image/jpeg", "image/jpeg")
        self.assertEqual(received.body, "Roof")
        self.assertEqual(received.files_state, "fetched")
        self.assertEqual(received.attachment_ids.raw, b"bytes of the file")
        self.assertEqual(received.attachment_ids.mimetype, "image/jpeg")
        self.assertEqual(received.attachment_ids.res_id, received.lead_id.id)

    def fetch(self, **media):
        """:return: a message with a picture, after one try to fetch it

        :param media: what Meta says of it beside its address; ``gone``: whether the address is
            too old
        """
        self.company.kala_save_files = True
        gone = media.pop("gone", False)
        with self.fake() as meta:
            said = json.dumps({"url": f"{meta.url}/file", **media}).encode()
            meta.pages = {"/v23.0/77": gives("application/json", said)}
            if not gone:
                meta.pages["/file"] = gives("image/jpeg", b"bytes of the file")
            image = {"id": "77", "mime_type": "image/jpeg"}
            received = self.receive(meta_text(type="image", image=image))
            with self.job() as env:
                env["kala.communication"]._cron_fetch_files()
        received.invalidate_recordset()
        state, asked = received.files_state, [path for path, _secret, _body in meta.calls]
        received.unlink()
        self.env["kala.inbound.event"].search([]).unlink()
        return state, asked

    def test_ad5_a_copy_fetches_no_file(self):
        """AD5, WA4: a copy of the database asks the provider for no file, neither by the job nor by
        hand; no try is counted, and the file is fetched once an administrator has confirmed the
        database."""
        self.company.kala_save_files = True
        parameters = self.env["ir.config_parameter"].sudo()
        with self.fake() as meta:
            meta.pages = {
                "/v23.0/77": gives("application/json", b'{"url": "%s/file"}' % meta.url.encode()),
                "/file": gives("image/jpeg", b"bytes of the file"),
            }
            image = {"id": "77", "mime_type": "image/jpeg"}
            received = self.receive(meta_text(type="image", image=image))
            kept = parameters.get_param("kala_comm.fingerprint")
            parameters.set_param("kala_comm.fingerprint", kept.replace("uuid:", "uuid:x"))
            with self.job() as env:
                env["kala.communication"]._cron_fetch_files()
            received.invalidate_recordset()
            self.assertEqual((received.files_state, received.files_attempts), ("waiting", 0))
            received.files_state = "provider"
            with self.assertRaisesRegex(UserError, "^Sending is paused"):
                received.action_fetch_files()
            self.assertEqual(meta.calls, [])
            received.files_state = "waiting"
            self.env["kala.fingerprint"]._remember()
            with self.job() as env:
                env["kala.communication"]._cron_fetch_files()
            received.invalidate_recordset()
        self.assertEqual(received.files_state, "fetched")

    def test_sc2_a_fault_names_no_secret(self):
        """SC2: why a file was not to be had is said in the words of other faults, without the
        token that stands in the address."""
        self.connection.api_url = "http://127.0.0.1:9"
        fetcher = self.connection._fetcher(5)
        with self.assertRaises(FileLater) as found:
            fetcher.content("http://127.0.0.1:9/bot?access_token=EAAtoken")
        self.assertIn("127.0.0.1 could not be reached: ", str(found.exception))
        self.connection.meta_access_token = "eaatoken"
        with self.assertRaisesRegex(FileRefused, r"html\+\*\*\* are not"), self.fake() as meta:
            meta.pages["/file"] = gives("text/html+eaatoken", b"")
            self.connection._fetcher(5).content(f"{meta.url}/file")

    def test_wa1_whole_file(self):
        """docs/providers.md, 1.7: the size and the digest that Meta tells are checked, the digest
        in either spelling; a part of a file is fetched again."""
        digest = hashlib.sha256(b"bytes of the file")
        base = base64.b64encode(digest.digest()).decode()
        for media, state in [
            ({"file_size": 17, "sha256": digest.hexdigest()}, "fetched"),
            ({"file_size": "17", "sha256": base}, "fetched"),
            ({}, "fetched"),
            ({"file_size": 18}, "waiting"),
            ({"sha256": hashlib.sha256(b"another").hexdigest()}, "waiting"),
        ]:
            with self.subTest(media=media):
                self.assertEqual(self.fetch(**media), (state, ["/v23.0/77", "/file"]))

    def test_wa1_too_large(self):
        """SC2: what is too large is not even asked for."""
        self.assertEqual(self.fetch(file_size=200 * 1024 * 1024), ("failed", ["/v23.0/77"]))

    def test_wa1_address_too_old(self):
        """The address lives five minutes: a 404 there says nothing of the file."""
        self.assertEqual(self.fetch(gone=True), ("waiting", ["/v23.0/77", "/file"]))

    def test_file_that_a_browser_would_run(self):
        """SC2, SC3: neither the sender's word nor the host's makes us keep such a file."""
        for declared, served in (("text/HTML", "image/jpeg"), ("image/jpeg", "text/html")):
            with self.subTest(declared=declared, served=served):
                received = self.receive_file(declared, served)
                self.assertEqual(received.files_state, "failed")
                self.assertFalse(received.attachment_ids)
                received.unlink()
                self.env["kala.inbound.event"].search([]).unlink()

    def test_dead_letter(self):
        """AD3: a part nobody understands is a dead letter; its neighbour is a message."""
        received = self.receive({"type": "text"}, meta_text("Sound"))
        self.assertEqual(received.body, "Sound")
        dead = self.env["kala.inbound.item"].search(
            [("connection_id", "=", self.connection.id), ("state", "=", "dead")]
        )
        self.assertEqual(dead.error, "The message has no id.")


@tagged("post_install", "-at_install")
class TestWaboxappFlow(WhatsAppFlow):
    fake_class = FakeWaboxapp

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection("waboxapp", wabox_token="secret")
        cls.connection._set_state("connected")

    def receive(self, **values):
        """:return: the communication of one call of the hook, if it became one"""
        form = {
            "event": "message",
            "token": "secret",
            "uid": OUR_NUMBER,
            "contact[uid]": CUSTOMER,
            "contact[name]": "Dana",
            "contact[type]": "user",
            "message[uid]": "3EB01",
            "message[cuid]": "",
            "message[dir]": "i",
            "message[type]": "chat",
            "message[body][text]": "Hello",
            **values,
        }
        body = urllib.parse.urlencode(form).encode()
        event = self.push_raw(body, self.connection)
        self.run_inbox()
        return self.communications_of([event])

    def test_answered_from_its_lead(self):
        """WA2, WA3: message, answer, the echo of the answer, its acknowledgements."""
        lead = self.receive().lead_id
        with self.fake((200, {"success": True})) as wabox:
            answer = self.send(lead, "שלום & more")
        form = dict(urllib.parse.parse_qsl(wabox.calls[0][2].decode()))
        self.assertEqual(
            (form["uid"], form["to"], form["text"]), (OUR_NUMBER, CUSTOMER, "שלום & more")
        )
        key = form["custom_uid"]
        own = {"message[dir]": "o", "message[uid]": "3EB02", "message[cuid]": key}
        self.assertEqual(self.receive(**own), answer)
        for ack, state in (("2", "delivered"), ("1", "delivered"), ("3", "read")):
            self.receive(event="ack", muid="3EB02", cuid=key, ack=ack)
            self.assertEqual(answer.state, state)

    def test_typed_on_the_phone(self):
        """WA2: what was typed on the phone is logged as outgoing, on the same lead."""
        lead = self.receive().lead_id
        self.receive(**{"message[dir]": "o", "message[uid]": "3EB03"})
        self.pass_time(61)
        self.run_inbox()
        typed = lead.kala_communication_ids.filtered(lambda c: c.direction == "out")
        self.assertEqual((typed.state, typed.body), ("sent", "Hello"))

    def test_group(self):
        """A group is one contact of its own and never a phone number; what is written there is no
        enquiry, and is kept only where the line says so."""
        group = {"contact[uid]": f"{CUSTOMER}-1400000000", "contact[type]": "group"}
        leads = self.env["crm.lead"].search_count([])
        self.assertFalse(self.receive(**group))
        line = self.env["kala.line"].search([("connection_id", "=", self.connection.id)])
        line.group_messages = "log"
        kept = self.receive(**group, **{"message[uid]": "3EB02"})
        self.assertEqual(kept.contact_kind, "whatsapp")
        self.assertFalse(kept.res_id or kept.activity_id)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)
