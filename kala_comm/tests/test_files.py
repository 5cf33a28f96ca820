import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.kala_comm.models.log.kala_communication_files import MESSAGE_SHARE, TRIES
from odoo.addons.kala_comm.tools.fetch import LONGEST, FileLater, FileRefused
from odoo.addons.kala_comm.tools.messages import InboundFile, IncomingMessage

from .common import DANA, KalaCommon

LOGGER = "odoo.addons.kala_comm.models.log.kala_communication_files"


@tagged("post_install", "-at_install")
class TestFiles(KalaCommon):
    """WA4: files of contacts are fetched by a job, or on demand while the provider keeps them."""

    def receive(self, *names):
        """:return: a message with files of these names"""
        message = IncomingMessage(
            channel="whatsapp",
            uid=f"file-{self._next()}",
            contact_value=DANA,
            body="The roof",
            files=tuple(InboundFile(kind="image", name=n, mimetype="image/png") for n in names),
        )
        return self.take(message).communication_id

    def provider_gives(self, *answers):
        """Let the provider give or raise these, one after the other, the last one for ever."""
        answers = list(answers)
        asked = []

        def _fetch_file(provider, connection, file, fetcher):
            asked.append(file["name"])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, BaseException):
                raise answer
            return answer, "image/png"

        self.addCleanup(
            self._start(patch.object(type(self.env["kala.provider"]), "_fetch_file", _fetch_file))
        )
        return asked

    @staticmethod
    def _start(patcher):
        patcher.start()
        return patcher.stop

    def fetch(self):
        """The job, as often as something is due."""
        with self.job() as env:
            env["kala.communication"]._cron_fetch_files()
        self.env.invalidate_all()

    def test_wa4_saved(self):
        """With the setting on a file is fetched after the message is there, kept in Odoo and
        listed on the record."""
        self.company.kala_save_files = True
        asked = self.provider_gives(b"picture")
        message = self.receive("roof.png")
        self.assertEqual((message.files_state, asked), ("waiting", []), "not in the webhook")
        self.assertIn("Being fetched", message.files_words)
        self.assertFalse(message.can_fetch_files)
        self.fetch()
        self.assertEqual((message.files_state, message.files_words), ("fetched", False))
        file = message.attachment_ids
        self.assertEqual(
            (file.name, file.raw, file.mimetype), ("roof.png", b"picture", "image/png")
        )
        self.assertEqual((file.res_model, file.res_id), ("crm.lead", message.lead_id.id))
        self.assertIn(file, message.mail_message_id.attachment_ids)

    def test_wa4_on_demand(self):
        """With it off the line says until when the provider keeps the file, and fetches it when
        somebody wants to see it."""
        self.company.kala_save_files = False
        self.patch(type(self.env["kala.provider.sandbox"]), "_file_days", 30)
        asked = self.provider_gives(b"picture")
        message = self.receive("roof.png").with_user(self.colleague)
        self.fetch()
        self.assertEqual((message.files_state, asked), ("provider", []))
        self.assertIn("keeps it until", message.files_words)
        self.assertIn(str(message.files_until.year), message.files_words)
        self.assertTrue(message.can_fetch_files)
        message.action_fetch_files()
        self.assertEqual(message.files_state, "fetched")
        self.assertEqual(message.attachment_ids.raw, b"picture")
        self.assertFalse(message.can_fetch_files)

    def test_wa4_too_late(self):
        """What the provider does not keep any more is not asked for, and the line says so."""
        self.company.kala_save_files = False
        self.patch(type(self.env["kala.provider.sandbox"]), "_file_days", -1)
        asked = self.provider_gives(b"picture")
        message = self.receive("roof.png")
        self.assertIn("kept it until", message.files_words)
        self.assertFalse(message.can_fetch_files)
        message.action_fetch_files()
        self.assertEqual(asked, [])

    def test_wa4_not_now(self):
        """By hand: a sentence, and the file is still to be had."""
        self.company.kala_save_files = False
        self.provider_gives(FileLater("HTTP 503"), b"picture")
        message = self.receive("roof.png")
        with self.assertRaisesRegex(UserError, "HTTP 503.*Try again"):
            message.action_fetch_files()
        message.action_fetch_files()
        self.assertEqual(message.files_state, "fetched")

    def test_wa1_retry(self):
        """A fault that passes is tried again with growing pauses, then given up with the reason;
        a person may still try."""
        self.company.kala_save_files = True
        asked = self.provider_gives(FileLater("HTTP 503"))
        message = self.receive("roof.png")
        for n in range(TRIES):
            self.assertEqual((message.files_state, len(asked)), ("waiting", n))
            self.fetch()
            self.fetch()
            message.files_due = self.now
        self.assertEqual((message.files_state, len(asked)), ("failed", TRIES))
        self.assertIn("HTTP 503", message.files_words)
        self.assertEqual(message.files_note, "📎 roof.png", "what came stays as it was")
        self.provider_gives(b"picture")
        message.action_fetch_files()
        self.assertEqual((message.files_state, message.files_error), ("fetched", False))

    def test_wa4_who_kills_the_worker_is_counted(self):
        """A try is counted and pushed back before the file is fetched: a file that takes the
        worker down with it is not the first in line for ever, and is given up in the end."""
        self.company.kala_save_files = True
        asked = self.provider_gives(SystemExit("killed"))
        heavy, light = self.receive("film.mp4"), self.receive("roof.png")
        heavy.files_due = self.now - timedelta(hours=1)
        # Not by assertRaises, which takes back what was committed.
        with contextlib.suppress(SystemExit):
            self.fetch()
        self.env.invalidate_all()
        self.assertEqual((heavy.files_state, heavy.files_attempts), ("waiting", 1))
        self.assertGreater(heavy.files_due, self.now)
        self.provider_gives(b"picture")
        self.fetch()
        self.assertEqual(light.files_state, "fetched")
        self.assertEqual(asked, ["film.mp4"])
        heavy.write({"files_attempts": TRIES, "files_due": self.now})
        self.fetch()
        self.assertEqual((heavy.files_state, heavy.files_error), ("failed", "it took too long"))

    def test_wa4_time_of_a_run(self):
        """The files of a message, and a run, take a part of the time that the server gives its
        workers, whichever it is."""
        self.company.kala_save_files = True
        job = self.env["kala.job"]
        for real, of_jobs, in_job, seconds in (
            (120, -1, True, 40),
            (120, -1, False, 40),
            (120, 0, True, 40),
            (120, 600, True, 200),
            (120, 600, False, 40),
            (0, -1, True, 600),
            (0, 0, False, 600),
            (86400, -1, True, 600),
        ):
            with self.subTest(real=real, of_jobs=of_jobs, in_job=in_job):
                self.patch_config(limit_time_real=real, limit_time_real_cron=of_jobs)
                env = job.with_context(cron_id=in_job and 1)
                self.assertEqual(env._seconds_of(MESSAGE_SHARE, LONGEST), seconds)
        self.patch_config(limit_time_real=0.000001, limit_time_real_cron=-1)
        asked = self.provider_gives(b"picture")
        self.receive("a.png"), self.receive("b.png")
        self.fetch()
        self.assertLess(len(asked), 2, "the rest is the next run's")

    def patch_config(self, **values):
        self.addCleanup(self._start(patch.dict(config.options, values)))

    def test_wa1_one_of_several(self):
        """One file that is not kept does not cost the others; a second fetch keeps none twice."""
        self.company.kala_save_files = True
        self.provider_gives(b"one", FileRefused("too large"), b"three")
        message = self.receive("a.png", "b.png", "a.png")
        self.fetch()
        self.assertEqual((message.files_state, message.files_error), ("failed", "too large"))
        self.assertEqual(sorted(message.attachment_ids.mapped("raw")), [b"one", b"three"])
        self.provider_gives(b"one", b"two", b"three")
        message.action_fetch_files()
        self.assertEqual(sorted(message.attachment_ids.mapped("raw")), [b"one", b"three", b"two"])

    def test_wa1_a_fault_of_ours_stops_nobody_else(self):
        """A file that nobody foresaw waits for its next try; the others are fetched."""
        self.company.kala_save_files = True
        self.provider_gives(ZeroDivisionError(), b"picture")
        strange, good = self.receive("a.png"), self.receive("b.png")
        with mute_logger(LOGGER):
            self.fetch()
        self.assertEqual((strange.files_state, strange.files_attempts), ("waiting", 1))
        self.assertEqual(good.files_state, "fetched")
