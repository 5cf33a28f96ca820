from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import const
from ..connection.channel_fields import ChannelField


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "kala.contact.mixin", "kala.communication.mixin"]

    kala_status_type_id = fields.Many2one(
        "kala.status.type",
        string="Status type",
        compute="_compute_kala_status_type_id",
        search="_search_kala_status_type_id",
        help="What the lead's stage means; of a lost lead, what its lost reason means.",
    )
    kala_origin = ChannelField(
        string="Origin",
        readonly=True,
        help="The channel that brought the lead.",
    )
    kala_communication_ids = fields.One2many(
        "kala.communication", "lead_id", domain=const.LISTED_DOMAIN
    )

    _kala_last_communication_idx = models.Index(
        "(kala_last_communication_date DESC NULLS LAST, id DESC)"
    )

    @api.depends(
        "won_status",
        "stage_id.kala_status_type_id",
        "lost_reason_id.kala_status_type_id",
    )
    def _compute_kala_status_type_id(self):
        types = self.env["kala.status.type"]
        for lead in self:
            if lead.won_status == "lost":
                lead.kala_status_type_id = lead.lost_reason_id.kala_status_type_id or types._id_of(
                    "lost"
                )
            else:
                lead.kala_status_type_id = lead.stage_id.kala_status_type_id or types._id_of("open")

    @api.model
    def _search_kala_status_type_id(self, operator, value):
        types = self.env["kala.status.type"]
        if operator in ("any", "like", "ilike", "=like", "=ilike"):
            by_name = value if operator == "any" else [("display_name", operator, value)]
            ids = types.with_context(active_test=False).search(by_name).ids
        elif operator == "in":
            ids = [item for item in value if item]
        else:
            return NotImplemented
        lost = Domain("won_status", "=", "lost")
        by_stage = Domain("stage_id.kala_status_type_id", "in", ids)
        if types._id_of("open") in ids:
            by_stage |= Domain("stage_id.kala_status_type_id", "=", False)
        by_reason = Domain("lost_reason_id.kala_status_type_id", "in", ids)
        if types._id_of("lost") in ids:
            by_reason |= Domain("lost_reason_id.kala_status_type_id", "=", False)
        return (lost & by_reason) | (~lost & by_stage)

    # ------------------------------------------------------------------ contacts

    @api.model
    def _kala_email_field(self):
        return "email_from"

    @api.model
    def _kala_contact_depends(self):
        return [*super()._kala_contact_depends(), "partner_id"]

    def _compute_kala_contact_keys(self):
        result = super()._compute_kala_contact_keys()
        linked = {
            lead.id: lead.partner_id.id
            for lead in self
            if lead.partner_id and isinstance(lead.id, int)
        }
        if linked:
            self._kala_share_identities(linked)
        return result

    @api.model
    def _kala_share_identities(self, linked):
        """Once a lead is linked to a customer, its communications are the customer's, and the ids
        that it is known by, too (MA8). Those of another customer they stop being, if nothing but
        this lead said that they were.

        :param dict linked: lead id → customer id
        """
        known = self.env["kala.contact.point"]._link_leads(linked)
        if known:
            self.env["kala.contact.point"]._give_identities(
                [(res_id, linked[res_id], *identity) for res_id, *identity in known]
            )

    def _kala_customer(self):
        return self.partner_id

    def _kala_contacts(self):
        return self.partner_id

    # ------------------------------------------------------------------ merge

    def _merge_dependences(self, opportunities):
        """Communications, pins and tasks go with the lead that stays (MA12)."""
        self._kala_absorb(opportunities)
        return super()._merge_dependences(opportunities)
