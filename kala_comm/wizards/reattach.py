from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: Candidates that are listed; the rest is found by search.
SHOWN = 12


class KalaReattach(models.TransientModel):
    """Attach communications to another record (MA9): one click on a candidate, or a search."""

    _name = "kala.reattach"
    _description = "Attach to Another Record"
    _inherit = ["kala.given"]

    communication_ids = fields.Many2many("kala.communication", required=True)
    contact_display = fields.Char(compute="_compute_contact_display")
    candidate_ids = fields.One2many("kala.reattach.candidate", "reattach_id")
    record_ref = fields.Reference(selection="_selection_record_ref", string="Another record")

    @api.model
    def _selection_record_ref(self):
        return [
            ("sale.order", self.env._("Order")),
            ("crm.lead", self.env._("Lead")),
            ("res.partner", self.env._("Customer")),
        ]

    @api.depends("communication_ids")
    def _compute_contact_display(self):
        for wizard in self:
            names = dict.fromkeys(wizard.communication_ids.mapped("contact_display"))
            wizard.contact_display = ", ".join(list(names)[:5])

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard._load_candidates()
        return wizards

    def _load_candidates(self):
        """List what competed when it came in, and what has the contact's address now."""
        rows = {}
        for communication in self.communication_ids:
            for record, verdict in communication._other_candidates():
                rows.setdefault((record._name, record.id), (record, verdict))
        for record in self._records_of_contacts():
            rows.setdefault((record._name, record.id), (record, False))
        self.env["kala.reattach.candidate"].create(
            [
                {
                    "reattach_id": self.id,
                    "record_ref": f"{record._name},{record.id}",
                    "verdict": verdict,
                    "date": record.kala_last_communication_date,
                }
                for record, verdict in list(rows.values())[:SHOWN]
            ]
        )

    def _records_of_contacts(self):
        """:return: list of the records that have a contact point of these contacts, or belong to
        such a customer, which the user may read. Index: ``kala_contact_point_key_uniq``."""
        keys = {c._key() for c in self.communication_ids if c.contact_value}
        if not keys:
            return []
        points = (
            self.env["kala.contact.point"]
            .sudo()
            .search(
                [
                    ("kind", "in", [key.kind for key in keys]),
                    ("value", "in", [key.value for key in keys]),
                ],
                limit=100,
            )
            .filtered(lambda p: (p.kind, p.value) in keys)
        )
        ids = {
            model: points.filtered(lambda p, m=model: p.res_model == m).mapped("res_id")
            for model in ("crm.lead", "res.partner")
        }
        domains = {
            "sale.order": Domain.OR(
                [(field, "in", ids["res.partner"])]
                for field in ("partner_id", "partner_invoice_id", "partner_shipping_id")
            ),
            "crm.lead": Domain("id", "in", ids["crm.lead"])
            | Domain("partner_id", "in", ids["res.partner"]),
            "res.partner": Domain("id", "in", ids["res.partner"]),
        }
        found = [
            record
            for model, domain in domains.items()
            if self.env[model].has_access("read")
            for record in self.env[model].search(domain, limit=SHOWN)
        ]
        present = {(c.res_model, c.res_id) for c in self.communication_ids}
        companies = self.communication_ids.company_id
        # A record of another company would be refused.
        fitting = [
            record for record in found if not record.company_id or record.company_id == companies
        ]
        return [
            record
            for record in fitting
            if len(present) > 1 or (record._name, record.id) not in present
        ]

    def action_attach(self):
        """Attach to the record that was searched for."""
        if not self.record_ref:
            raise UserError(self.env._("Choose a record, or press “Attach” beside a candidate."))
        return self._attach_to(self.record_ref)

    def _attach_to(self, record):
        self.communication_ids.action_reattach(record._name, record.id)
        return {"type": "ir.actions.act_window_close"}


class KalaReattachCandidate(models.TransientModel):
    """A record that the communication could belong to."""

    _name = "kala.reattach.candidate"
    _description = "Candidate Record"
    _inherit = ["kala.given"]
    _order = "id"

    reattach_id = fields.Many2one("kala.reattach", required=True, ondelete="cascade")
    record_ref = fields.Reference(
        selection=lambda self: self.env["kala.reattach"]._selection_record_ref(),
        string="Record",
        required=True,
    )
    kind = fields.Char(compute="_compute_kind")
    verdict = fields.Char(string="Why not chosen")
    date = fields.Datetime(string="Last communication")

    @api.depends("record_ref")
    def _compute_kind(self):
        labels = dict(self.env["kala.reattach"]._selection_record_ref())
        for candidate in self:
            candidate.kind = labels.get(candidate.record_ref and candidate.record_ref._name)

    def action_attach(self):
        """Attach to this candidate."""
        self.ensure_one()
        return self.reattach_id._attach_to(self.record_ref)
