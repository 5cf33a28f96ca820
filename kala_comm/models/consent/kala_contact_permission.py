from odoo import api, fields, models
from odoo.tools import email_normalize

from ...tools import channels as table
from ...tools import const
from ...tools.phone import ContactKey
from ..connection.channel_fields import ChannelField, ContactKindField

#: Kind of address → the channel whose answers feed a blacklist of Odoo's, its model.
BLACKLISTS = {
    row.blacklist[0]: (row.code, row.blacklist[1]) for row in table.every() if row.blacklist
}

#: Records of an address in which the other address of its person is looked for.
FEW = 20

#: Finds the other addresses of the same person, on a channel with ids (docs/architecture.md, 3.17):
#: the address that came last in one message with it, and the number and the id of a lead or
#: customer that has exactly one of each.
#: Indexes: ``kala_communication_with_uid_idx``, ``kala_communication_uid_idx``,
#: ``kala_contact_point_key_uniq``, ``kala_contact_point_record_idx``,
#: ``crm_lead__partner_id_index``.
_ALIKE = """
    WITH asked AS (
        SELECT DISTINCT * FROM unnest(%(kind)s::text[], %(value)s::text[], %(channel)s::text[])
                            AS a(kind, value, channel)
    )
    SELECT a.kind, a.value, a.channel, a.channel, c.contact_uid
      FROM asked a
      JOIN LATERAL (
           SELECT contact_uid FROM kala_communication
            WHERE contact_kind = a.kind AND contact_value = a.value AND contact_uid IS NOT NULL
              AND channel = a.channel
            ORDER BY id DESC LIMIT 1) c ON TRUE
     UNION
    SELECT a.kind, a.value, a.channel, c.contact_kind, c.contact_value
      FROM asked a
      JOIN LATERAL (
           SELECT contact_kind, contact_value FROM kala_communication
            WHERE contact_uid = a.value AND channel = a.channel
            ORDER BY id DESC LIMIT 1) c ON TRUE
     WHERE a.kind = a.channel
     UNION
    SELECT a.kind, a.value, a.channel,
           CASE WHEN a.kind = a.channel THEN 'phone' ELSE a.channel END,
           CASE WHEN a.kind = a.channel THEN min(p.value) FILTER (WHERE p.kind = 'phone')
                ELSE min(p.value) FILTER (WHERE p.kind = a.channel) END
      FROM asked a
      JOIN LATERAL (
           SELECT res_model, res_id FROM kala_contact_point
            WHERE kind = a.kind AND value = a.value LIMIT %(few)s) r ON TRUE
      JOIN LATERAL (
           SELECT r.res_model AS model, r.res_id AS id
            UNION ALL
           SELECT 'res.partner', l.partner_id FROM crm_lead l
            WHERE r.res_model = 'crm.lead' AND l.id = r.res_id
            UNION ALL
           (SELECT 'crm.lead', l.id FROM crm_lead l
             WHERE r.res_model = 'res.partner' AND l.partner_id = r.res_id
             ORDER BY l.id DESC LIMIT %(few)s)) o ON TRUE
      JOIN kala_contact_point p ON p.res_model = o.model AND p.res_id = o.id
     GROUP BY a.kind, a.value, a.channel, r.res_model, r.res_id
    HAVING count(DISTINCT p.value) FILTER (WHERE p.kind = 'phone') = 1
       AND count(DISTINCT p.value) FILTER (WHERE p.kind = a.channel) = 1
"""


