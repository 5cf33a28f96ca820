from odoo import api, models
from odoo.fields import Datetime

from ...tools import channels
from ...tools.text import one_line

#: Characters of the line that a row shows.
TEXT = 120

#: What each row shows beside its name: the line that it is about, or else the last one; whose it
#: is (colleagues' names are no secret: each chatter shows them); its tasks.
#: Indexes: ``kala_waiting_place_uniq``, ``mail_activity__res_id_index``.
_FACTS = """
    SELECT r.model, r.id, w.waiting_since, c.channel, c.direction AS side, c.call_status, c.state,
           c.date, c.send_after, c.revoked_date IS NOT NULL AS is_revoked,
           left(COALESCE(NULLIF(c.subject, ''), NULLIF(c.edited_body, ''), NULLIF(c.body, ''),
                         c.files_note), 500) AS text,
           c.contact_name, COALESCE(l.partner_id, o.partner_id, p.id) AS customer_id,
           COALESCE(NULLIF(l.contact_name, ''), l.partner_name) AS lead_contact,
           u.id AS user_id, h.name AS user_name,
           t.ids AS tasks, t.is_put_off, t.until, t.again
      FROM unnest(%(models)s::text[], %(ids)s::int[], %(lines)s::int[]) WITH ORDINALITY
             AS r(model, id, line, n)
      LEFT JOIN LATERAL (
           SELECT (array_agg(last_id ORDER BY last_date DESC, id DESC))[1] AS last_id,
                  min(waiting_since) AS waiting_since
             FROM kala_waiting
            WHERE res_model = r.model AND res_id = r.id AND company_id = ANY(%(companies)s)
           ) w ON TRUE
      LEFT JOIN kala_communication c ON c.id = COALESCE(r.line, w.last_id)
      LEFT JOIN crm_lead l ON r.model = 'crm.lead' AND l.id = r.id
      LEFT JOIN sale_order o ON r.model = 'sale.order' AND o.id = r.id
      LEFT JOIN res_partner p ON r.model = 'res.partner' AND p.id = r.id
      LEFT JOIN LATERAL (
           SELECT array_agg(a.id ORDER BY a.user_id IS DISTINCT FROM %(uid)s, a.id) AS ids,
                  (array_agg(a.user_id ORDER BY a.user_id IS DISTINCT FROM %(uid)s, a.id)
                   FILTER (WHERE a.user_id IS NOT NULL))[1] AS user_id,
                  bool_or(a.kala_is_put_off AND a.user_id = %(uid)s) AS is_put_off,
                  min(a.kala_put_off_until) FILTER (WHERE a.user_id = %(uid)s) AS until,
                  max(a.kala_put_off_before) FILTER (WHERE a.user_id = %(uid)s) AS again
             FROM mail_activity a
            WHERE a.res_model = r.model AND a.res_id = r.id AND a.active IS TRUE
              AND (a.kala_count > 0 OR a.kala_is_put_off IS TRUE)
              AND (a.kala_company_id IS NULL OR a.kala_company_id = ANY(%(companies)s))
           ) t ON TRUE
      LEFT JOIN res_users u ON u.id = COALESCE(t.user_id, l.user_id, o.user_id, p.user_id)
      LEFT JOIN res_partner h ON h.id = u.partner_id
     ORDER BY r.n
"""


