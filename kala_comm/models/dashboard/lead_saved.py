from odoo import api, models

from .kala_badge import LIMIT, WATCHED_FIELDS


class CrmLead(models.Model):
    """What follows where a lead is made, changed or deleted: its new responsible is told, and open
    screens count the new leads again (NO1, ST4)."""

    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._kala_touch_badge()
        self.env["kala.notifier"]._note_assigned(leads.filtered("user_id"))
        return leads

    def write(self, vals):
        if "company_id" in vals:
            self._kala_touch_badge()
        given = self._kala_given(vals)
        result = super().write(vals)
        self.env["kala.notifier"]._note_assigned(given)
        if not WATCHED_FIELDS.isdisjoint(vals):
            self._kala_touch_badge()
        return result

    def unlink(self):
        self._kala_touch_badge()
        return super().unlink()

    def _kala_touch_badge(self):
        self.env["kala.badge"]._touch({lead.company_id.id for lead in self.sudo()})

    @api.model
    @api.readonly
    def kala_count_new(self):
        """Count the leads in a status of type "new" that the user may see (ST4).

        Index: ``crm_lead__stage_id_index``.

        :return: dict: ``count``, at most 1000, and ``limit``
        """
        if not self.has_access("read"):
            # The to-do page asks for everybody.
            return {"count": 0, "limit": LIMIT}
        domain = [("stage_id", "in", self._kala_new_stages().ids)]
        return {"count": self.search_count(domain, limit=LIMIT), "limit": LIMIT}

    @api.model
    def _kala_new_stages(self):
        new = self.env["kala.status.type"]._id_of("new")
        return self.env["crm.stage"].sudo().search([("kala_status_type_id", "=", new)])


class CrmStage(models.Model):
    """Another meaning of a stage makes other leads new ones."""

    _inherit = "crm.stage"

    def write(self, vals):
        if "kala_status_type_id" in vals:
            self.env["kala.badge"]._touch([False])
        return super().write(vals)
