from odoo import fields, models
from odoo.exceptions import UserError


class KalaSender(models.Model):
    _inherit = "kala.sender"

    def action_send_code(self):
        """Mail a new 6-digit code to the address, and ask for it (EM4).

        :raise UserError: if it is verified, or if it is too early for another code
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "verified":
            raise UserError(self.env._("%s is verified already.", self.email))
        self.env["kala.sender.code"].sudo()._mail(self.sudo())
        self.sudo().write(
            {
                "code_date": fields.Datetime.now(),
                "notice": self.env._("A code was mailed to %s.", self.email),
            }
        )
        return self._open_verify()

    def action_open_verify(self):
        """Ask for a code that was mailed before."""
        self.ensure_one()
        self.check_access("write")
        return self._open_verify()

    def _open_verify(self):
        wizard = self.env["kala.sender.verify"].create({"sender_id": self.id})
        return wizard._reopen()

    def action_verify(self, code):
        """Compare the code that was mailed (EM4). It raises nothing where the code is wrong: that
        would take back the count of tries; ``notice`` says what is wrong then.

        :param str code: six digits; spaces do not count
        :return: bool: whether the sender is verified now
        """
        self.ensure_one()
        self.check_access("write")
        sender = self.sudo()
        digits = "".join(str(code or "").split())
        reason = self.env["kala.sender.code"].sudo()._judge(sender, digits)
        sender.write({"notice": reason} if reason else {"notice": False, "state": "verified"})
        return not reason
