from odoo import api, fields, models


class KalaFirstView(models.Model):
    """When each user first opened a record (LO7). One narrow row for a user and a record, written
    once; who manages communications and may read the record reads it."""

    _name = "kala.first.view"
    _inherit = ["kala.hidden.name", "kala.of.record"]
    _description = "First Look at a Record"
    _internal_fields = ("res_id", "res_model")
    _log_access = False
    _order = "date, id"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(required=True, readonly=True, model_field="res_model")
    date = fields.Datetime(string="First opened", required=True, readonly=True)

    _place_uniq = models.UniqueIndex(
        "(res_model, res_id, user_id)", "A user opens a record for the first time once."
    )

    @api.model
    def note(self, model, res_id):
        """The user looks at a record; the first time is kept (LO7).

        Index: ``kala_first_view_place_uniq``.

        :param str model: ``sale.order``, ``crm.lead`` or ``res.partner``
        :param int res_id: id of the record
        :return: dict: ``date`` (UTC), when it was
        :raise AccessError: if the user reads no communications, or may not read that record
        """
        self.env["kala.communication"].check_access("read")
        record = self.env["kala.conversation"]._record(model, res_id)
        self.env.cr.execute(
            """INSERT INTO kala_first_view (user_id, res_model, res_id, date)
               VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC') ON CONFLICT DO NOTHING""",
            [self.env.uid, record._name, record.id],
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)
        own = [
            ("user_id", "=", self.env.uid),
            ("res_model", "=", model),
            ("res_id", "=", record.id),
        ]
        return {"date": fields.Datetime.to_string(self.sudo().search(own).date)}

    @api.model
    def _follow(self, model, from_ids, to_id):
        """Who opened a record that was merged has opened the one that stays; a deleted one leaves
        nothing.

        :param to_id: id of the record that stays, None = none does
        """
        values = {"model": model, "from": list(from_ids), "to": to_id}
        if to_id:
            self.env.cr.execute(
                """INSERT INTO kala_first_view AS v (user_id, res_model, res_id, date)
                   SELECT user_id, res_model, %(to)s, min(date) FROM kala_first_view
                    WHERE res_model = %(model)s AND res_id = ANY(%(from)s)
                    GROUP BY user_id, res_model
                       ON CONFLICT (res_model, res_id, user_id) DO UPDATE
                      SET date = least(v.date, excluded.date)""",
                values,
            )
        self.env.cr.execute(
            "DELETE FROM kala_first_view WHERE res_model = %(model)s AND res_id = ANY(%(from)s)",
            values,
        )
        self.invalidate_model(flush=False)


class KalaCommunicationMixin(models.AbstractModel):
    _inherit = "kala.communication.mixin"

    def action_kala_first_views(self):
        """Open the list of who opened this record, and when for the first time (LO7)."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who opened it"),
            "res_model": "kala.first.view",
            "views": [(False, "list")],
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
            "target": "new",
        }
