import logging
from datetime import timedelta

from odoo import api, fields, models

from ...tools import const, talk
from ..connection import registry

_logger = logging.getLogger(__name__)

#: Days after which nobody waits for a mark any more; a setting that is turned on does not tell
#: people of last year that they were read.
READ_DAYS = 7
#: Messages of a record that are looked at.
LOOKED_AT = 100
#: The method of providers that are told which messages of contacts we read (WA1).
MARKS = "_prepare_read_mark"
#: Marks that are told at the same time.
AT_ONCE = 16


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    marks_read = fields.Boolean(
        string="Senders see that we read",
        help="When somebody opens the communications of a record, or answers, the provider is "
        "told that the contact's messages were read.",
    )
    can_mark_read = fields.Boolean(compute="_compute_can_mark_read")

    @api.depends("provider")
    def _compute_can_mark_read(self):
        for connection in self:
            provider = connection._provider()
            connection.can_mark_read = bool(provider is not None and registry.does(provider, MARKS))


class KalaCommunication(models.Model):
    _inherit = "kala.communication"

    read_mark = fields.Selection(
        [("wanted", "To be told"), ("told", "Told")],
        readonly=True,
        copy=False,
        help="Whether the provider is told that we read it.",
    )

    _read_mark_idx = models.Index("(id) WHERE read_mark = 'wanted'")

    def kala_seen(self):
        """Somebody looks at these messages (WA1)."""
        self.check_access("read")
        self.env["kala.read.mark"]._seen(self)


class KalaCommunicationMixin(models.AbstractModel):
    _inherit = "kala.communication.mixin"

    def kala_seen(self):
        """Somebody looks at the communications of these records (WA1): of each contact the
        newest message that came in is marked; older ones are read with it."""
        self.check_access("read")
        marks = self.env["kala.read.mark"]
        connections = marks._connections()
        if not connections:
            return
        newest = self.env["kala.communication"].search(
            [
                (self._kala_communication_field(), "in", self.ids),
                ("connection_id", "in", connections.ids),
                ("direction", "=", "in"),
                ("date", ">", marks._oldest()),
            ],
            limit=LOOKED_AT,
        )
        marks._seen(newest)


class KalaReadMark(models.AbstractModel):
    """Tells providers what was read (WA1). Nobody waits for it, and nobody is disturbed where it
    fails: a mark that was tried is not tried again."""

    _name = "kala.read.mark"
    _inherit = "kala.job"
    _description = "Read Marks"

    # ------------------------------------------------------------------ what was read

    @api.model
    def _connections(self):
        """:return: the connections that tell it, sudo"""
        marking = self.env["kala.connection"].sudo().search([("marks_read", "=", True)])
        return marking.filtered("can_mark_read")

    @api.model
    def _oldest(self):
        return fields.Datetime.now() - timedelta(days=READ_DAYS)

    @api.model
    def _answered(self, answers):
        """Who is answered by a person was read. Index: ``kala_communication_contact_idx``."""
        answers = answers.filtered(
            lambda c: (
                c.priority == const.PRIORITY_PERSON
                and c.state != const.FAILED
                and c.connection_id.marks_read
            )
        )
        if not answers:
            return
        self.env["kala.communication"].flush_model()
        asked = {(c.line_id.id, c.contact_kind, c.contact_value) for c in answers}
        self.env.cr.execute(
            """SELECT c.id
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS a(line_id, kind, value)
                 JOIN LATERAL (
                      SELECT k.id, k.date FROM kala_communication k
                       WHERE k.contact_kind = a.kind AND k.contact_value = a.value
                         AND k.line_id = a.line_id AND k.direction = 'in'
                       ORDER BY k.date DESC, k.id DESC LIMIT 1) c ON TRUE""",
            [list(column) for column in zip(*asked, strict=True)],
        )
        self._seen(
            self.env["kala.communication"].browse([row[0] for row in self.env.cr.fetchall()])
        )

    @api.model
    def _seen(self, communications):
        """Have the newest of these messages told, for each line and contact, once.

        :param communications: that the user may read, or has answered
        """
        connections, oldest = self._connections(), self._oldest()
        newest = {}
        for message in communications.sudo().sorted(lambda c: (c.date, c.id)):
            if (
                message.direction == "in"
                and message.provider_uid
                and message.connection_id in connections
                and message.date > oldest
            ):
                newest[message.line_id, message._key()] = message
        wanted = [message.id for message in newest.values() if not message.read_mark]
        if wanted:
            self._want(wanted)

    @api.model
    def _want(self, ids):
        """What somebody else is busy with is marked by him. Index: primary key."""
        self.env.cr.execute(
            """UPDATE kala_communication SET read_mark = 'wanted'
                WHERE id IN (SELECT id FROM kala_communication
                              WHERE id = ANY(%s) AND read_mark IS NULL
                                FOR NO KEY UPDATE SKIP LOCKED)""",
            [ids],
        )
        self.env["kala.communication"].browse(ids).invalidate_recordset(["read_mark"], flush=False)
        self.env.ref("kala_comm.ir_cron_read_marks").sudo()._trigger()

    # ------------------------------------------------------------------ telling it

    @api.model
    def _cron_run(self):
        """Tell the providers what was read."""
        while (questions := self._retrying(self._take)) is not None:
            for heard in talk.ask_all(questions):
                if error := heard.fault or heard.told:
                    _logger.info("a read mark was not taken: %s", error)

    @api.model
    def _take(self):
        """Write down what is about to be told: once, whatever becomes of it.

        Index: ``kala_communication_read_mark_idx``.

        :return: list of Question; None where nothing waits
        """
        codes = [
            code
            for code, provider in self.env["kala.dispatcher"]._sending_providers().items()
            if registry.does(provider, MARKS)
        ]
        self.env.cr.execute(
            """UPDATE kala_communication SET read_mark = 'told'
                WHERE id IN (SELECT c.id FROM kala_communication c
                               JOIN kala_connection k ON k.id = c.connection_id
                              WHERE c.read_mark = 'wanted' AND k.state = 'connected'
                                AND k.marks_read AND k.provider = ANY(%s)
                              ORDER BY c.id LIMIT %s
                                FOR NO KEY UPDATE OF c SKIP LOCKED)
            RETURNING id""",
            [codes, AT_ONCE],
            log_exceptions=False,
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        if not ids:
            return None
        messages = self.env["kala.communication"].browse(ids)
        messages.invalidate_recordset(["read_mark"], flush=False)
        requests = [(m, m.connection_id._provider()._prepare_read_mark(m)) for m in messages]
        return self.env["kala.connection"]._questions(
            [(m.connection_id, request, _read) for m, request in requests if request is not None]
        )


def _read(answer):
    """:return: what went wrong; "" where nothing did"""
    return "" if answer.status < 400 else f"HTTP {answer.status}"
