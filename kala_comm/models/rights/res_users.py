from odoo import models


class ResUsers(models.Model):
    """Who may be given the work of a communication (RE6)."""

    _inherit = "res.users"

    def _kala_may_take(self, company, record):
        """:return: whether the user may be made responsible (RE6)"""
        return not self._kala_obstacle(company, record)

    def _kala_obstacle(self, company, record):
        """RE6: archived, portal and out-of-company users are passed over, and those who may not
        read the record.

        :param company: ``res.company`` of the communication
        :param record: its record; empty for a lead that is not made yet
        :return: archived, portal, company or read: what speaks against the user; False if nothing
            does
        """
        self.ensure_one()
        if not self.active:
            return "archived"
        if self.share:
            return "portal"
        if company not in self.company_ids:
            return "company"
        # A new lead is not there yet: its user must be one who may read leads at all.
        record = record or self.env["crm.lead"]
        return not record.with_user(self).sudo(False).has_access("read") and "read"
