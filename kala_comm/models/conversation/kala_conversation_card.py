from odoo import api, models
from odoo.exceptions import UserError

#: Kinds of addresses that a card has fields for.
CARD_KINDS = ("phone", "email")


class KalaConversation(models.AbstractModel):
    """Addresses that wrote on a record, and are saved on its card (LO2, LO4)."""

    _inherit = "kala.conversation"

    @api.model
    def _may_save(self, record, keys):
        """:param record: lead, order or customer
        :param keys: list of ContactKey
        :return: set of the keys that are on no card of the record, and that the user may put on
            one"""
        there = {key for key, _connection in record._kala_points()[record.id]}
        missing = {key for key in keys if key.kind in CARD_KINDS} - there
        return missing if missing and self._cards(record) else set()

    @api.model
    def _save_on_card(self, record, key, words):
        """Write an address into the first empty field for it, of the record or of its customer.

        :param ContactKey key: a phone number (E.164) or an e-mail address
        :param str words: the address as people read it
        :return: str that says what was done
        :raise AccessError: if the user may not write to the record, nor to its customer
        :raise UserError: if it is there already, or no field is empty
        """
        if key in {key for key, _connection in record._kala_points()[record.id]}:
            raise UserError(self.env._("This address is on the card already."))
        if key.kind not in CARD_KINDS:
            raise UserError(self.env._("This address cannot be written on a card."))
        cards = self._cards(record)
        if not cards:
            record.check_access("write")
            record._kala_customer().check_access("write")
        for card in cards:
            free = self._free_fields(card, key, record._kala_customer())
            if free:
                card[free[0]] = key.value
                return self.env._(
                    "%(address)s is on the card of “%(name)s” now.",
                    address=words,
                    name=card.display_name,
                )
        raise UserError(self._full_words(record, key))

    @api.model
    def _cards(self, record):
        """:return: list of the records with addresses that the user may write to: the record
        itself, then its customer"""
        found = [record, record._kala_customer()]
        return [
            card
            for card in dict.fromkeys(found)
            if card and "kala_contact_keys" in card._fields and card.has_access("write")
        ]

    @api.model
    def _free_fields(self, card, key, customer):
        """:return: list of the names of the card's empty fields that take the address. What is
        written on a lead Odoo writes on its customer, too: there nothing may be lost."""
        is_phone = key.kind == "phone"
        names = card._kala_phone_fields() if is_phone else [card._kala_email_field()]
        return [
            name
            for name in names
            if not card[name] and (card == customer or not customer.sudo()[name])
        ]

    @api.model
    def _full_words(self, record, key):
        """:return: why the address was not saved, and what to do"""
        if key.kind == "phone":
            return self.env._(
                "“%(name)s” has two phone numbers already. Remove one of them from the card, "
                "then save this one.",
                name=record.display_name,
            )
        return self.env._(
            "“%(name)s” has an e-mail address already. Remove it from the card, then save this "
            "one.",
            name=record.display_name,
        )
