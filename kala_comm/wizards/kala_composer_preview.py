from odoo import api, models

from ..tools import const


class KalaComposer(models.TransientModel):
    """What would become of the message, said before it is sent (CO1, WI2)."""

    _inherit = "kala.composer"

    @api.depends(
        "channel",
        "line_id",
        "template_id",
        "address_id",
        "colleague_id",
        "document_ids",
        "res_ids",
        "ignore_window",
        "attachment_ids",
        "with_document",
        "body",
    )
    def _compute_refusal(self):
        for composer in self:
            composer.refusal = composer.opens_at = False
            record = composer._records()
            if not record:
                composer.refusal = composer._gone_words()
            elif not composer.channel:
                composer.refusal = self.env._("Choose a channel.")
            else:
                composer._look_ahead(record)

    def _gone_words(self):
        return self.env._(
            "The record does not exist any more. Close this window and choose another."
        )

    def _plan(self, record, number, to_user):
        return self.env["kala.outbox"]._plan(
            record,
            self.channel,
            line=self.template_id.line_id or self.line_id._origin,
            number=number,
            now=self.ignore_window,
            template=self.template_id._origin,
            to_user=to_user,
        )

    def _look_ahead(self, record):
        """Say before sending what the gate would say: no consent, window closed."""
        to_user = self._to_user()
        key = self.address_id._key()
        if not (key or to_user) or not self.usable_line_ids:
            return
        [(_record, plan)] = self._plan(record, key, to_user)
        files = self._files_refusal()
        if plan["state"] == const.FAILED or files:
            self.refusal = plan.get("failure_reason") or files
        elif plan.get("wait_reason") == "window":
            self.opens_at = plan["send_after"]

    def _files_refusal(self):
        provider = self.line_id._origin.sudo().connection_id._provider()
        files = (self.attachment_ids | self.document_ids)._origin
        if provider is None or not (files or self._prints()):
            return ""
        template = self.template_id._origin
        return template._files_refusal(provider, self.channel, files, self.body or "")

    @api.depends("line_id")
    def _compute_held_because(self):
        """Why the message would be kept for the time being (DE5, AD5)."""
        for composer in self:
            connection = composer.line_id._origin.sudo().connection_id
            composer.held_because = (
                connection.provider != "sandbox" and self.env["kala.fingerprint"]._warning()
            )
            if not composer.held_because and connection.state in ("paused", "error"):
                composer.held_because = self.env._(
                    "“%s” does not send at the moment. The message is kept and leaves when it "
                    "works again.",
                    connection.name,
                )
