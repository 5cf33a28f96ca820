from odoo import api, fields, models

from ...tools import const, states
from ...tools.phone import format_phone

#: Characters of an e-mail that are shown while it is folded.
FOLDED = 300
#: Fields whose changes are lines of the conversation, beside notes (LO2).
FOLLOWED = ("stage_id", "state", "kala_status_id", "won_status", "user_id")
#: Subtypes of Odoo's that people write as notes.
NOTE = "mail.mt_note"

#: The lines of some records, those nearest to a place first: communications (``c``), and notes and
#: changes in the chatter (``m``). Each record gives at most as many as are asked for, so that the
#: number of records costs little.
#: Indexes: ``kala_communication_lead_idx``, ``kala_communication_order_idx``,
#: ``kala_communication_partner_idx``, ``mail_message_model_res_id_id_idx``.
_LINES = """
    WITH record AS (
        SELECT * FROM unnest(%(models)s::text[], %(ids)s::int[]) AS r(model, id)
    ), place AS (
        SELECT 'c' AS source, c.id, c.date
          FROM record r
          JOIN LATERAL (
               (SELECT id, date FROM kala_communication k
                 WHERE r.model = 'crm.lead' AND k.lead_id = r.id AND {wanted}
                 ORDER BY date {way}, id {way} LIMIT %(limit)s)
                UNION ALL
               (SELECT id, date FROM kala_communication k
                 WHERE r.model = 'sale.order' AND k.order_id = r.id AND {wanted}
                 ORDER BY date {way}, id {way} LIMIT %(limit)s)
                UNION ALL
               (SELECT id, date FROM kala_communication k
                 WHERE r.model = 'res.partner' AND k.partner_id = r.id
                   AND k.res_model = 'res.partner' AND {wanted}
                 ORDER BY date {way}, id {way} LIMIT %(limit)s)) c ON TRUE
         UNION ALL
        SELECT 'm', m.id, m.date
          FROM record r
          JOIN LATERAL (
               SELECT id, date FROM mail_message n
                WHERE %(notes)s AND n.model = r.model AND n.res_id = r.id
                  AND (n.date, 'm', n.id) {beyond} (%(date)s, %(source)s, %(place)s)
                  AND (n.message_type = 'comment' AND n.subtype_id = %(note)s
                       OR EXISTS (SELECT 1 FROM mail_tracking_value t
                                   WHERE t.mail_message_id = n.id
                                     AND t.field_id = ANY(%(followed)s)))
                ORDER BY id {way} LIMIT %(limit)s) m ON TRUE
    ), page AS (
        SELECT * FROM place ORDER BY date {way}, source {way}, id {way} LIMIT %(limit)s
    )
    SELECT p.source, p.id, p.date, {columns}
      FROM page p
      LEFT JOIN kala_communication k ON p.source = 'c' AND k.id = p.id
      LEFT JOIN mail_message m ON p.source = 'm' AND m.id = p.id
      LEFT JOIN kala_line l ON l.id = k.line_id
      LEFT JOIN res_users u ON u.id = COALESCE(k.user_id, k.create_uid, m.create_uid)
      LEFT JOIN res_partner a ON a.id = COALESCE(m.author_id, u.partner_id)
      LEFT JOIN kala_ad d ON d.id = k.ad_id
      LEFT JOIN kala_communication q
        ON q.connection_id = k.connection_id AND q.provider_uid = k.reply_to_uid
       AND q.direction IN ('in', 'out') AND k.reply_to_uid <> ''
     ORDER BY p.date {way}, p.source {way}, p.id {way}
"""

#: Which communications: those before a place (or after it), of a channel and a direction;
#: reactions of ours are shown on their message (see ``const.LISTED_DOMAIN``).
_WANTED = f"""
    k.date {{beyond}}= %(date)s AND (k.date, 'c', k.id) {{beyond}} (%(date)s, %(source)s, %(place)s)
    AND (%(channel)s IS NULL OR k.channel = %(channel)s)
    AND (%(side)s IS NULL OR k.direction = %(side)s)
    AND (%(asked)s::int[] IS NULL OR k.id = ANY(%(asked)s::int[]))
    AND (k.direction = 'in' OR k.kind IS DISTINCT FROM 'reaction'
         OR {states.is_trouble("k")})
    AND k.company_id = ANY(%(companies)s)
"""

