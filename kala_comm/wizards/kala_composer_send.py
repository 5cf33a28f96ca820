from odoo import fields, models
from odoo.exceptions import UserError

from .kala_composer import MANY


class KalaComposer(models.TransientModel):
    """The button: what was written goes to the outbox."""

    _inherit = "kala.composer"

    def action_send(self):
        """Queue the messages; pressing twice queues them once.

        :raise UserError: with what is missing
        """
        self.ensure_one()
        records = self._records()
        if not records:
            raise UserError(
                self.env._(
                    "The record does not exist any more. Close this window and choose another."
                )
            )
        if len(records) > MANY:
            raise UserError(self._too_many(records))
        each_his_own = self.template_id and len(records) > 1
        communications = records.kala_send(
            self.channel,
            body=None if each_his_own else self.body,
            subject=None if each_his_own or self.channel != "email" else self.subject,
            template=self.template_id or None,
            attachments=self._files(records) if self.takes_files else None,
            now=self.ignore_window,
            line=self.line_id or None,
            number=self._number(),
            to_user=self._to_user(asked=True) or None,
            send_after=self._send_after(),
            key=f"composer-{self.id}",
            reply_to=self.reply_to_id or None,
            fallback=self.fallback_channel in (self.fallback_channels or ())
            and self.fallback_channel,
        )
        self._rehome_files(communications)
        close = {"type": "ir.actions.act_window_close"}
        if len(records) == 1:
            return close
        failed = communications.filtered(lambda c: c.state == "failed")
        message = self.env._("On their way: %s.", len(communications - failed))
        if failed:
            message += " " + self.env._(
                "Could not be sent: %s; the list of failed messages says why.", len(failed)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": message,
                "sticky": bool(failed),
                "next": close,
            },
        }

    def _files(self, records):
        """:return: ``ir.attachment`` that go along, the printed order among them (SE3)"""
        files = self.attachment_ids | self.document_ids
        if not self._prints():
            return files
        printed = self.env["ir.attachment"].create(
            [
                {"name": name, "raw": content, "res_model": self._name, "res_id": self.id}
                for name, content in records._kala_documents()
            ]
        )
        self.attachment_ids |= printed
        return files | printed

    def _prints(self):
        """:return: whether the order goes along as it is printed"""
        return self.with_document and self.prints_document

    def _number(self):
        """:return: what goes to ``kala_send`` as number"""
        if not self.is_typed:
            return self.address_id._key()
        if not (self.number or "").strip():
            if self.channel == "email":
                raise UserError(
                    self.env._("Type the address to write to, for example dana@example.com.")
                )
            raise UserError(
                self.env._("Type the number to write to, for example +972 50 234 5678.")
            )
        return self.number

    def _to_user(self, asked=False):
        """:param bool asked: the message is being sent: a colleague must have been chosen
        :return: ``res.users``: the one of us that it goes to, perhaps empty"""
        row = self.address_id
        if row.kind == "colleague" and asked and not self.colleague_id:
            raise UserError(self.env._("Choose the colleague to write to."))
        return self.colleague_id._origin if row.kind == "colleague" else row.user_id

    def _send_after(self):
        if self.send_when != "later":
            return None
        if not self.send_after:
            raise UserError(self.env._("Choose the time to send at, or choose “Now”."))
        if self.send_after <= fields.Datetime.now():
            raise UserError(self.env._("That time has passed. Choose a later one, or “Now”."))
        return self.send_after

    def _rehome_files(self, communications):
        """Files belong to the record from now on: who sees it sees them, and they outlive the
        composer. Of several records each gets its own; the content is kept once."""
        files = self.attachment_ids.filtered(lambda file: file.res_model == self._name).sudo()
        if not files:
            return
        messages = communications.sudo()
        homes = messages.grouped(lambda c: (c.res_model or c._name, c.res_id or c.id))
        for n, (home, at_home) in enumerate(homes.items()):
            vals = dict(zip(("res_model", "res_id"), home, strict=True))
            if n == 0:
                files.write(vals)
                continue
            own = files.copy(vals)
            at_home.attachment_ids = at_home.attachment_ids - files + own
