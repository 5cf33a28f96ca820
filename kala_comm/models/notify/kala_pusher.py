import json
import time
from datetime import timedelta

from odoo import api, fields, models

from ...tools import push

#: Notifications that are taken at a time.
AT_ONCE = 32
#: Seconds until a notification is tried again that nobody took, doubled each time.
PAUSE = 30
#: Seconds for which one run goes on.
LONGEST = 60


class KalaPusher(models.AbstractModel):
    """Tells the devices what waits for them (NO4). Nobody waits for it: what came in is handled,
    whatever a device's service answers, and however late."""

    _name = "kala.pusher"
    _inherit = "kala.job"
    _description = "Notifications for Devices"

    @api.model
    def _cron_run(self):
        end = time.monotonic() + self._seconds_of(0.5, LONGEST)
        while time.monotonic() < end:
            parcels = self._retrying(self._take)
            if parcels is None:
                break
            outcomes = push.deliver_all(parcels, self._stamp())
            self._retrying(lambda outcomes=outcomes: self._settle(outcomes))
        self._retrying(self._wake_for_the_next)

    # ------------------------------------------------------------------ what leaves

    @api.model
    def _take(self):
        """Take what is due, and put it off at once: a server that dies now tells it again later.

        Index: ``kala_push_due_idx``.

        :return: list of Parcel; None where nothing waits
        """
        now = fields.Datetime.now()
        self.env.cr.execute("DELETE FROM kala_push WHERE expires < %s", [now])
        if not self._may_send():
            self.env.cr.execute("DELETE FROM kala_push")
            return None
        self.env.cr.execute(
            """UPDATE kala_push
                  SET attempts = attempts + 1,
                      due = %s + %s * pow(2, attempts) * interval '1 second'
                WHERE id IN (SELECT id FROM kala_push WHERE due <= %s ORDER BY due, id LIMIT %s
                                FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id""",
            [now, PAUSE, now, AT_ONCE],
            log_exceptions=False,
        )
        ids = sorted(row[0] for row in self.env.cr.fetchall())
        if not ids:
            return None
        rows = self.env["kala.push"].sudo().browse(ids)
        rows.invalidate_recordset(flush=False)
        return self._parcels(rows)

    @api.model
    def _may_send(self):
        """:return: whether this database tells devices: a copy must not, even if nobody neutralised
        it (AD5); without keys no device knows it"""
        stamp = self._stamp()
        keys = stamp.private_key and stamp.public_key
        return bool(keys) and self.env["kala.fingerprint"]._fits()

    @api.model
    def _stamp(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return push.Stamp(
            self.get_base_url(),
            parameters.get_param("mail.web_push_vapid_private_key") or "",
            parameters.get_param("mail.web_push_vapid_public_key") or "",
        )

    @api.model
    def _parcels(self, rows):
        """:return: list of Parcel; a row that nobody is to be told of any more is deleted"""
        devices = {
            device.id: device
            for device in self.env["mail.push.device"].sudo().browse(rows.mapped("device")).exists()
        }
        parcels = []
        for user, of_user in rows.grouped("user_id").items():
            payloads = self.env["kala.notifier"]._payloads(user, of_user)
            for row in of_user:
                device = devices.get(row.device)
                if row.id in payloads and device and device.partner_id == user.partner_id:
                    keys, payload = device.keys, json.dumps(payloads[row.id])
                    parcels.append(push.Parcel(row.id, device.id, device.endpoint, keys, payload))
        sent = {parcel.id for parcel in parcels}
        rows.filtered(lambda row: row.id not in sent).unlink()
        return parcels

    # ------------------------------------------------------------------ what became of it

    @api.model
    def _settle(self, outcomes):
        """:param list outcomes: of (Parcel, what became of it)"""
        rows = self.env["kala.push"].sudo()
        self._tell_tests(outcomes)
        over = [parcel.id for parcel, outcome in outcomes if outcome != push.LATER]
        rows.browse(over).exists().unlink()
        gone = [parcel.device_id for parcel, outcome in outcomes if outcome == push.GONE]
        self.env["mail.push.device"].sudo().browse(gone).exists().unlink()

    @api.model
    def _tell_tests(self, outcomes):
        """Who asked for a test hears what the service answered (NO3)."""
        tests = self.env["kala.push"].sudo().browse([parcel.id for parcel, _o in outcomes])
        outcome_of = {parcel.id: outcome for parcel, outcome in outcomes}
        for row in tests.exists().filtered("token"):
            row.user_id._bus_send(
                "kala_comm/push_tested", {"token": row.token, "outcome": outcome_of[row.id]}
            )

    @api.model
    def _wake_for_the_next(self):
        """Index: ``kala_push_due_idx``."""
        self.env.cr.execute("SELECT min(due) FROM kala_push")
        (due,) = self.env.cr.fetchone()
        if due:
            at = max(due, fields.Datetime.now() + timedelta(seconds=1))
            self.env.ref("kala_comm.ir_cron_push").sudo()._trigger(at=at)
