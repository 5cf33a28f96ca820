from odoo import api, fields, models
from odoo.fields import Domain


class KalaMassRow(models.AbstractModel):
    """A record that a mass send has looked at, in a list (BR2)."""

    _name = "kala.mass.row"
    _description = "Record of a Mass Send"
    _inherit = ["kala.hidden.name"]
    _internal_fields = (*("res_id",),)
    _log_access = False
    _rec_name = "record_name"

    mass_send_id = fields.Many2one(
        "kala.mass.send", required=True, ondelete="cascade", readonly=True
    )
    res_id = fields.Integer(readonly=True)
    record_name = fields.Char(
        compute="_compute_record_name", search="_search_record_name", string="Record"
    )

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_record_name(self):
        """Of records that the reader may read: others have no name for him (LO8)."""
        for mass, rows in self.sudo().grouped("mass_send_id").items():
            names = self.env["kala.hidden.name"]._names_of(mass.model, rows.mapped("res_id"))
            for row in rows.sudo(self.env.su):
                row.record_name = names.get(row.res_id, "")

    @api.model
    def _search_record_name(self, operator, value):
        """Search the names of the records that the reader may read."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        found = Domain.FALSE
        for model, _label in self.env["kala.mass.send"]._fields["model"].selection:
            records = self.env[model].with_context(active_test=False)
            if records.has_access("read"):
                named = records._search(Domain("display_name", operator, value))
                of_model = Domain("mass_send_id.model", "=", model)
                found |= of_model & Domain("res_id", "in", named)
        return found

    def action_open_record(self):
        """Open the record of a row; Odoo asks whether the user may read it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.sudo().mass_send_id.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }


class KalaMassSeen(models.Model):
    """A record that will get a mass send, and where: what a check has found. The list is there
    until the mass send starts, or something of it changes (BR2)."""

    _name = "kala.mass.seen"
    _description = "Counted Recipient"
    _inherit = ["kala.mass.row"]
    _internal_fields = (*("res_id", "channel", "contact_kind", "contact_value"),)
    _log_access = False
    _order = "id"

    channel = fields.Char()
    # Of a record that the reader may not read, the address is hidden as its name is.
    contact_kind = fields.Char(required=True, groups="base.group_system")
    contact_value = fields.Char(required=True, groups="base.group_system")
    address = fields.Char(compute="_compute_address")

    _address_uniq = models.UniqueIndex("(mass_send_id, contact_kind, contact_value)")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_address(self):
        for row in self:
            row.address = row.record_name and row.sudo().contact_value


class KalaMassSkip(models.Model):
    """A record that does not get a mass send, and why (BR2); for the list and its export."""

    _name = "kala.mass.skip"
    _description = "Skipped Recipient"
    _inherit = ["kala.mass.row"]
    _log_access = False

    mass_send_id = fields.Many2one(index=True)
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
