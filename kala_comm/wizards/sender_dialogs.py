from odoo import fields, models
from odoo.exceptions import UserError


class KalaSenderVerify(models.TransientModel):
    """Ask for the code that was mailed to a sender (EM4)."""

    _name = "kala.sender.verify"
    _description = "Verify a Sender"
    _inherit = ["kala.given"]

    sender_id = fields.Many2one("kala.sender", required=True, readonly=True, ondelete="cascade")
    email = fields.Char(related="sender_id.email")
    notice = fields.Char(related="sender_id.notice")
    code = fields.Char()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify a Sender"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Compare the code; the dialog stays, with what is wrong, until it fits."""
        self.ensure_one()
        sender = self.sender_id.with_user(self.env.user)
        if sender.action_verify(self.code):
            return {"type": "ir.actions.act_window_close"}
        self.code = False
        return self._reopen()

    def action_again(self):
        """Have another code mailed; ``UserError`` says how long to wait."""
        self.ensure_one()
        self.sender_id.with_user(self.env.user).action_send_code()
        self.code = False
        return self._reopen()


class KalaSenderRemove(models.TransientModel):
    """Confirm by a word that a sender is removed (EM6)."""

    _name = "kala.sender.remove"
    _description = "Remove a Sender"
    _inherit = ["kala.given"]

    sender_id = fields.Many2one("kala.sender", required=True, readonly=True, ondelete="cascade")
    email = fields.Char(related="sender_id.email")
    word = fields.Char(string="Type the word")
    expected = fields.Char(compute="_compute_expected")

    def _compute_expected(self):
        self.expected = self._word()

    def _word(self):
        return self.env._("remove")

    def action_remove(self):
        """:raise UserError: if the word is another one, or if a rule sends from it"""
        self.ensure_one()
        if (self.word or "").strip().casefold() != self._word().casefold():
            raise UserError(self.env._("Type the word “%s” to remove the sender.", self._word()))
        self.sender_id.with_user(self.env.user).unlink()
        return {
            "type": "ir.actions.client",
            "tag": "soft_reload",
        }
