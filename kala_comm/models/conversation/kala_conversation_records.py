from odoo import api, models
from odoo.tools import SQL

from ...tools import const

#: So many records of a kind are similar to one at most: a customer's oldest orders are found in
#: his own list of orders.
MOST = 200

#: Records that share an address with one, or its customer (LO2). An address on very many records
#: makes none similar (docs/architecture.md, 3.7); an order's addresses are those of its customers.
#: Indexes: ``kala_contact_point_record_idx``, ``kala_contact_point_key_uniq``,
#: ``crm_lead__partner_id_index``, ``sale_order__partner_id_index``, and those of the other two
#: contacts of an order.
_SIMILAR = """
    WITH owner AS (
        SELECT %(model)s AS model, %(id)s AS id WHERE %(model)s <> 'sale.order'
         UNION
        SELECT 'res.partner', id FROM unnest(%(contacts)s::int[]) AS c(id)
    ), address AS (
        SELECT DISTINCT p.kind, p.value, p.connection_id
          FROM owner o
          JOIN kala_contact_point p ON p.res_model = o.model AND p.res_id = o.id
    ), point AS (
        SELECT a.kind, a.value, f.res_model, f.res_id
          FROM address a
          JOIN LATERAL (
               SELECT q.res_model, q.res_id FROM kala_contact_point q
                WHERE q.kind = a.kind AND q.value = a.value
                  AND q.connection_id IS NOT DISTINCT FROM a.connection_id
                LIMIT %(crowd)s + 1) f ON TRUE
    ), alike AS (
        SELECT res_model, res_id FROM point
         WHERE (kind, value) IN (
               SELECT kind, value FROM point GROUP BY kind, value
               HAVING count(DISTINCT (res_model, res_id)) <= %(crowd)s)
    ), customer AS (
        SELECT res_id AS id FROM alike WHERE res_model = 'res.partner'
         UNION
        SELECT id FROM unnest(%(contacts)s::int[]) AS c(id)
    )
    SELECT res_model, res_id FROM alike
     UNION
    SELECT 'res.partner', id FROM customer
     UNION
    SELECT 'crm.lead', l.id
      FROM customer c
      JOIN LATERAL (SELECT id FROM crm_lead WHERE partner_id = c.id
                     ORDER BY id DESC LIMIT %(most)s) l ON TRUE
     UNION
    SELECT 'sale.order', o.id
      FROM customer c
      JOIN LATERAL (
           (SELECT id FROM sale_order WHERE partner_id = c.id ORDER BY id DESC LIMIT %(most)s)
            UNION
           (SELECT id FROM sale_order WHERE partner_invoice_id = c.id
             ORDER BY id DESC LIMIT %(most)s)
            UNION
           (SELECT id FROM sale_order WHERE partner_shipping_id = c.id
             ORDER BY id DESC LIMIT %(most)s)) o ON TRUE
"""

#: Name and status type of the rows ``r`` of each model. A stage without a type counts as "open", a
#: lost lead without a reason as "lost" (ST2).
_FACTS = {
    "crm.lead": """
        r.name,
        CASE r.won_status WHEN 'lost' THEN COALESCE(l.kala_status_type_id, %(lost)s)
                          ELSE COALESCE(s.kala_status_type_id, %(open)s) END
          FROM crm_lead r
          LEFT JOIN crm_stage s ON s.id = r.stage_id
          LEFT JOIN crm_lost_reason l ON l.id = r.lost_reason_id""",
    "sale.order": """
        r.name, s.kala_status_type_id
          FROM sale_order r LEFT JOIN kala_order_status s ON s.id = r.kala_status_id""",
    "res.partner": "r.complete_name, NULL::int FROM res_partner r",
}


class KalaConversation(models.AbstractModel):
    """Which records a conversation is of (LO2, LO3)."""

    _inherit = "kala.conversation"

    @api.model
    def _records(self, record, only=False, company=False):
        """:return: list of dicts ``model``, ``id``, ``name``, ``status`` of this record and of the
        similar ones that the user may read; this one first, then the newest"""
        found = {(record._name, record.id)} if only else self._similar(record, company)
        rows = self._readable(found)
        own = (record._name, record.id)
        return sorted(rows, key=lambda row: ((row["model"], row["id"]) != own, -row["id"]))

    @api.model
    def _similar(self, record, company=False):
        """:param bool company: of the customer's whole company (LO2)
        :return: set of (model, id), with the record itself, whoever may read them"""
        contacts = record.sudo()._kala_contacts()
        if company and contacts:
            contacts |= self._colleagues(contacts)
        self.env["kala.contact.point"]._flush_owners()
        self.env["kala.contact.point"].flush_model()
        self.env["sale.order"].flush_model(
            ["partner_id", "partner_invoice_id", "partner_shipping_id"]
        )
        self.env.cr.execute(
            _SIMILAR,
            {
                "model": record._name,
                "id": record.id,
                "contacts": contacts.ids,
                "crowd": const.SIMILAR_LIMIT,
                "most": MOST,
            },
        )
        return {tuple(row) for row in self.env.cr.fetchall()} | {(record._name, record.id)}

    @api.model
    def _colleagues(self, contacts):
        """Index: ``res_partner__commercial_partner_id_index``.

        :return: the newest contacts of the same companies, as superuser"""
        companies = contacts.commercial_partner_id
        return contacts.with_context(active_test=False).search(
            [("commercial_partner_id", "in", companies.ids)], order="id DESC", limit=MOST
        )

    @api.model
    def _readable(self, places):
        """One statement with the rules of the three models in it, whatever their number.

        :param set places: of (model, id)
        :return: list of dicts ``model``, ``id``, ``name``, ``status``
        """
        types = self.env["kala.status.type"]
        known = {"open": types._id_of("open"), "lost": types._id_of("lost")}
        parts = []
        for model in _FACTS:
            ids = [res_id for of_model, res_id in places if of_model == model]
            if not ids or not self.env[model].has_access("read"):
                continue
            records = self.env[model].with_context(active_test=False)
            query = records._search([("id", "in", ids)])
            parts.append(
                SQL(
                    "SELECT %s AS model, r.id, %s WHERE r.id IN %s",
                    model,
                    SQL(_FACTS[model], **known),
                    query.subselect(),
                )
            )
        if not parts:
            return []
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """SELECT f.model, f.id, f.name, COALESCE(t.name ->> %s, t.name ->> 'en_US')
                     FROM (%s) AS f(model, id, name, status_id)
                     LEFT JOIN kala_status_type t ON t.id = f.status_id""",
                self.env.lang or "en_US",
                SQL(" UNION ALL ").join(parts),
            )
        )
        return [
            {"model": model, "id": res_id, "name": name or "", "status": status or ""}
            for model, res_id, name, status in found
        ]
