from odoo import api, fields, models

from .. import const
from ..tools.segments import count_segments
from .kala_odoo_sms import SmsApiKala


class KalaCommunication(models.Model):
    _inherit = "kala.communication"

    sms_uuid = fields.Char(
        string="Odoo's SMS", readonly=True, copy=False, help="The SMS of Odoo's that it carries."
    )

    sms_parts = fields.Integer(
        string="SMS messages",
        readonly=True,
        copy=False,
        help="As how many SMS it was paid: also of what the gateway sent as SMS in the end.",
    )

    @api.model
    def _note_sent_as(self, by_channel):
        """A message that a gateway sent as SMS costs its parts (ME3)."""
        news = super()._note_sent_as(by_channel)
        for message in news.get("sms", ()):
            parts = count_segments(message.body or "").count
            words = self.env._("It cost %s SMS messages.", parts)
            message.write({"sms_parts": parts, "details": f"{message.details}\n{words}"})
        return news

    def _mirror_state(self):
        """Tell Odoo what became of its SMS: on the message in the chatter, and on the row of
        its queue while that is kept (SM2)."""
        super()._mirror_state()
        mirrored = self.filtered("sms_uuid")
        if not mirrored:
            return
        uuids = mirrored.mapped("sms_uuid")
        rows = self.env["sms.sms"].sudo().search([("uuid", "in", uuids)]).grouped("uuid")
        trackers = self.env["sms.tracker"].sudo().search([("sms_uuid", "in", uuids)])
        trackers = trackers.grouped("sms_uuid")
        no_rows, no_trackers = self.env["sms.sms"].sudo(), self.env["sms.tracker"].sudo()
        by_outcome = mirrored.grouped(lambda c: (c.state, c.failure_kind, c.failure_reason))
        for (state, kind, reason), messages in by_outcome.items():
            _write_outcome(
                no_rows.union(*(rows.get(c.sms_uuid, no_rows) for c in messages)),
                no_trackers.union(*(trackers.get(c.sms_uuid, no_trackers) for c in messages)),
                const.SMS_STATE_BY_STATE[state],
                const.SMS_STATE_BY_KIND.get(kind, "rejected"),
                reason,
            )


def _write_outcome(rows, trackers, state, error, reason):
    """:param str state: of ``sms.sms``
    :param str error: what Odoo's own service would have answered, where the state is an error"""
    if state != "error":
        rows.write({"state": state, "failure_type": False})
        trackers._action_update_from_sms_state(state)
        return
    failure_type = SmsApiKala.PROVIDER_TO_SMS_FAILURE_TYPE.get(error)
    rows.write({"state": "error", "failure_type": failure_type or "unknown"})
    if failure_type:
        trackers._action_update_from_sms_state(
            "error", failure_type=failure_type, failure_reason=reason
        )
    else:
        trackers.with_context(sms_known_failure_reason=reason)._action_update_from_provider_error(
            error
        )
