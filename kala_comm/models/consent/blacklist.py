from odoo import api, models

from ...tools.phone import ContactKey
from ...tools.phone_spellings import has_spellings, respell
from .kala_contact_permission import BLACKLISTS


class KalaContactPermission(models.Model):
    """Odoo's blacklists: who stands on one is not written to, and whoever is taken off it has not
    opted out with us any more (CO2)."""

    _inherit = "kala.contact.permission"

    @api.model
    def _blacklisted(self, keys):
        """:return: set of the keys that stand on Odoo's phone or e-mail blacklist

        By SQL: the search of Odoo's phone blacklist parses every number anew.
        Indexes: ``phone_blacklist_unique_number``, ``mail_blacklist_unique_email``.
        """
        self.env["phone.blacklist"].flush_model()
        # Odoo may have kept a number in another spelling of it.
        respelled = [key.value for key in keys if key.kind == "phone" and has_spellings(key.value)]
        self.env["mail.blacklist"].flush_model()
        self.env.cr.execute(
            """SELECT 'phone', number FROM phone_blacklist WHERE active AND number = ANY(%s)
                UNION ALL
               SELECT 'email', email FROM mail_blacklist WHERE active AND email = ANY(%s)""",
            [
                [key.value for key in keys if key.kind == "phone"],
                [key.value for key in keys if key.kind == "email"],
            ],
        )
        return set(self.env.cr.fetchall()) | self._blacklisted_otherwise(respelled)

    @api.model
    def _blacklisted_otherwise(self, numbers):
        """Index: ``phone_blacklist_kala_ending_idx``.

        :param list numbers: E.164 of countries with more than one spelling
        :return: set of the keys of those that are blacklisted in another one"""
        if not numbers:
            return set()
        self.env.cr.execute(
            "SELECT number FROM phone_blacklist WHERE active AND right(number, 6) = ANY(%s)",
            [[number[-6:] for number in numbers]],
        )
        listed = {respell(number) for (number,) in self.env.cr.fetchall()}
        return {ContactKey("phone", number) for number in numbers if number in listed}

    def _follow_lifting(self, kind, values):
        """Lift our opt-outs, in every company, of addresses that left a blacklist, with the proof.

        Index: ``kala_contact_permission_key_uniq``.

        :param str kind: ``phone`` or ``email``
        :param list values: the addresses as the blacklist has them
        """
        if not values or self.env.context.get("kala_own_answer"):
            # An answer that was given to one company does not count for the others.
            return
        permissions = self.sudo()
        refused = permissions.search(
            [
                ("kind", "=", kind),
                ("value", "in", values),
                ("channel", "=", BLACKLISTS[kind][0]),
                ("purpose", "=", "all"),
                ("allowed", "=", False),
            ]
        )
        for permission in refused:
            # The proof names the user who did it.
            self.env["kala.contact.permission"]._set(
                permission.company_id,
                ContactKey(kind, permission.value),
                [permission.channel],
                True,
                self.env._("Taken off Odoo's blacklist."),
            )


class FollowedBlacklist:
    """What both blacklists of Odoo's have in common: when an address leaves the blacklist, by
    either of the ways in which Odoo does that, our opt-outs of that address are lifted."""

    __slots__ = ()

    #: Kind of the addresses: ``phone`` or ``email``.
    _kala_kind = None

    def write(self, vals):
        leaving = self._kala_listed() if vals.get("active") is False else []
        result = super().write(vals)
        self.env["kala.contact.permission"]._follow_lifting(self._kala_kind, leaving)
        return result

    def unlink(self):
        leaving = self._kala_listed()
        result = super().unlink()
        self.env["kala.contact.permission"]._follow_lifting(self._kala_kind, leaving)
        return result

    def _kala_listed(self):
        """:return: list of the addresses that stand on the blacklist at the moment"""
        return self.filtered("active").mapped(self._rec_name)


class PhoneBlacklist(FollowedBlacklist, models.Model):
    _inherit = "phone.blacklist"
    _kala_kind = "phone"

    # A number may stand there in another spelling, which ends in the same digits.
    _kala_ending_idx = models.Index("(right(number, 6)) WHERE active")


class MailBlacklist(FollowedBlacklist, models.Model):
    _inherit = "mail.blacklist"
    _kala_kind = "email"
