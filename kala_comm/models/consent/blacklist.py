from odoo import models

from ...tools.phone import ContactKey
from .kala_contact_permission import BLACKLISTS


class KalaContactPermission(models.Model):
    """Who is taken off a blacklist of Odoo's has not opted out with us any more (CO2)."""

    _inherit = "kala.contact.permission"

    def _follow_lifting(self, kind, values):
        """Lift our opt-outs, in every company, of addresses that left a blacklist, with the proof.

        Index: ``kala_contact_permission__key_uniq``.

        :param str kind: ``phone`` or ``email``
        :param list values: the addresses as the blacklist has them
        """
        if self.env.context.get("kala_own_answer"):
            # An answer to one company is none to the others.
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


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    def write(self, vals):
        lifted = self.filtered("active") if vals.get("active") is False else self.browse()
        numbers = lifted.mapped("number")
        result = super().write(vals)
        if numbers:
            self.env["kala.contact.permission"]._follow_lifting("phone", numbers)
        return result

    def unlink(self):
        numbers = self.filtered("active").mapped("number")
        result = super().unlink()
        if numbers:
            self.env["kala.contact.permission"]._follow_lifting("phone", numbers)
        return result


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    def write(self, vals):
        lifted = self.filtered("active") if vals.get("active") is False else self.browse()
        addresses = lifted.mapped("email")
        result = super().write(vals)
        if addresses:
            self.env["kala.contact.permission"]._follow_lifting("email", addresses)
        return result

    def unlink(self):
        addresses = self.filtered("active").mapped("email")
        result = super().unlink()
        if addresses:
            self.env["kala.contact.permission"]._follow_lifting("email", addresses)
        return result
