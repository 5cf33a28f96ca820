from odoo import models
from odoo.exceptions import UserError

from .kala_composer import NO_ADDRESS, TYPED

#: Files of a record that are offered to go along, the newest ones.
DOCUMENTS = 10


class KalaComposer(models.TransientModel):
    """What the answer box offers beside the text: addresses to keep, documents to send along."""

    _inherit = "kala.composer"

    def save_address(self, address_id):
        """Put an address that only wrote here on the card of the record (LO2).

        :param int address_id: id of a row of :attr:`address_ids`
        :return: dict: ``words`` that say what was done, ``facts`` of the box that have changed
        :raise AccessError: if the user may not write to the card
        :raise UserError: if the card has no empty field for it, or has it already
        """
        self.ensure_one()
        row = self.address_ids.filtered(lambda row: row.id == address_id)
        key = row._key()
        if not key:
            raise UserError(
                self.env._("This address is not in the list any more. Open the record again.")
            )
        record = self._records()
        words = self.env["kala.conversation"]._save_on_card(record, key, row.name)
        return {"words": words, "facts": {"addresses": self._address_facts(record)}}

    def _take_draft(self, draft, is_begun_new=False):
        """Choose what was chosen for the draft, as far as it can still be chosen (LO10).

        :param dict draft: of ``kala.draft``
        :param bool is_begun_new: somebody else is written to: of the draft only its text and files
        """
        files = self.env["ir.attachment"].browse(draft["attachment_ids"]).exists()
        self.attachment_ids |= files._filtered_access("read")
        if not draft["version"] or is_begun_new or draft["channel"] != self.channel:
            return
        wanted = (draft["contact_kind"], draft["contact_value"])
        rows = self.usable_address_ids
        row = rows.filtered(lambda row: (row.kind, row.value or "") == wanted)[:1]
        if not row:
            row = rows.filtered(lambda row: row.kind == wanted[0] and row.kind in NO_ADDRESS)[:1]
        if row:
            typed = wanted[1] if row.kind in TYPED.values() else False
            self.write(
                {"address_id": row.id, "number": typed, "colleague_id": draft["colleague_id"]}
            )
        template = self.usable_template_ids.filtered(lambda t: t.id == draft["template_id"])
        line = self.usable_line_ids.filtered(lambda line: line.id == draft["line_id"])
        if template:
            self.template_id = template
            # A file of the template that was taken out stays out (TE5).
            self.attachment_ids = files._filtered_access("read")
        if line and not self.fixed_line_id:
            self.line_id = line

    def _address_facts(self, record):
        """:return: list of dicts ``id``, ``name``, ``kind``, ``value``, ``may_save`` (it is not on
        the card, and the user may write to it)"""
        rows = self.usable_address_ids
        keys = [key for key in map(lambda row: row._key(), rows) if key]
        saved = self.env["kala.conversation"]._may_save(record, keys) if record else ()
        return [
            {
                "id": row.id,
                "name": row.name,
                "kind": row.kind,
                "value": row.value or "",
                "may_save": row._key() in saved,
            }
            for row in rows
        ]

    def _document_facts(self):
        """:return: list of dicts ``id``, ``name``, ``is_chosen``: the newest files of the record
        that the user may read, where the line takes files"""
        if not self.takes_files:
            return []
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self.res_model),
                ("res_id", "in", self.res_ids),
                ("res_field", "=", False),
            ],
            order="id desc",
            limit=DOCUMENTS,
        )
        chosen = self.document_ids
        return [
            {"id": file.id, "name": file.name, "is_chosen": file in chosen}
            for file in chosen | files
        ]

    def _most_files(self):
        """:return: int: the most files that a message may have"""
        lines = (self.line_id or self.usable_line_ids)._origin.sudo()
        providers = [line.connection_id._provider() for line in lines]
        return max(
            (provider._max_files for provider in providers if provider is not None), default=0
        )