class KalaContactPermission(models.Model):
    """May we write to an address on a channel? The present answer (CO1); how it came about is
    in ``kala.consent``."""

    _name = "kala.contact.permission"
    _description = "Permission to Write"
    _inherit = ["kala.hidden.name"]
    _rec_name = "value"
    _order = "id DESC"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    kind = ContactKindField(required=True)
    value = fields.Char(required=True)
    channel = ChannelField(required=True)
    purpose = fields.Selection(const.PURPOSES, required=True, default="all")
    allowed = fields.Boolean(required=True)
    date = fields.Datetime(
        help="When the contact said it himself. What he said before that, and comes late, is no "
        "news; what somebody of ours wrote down does not outdo him."
    )

    _key_uniq = models.UniqueIndex(
        "(kind, value, channel, company_id, purpose)",
        "There is an answer for this address already.",
    )

    # ------------------------------------------------------------------ answers

    @api.model
    def _answers(self, asked, purpose="all"):
        """The answers of the persons behind some addresses: on a channel with ids the newest one
        counts that the person gave under any of them (CO2).

        Index: ``kala_contact_permission_key_uniq``.

        :param set asked: of (company id, kind, value, channel)
        :param str purpose: one of ``PURPOSES``
        :return: dict asked → bool; who was never asked is not in it
        """
        if not asked:
            return {}
        alike = self._alike({place[1:] for place in asked})
        wanted = {
            (place[0], *key, place[3]): None
            for place in asked
            for key in (place[1:3], *alike.get(place[1:], ()))
        }
        found = self._rows(list(wanted), purpose)
        answers = {}
        for place in asked:
            company_id, kind, value, channel = place
            rows = [
                found[company_id, *key, channel]
                for key in ((kind, value), *alike.get(place[1:], ()))
                if (company_id, *key, channel) in found
            ]
            if rows:
                # Of two answers of the same moment the refusal counts.
                answers[place] = max(rows, key=lambda row: (row[1], not row[0]))[0]
        return answers

    @api.model
    def _rows(self, wanted, purpose):
        """:return: dict (company id, kind, value, channel) → (bool, naive UTC since when, naive UTC
        when the contact said it or None)"""
        if not wanted:
            return {}
        self.flush_model()
        self.env.cr.execute(
            """SELECT p.company_id, p.kind, p.value, p.channel, p.allowed,
                      COALESCE(p.date, p.write_date, p.create_date, 'epoch'::timestamp), p.date
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[])
                        AS a(company_id, kind, value, channel)
                 JOIN kala_contact_permission p
                   ON p.kind = a.kind AND p.value = a.value AND p.channel = a.channel
                  AND p.company_id = a.company_id AND p.purpose = %s""",
            [*(list(column) for column in zip(*wanted, strict=True)), purpose],
        )
        return {tuple(row[:4]): (bool(row[4]), *row[5:]) for row in self.env.cr.fetchall()}

    @api.model
    def _alike(self, asked):
        """Find the other addresses of the same persons, see :data:`_ALIKE`.

        :param set asked: of (kind, value, channel)
        :return: dict asked → set of ContactKeys; who has none is not in it
        """
        asked = [
            (kind, value, channel)
            for kind, value, channel in asked
            if table.get(channel).has_ids and kind in ("phone", channel)
        ]
        if not asked:
            return {}
        self.env["kala.contact.point"]._flush_owners()
        self.env["crm.lead"].flush_model(["partner_id"])
        self.env["kala.communication"].flush_model()
        kinds, values, channels = (list(column) for column in zip(*asked, strict=True))
        self.env.cr.execute(
            _ALIKE, {"kind": kinds, "value": values, "channel": channels, "few": FEW}
        )
        alike = {}
        for kind, value, channel, *other in self.env.cr.fetchall():
            alike.setdefault((kind, value, channel), set()).add(ContactKey(*other))
        return alike

    # ------------------------------------------------------------------ changes

    @api.model
    def _set(self, company, key, channels, allowed, origin, purpose="all", others=(), date=None):
        """Record an answer of a person, with its proof (CO2), and feed Odoo's blacklists. It is
        his on all addresses that are known to be his on that channel.

        :param ContactKey key: the address under which he said it
        :param channels: names of channels
        :param bool allowed:
        :param str origin: how we know, in words
        :param str purpose: one of ``PURPOSES``: "no" to advertising leaves the rest as it is,
            "yes" to everything is one to advertising
        :param others: further ContactKeys that came together with it
        :param datetime date: when he said it, naive UTC; what he said later stays
        :return: names of the channels whose answer changed
        """
        keys = self._keys_of_person(key, channels, others)
        date = date and date.replace(microsecond=0)
        places = [(company.id, *k, c) for c in channels for k in keys[c]]
        before = self._rows(places, purpose)
        # Who agrees and stands on Odoo's blacklist gives a new answer, whatever he told us before.
        listed = self._blacklisted([key]) if allowed else ()
        changed = [
            place
            for place in places
            if self._is_change(before.get(place), allowed, date)
            or (ContactKey(*place[1:3]) in listed and self._feeds(key, place[3]))
        ]
        self._store(changed, purpose, allowed, date)
        self._prove(changed, purpose, allowed, origin, date)
        if purpose == "all":
            if changed or not date:
                self._feed_blacklist(key, channels, allowed)
            if allowed:
                self._agree_to_advertising(company, changed, origin, date)
        elif allowed:
            self._agree_to_everything(company, changed, origin, date)
        return [c for c in channels if any(place[3] == c for place in changed)]

    @api.model
    def _keys_of_person(self, key, channels, others):
        """:return: dict channel → list of the ContactKeys of one person, ``key`` first"""
        alike = self._alike({(*k, c) for k in (key, *others) for c in channels})
        found = {}
        for channel in channels:
            known = [key, *(k for k in others if k.kind in ("phone", channel))]
            for k in tuple(known):
                known += sorted(alike.get((*k, channel), ()))
            found[channel] = list(dict.fromkeys(known if table.get(channel).has_ids else [key]))
        return found

    @staticmethod
    def _is_change(row, allowed, date):
        """:param row: the present answer, of :meth:`_rows`, or None"""
        if row is None:
            return True
        return row[0] is not allowed and not (date and row[2] and date < row[2])

    @api.model
    def _store(self, places, purpose, allowed, date):
        """:param list places: of (company id, kind, value, channel)"""
        for place in places:
            self.env.cr.execute(
                """INSERT INTO kala_contact_permission
                          (company_id, kind, value, channel, purpose, allowed, date,
                           create_uid, create_date, write_uid, write_date)
                   VALUES (%s, %s, %s, %s, %s, %s, %s,
                           %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC')
                       ON CONFLICT (kind, value, channel, company_id, purpose)
                       DO UPDATE SET allowed = EXCLUDED.allowed, date = EXCLUDED.date,
                                     write_uid = EXCLUDED.write_uid,
                                     write_date = EXCLUDED.write_date""",
                [*place, purpose, allowed, date or None, self.env.uid, self.env.uid],
            )
        self.invalidate_model()

    @api.model
    def _moment(self):
        """:return: when this transaction began, as events are dated: naive UTC, full seconds"""
        return self.env.cr.now().replace(microsecond=0)

    @api.model
    def _prove(self, places, purpose, allowed, origin, date):
        self.env["kala.consent"].sudo().create(
            [
                {
                    "company_id": company_id,
                    "contact_kind": kind,
                    "contact_value": value,
                    "channel": channel,
                    "purpose": purpose,
                    "allowed": allowed,
                    "origin": origin,
                    "user_id": self.env.uid,
                    "date": date or self._moment(),
                }
                for company_id, kind, value, channel in places
            ]
        )

    @api.model
    def _agree_to_advertising(self, company, changed, origin, date):
        """Who agrees to everything agrees to advertising, too: an earlier refusal of it ends."""
        refused = [place for place, row in self._rows(changed, "marketing").items() if not row[0]]
        self._store(refused, "marketing", True, date)
        self._prove(refused, "marketing", True, origin, date)

    @api.model
    def _agree_to_everything(self, company, changed, origin, date):
        """Who agrees to advertising may be written to: an earlier refusal of everything ends."""
        for (_company_id, kind, value, channel), row in self._rows(changed, "all").items():
            if not row[0]:
                self._set(company, ContactKey(kind, value), [channel], True, origin, date=date)

    @api.model
    def _feeds(self, key, channel):
        """:return: whether an answer for this channel is one for a blacklist of Odoo's"""
        return BLACKLISTS.get(key.kind, ("",))[0] == channel

    @api.model
    def _feed_blacklist(self, key, channels, allowed):
        """An opt-out of a channel is one for Odoo's own messages of that kind, too."""
        if not any(self._feeds(key, channel) for channel in channels):
            return
        blacklist = self.env[BLACKLISTS[key.kind][1]].sudo().with_context(kala_own_answer=True)
        listed = self._as_odoo_writes(key)
        if not listed:
            return
        if allowed:
            blacklist._remove(listed)
        else:
            blacklist._add(listed)

    @api.model
    def _as_odoo_writes(self, key):
        """:return: the address as Odoo's blacklist of its kind writes it; empty where the blacklist
        takes no such address. Odoo does not write to it then, so our own answer is enough."""
        if key.kind == "email":
            return email_normalize(key.value)
        number = self.env.user._phone_format(number=key.value)
        return number and [number]

    @api.model
    def _allowed_channels(self, company, keys, purpose="all"):
        """:param keys: of ContactKey
        :param str purpose: one of ``PURPOSES``
        :return: dict (key, channel) → bool of every answer that is known"""
        asked = {
            (company.id, key.kind, key.value, channel) for key in keys for channel in table.codes()
        }
        return {
            (ContactKey(kind, value), channel): allowed
            for (_company, kind, value, channel), allowed in self._answers(asked, purpose).items()
        }
