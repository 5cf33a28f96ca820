import secrets
from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, hmac
from odoo.tools.mail import formataddr

#: Minutes for which a code is valid, and how often it can be tried (EM4).
VALID_MINUTES = 10
TRIES = 5
#: Seconds until the next code can be asked for; each one of a day doubles it, up to the longest.
#: Nobody gets through a million codes with five tries each like that.
PAUSE, LONGEST = 60, 6 * 3600
#: Codes that one user may have mailed in a day, to whatever addresses: it is mail to strangers.
USER_DAY = 30
SCOPE = "kala_comm.sender"


class KalaSenderCode(models.Model):
    """A code that was mailed to an address (EM4). It outlives its sender: who removes an address
    and adds it again has no more tries than before."""

    _name = "kala.sender.code"
    _description = "Code of a Sender"
    _inherit = ["kala.hidden.name"]
    _order = "id DESC"
    _rec_name = "email"

    email = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    date = fields.Datetime(required=True)
    tries = fields.Integer()
    used = fields.Boolean()
    salt = fields.Char(required=True, groups=fields.NO_ACCESS)
    digest = fields.Char(required=True, groups=fields.NO_ACCESS)

    _email_idx = models.Index("(email, date)")
    _user_idx = models.Index("(user_id, date)")

    @api.model
    def _mail(self, sender):
        """Mail a new code to the address of a sender; older codes count no more.

        :raise UserError: if it is too early for another one, with the seconds that are left
        """
        self._check_pause(sender)
        code, salt = f"{secrets.randbelow(10**6):06d}", secrets.token_hex(16)
        self.create(
            {
                "email": sender.email,
                "company_id": sender.company_id.id,
                "user_id": self.env.uid,
                "date": fields.Datetime.now(),
                "salt": salt,
                "digest": self._digest(sender, salt, code),
            }
        )
        self._send(sender, code)

    @api.model
    def _check_pause(self, sender):
        now = fields.Datetime.now()
        day = [("date", ">", now - timedelta(days=1))]
        codes = self.search([("email", "=", sender.email), *day])
        if codes:
            pause = min(PAUSE * 2 ** (len(codes) - 1), LONGEST)
            left = round(pause - (now - codes[0].date).total_seconds())
            if left > 0:
                raise UserError(
                    self.env._(
                        "A code was mailed a moment ago. Look into the mailbox and its spam "
                        "folder; another code can be mailed in %s seconds.",
                        left,
                    )
                )
        if self.search_count([("user_id", "=", self.env.uid), *day]) >= USER_DAY:
            raise UserError(
                self.env._(
                    "You have had %s codes mailed within a day. Ask a colleague, or wait until "
                    "tomorrow.",
                    USER_DAY,
                )
            )

    @api.model
    def _digest(self, sender, salt, code):
        """:return: what is kept of a code; the secret of the database is in it, too: a million
        codes are tried in a second by who has a copy of the table"""
        message = (salt, sender.company_id.id, sender.email, code)
        return hmac(self.env(su=True), SCOPE, message)

    @api.model
    def _judge(self, sender, code):
        """Count a try, then compare. It raises nothing: an error would take back the try.

        :return: why the code does not fit, empty where it does
        """
        domain = [("email", "=", sender.email), ("company_id", "=", sender.company_id.id)]
        last = self.search(domain, limit=1)
        if not last or last.used:
            return self.env._("No code was mailed to this address. Press “Send Code” first.")
        if last.date + timedelta(minutes=VALID_MINUTES) < fields.Datetime.now():
            return self.env._(
                "The code was valid for %s minutes. Have another one mailed.", VALID_MINUTES
            )
        if last.tries >= TRIES:
            return self.env._(
                "This code was tried %s times and counts no more. Have another one mailed.", TRIES
            )
        last.tries += 1
        if not consteq(self._digest(sender, last.salt, code), last.digest):
            left = TRIES - last.tries
            return self.env._(
                "This is not the code. Look at the newest mail; tries left: %s.", left
            )
        last.used = True
        return ""

    @api.model
    def _send(self, sender, code):
        """From an address that is known already: the new one is not verified yet. The mail is
        nobody's document, so that no user reads it in Odoo."""
        company = sender.company_id
        body = Markup('<div dir="auto"><p>%s</p><p style="%s">%s</p><p>%s</p></div>') % (
            self.env._(
                "%(user)s wants to send e-mails of %(company)s from this address. The code is:",
                user=self.env.user.name,
                company=company.name,
            ),
            "font-size:28px;letter-spacing:6px;font-weight:bold",
            code,
            self.env._(
                "It is valid for %s minutes. If you do not know about it, do nothing and give the "
                "code to nobody.",
                VALID_MINUTES,
            ),
        )
        author = company.email or self.env.user.email or ""
        mail = self.env["mail.mail"].with_user(SUPERUSER_ID)
        mail = mail.create(
            {
                "subject": self.env._("Your code for %s", company.name),
                "body_html": body,
                "email_from": formataddr((company.name, author)) if author else False,
                "email_to": sender.email,
                "auto_delete": True,
            }
        )
        mail.send_after_commit()

    @api.autovacuum
    def _gc_codes(self):
        """Codes are kept as long as they count: a day."""
        old = [("date", "<", fields.Datetime.now() - timedelta(days=2))]
        self.search(old).unlink()
