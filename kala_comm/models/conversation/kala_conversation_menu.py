from odoo import models
from odoo.exceptions import UserError

from ...tools import channels
from ...tools.text import one_line

#: Characters of the title that is proposed for a template.
TITLE = 60


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
            "may_save": bool(self._record_without_it()),
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
        record = self._record_without_it()
        if not record:
            raise UserError(self.env._("This number is on the card already."))
        return self.env["kala.conversation"]._save_on_card(
            record, self._key(), self.contact_display
        )

    def action_save_as_template(self):
        """Open a small dialog that makes a template of this message (TE5).

        :return: action of the dialog: text and title are filled in; the template is the user's own
        :raise AccessError: if the user may not read the message
        :raise UserError: if it is no text of ours
        """
        self.ensure_one()
        self.check_access("read")
        if not self._is_template_stuff():
            raise UserError(
                self.env._("Only a text that one of us wrote can be saved as a template.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Save as template"),
            "res_model": "kala.template",
            "views": [[self.env.ref("kala_comm.kala_template_view_form_quick").id, "form"]],
            "target": "new",
            "context": {
                "default_name": one_line(self.subject or self.body, TITLE),
                "default_channel": self.channel,
                "default_subject": self.subject or False,
                "default_body": self.body,
                "default_company_id": self.company_id.id,
                "default_user_id": self.env.uid,
            },
        }

    def _is_template_stuff(self):
        """:return: whether a template can be made of the message"""
        return (
            self.direction == "out"
            and self.channel in channels.codes(*channels.WRITTEN)
            and bool((self.body or "").strip())
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

    def _record_without_it(self):
        """:return: the lead, order or customer whose card lacks the address that the message came
        from, and that the user may put there; None if there is none"""
        record = self._record() if self.direction == "in" and self._key() else None
        if not record or not record.has_access("read"):
            return None
        saved = self.env["kala.conversation"]._may_save(record, [self._key()])
        return record if saved else None
