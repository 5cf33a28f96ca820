import re

from odoo import api, models

from ...tools import const
from ...tools.text import one_line

#: Odoo's kinds of failure → ours.
FAILURES = {
    "mail_email_invalid": "address",
    "mail_email_missing": "address",
    "mail_from_invalid": "sender",
    "mail_from_missing": "sender",
    "mail_smtp": "connection",
    "mail_bl": "consent",
    "mail_optout": "consent",
    "mail_dup": "rejected",
    "mail_spam": "rejected",
    "unknown": "rejected",
}
#: What an SMTP server says of a recipient: the code of its answer (RFC 5321).
_REFUSED = re.compile(r"SMTPRecipientsRefused.*?\(\s*(\d)\d\d", re.DOTALL)


class KalaOutgoingEmail(models.AbstractModel):
    """What is told of e-mails that were not sent, or came back (DE2)."""

    _inherit = "kala.outgoing.email"

    @api.model
    def _prepare_failure_vals(self, mails, failure_type, failure_reason):
        """:return: state, kind and reason of what was not sent (DE2)"""
        # Of a server that is away Odoo tells the mail, and not us.
        reason = failure_reason or mails[:1].failure_reason or ""
        return {
            "state": const.FAILED,
            "failure_kind": self._failure_kind(failure_type, reason),
            "failure_reason": self._failure_sentence(failure_type, reason),
        }

    @api.model
    def _failure_sentence(self, failure_type, reason):
        """:param str failure_type: one of ``mail.mail``'s
        :param str reason: what the mail server, or Odoo, said, perhaps empty
        :return: what happened and what to do, with what was said
        """
        known = self._failure_sentences()
        # Other addons may name more.
        selection = self.env["mail.mail"]._fields["failure_type"]
        names = dict(selection._description_selection(self.env))
        told = known.get(failure_type) or names.get(failure_type) or known["unknown"]
        said = one_line(reason, 300)
        if not said or said == failure_type:
            return told
        return self.env._("%(what)s It was said: %(reason)s", what=told, reason=said)

    @api.model
    def _failure_kind(self, failure_type, reason):
        """:return: our kind of a failure that Odoo names; what the server said of the recipient
        says more than Odoo's own word"""
        refused = _REFUSED.search(reason or "")
        if refused:
            return "address" if refused.group(1) == "5" else "rejected"
        return FAILURES.get(failure_type, "rejected")

    @api.model
    def _failure_sentences(self):
        """:return: dict of the failure types of ``mail.mail`` → what happened and what to do"""
        env = self.env
        return {
            "unknown": env._("The mail server did not take this e-mail."),
            "mail_spam": env._(
                "The mail server takes this e-mail for spam. Change its text, or ask who runs"
                " the mail server."
            ),
            "mail_email_invalid": env._(
                "The e-mail address cannot be right. Correct it on the card, then resend."
            ),
            "mail_email_missing": env._(
                "There is no e-mail address. Enter it on the card, then resend."
            ),
            "mail_from_invalid": env._(
                "The sender's address cannot be right. Correct the e-mail address of the user or"
                " of the mailbox."
            ),
            "mail_from_missing": env._(
                "There is no sender's address. Enter the e-mail address of the user, or set up a"
                " mailbox."
            ),
            "mail_smtp": env._(
                "The outgoing mail server cannot be reached. Check it in the settings under"
                " Outgoing Mail Servers, then resend."
            ),
            "mail_bl": env._("The address is on the blacklist: its owner wants no e-mails."),
            "mail_optout": env._("The recipient has opted out of these e-mails."),
            "mail_dup": env._("The address has got this e-mail already."),
        }

    @api.model
    def _is_failure(self, email_message):
        """:return: whether a notice says that it did not arrive: it may also say that it was read
        (RFC 8098), arrived, or comes late (RFC 3464)"""
        parts = list(email_message.walk())
        if any(p.get_content_type() == "message/disposition-notification" for p in parts):
            return False
        actions = {str(p["Action"]).strip().lower() for p in parts if p.get("Action")}
        return not actions or "failed" in actions

    @api.model
    def _bounce_reason(self, email_message):
        """:return: what the other server said (RFC 3464), one line"""
        for part in email_message.walk():
            code = part.get("Diagnostic-Code")
            if code:
                return one_line(str(code).partition(";")[2] or str(code), 300)
        return ""
