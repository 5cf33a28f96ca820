"""Files that leave by WhatsApp (WA1, WA2, DE3)."""

import base64
import contextlib
import json
import urllib.parse
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import config

from odoo.addons.kala_comm.models.outbound.kala_upload import AT_ONCE, TRIES
from odoo.addons.kala_comm.tests.common import DANA, NOA
from odoo.addons.kala_comm.tools import talk

from .common import load, meta_text
from .fakes import FakeWaboxapp, message_validator
from .test_flow import WhatsAppFlow, accepted, refused
from .test_templates import TemplateCase, part

#: The smallest picture there is.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def uploaded(uid="4490709327384033"):
    return 200, {"id": uid}


class FilesOut:
    def file(self, name="photo.png", raw=PIXEL, **values):
        return self.env["ir.attachment"].create({"name": name, "raw": raw, **values})


@tagged("post_install", "-at_install")
class TestMetaFilesOut(FilesOut, TemplateCase):
    def setUp(self):
        super().setUp()
        self.receive(meta_text("Hi"))

    def deliver(self, *answers, **values):
        """:return: (the message, requests that Meta got)"""
        message = self.deal.kala_send("whatsapp", line=self.line, number=DANA, **values).sudo()
        with self.fake(*answers) as meta:
            self.dispatch()
        return message, meta.calls

    def test_picture(self):
        """WA1: a picture is handed over, then sent by its id, its text beside it; both as
        Meta's contract describes."""
        message, (upload, sent) = self.deliver(
            uploaded(), accepted("wamid.1"), body="Your kitchen", attachments=self.file().ids
        )
        self.assertEqual(message.state, "sent", message.failure_reason)
        self.assertTrue(upload[0].endswith("/media"))
        self.assertIn(PIXEL, upload[2])
        self.assertIn(b"image/png", upload[2])
        body = json.loads(sent[2])
        self.assertEqual(body["image"], {"id": "4490709327384033", "caption": "Your kitchen"})
        body.pop("biz_opaque_callback_data")
        self.assertFalse(list(message_validator("image").iter_errors(body)))

    def test_kinds(self):
        """docs/providers.md, 1.7: each file is sent as what it is; a document keeps its name."""
        for name, mimetype, kind in (
            ("film.mp4", "video/mp4", "video"),
            ("voice.ogg", "audio/ogg", "audio"),
            ("offer.pdf", "application/pdf", "document"),
        ):
            file = self.file(name, name.encode(), mimetype=mimetype)
            _message, (_upload, sent) = self.deliver(
                uploaded(name), accepted(f"wamid.{name}"), attachments=file.ids
            )
            body = json.loads(sent[2])
            with self.subTest(kind):
                self.assertEqual((body["type"], body[kind]["id"]), (kind, name))
                self.assertEqual(body[kind].get("filename"), {"document": name}.get(kind))
                body.pop("biz_opaque_callback_data")
                self.assertFalse(list(message_validator(kind).iter_errors(body)))

    def test_handed_over_once(self):
        """DE3: another try, another message and another customer send what Meta has already."""
        file = self.file()
        message, asked = self.deliver(
            uploaded(), refused(400, 131009), body="One", attachments=file.ids
        )
        self.assertEqual((message.state, len(asked)), ("failed", 2))
        message.action_resend()
        with self.fake(accepted("wamid.2")) as meta:
            self.dispatch()
        self.assertEqual((message.state, len(meta.calls)), ("sent", 1))
        _message, asked = self.deliver(accepted("wamid.3"), body="Two", attachments=file.ids)
        self.assertEqual(len(asked), 1)
        self.env["kala.upload"].search([]).until = self.now - timedelta(days=1)
        _message, asked = self.deliver(
            uploaded("anew"), accepted("wamid.4"), body="Three", attachments=file.ids
        )
        self.assertEqual(json.loads(asked[1][2])["image"]["id"], "anew")

    def test_who_kills_the_lane_is_counted(self):
        """DE3: a file is counted before it is handed over: one that takes the lane down with it
        each time is refused in the end, with a sentence; sent again by a person it is tried."""
        uploads, file = self.env["kala.upload"], self.file()
        with patch.object(talk, "ask_all", side_effect=SystemExit("killed")):
            # Not by assertRaises, which takes back what was committed.
            with contextlib.suppress(SystemExit):
                self.deliver(body="x", attachments=file.ids)
        self.env.invalidate_all()
        row = uploads.search([("line_id", "=", self.line.id)])
        self.assertEqual((row.tries, row.external_id), (1, False))
        message = self.env["kala.communication"].search([("attachment_ids", "in", file.ids)])
        self.assertEqual(message.state, "queued")
        message.write({"claim_token": False, "claimed_until": False})
        row.tries = TRIES
        with self.fake() as meta:
            self.dispatch()
        self.assertEqual((message.state, meta.calls), ("failed", []))
        self.assertIn("too long", message.failure_reason)
        message.action_resend()
        with self.fake(uploaded(), accepted("wamid.1")):
            self.dispatch()
        self.assertEqual(message.state, "sent")
        self.env.invalidate_all()
        self.assertEqual((row.tries, row.external_id), (0, uploaded()[1]["id"]))

    def test_time_of_a_run(self):
        """A lane begins with no more files after a part of the time that its worker has: they are
        the next run's."""
        uploads = self.env["kala.upload"]
        messages = self.env["kala.communication"].sudo()
        for n in range(AT_ONCE + 2):
            phone = f"97250234560{n}"
            self.receive(meta_text("Hi", uid=f"wamid.of-{n}", **{"from": phone}))
            messages |= (
                self.lead(phone=f"+{phone}")
                .kala_send(
                    "whatsapp",
                    line=self.line,
                    body="x",
                    attachments=self.file(raw=PIXEL + bytes([n])).ids,
                )
                .sudo()
            )
        self.startPatcher(patch.dict(config.options, limit_time_real=0.000001))
        self.startPatcher(patch.object(type(uploads), "_round_seconds", lambda self: 60))
        for of_run, left in ((AT_ONCE, 2), (2, 0)):
            answers = [uploaded(f"{n}") for n in range(of_run)]
            answers += [accepted(f"wamid.{left}-{n}") for n in range(of_run)]
            self._let_due_be_due()
            with self.fake(*answers) as meta:
                self.run_lane()
            parcels = [path for path, *_rest in meta.calls if path.endswith("/media")]
            self.assertEqual((len(parcels), len(meta.calls)), (of_run, 2 * of_run))
            self.assertEqual(messages.mapped("state").count("sent"), AT_ONCE + 2 - left)
            self.assertEqual(messages.mapped("state").count("queued"), left)

    def test_upload_fails(self):
        """DE2, DE3: an upload reaches nobody: what is unclear is tried again, never unknown;
        what Meta refuses fails with its words; a dead login pauses the connection."""
        for answer, state, connection in (
            ((500, {"not": "documented"}), "queued", "connected"),
            ((200, {}), "queued", "connected"),
            (refused(400, 131009), "failed", "connected"),
            # "Upload failed" is tried once more.
            (refused(400, 131053), "queued", "connected"),
            (refused(401, 190), "queued", "error"),
        ):
            file = self.file(raw=PIXEL + json.dumps(answer).encode())
            message, asked = self.deliver(answer, body="x", attachments=file.ids)
            with self.subTest(answer=answer):
                self.assertEqual((message.state, len(asked)), (state, 1))
                self.assertEqual(message.attempt_count, 1)
                self.assertEqual(self.connection.state, connection)
            self.connection._set_state("connected")
            if state == "queued":
                message.action_cancel()

    def test_others_do_not_wait(self):
        """docs/architecture.md, 3.5: a text of the same claim leaves before a film is handed
        over."""
        noa = self.customer("Noa", phone=NOA)
        self.receive(meta_text("Hi", uid="wamid.noa") | {"from": NOA.lstrip("+")})
        self.deal.kala_send(
            "whatsapp", line=self.line, number=DANA, body="Film", attachments=self.file().ids
        )
        noa.kala_send("whatsapp", line=self.line, body="Text")
        with self.fake(accepted("wamid.1"), uploaded(), accepted("wamid.2")) as meta:
            self.dispatch()
        paths = [path.rpartition("/")[2] for path, _auth, _body in meta.calls]
        self.assertEqual(paths, ["messages", "media", "messages"])

    def test_refused_before_meta(self):
        """docs/providers.md, 1.7: too large, of a wrong type, too many, with a text that is not
        shown: a sentence says so, and nothing is handed over."""
        big = self.file(raw=PIXEL + b"x" * 5 * 1024 * 1024)
        for files, body, words in (
            (big, "", "5 MB at most"),
            (self.file("a.gif", b"GIF89a", mimetype="image/gif"), "", "JPEG or PNG"),
            (self.file() | self.file("b.png"), "", "several messages"),
            (self.file("a.mp3", b"x", mimetype="audio/mpeg"), "Listen", "no text with"),
            (self.file(), "x" * 1025, "1024"),
        ):
            message, asked = self.deliver(body=body, attachments=files.ids)
            with self.subTest(words):
                self.assertFalse(asked)
                self.assertEqual((message.state, message.failure_kind), ("failed", "rejected"))
                self.assertIn(words, message.failure_reason)

    def test_composer(self):
        """SE3: the composer says before sending what WhatsApp would not take; files belong to
        the record afterwards."""
        composer = self.env["kala.composer"].create(
            {"res_model": "sale.order", "res_ids": self.deal.ids, "channel": "whatsapp"}
        )
        composer.line_id = self.line
        gif = self.file("a.gif", b"GIF89a", mimetype="image/gif", res_model="kala.composer")
        composer.attachment_ids = gif
        self.assertIn("JPEG or PNG", composer.refusal)
        file = self.file(res_model="kala.composer")
        composer.write({"attachment_ids": [(6, 0, file.ids)], "body": "Look"})
        self.assertFalse(composer.refusal)
        composer.action_send()
        self.assertEqual((file.res_model, file.res_id), ("sale.order", self.deal.id))

    def test_header_of_a_template(self):
        """WA1: the picture at the head of a template goes out with each message; without one
        the template is not ready."""
        template = self.ready_with_picture()
        noa = self.customer("Noa", phone=NOA)
        (self.partner | noa).kala_send("whatsapp", template=template)
        with self.fake(uploaded(), accepted("wamid.1"), accepted("wamid.2")) as meta:
            self.dispatch()
        upload, *sent = meta.calls
        self.assertIn(PIXEL, upload[2])
        for _path, _auth, request in sent:
            body = json.loads(request)
            self.assertEqual(
                body["template"]["components"][0],
                {
                    "type": "header",
                    "parameters": [{"type": "image", "image": {"id": "4490709327384033"}}],
                },
            )
            body.pop("biz_opaque_callback_data")
            self.assertFalse(list(message_validator("template").iter_errors(body)))

    def test_wa1_a_file_beside_a_template(self):
        """WA1: a template that does not begin with a file takes none; the text of one that does
        is no caption."""
        message, asked = self.deliver(template=self.ready(), attachments=self.file().ids)
        self.assertEqual((message.state, message.failure_kind, asked), ("failed", "rejected", []))
        self.assertIn("takes no file along", message.failure_reason)
        template = self.sync(
            part(
                id="2",
                name="long",
                components=[
                    {"type": "HEADER", "format": "IMAGE"},
                    {"type": "BODY", "text": "x" * 1024},
                    {"type": "FOOTER", "text": "Galil Tours"},
                ],
            )
        ).filtered(lambda t: t.external_name == "long")
        template.header_file = base64.b64encode(PIXEL)
        message, asked = self.deliver(uploaded(), accepted("wamid.1"), template=template)
        self.assertEqual((message.state, len(asked)), ("sent", 2), message.failure_reason)

    def ready_with_picture(self):
        components = [
            {"type": "HEADER", "format": "IMAGE"},
            {"type": "BODY", "text": "Look"},
        ]
        template = self.sync(part(components=components))
        self.assertIn("begins with a file", template.obstacle)
        with self.assertRaisesRegex(UserError, "begins with a file"):
            self.partner.kala_send("whatsapp", template=template)
        template.write({"header_file": base64.b64encode(PIXEL), "header_file_name": "kitchen.png"})
        self.assertTrue(template.is_ready)
        return template

    def test_answer_of_the_contract(self):
        """Meta's own example of an answer to an upload is understood."""
        body = load("meta_answers.json")["media"]["200"]
        self.assertEqual(uploaded(body["id"]), (200, body))


