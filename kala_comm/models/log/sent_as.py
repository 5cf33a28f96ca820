from odoo import api, models

from ...tools import channels
from ..connection.channel_fields import ChannelField


class KalaCommunication(models.Model):
    """Messages that a gateway sent on another channel than we asked for, where the phone does not
    have that one (ME3)."""

    _inherit = "kala.communication"

    sent_as = ChannelField(
        string="Sent as",
        readonly=True,
        copy=False,
        help="The channel on which the gateway sent it in the end, where it chose another one.",
    )

    @api.model
    def _note_sent_as(self, by_channel):
        """Say on messages on which channel they were sent in the end; what is told twice is noted
        once.

        :param dict by_channel: code of a channel → communications
        :return: dict code of a channel → those of them of which it is news
        """
        news, known = {}, {row.code for row in channels.offered(self.env)}
        for code, messages in by_channel.items():
            if code not in known:
                # A gateway may name a channel of an addon that is not installed here.
                continue
            fresh = messages.filtered(
                lambda c, code=code: c.direction == "out" and c.channel != code and not c.sent_as
            )
            for own, of_own in fresh.grouped("channel").items():
                words = self.env._(
                    "Sent as %(channel)s: it could not be delivered on %(asked)s.",
                    channel=self.env._(channels.get(code).label),
                    asked=self.env._(channels.get(own).label),
                )
                for message in of_own:
                    parts = filter(None, (message.details, words))
                    message.write({"sent_as": code, "details": "\n".join(parts)})
            if fresh:
                news[code] = fresh
        return news
