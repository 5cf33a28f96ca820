from odoo import api, fields, models

from ...tools import states

#: Lines that may change an answer time: what the contact wants, what a person of ours answers in
#: whatever state, and calls.
_COUNTS = (
    f"({states.is_asked('k')} OR {states.is_answer('k')} OR k.call_status IS NOT NULL)"
    " AND (k.res_id IS NOT NULL OR k.contact_value IS NOT NULL)"
)


class KalaAnswerDue(models.Model):
    """Places whose answer times are to be counted: a record, or a contact that no record is known
    of. Rows are only added, so that nobody waits for anybody; the job takes them away."""

    _name = "kala.answer.due"
    _inherit = ["kala.hidden.name"]
    _description = "Answer Time to Be Counted"
    _log_access = False

    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    contact_kind = fields.Char()
    contact_value = fields.Char()

    @api.model
    def _note(self, ids):
        """Let the job count the answer times of the places to which some lines of the log belong
        now. Costs one statement, whoever asks.

        Index: primary key of the log.

        :param ids: iterable of ids of ``kala.communication``
        """
        ids = list(ids)
        if not ids:
            return
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""INSERT INTO kala_answer_due
                       (res_model, res_id, company_id, contact_kind, contact_value)
                SELECT DISTINCT k.res_model, k.res_id, k.company_id,
                       CASE WHEN k.res_id IS NULL THEN k.contact_kind END,
                       CASE WHEN k.res_id IS NULL THEN k.contact_value END
                  FROM kala_communication k
                 WHERE k.id = ANY(%s) AND {_COUNTS}""",
            [ids],
            log_exceptions=False,
        )

    @api.model
    def _take(self, limit):
        """Take some places away. Index: primary key.

        :return: (set of Place tuples (model, id, company id, kind, value), how many rows they were)
        """
        self.env.cr.execute(
            """DELETE FROM kala_answer_due
                WHERE id IN (SELECT id FROM kala_answer_due ORDER BY id LIMIT %s)
            RETURNING res_model, res_id, company_id, contact_kind, contact_value""",
            [limit],
        )
        rows = self.env.cr.fetchall()
        return set(rows), len(rows)
