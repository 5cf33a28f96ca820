from odoo import fields, models


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
    _log_access = False
    _rec_name = "record_name"

    mass_send_id = fields.Many2one(
        "kala.mass.send", required=True, index=True, ondelete="cascade", readonly=True
    )
    res_id = fields.Integer(readonly=True)
    record_name = fields.Char(compute="_compute_record_name", string="Record")
    reason = fields.Selection(
        [
            ("no_address", "no address for the channel"),
            ("consent", "no consent, opted out, or on the blacklist"),
            ("duplicate", "the same address as another recipient"),
            ("window", "the send window never opens, or free text is not allowed"),
            ("other", "another reason"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)

    def _compute_record_name(self):
        for mass, skips in self.grouped("mass_send_id").items():
            records = self.env[mass.model].sudo().browse(skips.mapped("res_id")).exists()
            names = {record.id: record.display_name for record in records}
            for skip in skips:
                skip.record_name = names.get(skip.res_id, "")