class KalaWaiting(models.Model):
    """What a row of the inbox shows (LO9)."""

    _inherit = "kala.waiting"

    @api.model
    def _rows(self, found, tab):
        """Read the rows of some places, in a number of queries that does not grow with them.

        :param list found: of Place, all of records that the user may read
        :param str tab: of :meth:`load`
        :return: list of dicts, see :meth:`rows`
        """
        if not found:
            return []
        places = [(place.model, place.res_id) for place in found]
        named = {
            (row["model"], row["id"]): row
            for row in self.env["kala.conversation"]._readable(set(places))
        }
        shown = [place for place in found if (place.model, place.res_id) in named]
        facts = self._row_facts(shown)
        unread = self.env["kala.reading"]._state(places)
        customers = self._customers({fact["customer_id"] for fact in facts})
        pictures = self._lead_pictures(facts)
        drafts = self._drafts(places)
        words = self._row_words()
        return [
            {
                **self._row(place, fact, named, unread, customers, drafts, tab, words),
                **pictures.get((place.model, place.res_id), {}),
            }
            for place, fact in zip(shown, facts, strict=True)
        ]

    @api.model
    def _row_facts(self, places):
        self.env["kala.reading"].flush_model()
        self.env.cr.execute(
            _FACTS,
            {
                "models": [place.model for place in places],
                "ids": [place.res_id for place in places],
                "lines": [place.line for place in places],
                "companies": self.env.companies.ids,
                "uid": self.env.uid,
            },
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _row_words(self):
        """:return: dict status of a call → what it is called"""
        selection = self.env["kala.communication"]._fields["call_status"]
        return dict(selection._description_selection(self.env))

    @api.model
    def _customers(self, ids):
        """:return: dict id → (name, time of the last change) of customers that the user may
        read"""
        ids.discard(None)
        if not ids:
            return {}
        partners = self.env["res.partner"].with_context(active_test=False)
        query = partners._search([("id", "in", list(ids))])
        return {
            row[0]: row[1:]
            for row in self.env.execute_query(
                query.select("res_partner.id", "complete_name", "write_date")
            )
        }

    @api.model
    def _lead_pictures(self, facts):
        """:return: dict (model, id) → ``avatar`` of leads without a customer whose contact shows a
        picture on his channel (ME1)"""
        alone = [f["id"] for f in facts if f["model"] == "crm.lead" and not f["customer_id"]]
        pictures = self.env["kala.contact.picture"].sudo()
        found = pictures._of_leads(self.env["crm.lead"].browse(alone))
        return {
            ("crm.lead", lead_id): {
                "avatar": f"/web/image/crm.lead/{lead_id}/kala_picture?unique={picture_id}"
            }
            for lead_id, picture_id in found.items()
        }

    @api.model
    def _drafts(self, places):
        """:return: set of (model, id) on which the user has begun an answer"""
        return self.env["kala.draft"]._places(places)

    @api.model
    def _row(self, place, fact, named, unread, customers, drafts, tab, words):
        own = (place.model, place.res_id)
        customer, changed = customers.get(fact["customer_id"], ("", None))
        is_visible = fact["customer_id"] in customers
        return {
            "key": self._key_of(*own),
            "model": place.model,
            "id": place.res_id,
            "place": [place.moment.isoformat(" "), place.tie],
            "name": named[own]["name"],
            "customer": customer or fact["lead_contact"] or fact["contact_name"] or "",
            "customer_id": is_visible and fact["customer_id"],
            "avatar": is_visible and self._avatar(fact["customer_id"], changed),
            "channel": fact["channel"] or False,
            "text": self._row_text(fact, words),
            "side": fact["side"] or False,
            "call_status": fact["call_status"] or False,
            "state": fact["state"] or False,
            "date": _utc(fact["send_after"] if tab == "scheduled" else fact["date"]),
            "waiting_since": _utc(
                place.moment if tab in ("mine", "unassigned", "missed") else fact["waiting_since"]
            ),
            "unread": unread[own][1],
            "user_id": fact["user_id"] or False,
            "user": fact["user_name"] or "",
            "tasks": fact["tasks"] or [],
            "put_off_until": bool(fact["is_put_off"]) and (_utc(fact["until"]) or "contact"),
            "put_off_again": self._again(fact),
            "status": named[own]["status"],
            "has_draft": own in drafts,
        }

    @api.model
    def _avatar(self, customer_id, changed):
        stamp = f"?unique={int(changed.timestamp())}" if changed else ""
        return f"/web/image/res.partner/{customer_id}/avatar_128{stamp}"

    @api.model
    def _row_text(self, fact, words):
        """:return: the line in plain words"""
        family = fact["channel"] and channels.get(fact["channel"]).family
        if family == channels.CALL:
            return words.get(fact["call_status"], "")
        text = one_line(fact["text"] or "", TEXT)
        if fact["is_revoked"]:
            return one_line(self.env._("Deleted: %s", text), TEXT)
        return text

    @api.model
    def _again(self, fact):
        """:return: the time that it was put off until when the contact wrote, where that is still
        to come (TA6)"""
        again = fact["again"]
        return bool(again and again > Datetime.now()) and _utc(again)


def _utc(moment):
    return Datetime.to_string(moment) or False
