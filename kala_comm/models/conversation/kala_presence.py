from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Datetime

#: Seconds after the last sign of a window in which its user still has the conversation open, and
#: after the last sign of writing in which he still writes. A window gives a sign every 20 seconds.
OPEN, WRITING = 60, 30
#: Nobody reads more names than these.
MOST = 20
#: Characters of the name that a window gives itself.
WINDOW = 32


class KalaPresence(models.Model):
    """Who has a conversation on his screen, and who writes in it (LO10): one narrow row for each
    window. Several windows of a user are one person for the others.

    A user is told of another one only if he has the same conversation open, may read its record
    still, and has a company in common with the other one. He is told on his own bus channel, so
    nobody can listen to what is said of a record."""

    _name = "kala.presence"
    _inherit = ["kala.hidden.name"]
    _description = "Open Conversation"
    _log_access = False

    BUS_TYPE = "kala_comm/presence"

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(required=True, readonly=True, model_field="res_model")
    window_key = fields.Char(required=True, readonly=True)
    seen_at = fields.Datetime(required=True, readonly=True)
    writing_until = fields.Datetime(readonly=True)

    _window_uniq = models.UniqueIndex(
        "(res_model, res_id, user_id, window_key)", "A window has a conversation open once."
    )

    # ------------------------------------------------------------------ what the client says

    @api.model
    def here(self, model, res_id, window, writing=False):
        """Say that the user has a conversation on his screen, and whether he writes.

        Ask it when the conversation opens, when writing begins and ends, and every 20 seconds;
        not while nobody looks at it. **Live**: a bus message of type ``kala_comm/presence`` has
        ``model``, ``res_id`` and ``others`` when somebody comes, goes, begins or ends to write.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :param str window: what tells the window from the user's other ones; at most 32 characters
        :param bool writing: he is writing
        :return: dict ``others``: list of who else has it open, those who write first: dicts
            ``id``, ``name``, ``writing``
        :raise AccessError: if the user reads no communications
        :raise UserError: if the user may not read the record
        """
        self.env["kala.communication"].check_access("read")
        record = self.env["kala.conversation"]._record(model, res_id)
        presence, me = self.sudo(), self.env.user
        before = presence._present(record)
        presence._sign(record, me, window, writing)
        now = presence._present(record)
        if before.get(me.id) != now.get(me.id):
            presence._tell(record, me, now)
        return {"others": presence._others(me, now)}

    @api.model
    def leave(self, model, res_id, window):
        """Say that the window does not show the conversation any more.

        :return: dict ``others``: nobody
        :raise UserError: if the user may not read the record; then his row ends by itself
        """
        record = self.env["kala.conversation"]._record(model, res_id)
        presence, me = self.sudo(), self.env.user
        before = presence._present(record)
        presence._of(record).filtered_domain(
            [("user_id", "=", me.id), ("window_key", "=", str(window)[:WINDOW])]
        ).unlink()
        now = presence._present(record)
        if before.get(me.id) != now.get(me.id):
            presence._tell(record, me, now)
        return {"others": []}

    # ------------------------------------------------------------------ for our own code

    @api.model
    def _of(self, record):
        """Index: ``kala_presence_window_uniq``.

        :return: the windows that showed a record in the last minute"""
        return self.search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("seen_at", ">", Datetime.now() - timedelta(seconds=OPEN)),
            ]
        )

    @api.model
    def _present(self, record):
        """:return: dict id of a user who has the conversation open → whether he writes"""
        now, found = Datetime.now(), {}
        for window in self._of(record):
            writes = bool(window.writing_until and window.writing_until > now)
            found[window.user_id.id] = found.get(window.user_id.id, False) or writes
        return found

    @api.model
    def _sign(self, record, user, window, writing):
        """One statement: a window that gives two signs at once has one row. Index:
        ``kala_presence_window_uniq``."""
        self.flush_model()
        self.env.cr.execute(
            """INSERT INTO kala_presence AS p
                           (user_id, res_model, res_id, window_key, seen_at, writing_until)
                   VALUES (%(uid)s, %(model)s, %(id)s, %(window)s, %(now)s, %(until)s)
                       ON CONFLICT (res_model, res_id, user_id, window_key) DO UPDATE
                      SET seen_at = excluded.seen_at, writing_until = excluded.writing_until""",
            {
                "uid": user.id,
                "model": record._name,
                "id": record.id,
                "window": str(window).replace("\0", "")[:WINDOW],
                "now": Datetime.now(),
                "until": Datetime.now() + timedelta(seconds=WRITING) if writing else None,
            },
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _others(self, reader, present):
        """:param reader: the user who is told
        :param dict present: of :meth:`_present`
        :return: list of dicts, see :meth:`here`"""
        ids = [user_id for user_id in present if user_id != reader.id]
        if not ids:
            return []
        users = self.env["res.users"].with_user(reader).sudo(False)
        known = users.with_context(allowed_company_ids=reader.company_ids.ids).search(
            [("id", "in", ids), ("company_ids", "in", reader.company_ids.ids)]
        )
        others = [
            # A colleague's name is no secret: each chatter shows it.
            {"id": user.id, "name": user.sudo().name, "writing": present[user.id]}
            for user in known
        ]
        others.sort(key=lambda other: (not other["writing"], other["name"], other["id"]))
        return others[:MOST]

    @api.model
    def _tell(self, record, user, present):
        """Something changed about a user: those who have the same conversation open hear who
        else has it open."""
        ids = [user_id for user_id in present if user_id != user.id][:MOST]
        for reader in self.env["res.users"].browse(ids):
            if self._may_hear(reader, record):
                reader._bus_send(
                    self.BUS_TYPE,
                    {
                        "model": record._name,
                        "res_id": record.id,
                        "others": self._others(reader, present),
                    },
                )

    @api.model
    def _may_hear(self, reader, record):
        """:return: whether a user who opened the record some seconds ago may read it still"""
        own = record.with_user(reader).sudo(False)
        own = own.with_context(allowed_company_ids=reader.company_ids.ids)
        return reader.active and own.has_access("read")

    @api.autovacuum
    def _gc_presence(self):
        """Rows are worth nothing a minute after their last sign."""
        self.search([("seen_at", "<", Datetime.now() - timedelta(seconds=OPEN))]).unlink()
