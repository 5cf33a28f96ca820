from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.sql import escape_psql

from ...tools import mail_dns

STATES = [
    (mail_dns.OK, "There"),
    (mail_dns.MISSING, "Missing"),
    (mail_dns.WRONG, "Wrong"),
    (mail_dns.UNKNOWN, "Not found under the usual names"),
    (mail_dns.UNASKED, "Could not be asked"),
]
#: Days after which a domain is looked at again, and domains that one run of the job looks at.
DAYS, DOMAINS = 7, 20
#: Who keeps the DNS of his own names himself: a name server, perhaps with its port.
SERVER = "kala_comm.dns_server"


class KalaSender(models.Model):
    """What receivers will find in the DNS about the domain of a sender, and the sentence to give to
    who runs it. It never blocks anything: a mail may arrive all the same, and only receivers
    know."""

    _inherit = "kala.sender"

    spf_state = fields.Selection(
        STATES, string="SPF", readonly=True, copy=False, help="Who may send for this domain."
    )
    dkim_state = fields.Selection(
        STATES, string="DKIM", readonly=True, copy=False, help="The key that signs its mails."
    )
    dmarc_state = fields.Selection(
        STATES, string="DMARC", readonly=True, copy=False, help="What becomes of forged mails."
    )
    dkim_selector = fields.Char(
        string="DKIM name",
        help="As the mail service says it, such as selector1. Empty: the usual ones are tried.",
    )
    domain_date = fields.Datetime(string="DNS looked at", readonly=True, copy=False)
    domain_advice = fields.Text(
        string="What to ask the administrator", compute="_compute_domain_advice"
    )

    @api.depends("spf_state", "dkim_state", "dmarc_state", "email")
    @api.depends_context("lang")
    def _compute_domain_advice(self):
        for sender in self:
            sentences = [sender._advice_of(name) for name in ("spf", "dkim", "dmarc")]
            sender.domain_advice = "\n".join(filter(None, sentences)) or False

    def action_check_domain(self):
        """Ask the DNS now. Where nobody answers, that is said, and nothing is blocked."""
        self.check_access("write")
        for sender in self:
            sender.sudo()._check_domain()
        return True

    def _check_domain(self):
        """Ask, then write: nothing is locked meanwhile. One answer is for all senders of a domain
        that name the same key."""
        self.ensure_one()
        domain = self._domain()
        server = self.env["ir.config_parameter"].sudo().get_param(SERVER, "")
        questions = mail_dns.Questions(server)
        selector = (self.dkim_selector or "").strip()
        found = {
            "spf_state": mail_dns.spf(questions, domain),
            "dkim_state": mail_dns.dkim(questions, domain, selector),
            "dmarc_state": mail_dns.dmarc(questions, domain),
        }
        vals = {name: finding.state for name, finding in found.items()}
        self._of_same_domain().write({**vals, "domain_date": fields.Datetime.now()})

    def _domain(self):
        """:return: the domain as the DNS knows it: names of other letters have a spelling there"""
        domain = self.email.rpartition("@")[2]
        try:
            return domain.encode("idna").decode()
        except UnicodeError:
            return domain

    def _of_same_domain(self):
        # A user types the address: a % in it would mean everybody's domain.
        domain = escape_psql(self.email.rpartition("@")[2])
        senders = self.search([("email", "=ilike", f"%@{domain}")])
        return self | senders.filtered(lambda s: s.dkim_selector == self.dkim_selector)

    @api.model
    def _cron_check_domains(self):
        """Look at each domain once a week, some at a time; one that fails holds up no other."""
        job = self.env["kala.job"]
        for _n in range(DOMAINS):
            sender = self._next_domain()
            if not sender:
                return
            job._guarded(sender, lambda s: s._check_domain(), blame=lambda s, _error: s._put_off())
        self.env.ref("kala_comm.ir_cron_sender_domains")._trigger()

    @api.model
    def _next_domain(self):
        old = fields.Datetime.now() - timedelta(days=DAYS)
        due = ["|", ("domain_date", "=", False), ("domain_date", "<", old)]
        return self.search([("state", "=", "verified"), *due], order="domain_date, id", limit=1)

    def _put_off(self):
        self.domain_date = fields.Datetime.now()

    # ------------------------------------------------------------------ words

    def _advice_of(self, name):
        """:return: what to say to who runs the domain; empty where all is well"""
        state = self[f"{name}_state"]
        if not state or state == mail_dns.OK:
            return ""
        if state == mail_dns.UNASKED:
            return self.env._(
                "%s: the DNS could not be asked. Try again later; mails are sent all the same.",
                name.upper(),
            )
        return getattr(self, f"_{name}_advice")(state, self._domain())

    def _spf_advice(self, state, domain):
        if state == mail_dns.WRONG:
            return self.env._(
                "SPF: %s has more than one record “v=spf1 …”, or one that lets everybody send "
                "(“+all”). Keep one, and end it with “~all”.",
                domain,
            )
        return self.env._(
            "SPF: add to %(domain)s a TXT record “v=spf1 include:… ~all”. In the place of the "
            "dots stands the name that your mail service gives for it%(server)s.",
            domain=domain,
            server=self._server_words(),
        )

    def _server_words(self):
        host = self.env["ir.mail_server"].sudo().search([], limit=1).smtp_host
        return self.env._(" (our mails leave through %s)", host) if host else ""

    def _dkim_advice(self, state, domain):
        if state == mail_dns.WRONG:
            return self.env._(
                "DKIM: the key “%(key)s” of %(domain)s was withdrawn. Publish the new one that "
                "your mail service gives.",
                key=self.dkim_selector,
                domain=domain,
            )
        if state == mail_dns.UNKNOWN:
            return self.env._(
                "DKIM: no key of %s was found under the usual names. Ask the mail service for the "
                "name of its key, and enter it here; where there is none, have signing switched "
                "on.",
                domain,
            )
        return self.env._(
            "DKIM: there is no key at %(key)s._domainkey.%(domain)s. Publish there the TXT record "
            "that your mail service gives.",
            key=self.dkim_selector,
            domain=domain,
        )

    def _dmarc_advice(self, state, domain):
        if state == mail_dns.WRONG:
            return self.env._(
                "DMARC: the record at _dmarc.%s cannot be read, or there are two. Keep one, such "
                "as “v=DMARC1; p=none”.",
                domain,
            )
        return self.env._(
            "DMARC: add to _dmarc.%(domain)s a TXT record “v=DMARC1; p=none; "
            "rua=mailto:%(email)s”. It asks receivers to report, and changes nothing else.",
            domain=domain,
            email=self.email,
        )
