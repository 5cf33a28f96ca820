import json

from odoo import api, fields, models

from ...tools import channels, const
from ...tools.phone import ContactKey
from ..connection.channel_fields import ContactKindField


def uid_key_of(channel, uid):
    """:return: ContactKey of the id that a provider gives to a contact beside his number (MA8)"""
    return ContactKey(channels.get(channel).uid_kind, uid)


class KalaContactPoint(models.Model):
    """One address of somebody → a record (MA6). Kept from the fields of leads and customers;
    ids that exist on one connection only (MA8) and pins (MA9) are added by the core."""

    _name = "kala.contact.point"
    _description = "Contact Point"
    _inherit = ["kala.hidden.name"]
    _rec_name = "value"
    _log_access = False

    kind = ContactKindField(required=True)
    value = fields.Char(required=True)
    connection_id = fields.Many2one("kala.connection", ondelete="cascade")
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    pinned = fields.Boolean(help="A user attached this contact to the record by hand.")
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="The company in which it was pinned."
    )

    pinned_date = fields.Datetime(help="When it was pinned.")
    kept = fields.Boolean(
        help="The record's own, though its card has no room for it: of a record that was merged "
        "into it (MA12), or told by the contact (MA8)."
    )

    _key_uniq = models.UniqueIndex(
        "(kind, value, COALESCE(connection_id, 0), res_model, res_id, COALESCE(company_id, 0))",
        "The record already has this contact point.",
    )
    _record_idx = models.Index("(res_model, res_id)")
    _pinned_idx = models.Index("(kind, value) WHERE pinned")

    @api.model
    def _sync(self, model, keys_by_id):
        """Make the table say what the records' fields say.

        :param str model: ``crm.lead`` or ``res.partner``
        :param dict keys_by_id: record id → iterable of ContactKey

        Indexes: ``kala_contact_point_record_idx`` to delete, ``kala_contact_point_key_uniq`` to
        insert.
        """
        rows = [
            (res_id, key.kind, key.value) for res_id, keys in keys_by_id.items() for key in keys
        ]
        ids, kinds, values = (
            (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
        )
        # One statement: changed numbers of a thousand records cost one query. Each owner looks
        # for his own points: a join of all points with all keys is quadratic where the table is
        # so young that the planner expects one row of it.
        self.env.cr.execute(
            """WITH gone AS (
                   DELETE FROM kala_contact_point
                    WHERE id = ANY(ARRAY(
                          SELECT p.id
                            FROM unnest(%(owners)s::int[], %(kept)s::jsonb[]) AS o(id, kept)
                           CROSS JOIN LATERAL (
                                 SELECT id, kind, value FROM kala_contact_point
                                  WHERE res_model = %(model)s AND res_id = o.id
                                    AND kind = ANY(%(field_kinds)s)
                                    AND NOT COALESCE(pinned, FALSE)
                                    AND NOT COALESCE(kept, FALSE)
                                 OFFSET 0) p
                           WHERE NOT o.kept ? (p.kind || ':' || p.value)))
               )
               INSERT INTO kala_contact_point (kind, value, res_model, res_id)
               SELECT kind, value, %(model)s, res_id
                 FROM unnest(%(ids)s::int[], %(kinds)s::text[], %(values)s::text[])
                        AS n(res_id, kind, value)
                ORDER BY kind, value, res_id
                   ON CONFLICT DO NOTHING""",
            {
                "ids": ids,
                "kinds": kinds,
                "values": values,
                "model": model,
                "owners": list(keys_by_id),
                "kept": [
                    json.dumps([f"{key.kind}:{key.value}" for key in keys])
                    for keys in keys_by_id.values()
                ],
                "field_kinds": list(const.FIELD_CONTACT_KINDS),
            },
        )
        self.invalidate_model()

    @api.model
    def _flush_owners(self):
        """Bring the table up to date with fields that were changed in this transaction."""
        for model in ("res.partner", "crm.lead"):
            self.env[model].flush_model(["kala_contact_keys"])

    @api.model
    def _of_owners(self, owners):
        """Read the points of some records; as rows, since a mass send asks for all of its
        recipients'. Index: ``kala_contact_point_record_idx``.

        :param owners: of (model, record id)
        :return: dict owner → list of (ContactKey, connection id or False), the oldest first
        """
        # A record that is not saved yet has none.
        owners = [owner for owner in owners if isinstance(owner[1], int)]
        self._flush_owners()
        self.flush_model()
        self.env.cr.execute(
            """SELECT p.res_model, p.res_id, p.kind, p.value, p.connection_id
                 FROM unnest(%s::text[], %s::int[]) AS o(res_model, res_id)
                 JOIN kala_contact_point p USING (res_model, res_id)
                ORDER BY p.id""",
            [[model for model, _id in owners], [res_id for _model, res_id in owners]],
        )
        found = {}
        for model, res_id, kind, value, connection_id in self.env.cr.fetchall():
            point = (ContactKey(kind, value), connection_id or False)
            found.setdefault((model, res_id), []).append(point)
        return found

    @api.model
    def _insert(self, model, ids, kinds, values, connection_ids):
        """Add points; those that are there already stay as they are."""
        if not ids:
            return
        self.env.cr.execute(
            """INSERT INTO kala_contact_point (kind, value, connection_id, res_model, res_id)
               SELECT n.kind, n.value, NULLIF(n.connection_id, 0), %s, n.res_id
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[])
                   AS n(res_id, kind, value, connection_id)
                ORDER BY n.kind, n.value, n.res_id
                   ON CONFLICT DO NOTHING""",
            [model, ids, kinds, values, [c or 0 for c in connection_ids]],
        )
        self.invalidate_model()

    @api.model
    def _keep(self, model, res_id, key):
        """Add an address for which the card has no room."""
        self.env.cr.execute(
            """INSERT INTO kala_contact_point (kind, value, res_model, res_id, kept)
               VALUES (%s, %s, %s, %s, TRUE) ON CONFLICT DO NOTHING""",
            [key.kind, key.value, model, res_id],
        )
        self.invalidate_model()

    @api.model
    def _pin(self, company, key, connection_id, model, res_id):
        """Remember that a user attached this contact to that record (MA9): later messages of
        the contact follow. An older pin in the same company ends. A pin is a point of its own
        beside that of the record's fields, so that each company has its own.

        :param ContactKey key:
        :param int connection_id: for ids that exist on one connection only, else False
        """
        self.env.cr.execute(
            """DELETE FROM kala_contact_point
                WHERE kind = %s AND value = %s AND COALESCE(connection_id, 0) = %s
                  AND pinned AND company_id = %s""",
            [key.kind, key.value, connection_id or 0, company.id],
        )
        self.env.cr.execute(
            """INSERT INTO kala_contact_point
                      (kind, value, connection_id, res_model, res_id, pinned, company_id,
                       pinned_date)
               VALUES (%s, %s, %s, %s, %s, TRUE, %s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT DO NOTHING""",
            [key.kind, key.value, connection_id or None, model, res_id, company.id],
        )
        self.invalidate_model()

    @api.model
    def _move(self, model, from_ids, to_id):
        """Give all addresses of merged records to the one that stays (MA12): whoever writes from
        one of them writes to it. What stands on its card is its own already."""
        self._flush_owners()
        self.env.cr.execute(
            """WITH gone AS (
                   DELETE FROM kala_contact_point WHERE res_model = %s AND res_id = ANY(%s)
                RETURNING *
               )
               INSERT INTO kala_contact_point
                      (kind, value, connection_id, res_model, res_id, pinned, company_id,
                       pinned_date, kept)
               SELECT DISTINCT ON (kind, value, connection_id, company_id)
                      kind, value, connection_id, res_model, %s, pinned, company_id, pinned_date,
                      kept OR NOT COALESCE(pinned, FALSE) AND kind = ANY(%s)
                 FROM gone
                ORDER BY kind, value, connection_id, company_id, pinned DESC NULLS LAST,
                         pinned_date DESC NULLS LAST
                   ON CONFLICT DO NOTHING""",
            [model, list(from_ids), to_id, list(const.FIELD_CONTACT_KINDS)],
        )
        self.invalidate_model()

    @api.model
    def _forget(self, model, ids):
        """Drop the points of records that are gone. Index: ``kala_contact_point_record_idx``."""
        self.env.cr.execute(
            "DELETE FROM kala_contact_point WHERE res_model = %s AND res_id = ANY(%s)",
            [model, list(ids)],
        )
        self.invalidate_model()
