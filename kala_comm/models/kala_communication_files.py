import logging
import mimetypes
from datetime import timedelta

from odoo import api, fields, models

from ..tools import backoff
from ..tools.fetch import REFUSED_TYPES, Fetcher, FileLater, FileRefused
from ..tools.text import one_line

_logger = logging.getLogger(__name__)

BATCH = 20
TRIES = 6


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

    _files_idx = models.Index("(files_due, id) WHERE files_state = 'waiting'")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("direction") == "in" and (vals.get("extra") or {}).get("files"):
                self._prepare_files_vals(vals)
        return super().create(vals_list)

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

    @api.model
    def _cron_fetch_files(self):
        """Fetch waiting files. Index: ``kala_communication__files_idx``."""
        while waiting := self.search(
            [("files_state", "=", "waiting"), ("files_due", "<=", fields.Datetime.now())],
            order="files_due, id",
            limit=BATCH,
        ):
            for communication in waiting:
                self.env["kala.job"]._guarded(
                    communication,
                    lambda waiting: waiting._fetch_files(),
                    lambda waiting, fault: waiting._files_later(str(fault)),
                )
                if not self.env["ir.cron"]._commit_progress(1):
                    return
        later = self.search([("files_state", "=", "waiting")], order="files_due", limit=1)
        if later:
            self.env.ref("kala_comm.ir_cron_files")._trigger(at=later.files_due)

    def action_fetch_files(self):
        """Fetch the files now (WA4, where they are not saved by themselves)."""
        self.check_access("read")
        for communication in self.sudo().filtered(
            lambda c: c.files_state in ("provider", "failed")
        ):
            communication._fetch_files()
        return True

    def _fetch_files(self):
        """Fetch all files of one message; what may pass is tried again with growing pauses."""
        self.ensure_one()
        provider = self.connection_id._provider()
        if provider is None:
            self._files_failed(self.env._("the provider is not installed"))
            return
        fetcher = Fetcher(provider._file_hosts, provider._base_url(self.connection_id))
        try:
            for n, file in enumerate(self.extra.get("files") or ()):
                content, mimetype = provider._fetch_file(self.connection_id, file, fetcher)
                self._keep_file(n, file, content, mimetype)
        except FileRefused as error:
            self._files_failed(str(error))
        except FileLater as error:
            self._files_later(str(error))
        else:
            self.files_state = "fetched"
            self.env["kala.live"]._changed(self)

    def _keep_file(self, n, file, content, mimetype):
        """Keep a file with the record (WA4); a second fetch does not keep it twice."""
        mimetype = file.get("mimetype") or mimetype or "application/octet-stream"
        mimetype = mimetype.split(";")[0].strip().lower()
        if mimetype in REFUSED_TYPES:
            # The sender may name another type than the host that keeps the file.
            raise FileRefused(self.env._("files of type %s are not kept", mimetype))
        ending = mimetypes.guess_extension(mimetype) or ""
        name = one_line(file.get("name"), 120) or f"{file.get('kind') or 'file'}-{self.id}-{n + 1}"
        if ending and "." not in name:
            name += ending
        if name in self.attachment_ids.mapped("name"):
            return
        attachment = self.env["ir.attachment"].create(
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

    def _files_later(self, reason):
        self.files_attempts += 1
        if self.files_attempts >= TRIES:
            self._files_failed(reason)
            return
        pause = backoff.pause_seconds(self.files_attempts)
        self.files_due = fields.Datetime.now() + timedelta(seconds=pause)

    def _files_failed(self, reason):
        _logger.info("files of communication %s: %s", self.id, reason)
        self.files_state = "failed"
        self.files_note = self.env._(
            "%(files)s (not fetched: %(reason)s)", files=self.files_note or "", reason=reason
        )
        self.env["kala.live"]._changed(self)
