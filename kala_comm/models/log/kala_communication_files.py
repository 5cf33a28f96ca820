import logging
import mimetypes
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools import backoff
from ...tools.fetch import (
    LONGEST,
    TOO_LONG,
    FileLater,
    FileNotAsked,
    FileRefused,
    is_refused_type,
)
from ...tools.text import one_line

_logger = logging.getLogger(__name__)

TRIES = 6
#: Of the time that a worker has: what the files of one message may take, and after what a run of
#: the job begins with no other message.
MESSAGE_SHARE, RUN_SHARE = 1 / 3, 1 / 6
#: Seconds of a run where the server sets its workers no limit.
LONGEST_RUN = 60


class KalaCommunication(models.Model):
    """Files of incoming messages (WA4): fetched by a job, never in the webhook; until then, and
    where they cannot be had, the line says so."""

    _inherit = "kala.communication"

    files_state = fields.Selection(
        [
            ("waiting", "To be fetched"),
            ("fetched", "Fetched"),
            ("provider", "Kept by the provider"),
            ("failed", "Not to be had"),
        ],
        readonly=True,
    )
    files_attempts = fields.Integer(readonly=True)
    files_due = fields.Datetime(readonly=True)
    files_until = fields.Datetime(
        readonly=True, help="Until when the provider keeps the files, as far as we know."
    )
    files_error = fields.Char(readonly=True, help="Why files are not to be had.")
    files_words = fields.Char(compute="_compute_files_words", string="Files")
    can_fetch_files = fields.Boolean(compute="_compute_files_words")

    _files_idx = models.Index("(files_due, id) WHERE files_state = 'waiting'")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("direction") == "in" and (vals.get("extra") or {}).get("files"):
                self._prepare_files_vals(vals)
        communications = super().create(vals_list)
        self.env["kala.search.text"]._take(communications)
        return communications

    @api.model
    def _prepare_files_vals(self, vals):
        company = self.env["res.company"].browse(vals["company_id"])
        connection = self.env["kala.connection"].browse(vals["connection_id"])
        provider = connection._provider()
        vals["files_state"] = "waiting" if company.kala_save_files else "provider"
        vals["files_due"] = fields.Datetime.now()
        if provider is not None:
            vals["files_until"] = fields.Datetime.now() + timedelta(days=provider._file_days)
        if company.kala_save_files:
            self.env.ref("kala_comm.ir_cron_files")._trigger()

    @api.depends("files_state", "files_until", "files_error", "connection_id")
    def _compute_files_words(self):
        """Say where the files are (WA4)."""
        now = fields.Datetime.now()
        for communication in self:
            state, until = communication.files_state, communication.files_until
            is_kept = bool(until and until > now)
            communication.files_words = communication._files_sentence(state, until, is_kept)
            communication.can_fetch_files = state in ("provider", "failed") and is_kept

    def _files_sentence(self, state, until, is_kept):
        provider = self.sudo().connection_id.provider_label or ""
        day = format_date(self.env, until) if until else ""
        if state == "waiting":
            return self.env._("Being fetched from %s.", provider)
        if state == "provider" and is_kept:
            return self.env._("%(provider)s keeps it until %(day)s.", provider=provider, day=day)
        if state == "provider":
            return self.env._(
                "%(provider)s kept it until %(day)s; it was not saved here.",
                provider=provider,
                day=day,
            )
        if state == "failed":
            return self.env._("Not fetched: %s.", self.files_error or self.env._("no reason"))
        return False

    def _add_files(self, files, text):
        """Add files that the contact sent with the same message.

        :param list files: dicts, as ``extra`` keeps them
        :param str text: of the file; it is the message's where that has none
        """
        self.ensure_one()
        extra = self.extra or {}
        every = [*(extra.get("files") or ()), *files]
        vals = {
            "company_id": self.company_id.id,
            "connection_id": self.connection_id.id,
            "extra": {**extra, "files": every},
            "files_note": self._files_note(every),
            "files_attempts": 0,
            "body": self.body or text or False,
        }
        self._prepare_files_vals(vals)
        self.write(vals)
        self._show_change()

    @api.model
    def _files_note(self, files):
        """Say which files came, so that none is lost before it is fetched.

        :param list files: dicts, as ``extra`` keeps them
        """
        return ", ".join(f"📎 {file.get('name') or file.get('kind') or ''}" for file in files)

    @api.model
    def _cron_fetch_files(self):
        """Fetch waiting files. In a copy of the database they go on waiting, and no try is counted
        (AD5). Index: ``kala_communication_files_idx``."""
        job = self.env["kala.job"]
        end = time.monotonic() + job._seconds_of(RUN_SHARE, LONGEST_RUN)
        to_fetch = [("files_state", "=", "waiting")]
        if self.env["kala.fingerprint"]._warning():
            to_fetch.append(("connection_id.provider", "=", "sandbox"))
        due = [*to_fetch, ("files_due", "<=", fields.Datetime.now())]
        while time.monotonic() < end and (
            waiting := self.search(due, order="files_due, id", limit=1)
        ):
            fault = job._do_or_fault(waiting._fetch_in_steps)
            if fault:
                # One file must not stop the files of others.
                _logger.error("the files of communication %s", waiting.id, exc_info=fault)
                job._retrying(lambda w=waiting, f=fault: w._files_later(type(f).__name__))
            self.env["ir.cron"]._commit_progress(1)
        later = self.search(to_fetch, order="files_due", limit=1)
        if later:
            at = max(later.files_due, fields.Datetime.now())
            self.env.ref("kala_comm.ir_cron_files")._trigger(at=at)

    def _fetch_in_steps(self):
        """Fetch the files of one message: count the try and push it back, fetch without a
        transaction, keep what was fetched. Who takes the worker down with him is counted, and is
        not the first in line again."""
        job = self.env["kala.job"]
        if not job._retrying(self._begin_try):
            return
        seconds = job._seconds_of(MESSAGE_SHARE, LONGEST)
        try:
            found = self._fetched(seconds)
        except FileLater as error:
            reason = str(error)
            job._retrying(lambda: self._files_later(reason))
            return
        job._commit()
        job._retrying(lambda: self._keep_files(*found))

    def _begin_try(self):
        """:return: whether there is a try left; the last one may have ended with its worker"""
        if self.files_attempts >= TRIES:
            self._files_failed(TOO_LONG)
            return False
        self.files_attempts += 1
        pause = backoff.pause_seconds(self.files_attempts)
        self.files_due = fields.Datetime.now() + timedelta(seconds=pause)
        return True

    def action_fetch_files(self):
        """Fetch the files now (WA4, where they are not saved by themselves).

        :raise UserError: if the provider does not give them at the moment
        """
        self.check_access("read")
        for communication in self.sudo().filtered("can_fetch_files"):
            try:
                communication._fetch_now()
            except FileNotAsked as error:
                raise UserError(str(error)) from error
            except FileLater as error:
                raise UserError(
                    self.env._(
                        "%(provider)s does not give the file at the moment (%(reason)s). Try "
                        "again in a few minutes.",
                        provider=communication.connection_id.provider_label,
                        reason=error,
                    )
                ) from error
        return True

    def _fetch_now(self):
        """:raise FileLater: if one of the files may be had later; then none is kept yet"""
        self._keep_files(*self._fetched(self.env["kala.job"]._seconds_of(MESSAGE_SHARE, LONGEST)))

    def _fetched(self, seconds):
        """:param float seconds: that all of them may take
        :return: (list of (file, bytes, mimetype), list of the reasons why others are refused)
        :raise FileLater: if one of them may be had later"""
        provider = self.connection_id._provider()
        if provider is None:
            return [], [self.env._("the provider is not installed")]
        fetcher = self.connection_id._fetcher(seconds)
        found, refused = [], []
        for file in self.extra.get("files") or ():
            try:
                content, mimetype = provider._fetch_file(self.connection_id, file, fetcher)
                found.append((file, content, self._kept_type(file, mimetype)))
            except FileRefused as error:
                refused.append(str(error))
        return found, refused

    def _keep_files(self, found, refused):
        """:param found: of :meth:`_fetched`, as ``refused``"""
        for n, (file, content, mimetype) in enumerate(found, 1):
            self._keep_file(n, file, content, mimetype)
        if refused:
            self._files_failed("; ".join(dict.fromkeys(refused)))
        else:
            self.write({"files_state": "fetched", "files_error": False})
            self._show_change()

    @api.model
    def _kept_type(self, file, mimetype):
        """:return: the type under which a file is kept: the sender's word, else the host's
        :raise FileRefused: if a browser might run it, by either's word"""
        mimetype = file.get("mimetype") or mimetype or "application/octet-stream"
        mimetype = mimetype.split(";")[0].strip().lower()
        if is_refused_type(mimetype):
            raise FileRefused(self.env._("files of type %s are not kept", mimetype))
        return mimetype

    def _keep_file(self, n, file, content, mimetype):
        """Keep a file with the record (WA4); a second fetch does not keep it twice."""
        files = self.env["ir.attachment"]
        if files._compute_checksum(content) in self.attachment_ids.mapped("checksum"):
            return
        name = one_line(file.get("name"), 120) or f"{file.get('kind') or 'file'}-{self.id}-{n}"
        name += self._missing_ending(name, mimetype)
        attachment = files.create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": self.res_model or self._name,
                "res_id": self.res_id or self.id,
            }
        )
        self.attachment_ids = [(4, attachment.id)]
        if self.mail_message_id:
            self.mail_message_id.attachment_ids = [(4, attachment.id)]

    @api.model
    def _missing_ending(self, name, mimetype):
        """:return: the ending that a name needs so that programs open the file: a dot alone makes
        none ("Offer for Mr. Cohen"); "" where it has one, or its type has none"""
        is_plain = mimetype == "application/octet-stream" and "." in name
        if is_plain or mimetypes.guess_type(name)[0]:
            return ""
        return mimetypes.guess_extension(mimetype) or ""

    def _files_later(self, reason):
        """The next try is due already, unless this was the last one."""
        if self.files_attempts >= TRIES:
            self._files_failed(reason)

    def _files_failed(self, reason):
        _logger.info("files of communication %s: %s", self.id, reason)
        self.write({"files_state": "failed", "files_error": reason})
        self._show_change()
