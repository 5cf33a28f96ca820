from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connection.channel_fields import TextChannelField


class Way(NamedTuple):
    """By which channel messages of a mass send go, and what they say there.

    :ivar str channel:
    :ivar line: ``kala.line`` that they leave on, as superuser
    :ivar template: ``kala.template``, perhaps empty
    :ivar str body: the text where no template says it
    """

    channel: str
    line: models.BaseModel
    template: models.BaseModel
    body: str


class KalaMassSend(models.Model):
    """Another channel for those whom the first one does not reach (SE5, BR1)."""

    _inherit = "kala.mass.send"

    fallback_channel = TextChannelField(
        string="Else by",
        help="Who cannot be reached on the channel gets it on this one. So does he whose address "
        "the provider refuses.",
    )
    fallback_template_id = fields.Many2one(
        "kala.template",
        string="With the template",
        ondelete="restrict",
        check_company=True,
        help="What it says there; empty: the same text.",
    )
    takes_fallback = fields.Boolean(compute="_compute_takes_fallback")

    @api.depends("channel")
    def _compute_takes_fallback(self):
        texts = dict(self._fields["fallback_channel"]._description_selection(self.env))
        for mass in self:
            mass.takes_fallback = mass.channel in texts

    @api.onchange("channel", "fallback_channel")
    def _onchange_channels(self):
        if not self.takes_fallback or self.fallback_channel == self.channel:
            self.fallback_channel = False
        if self.fallback_template_id.channel != self.fallback_channel:
            self.fallback_template_id = False

    def _ways(self):
        """:return: list of Ways, in the order in which they are tried"""
        ways = [Way(self.channel, self._line().sudo(), self.template_id, self.body)]
        if self.fallback_channel:
            line, template = self._fallback_line().sudo(), self.fallback_template_id
            body = "" if template else self.body or self.template_id.body
            ways.append(Way(self.fallback_channel, line, template, body))
        return ways

    def _fallback_line(self):
        template = self.fallback_template_id
        return (
            template.line_id
            or self.env["kala.line"]._choose_all(
                self.fallback_channel,
                self.user_id,
                [(self.company_id, None)],
                template.connection_id,
            )[0]
        )

    def _else_by(self, way, vals):
        """:return: values of a message that is sent by another way, too, where the provider refuses
        its address"""
        return {
            **vals,
            "fallback_channel": way.channel,
            "fallback_template_id": way.template.id or None,
            "fallback_pending": True,
        }

    def _check_fallback(self):
        """:raise UserError: if the other channel cannot be used, with what to do"""
        if not self.fallback_channel:
            return
        if not self.takes_fallback or self.fallback_channel == self.channel:
            raise UserError(self.env._("Choose another channel to fall back to, or none."))
        template = self.fallback_template_id
        if template and template.channel != self.fallback_channel:
            raise UserError(
                self.env._(
                    "“%s” is a template of another channel. Choose one of the channel that is "
                    "fallen back to.",
                    template.name,
                )
            )
        if not template and self.template_id.connection_id:
            raise UserError(
                self.env._(
                    "The template was approved for its own channel. Choose another template for "
                    "the channel that is fallen back to."
                )
            )
        line = self._fallback_line().sudo()
        if not line or line.connection_id.state == "draft":
            raise UserError(
                self.env._(
                    "No line for the channel to fall back to is connected. Connect one, or choose "
                    "another channel."
                )
            )
        if self.attachment_ids and not line.connection_id._provider()._max_files:
            raise UserError(
                self.env._(
                    "The channel to fall back to takes no files. Take the files out, or choose "
                    "another channel."
                )
            )
