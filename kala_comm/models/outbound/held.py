from odoo import api, fields, models

from ...tools import const


class KalaCommunication(models.Model):
    """Why a message that is due does not leave (DE5, AD5)."""

    _inherit = "kala.communication"

    held_words = fields.Char(compute="_compute_held_words", string="Why it waits")
    is_window_closed = fields.Boolean(
        compute="_compute_is_window_closed",
        help="Only an approved template may be sent to the contact at the moment.",
    )

    @api.depends("state", "direction", "connection_id")
    def _compute_held_words(self):
        waiting = self.filtered(
            lambda c: c.direction == "out" and c.state in const.UNSENT_STATES and c.connection_id
        )
        (self - waiting).held_words = False
        copy = self.env["kala.fingerprint"]._warning() if waiting else ""
        words = {
            connection: connection._held_sentence(copy)
            for connection in self.env["kala.connection"]
            .sudo()
            .browse({c.connection_id.id for c in waiting})
        }
        by_id = {connection.id: sentence for connection, sentence in words.items()}
        for communication in waiting:
            communication.held_words = by_id[communication.connection_id.id]

    @api.depends("state", "failure_kind")
    def _compute_is_window_closed(self):
        """Sending again cannot work until the contact writes (WA6)."""
        gate = self.env["kala.gate"]
        for communication in self:
            communication.is_window_closed = (
                communication.state == const.FAILED
                and communication.failure_kind == "window"
                and not gate._free_until(
                    communication.sudo().line_id, communication.channel, communication._key()
                )[1]
            )


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    def _held_sentence(self, copy=""):
        """:param str copy: why this database sends nothing
        :return: why the messages of this connection are kept at the moment, False where they
            leave"""
        self.ensure_one()
        if copy and self.provider != "sandbox":
            return copy
        if self.state not in ("connected", "draft") and self.state_reason:
            return self.env._(
                "“%(name)s” does not send at the moment: %(reason)s",
                name=self.name,
                reason=self.state_words,
            )
        if self.state != "connected":
            return self.env._("“%s” does not send at the moment.", self.name)
        if self._provider() is None:
            return self._not_installed_sentence()
        return False
