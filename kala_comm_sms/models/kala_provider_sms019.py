import re

from odoo import api, models

from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult

from .. import const
from ..tools import sms019
from ..tools.number import spell
from ..tools.values import contents

_SENDER = re.compile(r"[A-Za-z0-9]+")


class KalaProviderSms019(models.AbstractModel):
    """019 SMS, and TextMe with ``https://my.textme.co.il`` as address (SM1; providers.md
    4.2)."""

    _name = "kala.provider.sms019"
    _inherit = "kala.sms.gateway"
    _description = "019 SMS Provider"

    _label = "019 SMS"
    # Its events carry neither an id nor a time that can be relied on.
    _repeat_seconds = 600
    _api_url = const.SMS019_URL
    _required_fields = ("sms019_username", "sms019_token")
    _max_text_length = const.SMS019_MAX_TEXT

    @api.model
    def _parse(self, connection, inbound):
        return sms019.read_event(*contents(inbound))

    @api.model
    def _prepare_send(self, communication):
        connection, line = communication.connection_id, communication.line_id
        sender = spell(line.address, "local", const.ISRAEL)
        if not sender:
            return self._refuse_without_sender(line)
        if len(sender) > const.SMS019_MAX_SENDER or not _SENDER.fullmatch(sender):
            return SendResult.refused(
                "sender",
                self.env._(
                    "019 takes senders of at most %(limit)s digits or Latin letters; "
                    "the line “%(line)s” has “%(sender)s”. Change the line's address "
                    "and send again.",
                    limit=const.SMS019_MAX_SENDER,
                    line=line.name,
                    sender=sender,
                ),
            )
        body = sms019.send_body(
            connection.sms019_username.strip(),
            communication.body or "",
            spell(communication.contact_value, "local", const.ISRAEL),
            sender,
            communication._echo_key(),
        )
        return self._request(connection, body)

    @staticmethod
    def _read_send(answer):
        return sms019.read_send(answer)

    @api.model
    def _prepare_lookup(self, communication):
        """019 switches pushes off when they fail for a while: unsure messages are asked for."""
        connection = communication.connection_id
        body = sms019.lookup_body(connection.sms019_username.strip(), communication._echo_key())
        return self._request(connection, body)

    @staticmethod
    def _read_lookup(answer):
        return sms019.read_lookup(answer)

    @api.model
    def _prepare_health(self, connection):
        body = {"balance": {"user": {"username": connection.sms019_username.strip()}}}
        return self._request(connection, body)

    @staticmethod
    def _read_health(answer):
        return sms019.read_health(answer)

    @api.model
    def _prepare_balance(self, connection):
        return self._prepare_health(connection)

    @staticmethod
    def _read_balance(answer):
        return sms019.read_health(answer).get("balance")

    @api.model
    def _request(self, connection, body):
        return SendRequest(
            url=f"{self._base_url(connection)}/api",
            headers={"Authorization": f"Bearer {connection.sms019_token.strip()}"},
            json=body,
            timeout=self._timeout,
        )
