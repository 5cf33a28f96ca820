from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    kala_phone = fields.Char("Customer's phone", compute="_compute_kala_phone")

    @api.depends("partner_id.phone")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_kala_phone(self):
        self.env["kala.phone.number"]._show_phones(self)


class AccountMove(models.Model):
    """From the number of its customer one writes about an invoice (SE2)."""

    _inherit = "account.move"

    kala_phone = fields.Char("Customer's phone", compute="_compute_kala_phone")

    @api.depends("partner_id.phone")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_kala_phone(self):
        self.env["kala.phone.number"]._show_phones(self)


class KalaPhoneNumber(models.AbstractModel):
    """What the numbers of lists and forms offer to who rests on them (SE2)."""

    _name = "kala.phone.number"
    _description = "Phone Number in a List or Form"

    @api.model
    def offer(self, model, res_id, number):
        """On which channels a number can be reached now, and on which record one writes.

        :param str model: of the list or form: a lead, an order, a customer, an invoice or a
            communication
        :param str number: as it stands there
        :return: dict ``model``, ``id``: of the record that is written to; ``channels``: list of
            dicts ``channel``, ``label`` (SE1); empty where nothing can be offered
        :raise AccessError: if the user may not read the record
        """
        none = {"model": False, "id": False, "channels": []}
        if model not in self._models():
            return none
        shown = self.env[model].browse(int(res_id)).exists()
        shown.check_access("read")
        record = self._written_to(shown) if shown else shown
        is_user = self.env["kala.communication"].has_access("read")
        if not is_user or not record or not record.has_access("read"):
            return none
        return {
            "model": record._name,
            "id": record.id,
            "channels": record.kala_phone_channels(str(number)),
        }

    @api.model
    def _models(self):
        return ("crm.lead", "sale.order", "res.partner", "account.move", "kala.communication")

    @api.model
    def _written_to(self, shown):
        """:return: the lead, order or customer that is written to from what is shown; or none"""
        if shown._name == "account.move":
            return shown.partner_id
        if shown._name == "kala.communication":
            return shown._record().exists() if shown.res_id else None
        return shown

    @api.model
    def _show_phones(self, documents):
        """The number of each document's customer, as far as the user may read the customer, in
        whatever way he came by the document."""
        customers = documents.partner_id._origin.with_user(self.env.uid)._filtered_access("read")
        phones = {customer.id: customer.phone for customer in customers}
        for document in documents:
            document.kala_phone = phones.get(document.partner_id._origin.id, False)
