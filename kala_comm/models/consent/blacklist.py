from odoo import models

from ...tools.phone import ContactKey
from .kala_contact_permission import BLACKLISTS


class KalaContactPermission(models.Model):
    """Whoever is taken off a blacklist of Odoo's has not opted out with us any more (CO2)."""

    _inherit = "kala.contact.permission"

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
