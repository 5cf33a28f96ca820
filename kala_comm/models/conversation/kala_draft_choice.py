from odoo import api, fields, models

from ...tools.text import one_line

#: Characters of an address, and of what kind it is.
ADDRESS, KIND = 320, 20
#: Files of a draft at most; no provider takes as many.
MOST_FILES = 50
#: What the files of an answer belong to until it is kept as a draft.
UPLOADED_TO = "kala.composer"


class KalaDraft(models.Model):
    """What was chosen for a draft: line, address, template and files (LO10)."""

    _inherit = "kala.draft"

    line_id = fields.Many2one("kala.line", readonly=True, ondelete="set null")
    template_id = fields.Many2one("kala.template", readonly=True, ondelete="set null")
    colleague_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    contact_kind = fields.Char(readonly=True, help="Of the address, or of who else it goes to.")
    contact_value = fields.Char(readonly=True)
    attachment_ids = fields.Many2many("ir.attachment", readonly=True)

    def _keep_choice(self, values, is_known):
        """Keep what was chosen beside the text; the draft is in superuser mode.

        :param dict values: ``line_id``, ``template_id``, ``colleague_id``, ``attachment_ids`` (ids
            of what the user may read, else left out), ``contact_kind``, ``contact_value``
        :param bool is_known: the window knew the draft as it was; else the files that another
            window has added stay, as its text does
        """
        self.ensure_one()
        self.write(
            {
                "line_id": self._readable_ids("kala.line", [values.get("line_id")]).id,
                "template_id": self._readable_ids("kala.template", [values.get("template_id")]).id,
                "colleague_id": self._readable_ids("res.users", [values.get("colleague_id")]).id,
                "contact_kind": one_line(str(values.get("contact_kind") or ""), KIND),
                "contact_value": one_line(str(values.get("contact_value") or ""), ADDRESS),
            }
        )
        self._keep_files(values.get("attachment_ids") or (), is_known)

    def _keep_files(self, ids, is_known):
        """The files belong to the draft from now on: they go with it, and so does a file that was
        taken out again."""
        files = self._readable_ids("ir.attachment", ids)[:MOST_FILES].sudo()
        if not is_known:
            files |= self.attachment_ids
        own = {"res_model": self._name, "res_id": self.id}
        uploaded = files.filtered(
            lambda file: file.res_model == UPLOADED_TO and file.create_uid == self.user_id
        )
        uploaded.write(own)
        gone = self.attachment_ids - files
        self.attachment_ids = files
        gone.filtered(lambda file: (file.res_model, file.res_id) == tuple(own.values())).unlink()

    @api.model
    def _readable_ids(self, model, ids):
        """:return: those of the records that are there and that the user may read"""
        wanted = [res_id for res_id in ids if type(res_id) is int]
        records = self.env[model].with_user(self.env.uid).sudo(False).browse(wanted)
        return records.exists()._filtered_access("read")

    def _choice_facts(self):
        """:return: dict of what was chosen; ids, or empty"""
        return {
            "line_id": self.line_id.id,
            "template_id": self.template_id.id,
            "colleague_id": self.colleague_id.id,
            "contact_kind": self.contact_kind or "",
            "contact_value": self.contact_value or "",
            "attachment_ids": self.attachment_ids.ids,
        }

    @api.model
    def _leave_files(self, model, from_ids, to_id):
        """The files of drafts on merged records go to the draft on the one that stays.

        Index: ``kala_draft_place_uniq``.
        """
        self.env["ir.attachment"].flush_model(["res_model", "res_id"])
        values = {"model": model, "from": list(from_ids), "to": to_id}
        pairs = """FROM kala_draft o
                   JOIN kala_draft n ON n.res_model = o.res_model AND n.user_id = o.user_id
                                    AND n.res_id = %(to)s"""
        self.env.cr.execute(
            f"""INSERT INTO ir_attachment_kala_draft_rel (kala_draft_id, ir_attachment_id)
                SELECT n.id, r.ir_attachment_id {pairs}
                  JOIN ir_attachment_kala_draft_rel r ON r.kala_draft_id = o.id
                 WHERE o.res_model = %(model)s AND o.res_id = ANY(%(from)s)
                    ON CONFLICT DO NOTHING""",
            values,
        )
        self.env.cr.execute(
            f"""UPDATE ir_attachment a SET res_id = p.to_id
                  FROM (SELECT o.id AS from_id, n.id AS to_id {pairs}
                         WHERE o.res_model = %(model)s AND o.res_id = ANY(%(from)s)) p
                 WHERE a.res_model = 'kala.draft' AND a.res_id = p.from_id""",
            values,
        )
        self.env["ir.attachment"].invalidate_model(["res_id"], flush=False)
