from odoo import fields, models
from odoo.exceptions import UserError


class KalaComposer(models.TransientModel):
    """The button: what was written goes to the outbox."""

    _inherit = "kala.composer"

    def action_send(self):
        """Queue the message; pressing twice queues it once.

        :raise UserError: with what is missing
        """
        self._send()
        return {"type": "ir.actions.act_window_close"}

    def _send(self):
        """:return: ``kala.communication`` that was queued, now or by an earlier press
        :raise UserError: with what is missing
        """
        self.ensure_one()
        record = self._records()
        if not record:
            raise UserError(self._gone_words())
        communication = record.kala_send(
            self.channel,
            body=self.body,
            subject=self.subject if self.channel == "email" else None,
            template=self.template_id or None,
            attachments=self._files(record) if self.takes_files else [],
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
        self._rehome_files(communication)
        return communication

    def _files(self, record):
        """:return: ``ir.attachment`` that go along, the printed order among them (SE3)"""
        files = self.attachment_ids | self.document_ids
        if not self._prints():
            return files
        printed = self.env["ir.attachment"].create(
            [
                {"name": name, "raw": content, "res_model": self._name, "res_id": self.id}
                for name, content in record._kala_documents()
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

    def _rehome_files(self, communication):
        """Files belong to the record from now on: who sees it sees them, and they outlive the
        composer."""
        homes = (self._name, "kala.draft")
        files = self.attachment_ids.filtered(lambda file: file.res_model in homes).sudo()
        [(_message, model, res_id)] = communication.sudo()._homes_of_files()
        files.write({"res_model": model, "res_id": res_id})
