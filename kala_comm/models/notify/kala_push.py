import json
from functools import partial

from odoo import api, fields, models

#: Key under which a transaction remembers, until it commits, who is to be told what.
_WANTED = "kala_comm.push"
#: Seconds after which nobody is told any more: a call that rings has stopped; an hour later it is
#: no news, and waits in the inbox.
RINGING, USUAL = 60, 3600


class KalaPush(models.Model):
    """What a device of a user is to be told while he has no tab of Odoo open (NO4): one row for
    a device, until it is told. No text stands in it: what the user may read is looked up when it
    leaves. Devices are Odoo's own (``mail.push.device``); one may go at any time, so no row holds
    it."""

    _name = "kala.push"
    _inherit = ["kala.hidden.name"]
    _description = "Notification for a Device"
    _log_access = False
    _order = "id"

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    device = fields.Integer(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    res_model = fields.Char(readonly=True)
    res_ids = fields.Json(readonly=True)
    token = fields.Char(readonly=True, help="Of a test that the user asked for.")
    attempts = fields.Integer(default=0, readonly=True)
    due = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    expires = fields.Datetime(required=True, readonly=True)

    _due_idx = models.Index("(due)")

    @api.model
    def _want(self, user, kind, records, is_ringing=False):
        """Have the devices of a user told, if he is not there when the transaction ends.

        :param str kind: one of ``_KALA_NOTIFY``
        :param records: what it is about: communications, leads, orders or tasks
        """
        data = self.env.cr.precommit.data
        if _WANTED not in data:
            data[_WANTED] = []
            self.env.cr.precommit.add(partial(self.sudo()._queue, data[_WANTED]))
        seconds = RINGING if is_ringing else USUAL
        data[_WANTED].append((user.id, kind, records._name, json.dumps(records.ids), seconds))

    @api.model
    def _queue(self, wanted):
        """One statement, however many users and messages there are. Nobody who is told by an open
        tab is told by his devices, too.

        Indexes: ``mail_push_device__partner_id_index``, ``mail_presence__user_unique``.
        """
        self.env.cr.precommit.data.pop(_WANTED, None)
        self.env["mail.presence"].flush_model()
        self.env["mail.push.device"].flush_model()
        self.env["res.users"].flush_model(["active", "partner_id"])
        self.env.cr.execute(
            """INSERT INTO kala_push (user_id, device, kind, res_model, res_ids, attempts, due,
                                      expires)
               SELECT w.user_id, d.id, w.kind, w.model, w.ids::jsonb, 0, %s,
                      %s + w.seconds * interval '1 second'
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::int[])
                        AS w(user_id, kind, model, ids, seconds)
                 JOIN res_users u ON u.id = w.user_id AND u.active
                 JOIN mail_push_device d ON d.partner_id = u.partner_id
                WHERE NOT EXISTS (SELECT 1 FROM mail_presence p
                                   WHERE p.user_id = w.user_id
                                     AND p.status IN ('online', 'away'))""",
            [
                *[fields.Datetime.now()] * 2,
                *(list(column) for column in zip(*wanted, strict=True)),
            ],
        )
        if self.env.cr.rowcount:
            self._wake()

    @api.model
    def _wake(self):
        self.env.ref("kala_comm.ir_cron_push").sudo()._trigger()
