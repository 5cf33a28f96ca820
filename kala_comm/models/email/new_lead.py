from odoo import api, models

from .values import EmailFacts


class CrmLead(models.Model):
    """A lead that Odoo makes of an e-mail (MX2)."""

    _inherit = "crm.lead"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Odoo writes the sender's address into a new lead, and so into its customer. The sender of
        a form is a machine (MX2), and a customer's own address is never overwritten (MA3)."""
        facts = EmailFacts.carried(self.env)
        customer = self.env["res.partner"].browse((custom_values or {}).get("partner_id") or ())
        if facts.is_form or (facts.line_id and customer):
            msg_dict = {**msg_dict, "from": customer.email, "email_from": False}
        return super().message_new(msg_dict, custom_values)
