import phonenumbers

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import const, states
from ...tools.outgoing import Stop
from ...tools.phone import kind_of, region_of

#: Numbers at which whoever writes or calls pays the owner of the number.
PREMIUM = (phonenumbers.PhoneNumberType.PREMIUM_RATE,)
#: What counts for the limit of a user: all that he wrote, to one record or to several, but in a
#: mass send, which is looked at as a whole.
_TYPED = f"direction = 'out' AND priority <> {const.PRIORITY_AUTOMATION} AND mass_send_id IS NULL"
_LOST = states.is_any(const.FAILED, const.CANCELLED)


class KalaGate(models.AbstractModel):
    """Limits of a company: whom it writes to at all, and how much one user writes."""

    _inherit = "kala.gate"

    @api.model
    def _check_countries(self, messages):
        """Countries that may be written to [all], and premium numbers [never]."""
        verdicts, rules = {}, {}
        for n, message in messages.items():
            if message.key and message.key.kind in ("phone", "raw") and not message.staff:
                if message.company not in rules:
                    rules[message.company] = self._country_rules(message.company)
                reason = self._country_reason(message.key, *rules[message.company])
                if reason:
                    verdicts[n] = Stop("rejected", reason)
        return verdicts

    @api.model
    def _country_rules(self, company):
        """:return: (whether premium numbers may be written to, codes of the countries)"""
        company = company.sudo()
        return company.kala_premium_allowed, set(company.kala_country_ids.mapped("code"))

    @api.model
    def _country_reason(self, key, is_premium_allowed, allowed):
        """:return: a sentence where this number is not written to; "" where it is"""
        number = key.value if key.kind == "phone" else ""
        if not is_premium_allowed and kind_of(number) in PREMIUM:
            return self.env._(
                "%s is a premium number, which costs extra. An administrator may allow such "
                "numbers in the settings.",
                key.value,
            )
        if not allowed or region_of(number) in allowed:
            return ""
        return self.env._(
            "%s is not a number of a country that may be written to. An administrator may add "
            "the country in the settings.",
            key.value,
        )

    @api.model
    def _check_user_limit(self, messages):
        """How many messages a user may write within 24 hours [no limit]. Asked when they are
        queued: what has passed then is not taken back."""
        verdicts, used = {}, {}
        for n, message in messages.items():
            limit = message.company.kala_user_day_limit
            if not limit or not message.writer:
                continue
            place = (message.company, message.writer)
            if place not in used:
                used[place] = self._written_today(*place)
            if used[place] >= limit:
                verdicts[n] = Stop("limit", self._user_limit_reason(limit))
            else:
                used[place] += 1
        return verdicts

    @api.model
    def _user_limit_reason(self, limit):
        return self.env._(
            "You have written %s messages within 24 hours, which is the limit. Send it later, or "
            "ask an administrator to raise the limit in the settings.",
            limit,
        )

    @api.model
    def _written_today(self, company, user):
        """:return: how many messages a user wrote within 24 hours, mass sends apart, without those
        that failed before they left. Index: ``kala_communication_typed_idx``."""
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT count(*) FROM kala_communication
                WHERE user_id = %s AND company_id = %s AND {_TYPED}
                  AND create_date > %s AND NOT {_LOST}""",
            [
                user.id,
                company.id,
                fields.Datetime.subtract(fields.Datetime.now(), days=1),
            ],
        )
        return self.env.cr.fetchone()[0]


class KalaOutbox(models.AbstractModel):
    """A large mass send needs a second person; a program that writes to as many at once goes no
    way around him."""

    _inherit = "kala.outbox"

    @api.model
    def _check_crowd(self, records):
        """:raise UserError: if a person writes to more records of a company than it lets him"""
        if self.env.su or len(records) < 2:
            return
        for company, of_company in records.grouped(lambda r: r._kala_send_company()).items():
            limit = company.sudo().kala_approve_above
            if limit and len(of_company) > limit:
                raise UserError(
                    self.env._(
                        "More than %s records are written to at once. Make a mass send of it: "
                        "another user approves it.",
                        limit,
                    )
                )


class KalaCommunication(models.Model):
    _inherit = "kala.communication"

    _typed_idx = models.Index(f"(user_id, create_date) WHERE {_TYPED}")