@tagged("post_install", "-at_install")
class TestWaboxappFilesOut(FilesOut, WhatsAppFlow, HttpCase):
    fake_class = FakeWaboxapp

    def test_public_address(self):
        """WA2: waboxapp fetches the file itself, by an address that holds for some weeks and
        for this file only."""
        self.connection = self.make_connection("waboxapp", wabox_token="token")
        self.connection._set_state("connected")
        line = self.make_line(self.connection)
        customer = self.customer("Dana", phone=DANA)
        for name, mimetype, path in (
            ("photo.png", "image/png", "/send/image"),
            ("offer.pdf", "application/pdf", "/send/media"),
        ):
            file = self.file(name, mimetype=mimetype)
            customer.kala_send("whatsapp", line=line, body="Look", attachments=file.ids)
            with self.fake((200, {"success": True, "custom_uid": "x"})) as wabox:
                self.dispatch()
            [(asked, _authorization, body)] = wabox.calls
            form = dict(urllib.parse.parse_qsl(body.decode()))
            with self.subTest(name):
                self.assertEqual((asked, form["caption"]), (path, "Look"))
                url = urllib.parse.urlsplit(form["url"])
                answer = self.url_open(f"{url.path}?{url.query}")
                self.assertEqual((answer.status_code, answer.content), (200, PIXEL))
                for query in ("", "?access_token=", f"?{url.query[:-2]}"):
                    self.assertEqual(self.url_open(url.path + query).status_code, 404)
