import re

from odoo import api, fields, models

from ...tools.outgoing import Stop
from ...tools.text import one_line

#: What mail servers say of a sender who may not send from his address: by the enhanced code
#: (RFC 3463, RFC 7372; 5.7.60 is Exchange's), or in words. Who may not write *to* somebody, as
#: to an internal list, is a sender all the same.
_NOT_ALLOWED = re.compile(
    r"\b5\.7\.(?:20|21|22|23|26|60)\b"
    r"|SMTPSenderRefused|SendAsDenied"
    r"|(?:not (?:allowed|permitted|authori[sz]ed)|no permissions?|unable) to send "
    r"(?:mail |e-?mails? |messages? )?(?:as|from|on behalf)"
    r"|sender (?:address )?(?:rejected|not allowed|not owned|verify failed|denied)"
    r"|from (?:address|header)[^.]{0,40}not (?:allowed|permitted|authori[sz]ed|verified|owned)",
    re.IGNORECASE,
)


class KalaCommunication(models.Model):
    _inherit = "kala.communication"

    sender_id = fields.Many2one(
        "kala.sender",
        string="Sent from",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The verified sender of an e-mail; empty: the mailbox.",
    )
    sender_name = fields.Char(
        string="From name", readonly=True, help="Empty: the name of the verified sender."
    )


class KalaSender(models.Model):
    _inherit = "kala.sender"

    @api.model
    def _says_not_allowed(self, text):
        """:param str text: what a mail server said
        :return: whether it refuses the sender, and not the recipient"""
        return bool(_NOT_ALLOWED.search(text or ""))

    @api.model
    def _note_refusal(self, communications, reason):
        """A mail server says that these may not be sent from their sender: nothing more leaves from
        it, and its owner hears of it (EM6).

        :param communications: e-mails that failed or came back
        :param str reason: what was said
        """
        senders = communications.sender_id.filtered(lambda s: s.state == "verified")
        if not senders or not self._says_not_allowed(reason):
            return
        for sender in senders:
            said = one_line(reason, 200)
            notice = self.env._(
                "A mail server refused e-mails from this address: %s. Ask who runs the mail of "
                "its domain, then verify it again.",
                said,
            )
            sender.write({"state": "unverified", "notice": notice})
            sender._tell_owner(notice)

    def _tell_owner(self, notice):
        self.env["mail.thread"].message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=self.env._("%s may not send any more", self.email),
            body=notice,
        )

    @api.model
    def _stops(self, communications):
        """:return: dict place → Stop, of e-mails whose sender is not verified any more"""
        return {
            n: Stop("sender", communication.sender_id._refusal())
            for n, communication in enumerate(communications)
            if communication.sender_id and communication.sender_id.state != "verified"
        }
