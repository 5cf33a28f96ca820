from odoo import api, models


class KalaAnswer(models.Model):
    """Rows of lines that belong to another record now: at once, since who may read a row depends on
    its record (LO8). The job counts the times anew."""

    _inherit = "kala.answer"

    @api.model
    def _follow(self, ids):
        """:param ids: of communications that were attached to another record, or to none
        Index: ``kala_answer_line_uniq``.
        """
        ids = list(ids)
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """UPDATE kala_answer a SET res_model = k.res_model, res_id = k.res_id
                 FROM kala_communication k
                WHERE k.id = a.communication_id AND a.communication_id = ANY(%s)""",
            [ids],
        )
        self.invalidate_model(["res_model", "res_id"], flush=False)
        self.env["kala.answer.due"]._note(ids)

    @api.model
    def _follow_merge(self, model, from_ids, to_id):
        """Records were merged into one. Its lines are noted with their other news.

        Index: ``kala_answer_place_idx``.
        """
        self.env.cr.execute(
            """UPDATE kala_answer SET res_id = %s WHERE res_model = %s AND res_id = ANY(%s)""",
            [to_id, model, list(from_ids)],
        )
        self.invalidate_model(["res_id"], flush=False)
