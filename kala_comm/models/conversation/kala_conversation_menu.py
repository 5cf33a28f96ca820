from odoo import models
from odoo.exceptions import UserError


class KalaCommunication(models.Model):
    """What is asked about one message of a conversation only when somebody wants it: its whole
    text, what may be done with it, and where it went."""

    _inherit = "kala.communication"

    def whole_text(self):
        """Read an e-mail that is folded in the conversation (LO2).

        :return: str, its whole text
        :raise AccessError: if the user may not read it
        """
        self.ensure_one()
        self.check_access("read")
        return self.body or ""

    def conversation_menu(self):
        """What may be done with one message.

        :return: dict: ``reactions`` (emoji that it may be given), ``may_save`` (it came from a
            number that is not on the card of its record)
        :raise AccessError: if the user may not read it
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "reactions": self.reactions() if self.can_react else [],
            "may_save": bool(self._card_without_it()),
        }

    def action_save_on_card(self):
        """Write the number that a message came from on the card of its record, where there is
        room for it beside the other phones (LO4).

        :return: str that says what was done
        :raise AccessError: if the user may not write to the card
        :raise UserError: if the number is there already, or the card has no free field for it
        """
        self.ensure_one()
        self.check_access("read")
        card = self._card_without_it()
        if not card:
            raise UserError(self.env._("This number is on the card already."))
        card.check_access("write")
        free = [name for name in card._kala_phone_fields() if not card[name]]
        if not free:
            raise UserError(
                self.env._(
                    "“%(name)s” has two phone numbers already. Remove one of them from the card, "
                    "then save this one.",
                    name=card.display_name,
                )
            )
        card[free[0]] = self.contact_value
        return self.env._(
            "%(number)s is on the card of “%(name)s” now.",
            number=self.contact_display,
            name=card.display_name,
        )

    def where_now(self):
        """Where messages went whose record was deleted or merged meanwhile.

        :return: dict ``model``, ``id``, ``name`` of the record that has the newest of them; False
            if none has, or if they are gone with it
        :raise AccessError: if the user may not read one of them now
        """
        there = self.exists()
        there.check_access("read")
        newest = there.filtered("res_model").sorted("date")[-1:]
        record = newest._record() if newest else None
        if not record or not record.exists() or not record.has_access("read"):
            return False
        return {"model": record._name, "id": record.id, "name": record.display_name}

    def _card_without_it(self):
        """:return: the lead or customer whose card lacks the number that the message came from;
        None if no card does"""
        is_number = self.direction == "in" and self.contact_kind == "phone"
        record = self._record() if is_number else None
        if not record or not record.has_access("read"):
            return None
        if self._key() in {key for key, _c in record._kala_points()[record.id]}:
            return None
        return record.partner_id if record._name == "sale.order" else record
