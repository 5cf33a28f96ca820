from odoo import api, fields, models
from odoo.tools import email_normalize

from ..tools import const
from ..tools.phone import ContactKey

#: Kind of address → the channel whose answers feed a blacklist of Odoo's, its model.
BLACKLISTS = {"phone": ("sms", "phone.blacklist"), "email": ("email", "mail.blacklist")}


class KalaContactPermission(models.Model):
    """May we write to an address on a channel? The present answer (CO1); how it came about is
    in ``kala.consent``."""

    _name = "kala.contact.permission"
    _description = "Permission to Write"
    _rec_name = "value"
    _order = "id DESC"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    kind = fields.Selection(const.CONTACT_KINDS, required=True)
    value = fields.Char(required=True)
    channel = fields.Selection(const.CHANNELS, required=True)
    allowed = fields.Boolean(required=True)

    _key_uniq = models.UniqueIndex(
        "(kind, value, channel, company_id)", "There is an answer for this address already."
    )

    @api.model
    def _answers(self, asked):
        """Index: ``kala_contact_permission__key_uniq``.

        :param set asked: of (company id, kind, value, channel)
        :return: dict asked → bool; who was never asked is not in it
        """
        if not asked:
            return {}
        columns = [list(column) for column in zip(*asked, strict=True)]
        self.flush_model()
        self.env.cr.execute(
            """SELECT p.company_id, p.kind, p.value, p.channel, p.allowed
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[])
                        AS a(company_id, kind, value, channel)
                 JOIN kala_contact_permission p
                   ON p.kind = a.kind AND p.value = a.value AND p.channel = a.channel
                  AND p.company_id = a.company_id""",
            columns,
        )
        return {tuple(row[:4]): bool(row[4]) for row in self.env.cr.fetchall()}

    @api.model
    def _set(self, company, key, channels, allowed, origin):
        """Record an answer, with its proof (CO2), and feed Odoo's blacklists.

        :param ContactKey key:
        :param channels: names of channels
        :param bool allowed:
        :param str origin: how we know, in words
        :return: names of the channels whose answer changed
        """
        asked = {(company.id, key.kind, key.value, channel) for channel in channels}
        before = self._answers(asked)
        # Who stands on Odoo's blacklist agrees anew, whatever he had answered to us.
        listed = allowed and key in self.env["kala.gate"]._blacklisted([key])
        changed = [
            c
            for c in channels
            if before.get((company.id, *key, c)) is not allowed or (listed and self._feeds(key, c))
        ]
        for channel in changed:
            self.env.cr.execute(
                """INSERT INTO kala_contact_permission
                          (company_id, kind, value, channel, allowed, create_uid, create_date,
                           write_uid, write_date)
                   VALUES (%s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', %s,
                           now() AT TIME ZONE 'UTC')
                       ON CONFLICT (kind, value, channel, company_id)
                       DO UPDATE SET allowed = EXCLUDED.allowed, write_uid = EXCLUDED.write_uid,
                                     write_date = EXCLUDED.write_date""",
                [company.id, *key, channel, allowed, self.env.uid, self.env.uid],
            )
        self.invalidate_model()
        self.env["kala.consent"].sudo().create(
            [
                {
                    "company_id": company.id,
                    "contact_kind": key.kind,
                    "contact_value": key.value,
                    "channel": channel,
                    "allowed": allowed,
                    "origin": origin,
                    "user_id": self.env.uid,
                }
                for channel in changed
            ]
        )
        self._feed_blacklist(key, channels, allowed)
        return changed

    @api.model
    def _feeds(self, key, channel):
        """:return: whether an answer for this channel is one for a blacklist of Odoo's"""
        return BLACKLISTS.get(key.kind, ("",))[0] == channel

    @api.model
    def _feed_blacklist(self, key, channels, allowed):
        """An opt-out of SMS is one for Odoo's SMS, too; of e-mail, for Odoo's mailings."""
        if not any(self._feeds(key, channel) for channel in channels):
            return
        blacklist = self.env[BLACKLISTS[key.kind][1]].sudo()
        listed = self._as_odoo_writes(key)
        if not listed:
            return
        if allowed:
            blacklist._remove(listed)
        else:
            blacklist._add(listed)

    @api.model
    def _as_odoo_writes(self, key):
        """:return: the address as Odoo's blacklist of its kind takes it; nothing where it takes
        none like that, and Odoo writes to none either: our own answer is enough then"""
        if key.kind == "email":
            return email_normalize(key.value)
        number = self.env.user._phone_format(number=key.value)
        return number and [number]

    @api.model
    def _allowed_channels(self, company, keys):
        """:param keys: of ContactKey
        :return: dict (key, channel) → bool of every answer that is known"""
        asked = {
            (company.id, key.kind, key.value, channel)
            for key in keys
            for channel, _label in const.CHANNELS
        }
        return {
            (ContactKey(kind, value), channel): allowed
            for (_company, kind, value, channel), allowed in self._answers(asked).items()
        }
