from odoo import api, models

from ...tools.phone import ContactKey


class KalaCommunication(models.Model):
    """Contacts of whom a provider says that they have another id now, such as a group that grew:
    all that was said under the former id is theirs, and so is what still comes from it."""

    _inherit = "kala.communication"

    @api.model
    def _move_contact(self, connection, key, new):
        """Give the history and the contact points of an id to another one. Whoever was told so
        before is not told again: nothing is left under the former id.

        Indexes: ``kala_communication_contact_idx``, ``kala_contact_point_key_uniq``.

        :param connection: ``kala.connection`` on which both ids exist
        :param ContactKey key: the former one
        :param str new: the id now
        """
        places = {"kind": key.kind, "old": key.value, "new": new, "connection": connection.id}
        self.flush_model()
        # The former id stays beside the new one: an answer under it counts (CO2).
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET contact_value = %(new)s, contact_uid = COALESCE(contact_uid, %(old)s)
                WHERE contact_kind = %(kind)s AND contact_value = %(old)s
                  AND connection_id = %(connection)s""",
            places,
        )
        self.invalidate_model(["contact_value", "contact_uid"], flush=False)
        points = self.env["kala.contact.point"]
        points.flush_model()
        self.env.cr.execute(
            """WITH gone AS (
                   DELETE FROM kala_contact_point
                    WHERE kind = %(kind)s AND value = %(old)s AND connection_id = %(connection)s
                RETURNING *
               )
               INSERT INTO kala_contact_point
                      (kind, value, connection_id, res_model, res_id, pinned, company_id,
                       pinned_date, kept)
               SELECT kind, %(new)s, connection_id, res_model, res_id, pinned, company_id,
                      pinned_date, kept
                 FROM gone
                   ON CONFLICT DO NOTHING""",
            places,
        )
        points.invalidate_model(flush=False)

    @api.model
    def _ids_now(self, places):
        """Say which of some ids were given up for another one. Index:
        ``kala_communication_uid_idx``.

        :param places: set of (connection id, ContactKey)
        :return: dict place → the id now
        """
        if not places:
            return {}
        self.flush_model(["connection_id", "contact_kind", "contact_uid", "contact_value"])
        self.env.cr.execute(
            """SELECT p.connection_id, p.kind, p.value, c.contact_value
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS p(connection_id, kind, value)
                CROSS JOIN LATERAL (
                      SELECT contact_value FROM kala_communication
                       WHERE contact_uid = p.value AND connection_id = p.connection_id
                         AND contact_kind = p.kind
                       ORDER BY id DESC LIMIT 1) c""",
            [
                [connection_id for connection_id, _key in places],
                [key.kind for _connection_id, key in places],
                [key.value for _connection_id, key in places],
            ],
        )
        return {
            (connection_id, ContactKey(kind, value)): now
            for connection_id, kind, value, now in self.env.cr.fetchall()
        }
