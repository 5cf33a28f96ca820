from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Datetime

from ..tools import channels, const

#: Templates that are offered at once.
OFFERED = 20
#: What the answer box may change; all else the composer finds out itself.
CHANGED = frozenset(
    (
        *("channel", "address_id", "line_id", "number", "colleague_id", "template_id", "subject"),
        *("body", "attachment_ids", "send_when", "send_after", "ignore_window", "reply_to_id"),
        *("fallback_channel", "with_document", "document_ids"),
    )
)


class KalaComposer(models.TransientModel):
    """The same composer as the answer box of a conversation: no form, but facts (LO4, SE3)."""

    _inherit = "kala.composer"

    @api.model
    def open_box(self, model, res_id, channel=None, reply_to=None, number=None, composer=None):
        """Make the composer of an answer box, or show one that a button has filled in.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :param str channel: the channel to begin with, where it is open; default: the first one
        :param int reply_to: id of the communication that is answered
        :param str number: of the card, to write to first (SE2)
        :param int composer: id of the one that a button has filled in for this record
        :return: dict of :meth:`_facts`; without ``id`` where the record cannot be written to
        :raise AccessError: if the user may not write to the record
        """
        record = self.env[model].browse(int(res_id)).exists()
        record.check_access("read")
        if not record.has_access("write"):
            return {"refusal": self.env._("You may read this record, but not write to it.")}
        draft = self.env["kala.draft"].find(model, record.id)
        open_ones = self._open_channels(record)
        if not open_ones:
            return {"refusal": self._closed_words(record)}
        filled = self._filled_in(composer, record).filtered(lambda row: row.channel in open_ones)
        if draft["channel"] in open_ones and not (reply_to or number):
            channel = draft["channel"]
        if channel not in open_ones:
            channel = open_ones[0]
        composer = filled or self._begin(record, channel, reply_to, number)
        if not filled.body:
            composer._take_draft(draft, is_begun_new=bool(filled or reply_to or number))
        facts = composer._facts()
        return {**facts, "draft": draft, "enter_sends": self.env.user._kala_sends_by_enter()}

    @api.model
    def _filled_in(self, composer, record):
        """:return: the composer with this id; empty where it is not the user's own, or of another
        record"""
        own = self.browse(int(composer or 0)).exists()._filtered_access("write")
        return own.filtered(lambda row: (row.res_model, row.res_ids) == (record._name, record.ids))

    @api.model
    def _begin(self, record, channel, reply_to, number):
        action = record.with_context(
            kala_channel=channel, kala_reply_to=reply_to, kala_number=number
        ).action_kala_compose()
        return self.browse(action["params"]["composer"])

    def change_box(self, values):
        """Change the composer of an answer box.

        :param dict values: of :data:`CHANGED`
        :return: dict of :meth:`_facts`
        """
        self.ensure_one()
        self.write({name: value for name, value in values.items() if name in CHANGED})
        return self._facts()

    def send_box(self, values):
        """Send what stands in an answer box; the composer sends once.

        :return: dict ``ids`` of the communications that were queued
        :raise UserError: with what is missing
        """
        self.ensure_one()
        self.write({name: value for name, value in values.items() if name in CHANGED})
        sent = self._send()
        record = self._records()
        self.env["kala.draft"]._forget([(record._name, record.id)])
        return {"ids": sent.ids}

    def find_waiting(self):
        """Find what ↑ in an empty box changes (WI4).

        :return: dict ``id``, ``body`` of the last text on the record that a person wrote, that has
            not left, and that is not an approved template; False where there is none
        """
        self.ensure_one()
        message = self._waiting_messages()[:1]
        return message and {"id": message.id, "body": message.body or ""}

    def save_waiting(self, message_id, body):
        """Change the text of a message that waits; its time stays (WI4).

        :param int message_id: of :meth:`find_waiting`
        :raise UserError: if it has left meanwhile, or may not leave like this
        """
        self.ensure_one()
        message = self._waiting_messages().filtered(lambda m: m.id == message_id)
        if not message:
            raise UserError(
                self.env._("The message has left already, or is leaving now. It was not changed.")
            )
        change = self.env["kala.change"].browse(message.action_open_change()["res_id"])
        change.body = body
        change.action_save()
        return True

    def _waiting_messages(self):
        """:return: ``kala.communication`` that the user may change, the newest first; index:
        ``kala_communication_open_end_idx``"""
        record = self._records()
        record.check_access("write")
        return (
            self.env["kala.communication"]
            .search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("direction", "=", "out"),
                    ("state", "in", list(const.UNSENT_STATES)),
                    ("priority", "=", const.PRIORITY_PERSON),
                ],
                order="id desc",
                limit=OFFERED,
            )
            .filtered(lambda message: not message.sudo().template_values)
        )

    def find_templates(self, text=""):
        """Templates for "/" in the answer box: those that fit the record (TE5).

        :param str text: of their names
        :return: list of dicts ``id``, ``name``, ``is_approved``, ``text`` (as the contact would
            read it), ``files`` (ids of those that come along)
        """
        self.ensure_one()
        found = self.usable_template_ids.filtered(
            lambda template: (text or "").casefold() in (template.name or "").casefold()
        )[:OFFERED]
        record = self._records()
        return [
            {
                "id": template.id,
                "name": template.name,
                "is_approved": template.is_external,
                "text": template._render(record)[1] or "",
                "files": template.attachment_ids.ids,
            }
            for template in found
        ]

    # ------------------------------------------------------------------ facts

    @api.model
    def _open_channels(self, record, points=None):
        """:param points: of the record, where they are known: see :meth:`_all_points`
        :return: list of the channels on which the record can be written to now (SE1)"""
        company = record._kala_send_company()
        connected = self.env["kala.line"]._connected_channels().get(company.id, ())
        if points is None:
            points = self._all_points(record) if connected else []
        asked = [
            (company, key, channel)
            for channel in channels.codes(*channels.WRITTEN)
            if channel in connected
            for key in record._kala_usable(channel, points)
        ]
        allowed = {row[2] for row in self.env["kala.gate"]._allowed(asked)}
        return [channel for channel in channels.codes(*channels.WRITTEN) if channel in allowed]

    @api.model
    def _closed_words(self, record):
        """:return: why nothing can be written, and what to do"""
        connected = self.env["kala.line"]._connected_channels()
        if not connected.get(record._kala_send_company().id):
            return self.env._(
                "No line is connected. Ask an administrator to connect one under Communication, "
                "Configuration, Connections."
            )
        return self.env._(
            "There is no address here that may be written to. Add a mobile number or an e-mail "
            "address to the card, or look whether the contact agreed (“May we write”)."
        )

    def _facts(self):
        """:return: dict of all that the answer box shows"""
        self.ensure_one()
        labels = dict(self._fields["channel"]._description_selection(self.env))
        # An empty list of JSON is read as False.
        fallbacks = self.fallback_channels or []
        record = self._records()
        rows = self.address_ids.filtered(lambda row: row._key())
        open_ones = self._open_channels(record, [(r._key(), r.connection_id.id) for r in rows])
        return {
            "id": self.id,
            "channel": self.channel,
            "channels": [
                {"code": code, "label": labels[code]}
                for code in dict.fromkeys([*open_ones, self.channel])
            ],
            "addresses": self._address_facts(record),
            "address_id": self.address_id.id,
            "is_typed": self.is_typed,
            "number": self.number or "",
            "is_colleague": self.is_colleague,
            "colleague_id": self.colleague_id.id,
            "lines": [{"id": line.id, "name": line.name} for line in self.usable_line_ids],
            "line_id": (self.fixed_line_id or self.line_id).id,
            "is_line_fixed": bool(self.fixed_line_id),
            "template": {"id": self.template_id.id, "name": self.template_id.name}
            if self.template_id
            else False,
            "is_approved": self.is_approved,
            "subject": self.subject or "",
            "body": self.body or "",
            "is_free": self.is_free,
            "free_until": Datetime.to_string(self.free_until) or False,
            "takes_files": self.takes_files,
            "max_files": self._most_files(),
            "files": [{"id": f.id, "name": f.name} for f in self.attachment_ids],
            "send_after": Datetime.to_string(self.send_after) or False,
            "ignore_window": self.ignore_window,
            "opens_at": Datetime.to_string(self.opens_at) or False,
            "refusal": self.refusal or "",
            "held": self.held_because or "",
            "quoted": self.quoted_text or "",
            "holes": self.holes or "",
            "prints_document": self.prints_document,
            "with_document": self.with_document,
            "documents": self._document_facts(),
            "fallback": self.fallback_channel in fallbacks and self.fallback_channel,
            "fallbacks": [{"code": code, "label": labels[code]} for code in fallbacks],
        }
