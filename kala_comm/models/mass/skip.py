from odoo import api, fields, models
from odoo.fields import Domain


class KalaMassSeen(models.Model):
    """The addresses that a check has counted, for as long as it runs (BR2)."""

    _name = "kala.mass.seen"
    _description = "Counted Recipient"
    _log_access = False

    mass_send_id = fields.Many2one("kala.mass.send", required=True, ondelete="cascade")
    contact_kind = fields.Char(required=True)
    contact_value = fields.Char(required=True)

    _address_uniq = models.UniqueIndex("(mass_send_id, contact_kind, contact_value)")


class KalaMassSkip(models.Model):
    """A record that does not get a mass send, and why (BR2); for the list and its export."""

    _name = "kala.mass.skip"
    _description = "Skipped Recipient"
    _inherit = ["kala.hidden.name"]
    _internal_fields = (*("res_id",),)
    _log_access = False
    _rec_name = "record_name"

    mass_send_id = fields.Many2one(
        "kala.mass.send", required=True, index=True, ondelete="cascade", readonly=True
    )
    res_id = fields.Integer(readonly=True)
    record_name = fields.Char(
        compute="_compute_record_name", search="_search_record_name", string="Record"
    )
    reason = fields.Selection(
        [
            ("no_address", "no address for the channel"),
            ("consent", "no consent, opted out, or on the blacklist"),
            ("rights", "the creator may not change the record"),
            ("duplicate", "the same address as another recipient"),
            ("window", "the send window never opens, or free text is not allowed"),
            ("other", "another reason"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_record_name(self):
        for mass, skips in self.sudo().grouped("mass_send_id").items():
            names = self.env["kala.hidden.name"]._names_of(mass.model, skips.mapped("res_id"))
            for skip in skips.sudo(self.env.su):
                skip.record_name = names.get(skip.res_id, "")

    @api.model
    def _search_record_name(self, operator, value):
        """Search the names of the records that the reader may read."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        found = Domain.FALSE
        for model, _label in self.env["kala.mass.send"]._fields["model"].selection:
            if self.env[model].has_access("read"):
                of_model = Domain("mass_send_id.model", "=", model)
                [[skipped]] = self._read_group(of_model, [], ["res_id:array_agg_distinct"])
                named = Domain("display_name", operator, value) & Domain("id", "in", skipped or [])
                ids = self.env[model].with_context(active_test=False).search(named).ids
                found |= of_model & Domain("res_id", "in", ids)
        return found