#: Name of a value → SQL of it.
_COLUMNS = {
    "model": "COALESCE(k.res_model, m.model)",
    "res_id": "COALESCE(k.res_id, m.res_id)",
    "channel": "k.channel",
    "side": "k.direction",
    "kind": "k.kind",
    "state": "k.state",
    "wait_reason": "k.wait_reason",
    "send_after": "k.send_after",
    "subject": "COALESCE(k.subject, m.subject)",
    "body": f"CASE k.channel WHEN 'email' THEN left(k.body, {FOLDED}) "
    "ELSE COALESCE(k.edited_body, k.body) END",
    "note": "m.body",
    "details": "k.details",
    "ad": "d.name",
    "candidates": "k.candidates",
    "match_rule": "k.match_rule",
    "is_folded": f"k.channel = 'email' AND length(k.body) > {FOLDED}",
    "call_status": "k.call_status",
    "duration": "k.duration",
    "recording_url": "k.recording_url",
    "contact_kind": "k.contact_kind",
    "contact_value": "k.contact_value",
    "contact_name": "k.contact_name",
    "region": """(
        SELECT z.code FROM res_company y
          JOIN res_partner w ON w.id = y.partner_id JOIN res_country z ON z.id = w.country_id
         WHERE y.id = k.company_id)""",
    "line_id": "k.line_id",
    "line_name": "l.name",
    "failure_kind": "k.failure_kind",
    "failure_reason": "k.failure_reason",
    "connection_id": "k.connection_id",
    "edited": "k.edited_date IS NOT NULL",
    "revoked": "k.revoked_date IS NOT NULL",
    "origin": "k.origin",
    "mass_send_id": "k.mass_send_id",
    "priority": "k.priority",
    "author": "a.name",
    "author_id": "a.id",
    "quoted_id": "q.id",
    "quoted_model": "q.res_model",
    "quoted_res_id": "q.res_id",
    "quoted_text": "left(COALESCE(NULLIF(q.body, ''), q.subject, q.files_note), 120)",
    "files": """(
        SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'mimetype', f.mimetype)
                        ORDER BY f.id)
          FROM ir_attachment_kala_communication_rel x JOIN ir_attachment f
            ON f.id = x.ir_attachment_id
         WHERE x.kala_communication_id = k.id)""",
    "files_note": "k.files_note",
    "files_state": "k.files_state",
    "reaction": f"""(
        SELECT e.reaction FROM kala_communication e
         WHERE k.direction = 'in' AND e.connection_id = k.connection_id
           AND e.reply_to_uid = k.provider_uid AND e.kind = 'reaction' AND e.direction = 'out'
           AND {states.is_none(const.FAILED, const.CANCELLED, alias="e")}
         ORDER BY e.id DESC LIMIT 1)""",
    "changes": """(
        SELECT json_agg(json_build_object('field_id', t.field_id, 'old', t.old_value_char,
                                          'new', t.new_value_char) ORDER BY t.id)
          FROM mail_tracking_value t
         WHERE t.mail_message_id = m.id AND t.field_id = ANY(%(followed)s))""",
}


