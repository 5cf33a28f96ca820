from odoo import models
from odoo.exceptions import UserError

from ...tools import const


class KalaCommunication(models.Model):
    """A person attaches a communication to another record (MA9)."""

    _inherit = "kala.communication"

    def action_open_reattach(self):
        """Choose another record for these communications (MA9)."""
        wizard = self.env["kala.reattach"].create({"communication_ids": [(6, 0, self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Attach to another record"),
            "res_model": "kala.reattach",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_reattach(self, model, record_id):
        """Attach to another record; later messages of the contact follow (MA9).

        The task and the chatter line go along.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :param int record_id: id of the record; the user must be able to write to it, and to the
            one that it is attached to now
        :raise UserError: if the record is gone or of another company
        """
        if model not in const.RECORD_MODELS or model not in self.env:
            raise UserError(self.env._("Choose a lead, an order or a customer."))
        record = self.env[model].browse(record_id).exists()
        if not record:
            raise UserError(self.env._("That record does not exist any more. Choose another."))
        record.check_access("write")
        self.check_access("read")
        for communication in self:
            communication._record().check_access("write")
        self.env["kala.live"]._changed(self.sudo())
        # Defined where conversations are listed: conversation/waiting_news.py.
        before = self.sudo()._waiting_places()
        # The answer times of the record that they leave are counted anew, too.
        self.env["kala.answer.due"].sudo()._note(self.ids)
        for communication in self.sudo():
            communication._reattach(record.sudo())
        self.env["kala.answer"].sudo()._follow(self.ids)
        self.env["kala.live"]._changed(self.sudo())
        self.sudo()._show_waiting(before)
        return True

    def _reattach(self, record):
        company = record.company_id
        if company and company != self.company_id:
            raise UserError(
                self.env._(
                    "“%(record)s” belongs to %(company)s, the message to %(own)s. Choose a "
                    "record of the same company.",
                    record=record.display_name,
                    company=company.name,
                    own=self.company_id.name,
                )
            )
        self.write(dict(self._attach_vals(record), match_rule="user", recency_pending=True))
        self.env["kala.task"]._move(self, record)
        self.mail_message_id.write({"model": record._name, "res_id": record.id})
        for key, connection_id in self._identities():
            self.env["kala.contact.point"].sudo()._pin(
                self.company_id, key, connection_id, record._name, record.id
            )
