from odoo import api, models

from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult

from .. import const
from ..tools import inforu
from ..tools.number import spell
from ..tools.values import contents


class KalaProviderInforu(models.AbstractModel):
    """Inforu, JSON v2 (SM1; docs/providers.md, 4.1)."""

    _name = "kala.provider.inforu"
    _inherit = "kala.sms.gateway"
    _description = "Inforu Provider"

    _label = "Inforu"
    _help_page = "channels/sms"
    # Its events carry neither an id nor a time that can be relied on.
    _repeat_seconds = 600
    _api_url = const.INFORU_URL
    _required_fields = ("inforu_username", "inforu_token")
    _secret_fields = ("inforu_token",)

    _tells_news = True

    @api.model
    def _parse(self, connection, inbound):
        if inbound.method == "POLL":
            return inforu.read_polled(inbound.json)
        return inforu.read_event(*contents(inbound))

    @api.model
    def _check(self, communication):
        merge_field = inforu.find_merge_field(communication.body)
        if merge_field:
            return SendResult.refused(
                "rejected",
                self.env._(
                    "Inforu would replace “%s” by a field of its own. Write it without "
                    "the signs [# and #], and send again.",
                    merge_field,
                ),
            )
        return super()._check(communication)

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "In Inforu, under the settings of the API: copy your user name and make a "
                    "token. A token may be allowed from certain addresses only: name your server's."
                ),
                link="https://www.inforu.co.il",
                link_words="Inforu",
                fields=("inforu_username", "inforu_token"),
            ),
            GuideStep(
                self.env._("Enter the sender that Inforu approved for you: a name or a number."),
                asks_line=True,
            ),
            GuideStep(
                self.env._(
                    "Reports of messages need no setting. Ask Inforu's support to send incoming "
                    "messages to this address."
                ),
                shows=("webhook_url",),
            ),
        ]

    @api.model
    def _prepare_send(self, communication):
        connection = communication.connection_id
        sender = spell(communication.line_id.address, "local", const.ISRAEL)
        if not sender:
            return self._refuse_without_sender(communication.line_id)
        return self._request(
            connection,
            "SMS/SendSms",
            json=inforu.send_body(
                communication.body or "",
                spell(communication.contact_value, "local", const.ISRAEL),
                sender,
                communication._echo_key(),
                connection.webhook_url,
            ),
        )

    @staticmethod
    def _read_send(answer):
        return inforu.read_send(answer)

    @api.model
    def _prepare_polls(self, connection, since, until):
        """``PullData`` tells what it has not told yet, and forgets it."""
        return [
            self._request(
                connection, "PullData", json=inforu.poll_body(kind), text_limit=const.POLL_BYTES
            )
            for kind in const.INFORU_POLLS
        ]

    @staticmethod
    def _read_poll(answer):
        return inforu.read_poll(answer)

    @api.model
    def _request(self, connection, path, **values):
        return SendRequest(
            url=f"{self._base_url(connection)}/api/v2/{path}",
            auth=(connection.inforu_username.strip(), connection.inforu_token.strip()),
            **values,
        )