class KalaConversation(models.AbstractModel):
    """The lines of a conversation, each as the pane shows it (LO2, LO4)."""

    _inherit = "kala.conversation"

    @api.model
    def _lines(self, places, place, limit, channel=None, side=None, asked=None, newer=False):
        """Read some lines in one statement. Who asks has looked whether the reader may read the
        records: their lines are his to read (LO8).

        :param list places: of (model, id)
        :param tuple place: (naive UTC, source, id): only lines before this place; None = the
            newest
        :param list asked: only these communications
        :param bool newer: the lines after the place instead
        :return: list of dicts, those nearest to the place first
        """
        self.env["kala.communication"].flush_model()
        self.env["mail.message"].flush_model()
        followed = self._followed_fields({model for model, _id in places})
        date, source, line_id = place or (fields.Datetime.now().replace(year=9999), "z", 0)
        beyond = ">" if newer else "<"
        statement = _LINES.format(
            wanted=_WANTED.format(beyond=beyond),
            beyond=beyond,
            way="ASC" if newer else "DESC",
            columns=", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items()),
        )
        self.env.cr.execute(
            statement,
            {
                "models": [model for model, _id in places],
                "ids": [res_id for _model, res_id in places],
                "date": date,
                "source": source,
                "place": line_id,
                "limit": limit,
                "channel": channel or None,
                "side": side or None,
                "asked": asked,
                "companies": self.env.companies.ids,
                "notes": not (channel or side or asked is not None),
                "note": self.env["ir.model.data"]._xmlid_to_res_id(NOTE),
                "followed": list(followed),
            },
        )
        readable, rows = set(places), self.env.cr.dictfetchall()
        self._note_causes(rows)
        return [self._line(row, followed, readable) for row in rows]

    @api.model
    def _note_causes(self, rows):
        """Say of each message which rule caused it (LO7)."""
        places = {(row["origin"], row["mass_send_id"]) for row in rows}
        causes = self.env["kala.communication"]._causes(places)
        for row in rows:
            cause = causes[row["origin"], row["mass_send_id"]]
            row["cause"] = cause if cause["words"] else False

    @api.model
    def _followed_fields(self, models):
        """:return: dict id of a field → its label; those that the reader may read"""
        found = {}
        for model in models:
            for name in FOLLOWED:
                field = self.env[model]._fields.get(name)
                if field and self.env[model]._has_field_access(field, "read"):
                    field_id = self.env["ir.model.fields"]._get_ids(model).get(name)
                    found[field_id] = field._description_string(self.env)
        return found

    @api.model
    def _line(self, row, followed, readable):
        """:param dict row: of the statement
        :return: dict for the pane"""
        line = {
            "key": f"{row['source']}{row['id']}",
            "id": row["id"],
            "place": [fields.Datetime.to_string(row["date"]), row["source"], row["id"]],
            "date": fields.Datetime.to_string(row["date"]),
            "model": row["model"],
            "res_id": row["res_id"],
            "author": row["author"] or "",
        }
        if row["source"] == "m":
            return {**line, **self._note_line(row, followed)}
        return {**line, **self._communication_line(row, readable)}

    @api.model
    def _note_line(self, row, followed):
        changes = [
            {
                "label": followed[change["field_id"]],
                "old": change["old"] or "",
                "new": change["new"] or "",
            }
            for change in row["changes"] or ()
        ]
        return {"type": "change" if changes else "note", "changes": changes, "html": row["note"]}

    @api.model
    def _communication_line(self, row, readable):
        copied = (
            *("channel", "side", "kind", "state", "wait_reason", "subject", "body", "details"),
            *("call_status", "duration", "recording_url", "line_id", "line_name", "edited"),
            *("revoked", "failure_kind", "files_note", "files_state", "reaction", "origin"),
            *("ad", "contact_kind", "is_folded", "cause"),
        )
        kinds = {"voice": "call", "email": "email"}
        channels = dict(
            self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
        )
        quoted = (row["quoted_model"], row["quoted_res_id"]) in readable
        return {
            **{name: row[name] or False for name in copied},
            "type": kinds.get(row["channel"], "text"),
            "channel_label": channels[row["channel"]],
            "contact": self._contact_words(row),
            "others": self._others(row, readable),
            "send_after": fields.Datetime.to_string(row["send_after"]) or False,
            "failure": self._failure_words(row),
            "is_mass": row["priority"] == const.PRIORITY_MASS,
            "files": row["files"] or [],
            "quoted": {"key": f"c{row['quoted_id']}", "text": row["quoted_text"] or ""}
            if row["quoted_id"] and quoted
            else False,
        }

    @api.model
    def _others(self, row, readable):
        """:return: list of [model, id] of the readable records that competed for a message that
        came in, where the choice was not a person's (MA9)"""
        if row["match_rule"] == "user":
            return []
        competed = [(one.get("model"), one.get("id")) for one in row["candidates"] or ()]
        own = (row["model"], row["res_id"])
        return [list(place) for place in competed if place in readable and place != own]

    @api.model
    def _failure_words(self, row):
        if row["state"] != const.FAILED or not row["failure_reason"]:
            return ""
        connection = self.env["kala.connection"].sudo().browse(row["connection_id"] or ())
        return connection._failure_words(row["failure_reason"])

    @api.model
    def _contact_words(self, row):
        """:return: the other party as people write it"""
        value = row["contact_value"] or ""
        if row["contact_kind"] == "phone":
            return format_phone(value, row["region"])
        if row["contact_kind"] in ("email", "raw"):
            return value
        return row["contact_name"] or value
