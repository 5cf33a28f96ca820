import re

from odoo import api, models
from odoo.tools import email_split

from ...tools.phone import email_key, phone_keys

#: Names of fields that hold a phone number or an e-mail address.
_PHONE = re.compile(r"(^|_)(phone2?|mobile)$")
_EMAIL = re.compile(r"(^|_)(email|email_from)$")


class Base(models.AbstractModel):
    """A record of any model that has an e-mail address, a phone number or a customer can be written
    to (AU3). Leads, orders and customers say the same in their own way, in
    ``kala.communication.mixin``; other records have no pane, and what is written to them stands on
    their customer."""

    _inherit = "base"

    #: Field of the users who are responsible for a record.
    _kala_responsible_field = "user_id"
    #: Field of the users who do the work of a record, where the model itself knows it.
    _kala_performer_field = None
    #: Way to the user who leads those who work on a record.
    _kala_leader_path = "team_id.user_id"
    #: Where the model itself knows when a record is closed: the fields of which one changes then,
    #: and the domain of the closed ones.
    _kala_closed_fields = ()
    _kala_closed_domain = None

    @api.model
    def _kala_customer_field(self):
        """:return: str: the field that points to the customer, None where there is none"""
        return next(iter(self._mail_get_partner_fields(introspect_fields=True)), None)

    @api.model
    def _kala_address_fields(self):
        """:return: (list of stored fields with phone numbers, list of those with e-mails)"""
        texts = [f.name for f in self._fields.values() if f.type == "char" and f.store]
        primary = self._mail_get_primary_email_field()
        emails = [primary] if primary in texts else []
        emails += [name for name in texts if _EMAIL.search(name) and name != primary]
        phones = [name for name in texts if _PHONE.search(name)]
        return sorted(phones, key=lambda name: name != "phone"), emails

    def _kala_customer(self):
        """:return: the customer of the record (``res.partner``, perhaps empty)"""
        name = self._kala_customer_field()
        if not name:
            return self.env["res.partner"]
        customers = self[name]
        # A slice would forget which other customers are read along with this one.
        return customers[:1] if len(customers) > 1 else customers

    def _kala_contacts(self):
        """:return: the customers whose addresses count as the record's (MA6)"""
        return self._kala_customer()

    def _kala_company(self):
        """:return: the company of the record, empty where companies share it"""
        name = self._mail_get_company_field()
        return self[name] if name else self.env["res.company"]

    def _kala_send_company(self):
        """:return: the company in whose name the record is written to"""
        return self._kala_company() or self.env.company

    def _kala_users(self, name):
        """:param name: field of users, or None
        :return: the users who stand in it; empty where the model does not have it"""
        is_of_users = name in self._fields and self._fields[name].comodel_name == "res.users"
        return self[name] if is_of_users else self.env["res.users"]

    def _kala_team_leader(self):
        """:return: the user who leads the team of the record"""
        team, name = self._kala_leader_path.split(".")
        has_team = team in self._fields and self._fields[team].relational
        return self[team]._kala_users(name) if has_team else self.env["res.users"]

    def _kala_own_keys(self):
        """:return: list of ContactKey of the record's own phones and e-mails, without repeats"""
        country = self.country_id if "country_id" in self._fields else self.env["res.country"]
        region = country.code or self._kala_send_company()._kala_region()
        phones, emails = self._kala_address_fields()
        keys = [key for name in phones for key in phone_keys(self[name], region)]
        keys += [email_key(text) for name in emails for text in email_split(self[name] or "")]
        return list(dict.fromkeys(key for key in keys if key))

    def _kala_points(self):
        """Read the addresses of some records, their customers' included, as
        :meth:`kala.communication.mixin._kala_points` does.

        :return: dict record id → list of (ContactKey, connection id or False); own ones first
        """
        self.check_access("read")
        records = self.sudo()
        customers = {record.id: record._kala_contacts().ids for record in records}
        owners = {("res.partner", i) for ids in customers.values() for i in ids}
        of_customers = self.env["kala.contact.point"]._of_owners(owners)
        rank = self.env["kala.communication.mixin"]._kala_ranked
        return {
            record.id: rank(
                list(
                    dict.fromkeys(
                        [
                            *((key, False) for key in record._kala_own_keys()),
                            *(
                                point
                                for i in customers[record.id]
                                for point in of_customers.get(("res.partner", i), ())
                            ),
                        ]
                    )
                )
            )
            for record in records
        }

    def _kala_address(self, channel, points, connection=None):
        """Choose where to write to, see :meth:`kala.communication.mixin._kala_address`."""
        return self.env["kala.communication.mixin"]._kala_address(channel, points, connection)

    def _kala_check_number(self, number, company, channel=None):
        """Read an address, see :meth:`kala.communication.mixin._kala_check_number`."""
        mixin = self.env["kala.communication.mixin"]
        return mixin._kala_check_number(number, company, channel)
