from odoo import api, models

from ...tools.phone import ContactKey, format_phone
from ..record.kala_contact_point import uid_key_of


class KalaIntake(models.AbstractModel):
    """People who change their number or id, or tell us their number (MA8): what comes from the new
    address finds the record of the old one."""

    _inherit = "kala.intake"

    @api.model
    def _learn_addresses(self, entries, records):
        for entry, record in zip(entries, records, strict=True):
            for key, connection_id in self._new_addresses(entry):
                self._give_address(record._kala_customer() or record, key, connection_id)

    @api.model
    def _new_addresses(self, entry):
        """:return: list of (ContactKey, connection id or 0) that are the sender's from now on"""
        message, connection = entry.message, entry.item.connection_id
        found = []
        key = message.new_value and connection._phone_key(
            message.new_value, entry.line._kala_region()
        )
        if key and key.kind == "phone":
            found.append((key, 0))
        if message.new_uid:
            found.append((uid_key_of(message.channel, message.new_uid), connection.id))
        return [address for address in found if address not in entry.identities]

    @api.model
    def _give_address(self, record, key, connection_id):
        """A number stands on the card where there is room; nothing on it is overwritten."""
        points = self.env["kala.contact.point"]
        owner = (record._name, record.id)
        if (key, connection_id or False) in points._of_owners({owner}).get(owner, ()):
            return
        if key.kind != "phone":
            points._insert(record._name, [record.id], [key.kind], [key.value], [connection_id])
        elif not record.phone:
            record.phone = format_phone(key.value)
        elif not record.kala_phone2:
            record.kala_phone2 = format_phone(key.value)
        else:
            points._keep(record._name, record.id, key)

    @api.model
    def _take_answers_along(self, company, entries):
        """What somebody answered about being written to holds for his new address, too (CO2), also
        where no record is his."""
        for entry in entries:
            for new, _connection_id in self._new_addresses(entry):
                for known, _connection_id in entry.identities:
                    self._take_answers_of(company, ContactKey(*known), ContactKey(*new))

    @api.model
    def _take_answers_of(self, company, known, new):
        """:param ContactKey known: the former address
        :param ContactKey new: what was answered under it later than under the former one stays"""
        permissions = self.env["kala.contact.permission"]
        said = permissions.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", known.kind),
                ("value", "=", known.value),
            ]
        )
        for answer in said:
            old, own = ((company.id, *key, answer.channel) for key in (known, new))
            rows = permissions._rows([old, own], answer.purpose)
            if own in rows and rows[own][1] >= rows[old][1]:
                continue
            permissions._set(
                company,
                new,
                [answer.channel],
                answer.allowed,
                self.env._("he said so under his former address %s", known.value),
                purpose=answer.purpose,
                date=answer.date,
            )
