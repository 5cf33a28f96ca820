from odoo import api, fields, models


class KalaConversation(models.AbstractModel):
    """What waits for somebody in a conversation: it stands above the answer (LO2, TA1)."""

    _inherit = "kala.conversation"

    @api.model
    def _tasks(self, places):
        """Read the open activities of some records. Who asks has looked whether the reader may
        read the records.

        Index: ``mail_activity__res_id_index``.

        :param list places: of (model, id)
        :return: list of dicts ``id``, ``model``, ``res_id``, ``name``, ``deadline``, ``since``,
            ``user``, ``is_mine``, ``kind`` (``mail.activity.kala_kind`` or False), ``count``,
            ``put_off_until`` (UTC, ``contact`` = until he writes again, or False: TA6),
            ``put_off_again`` (UTC: the time to offer again, since the contact wrote before it
            came; or False); those of the reader first, then the oldest
        """
        self.env["mail.activity"].flush_model()
        self.env.cr.execute(
            """SELECT a.id, a.res_model, a.res_id, a.summary, t.name, a.date_deadline,
                      COALESCE(a.kala_since, a.create_date), a.user_id, p.name, a.kala_kind,
                      a.kala_count, a.kala_is_put_off, a.kala_put_off_until,
                      a.kala_put_off_before
                 FROM unnest(%(models)s::text[], %(ids)s::int[]) AS r(model, id)
                 JOIN mail_activity a ON a.res_model = r.model AND a.res_id = r.id AND a.active
                 LEFT JOIN mail_activity_type t ON t.id = a.activity_type_id
                 LEFT JOIN res_users u ON u.id = a.user_id
                 LEFT JOIN res_partner p ON p.id = u.partner_id
                WHERE a.kala_company_id IS NULL OR a.kala_company_id = ANY(%(companies)s)
                   OR a.user_id = %(uid)s
                ORDER BY a.user_id IS DISTINCT FROM %(uid)s, a.date_deadline, a.id""",
            {
                "models": [model for model, _id in places],
                "ids": [res_id for _model, res_id in places],
                "companies": self.env.companies.ids,
                "uid": self.env.uid,
            },
        )
        lang, now = self.env.lang or "en_US", fields.Datetime.now()
        return [
            {
                "id": task_id,
                "model": model,
                "res_id": res_id,
                "name": summary or (kinds or {}).get(lang) or (kinds or {}).get("en_US") or "",
                "deadline": fields.Date.to_string(deadline),
                "since": fields.Datetime.to_string(since),
                "user": user or "",
                "is_mine": user_id == self.env.uid,
                "kind": kind or False,
                "count": count or 0,
                "put_off_until": bool(is_put_off)
                and (fields.Datetime.to_string(until) or "contact"),
                "put_off_again": bool(before and before > now)
                and fields.Datetime.to_string(before),
            }
            for (
                task_id,
                model,
                res_id,
                summary,
                kinds,
                deadline,
                since,
                user_id,
                user,
                kind,
                count,
                is_put_off,
                until,
                before,
            ) in self.env.cr.fetchall()
        ]
