from functools import partial

from odoo import api, models

from ...tools import const

#: Where more conversations change at once, that is an import or a mass send: nobody watches it row
#: by row, and everybody's inbox is told to read its list again.
MANY = 400


class KalaWaiting(models.Model):
    """Who hears that conversations changed (LO9): the responsible of the record, and who has a task
    on it; the rest of the company hears that something did."""

    _inherit = "kala.waiting"

    @api.model
    def _tell(self, places, users=None):
        """Told once, when the transaction ends.

        :param places: iterable of (model, id, company id or False)
        :param users: of whom it was, too
        """
        places = {place for place in places if place[0] in const.RECORD_MODELS and place[1]}
        if not places:
            return
        data = self.env.cr.precommit.data
        if "kala_comm.waiting" not in data:
            data["kala_comm.waiting"] = (set(), {})
            self.env.cr.precommit.add(partial(self.sudo()._tell_now, data["kala_comm.waiting"]))
        told, of_users = data["kala_comm.waiting"]
        told |= places
        for user_id in users.ids if users else ():
            of_users.setdefault(user_id, set()).update(self._key_of(*p[:2]) for p in places)

    @api.model
    def _tell_now(self, told):
        self.env.cr.precommit.data.pop("kala_comm.waiting", None)
        places, keys = told
        if len(places) <= MANY:
            for user_id, of_user in self._concerned({place[:2] for place in places}).items():
                keys.setdefault(user_id, set()).update(of_user)
        companies = {company_id for *_place, company_id in places if company_id}
        self.env["kala.live"]._tell_inbox(keys, companies)

    @api.model
    def _concerned(self, places):
        """Index: ``mail_activity__res_id_index``.

        :return: dict user id → keys
        """
        self.env["mail.activity"].flush_model(["user_id", "active", "res_id", "res_model"])
        for model in const.RECORD_MODELS:
            self.env[model].flush_model(["user_id"])
        self.env.cr.execute(
            """SELECT DISTINCT x.user_id, r.model, r.id
                 FROM unnest(%s::text[], %s::int[]) AS r(model, id)
                 JOIN LATERAL (
                      SELECT user_id FROM crm_lead WHERE r.model = 'crm.lead' AND id = r.id
                       UNION ALL
                      SELECT user_id FROM sale_order WHERE r.model = 'sale.order' AND id = r.id
                       UNION ALL
                      SELECT user_id FROM res_partner WHERE r.model = 'res.partner' AND id = r.id
                       UNION ALL
                      SELECT user_id FROM mail_activity a
                       WHERE a.res_model = r.model AND a.res_id = r.id AND a.active) x ON TRUE
                WHERE x.user_id IS NOT NULL""",
            [[model for model, _id in places], [res_id for _model, res_id in places]],
        )
        found = {}
        for user_id, model, res_id in self.env.cr.fetchall():
            found.setdefault(user_id, set()).add(self._key_of(model, res_id))
        return found

    @api.model
    def _companies_of(self, model, res_id):
        """Indexes: ``kala_communication_lead_idx``, ``kala_communication_order_idx``,
        ``kala_communication_partner_idx``.

        :return: set of (model, id, company id) of the conversations of a record"""
        communications = self.env["kala.communication"]
        communications.flush_model()
        column = const.RECORD_FIELDS[model]
        self.env.cr.execute(
            f"""SELECT DISTINCT company_id FROM kala_communication
                 WHERE {column} = %s AND res_model = %s AND res_id = %s""",
            [res_id, model, res_id],
        )
        return {(model, res_id, row[0]) for row in self.env.cr.fetchall()}
