import logging

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from ...tools import channels, const
from ...tools.retries import RETRIABLE
from .kala_outbox import of_record

_logger = logging.getLogger(__name__)

#: Messages that one run of a lane sends on another channel.
CHUNK = 50


class KalaOutbox(models.AbstractModel):
    """One channel first, another one where that cannot be (SE5). What a channel cannot do is
    known now (no address, no line, no consent, hours of free text are over) or told by the
    provider later; then only a wrong address counts, since all else may still be mended."""

    _inherit = "kala.outbox"

    # ------------------------------------------------------------------ when queued

    @api.model
    def _check_request(self, records, channel, body, attachments):
        if channel == const.LAST_CHANNEL:
            raise UserError(
                self.env._(
                    "Say which channel to use for contacts who have not written yet: give a "
                    "channel to fall back to."
                )
            )
        return super()._check_request(records, channel, body, attachments)

    @api.model
    def _prepare_with_fallback(self, records, channel, fallback, request, templates):
        """:return: list of values, one for each record"""
        if channel not in (const.LAST_CHANNEL, *channels.codes(channels.TEXT)):
            raise UserError(self.env._("“%s” is not a channel for texts.", channel))
        found = {}
        first = self._first_channels(records, channel, fallback, request)
        for used, members in first.items():
            found |= self._prepare_on(members, used, request, templates)
        refused = records.filtered(
            lambda r: found[r.id]["state"] == "failed" and found[r.id]["channel"] != fallback
        )
        instead = self._prepare_on(refused, fallback, request, templates)
        found |= {i: vals for i, vals in instead.items() if vals["state"] != "failed"}
        template = templates.filtered(lambda t: t.channel == fallback)[:1]
        for vals in found.values():
            if vals["state"] != "failed" and vals["channel"] != fallback:
                vals.update(
                    fallback_channel=fallback,
                    fallback_template_id=template.id,
                    fallback_pending=True,
                )
        return [found[record.id] for record in records]

    @api.model
    def _prepare_on(self, records, channel, request, templates):
        """:return: dict record id → values of its message on a channel, with the template and
        the line that fit that channel"""
        if not records:
            return {}
        template = templates.filtered(lambda t: t.channel == channel)[:1] or request.template
        fits = template.channel == channel
        line = template.line_id or request.line
        of_channel = request._replace(
            template=template,
            line=line.filtered(lambda of: of.channel == channel),
            connection=fits and template.connection_id,
        )
        vals_list = self._prepare_messages(records, channel, of_channel)
        return dict(zip(records.ids, vals_list, strict=True))

    @api.model
    def _first_channels(self, records, channel, fallback, request):
        """:return: dict channel → the records that are written to on it first"""
        if channel != const.LAST_CHANNEL:
            return {channel: records}
        points = records._kala_points()
        asked = {}
        for record in records:
            company = record._kala_send_company()
            # One of us did not write to us.
            is_ours = of_record(record, request.to_user)
            keys = [] if is_ours else [key for key, _connection in points[record.id]]
            number = of_record(record, request.number)
            if number and not is_ours:
                keys = [record._kala_check_number(number, company)]
            asked[record] = {(company.id, key.kind, key.value) for key in keys}
        last = self.env["kala.communication"]._last_channels(set().union(*asked.values()))
        chosen = {}
        for record, places in asked.items():
            newest = max((last[place] for place in places if place in last), default=None)
            used = newest[1] if newest else fallback
            chosen[used] = chosen.get(used, records.browse()) | record
        return chosen

    # ------------------------------------------------------------------ when refused

    @api.model
    def _fall_back(self):
        """Send once on the other channel what failed for good since the address is wrong there.
        Who takes a message from the others marks it in the same transaction in which its
        successor is made.

        Index: ``kala_communication__fallback_idx``.
        """
        communications = self.env["kala.communication"].sudo()
        communications.flush_model()
        self.env.cr.execute(
            """UPDATE kala_communication SET fallback_pending = FALSE
                WHERE id IN (SELECT id FROM kala_communication
                              WHERE fallback_pending AND state = 'failed'
                                AND failure_kind = %s
                              ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING id""",
            [const.FALLBACK_KIND, CHUNK],
            log_exceptions=False,
        )
        taken = communications.browse(row[0] for row in self.env.cr.fetchall())
        taken.invalidate_recordset(["fallback_pending"], flush=False)
        for communication in taken:
            instead = communications.browse()
            try:
                with self.env.cr.savepoint():
                    instead = self._send_instead(communication)
            except RETRIABLE:
                raise
            except Exception:
                # One that cannot be rendered must not hold its neighbours.
                _logger.exception("message %s was not sent instead", communication.id)
            self.env["kala.task"]._answered_instead(communication, instead)

    @api.model
    def _send_instead(self, communication):
        """Make the successor, as who wrote the first one; it has no fallback of its own.

        :return: ``kala.communication``, empty where the record is gone
        """
        record = communication._record().exists()
        if not record:
            return communication.browse()
        channel, template = communication.fallback_channel, communication.fallback_template_id
        key = communication._key()
        env = communication.with_user(communication.user_id.id or SUPERUSER_ID).env
        outbox = env["kala.outbox"].sudo().with_company(communication.company_id)
        record = record.with_env(outbox.env)
        made = outbox.with_context(
            kala_priority=communication.priority, kala_origin=communication.origin
        )._send_records(
            record,
            channel,
            body=None if template else communication.body,
            template=template.with_env(outbox.env),
            # The same number, where the other channel has numbers too.
            number=key if record._kala_usable(channel, [(key, False)]) else None,
            attachments=communication.attachment_ids.with_env(outbox.env),
            now=communication.ignore_window,
            to_user=communication.to_user_id.with_env(outbox.env),
            keep_failed=True,
            extra={"fallback_of_id": communication.id},
        )
        return communication.browse(made.ids)
