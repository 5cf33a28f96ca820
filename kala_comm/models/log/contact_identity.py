from odoo import api, models


class KalaContactPoint(models.Model):
    """Ids by which a person is known on one connection only (MA8): whose they are."""

    _inherit = "kala.contact.point"

    @api.model
    def _link_leads(self, customers):
        """Name the customers of leads in the log, and read the ids of a connection by which the
        leads are known. Nearly no lead has one: each lead looks for its own, so that a thousand
        without cost next to nothing. One statement: Odoo links the leads that it assigns one by
        one.

        Indexes: ``kala_communication_lead_idx``, ``kala_contact_point_record_idx``.

        :param dict customers: lead id → customer id
        :return: list of (lead id, kind, value, connection id, whether it is a pin)
        """
        communications = self.env["kala.communication"]
        communications.flush_model(["partner_id", "lead_id"])
        self.env.cr.execute(
            """WITH linked AS (
                   SELECT * FROM unnest(%s::int[], %s::int[]) AS l(id, partner_id)
               ), named AS (
                   UPDATE kala_communication c
                      SET partner_id = l.partner_id, recency_pending = TRUE
                     FROM linked l
                    WHERE c.lead_id = l.id AND c.partner_id IS DISTINCT FROM l.partner_id
               )
               SELECT p.res_id, p.kind, p.value, p.connection_id, COALESCE(p.pinned, FALSE)
                 FROM linked l
                CROSS JOIN LATERAL (
                      SELECT * FROM kala_contact_point
                       WHERE res_model = 'crm.lead' AND res_id = l.id AND connection_id IS NOT NULL
                      OFFSET 0) p""",
            [list(customers), list(customers.values())],
        )
        found = self.env.cr.fetchall()
        communications.invalidate_model(["partner_id", "recency_pending"], flush=False)
        return found

    @api.model
    def _give_identities(self, rows):
        """The ids of leads become those of their customers, and are taken from other customers.

        :param list rows: of (lead id, customer id, kind, value, connection id, whether it is a pin)
        """
        given = [row[1:5] for row in rows if not row[5]]
        if given:
            self._insert("res.partner", *(list(column) for column in zip(*given, strict=True)))
        self._take_identities(rows)

    @api.model
    def _take_identities(self, rows):
        """Take the ids from customers of whom nothing but these leads said that they were theirs:
        no other lead, and no communication.

        Every look goes by an index (``OFFSET 0`` forbids the planner to join instead): where the
        tables are young it expects one row of them, and joins everything with everything.
        Indexes: ``kala_contact_point_key_uniq``, ``kala_communication_partner_idx``.

        :param list rows: as of :meth:`_give_identities`
        """
        self.env.cr.execute(
            """DELETE FROM kala_contact_point
                WHERE id = ANY(ARRAY(
                      SELECT o.id
                        FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::int[])
                               AS l(id, partner_id, kind, value, connection_id)
                       CROSS JOIN LATERAL (
                             SELECT id, res_id FROM kala_contact_point
                              WHERE kind = l.kind AND value = l.value
                                AND COALESCE(connection_id, 0) = l.connection_id
                                AND res_model = 'res.partner' AND res_id <> l.partner_id
                                AND NOT COALESCE(pinned, FALSE)
                             OFFSET 0) o
                       WHERE NOT EXISTS (
                             SELECT 1 FROM kala_contact_point q
                               JOIN crm_lead k ON k.id = q.res_id
                              WHERE q.kind = l.kind AND q.value = l.value
                                AND COALESCE(q.connection_id, 0) = l.connection_id
                                AND q.res_model = 'crm.lead'
                                AND k.partner_id = o.res_id AND k.id <> l.id
                             OFFSET 0)
                         AND NOT EXISTS (
                             SELECT 1 FROM kala_communication c
                              WHERE c.partner_id = o.res_id AND c.connection_id = l.connection_id
                                AND (c.contact_uid = l.value
                                     OR c.contact_kind = l.kind AND c.contact_value = l.value)
                             OFFSET 0)))""",
            [list(column) for column in zip(*(row[:5] for row in rows), strict=True)],
        )
        self.invalidate_model(flush=False)
