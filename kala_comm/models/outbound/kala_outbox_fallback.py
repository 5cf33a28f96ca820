import logging

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from ...tools import channels, const, states
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
    def _check_last_channel(self, channel):
        """:raise UserError: if nothing says what is used for who has not written yet"""
        if channel == const.LAST_CHANNEL:
            raise UserError(
                self.env._(
                    "Say which channel to use for contacts who have not written yet: give a "
                    "channel to fall back to."
                )
            )

    @api.model
    def _prepare_with_fallback(self, records, request):
        """:return: list of values, one for each record"""
        channel, fallback = request.channel, request.fallback
        if channel not in (const.LAST_CHANNEL, *channels.codes(channels.TEXT)):
            raise UserError(self.env._("“%s” is not a channel for texts.", channel))
        found = {}
        first = self._first_channels(records, request)
        for used, members in first.items():
            found |= self._prepare_on(members, used, request)
        refused = records.filtered(
            lambda r: found[r.id]["state"] == const.FAILED and found[r.id]["channel"] != fallback
        )
        instead = self._prepare_on(refused, fallback, request)
        found |= {i: vals for i, vals in instead.items() if vals["state"] != const.FAILED}
        template = request.templates.filtered(lambda t: t.channel == fallback)[:1]
        for vals in found.values():
            if vals["state"] != const.FAILED and vals["channel"] != fallback:
                vals.update(
                    fallback_channel=fallback,
                    fallback_template_id=template.id,
                    fallback_pending=True,
                )
        return [found[record.id] for record in records]

    @api.model
    def _prepare_on(self, records, channel, request):
        """:return: dict record id → values of its message on a channel, with the template and
        the line that fit that channel"""
        if not records:
            return {}
        template = request.templates.filtered(lambda t: t.channel == channel)[:1]
        template = template or request.template
        fits = template.channel == channel
        line = template.line_id or request.line
        of_channel = request._replace(
            channel=channel,
            template=template,
            line=line.filtered(lambda of: of.channel == channel),
            connection=fits and template.connection_id,
        )
        vals_list = self._prepare_messages(records, of_channel)
        return dict(zip(records.ids, vals_list, strict=True))

    @api.model
    def _first_channels(self, records, request):
        """:return: dict channel → the records that are written to on it first"""
        if request.channel != const.LAST_CHANNEL:
            return {request.channel: records}
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
            used = newest[1] if newest else request.fallback
            chosen[used] = chosen.get(used, records.browse()) | record
        return chosen

    # ------------------------------------------------------------------ when refused

    @api.model
    def _fall_back(self):
        """Send once on the other channel what failed for good since the address is wrong there.
        Who takes a message from the others marks it in the same transaction in which its
        successor is made.

        Index: ``kala_communication_fallback_idx``.
        """
        communications = self.env["kala.communication"].sudo()
        communications.flush_model()
        self.env.cr.execute(
            f"""UPDATE kala_communication SET fallback_pending = FALSE
                WHERE id IN (SELECT id FROM kala_communication
                              WHERE fallback_pending AND {states.is_failed()}
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
        if not record or communication.mass_send_id.state == "cancelled":
            return communication.browse()
        channel, template = communication.fallback_channel, communication.fallback_template_id
        key = communication._key()
        env = communication.with_user(communication.user_id.id or SUPERUSER_ID).env
        outbox = env["kala.outbox"].sudo().with_company(communication.company_id)
        record = record.with_env(outbox.env)
        outbox = outbox.with_context(
            kala_priority=communication.priority, kala_origin=communication.origin
        )
        request = outbox._request(
            channel,
            body=None if template else communication.body,
            template=template.with_env(outbox.env),
            # The same number, where the other channel has numbers too.
            number=key if record._kala_usable(channel, [(key, False)]) else None,
            attachments=communication.attachment_ids.with_env(outbox.env),
            now=communication.ignore_window,
            to_user=communication.to_user_id.with_env(outbox.env),
            keep_failed=True,
            extra={
                "fallback_of_id": communication.id,
                "mass_send_id": communication.mass_send_id.id,
            },
        )
        made = communication.browse(outbox._send_records(record, request).ids)
        made._follow_mass_send()
        return made
