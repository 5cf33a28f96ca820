import dataclasses
import functools

from odoo import api, models

from odoo.addons.kala_comm.tools import channels
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import IncomingMessage, SendRequest

from .. import const
from ..tools import gateway
from ..tools.number import spell
from ..tools.values import contents


class KalaProviderHttp(models.AbstractModel):
    """Any SMS gateway that speaks HTTP, described on its connection (SM1; docs/providers.md,
    5)."""

    _name = "kala.provider.http"
    _inherit = "kala.sms.gateway"
    _description = "HTTP Gateway Provider"

    _label = "HTTP gateway"
    _help_page = "channels/sms"
    # Its events carry neither an id nor a time that can be relied on.
    _repeat_seconds = 600
    _required_fields = ("api_url",)
    _secret_fields = ("http_password",)
    _door_fields = ("http_username",)

    @property
    def _channels(self):
        """Partners of Viber send to phone numbers in the same way (ME3)."""
        offered = {row.code for row in channels.offered(self.env)}
        return tuple(code for code in const.HTTP_CHANNELS if code in offered)

    # ------------------------------------------------------------------ incoming

    @api.model
    def _writes_international(self, connection):
        return connection.international_numbers

    @api.model
    def _verify(self, connection, inbound):
        """Many gateways push by GET."""
        return inbound.method == "POST" or inbound.is_event

    @api.model
    def _parse(self, connection, inbound):
        form, body = contents(inbound)
        words = connection._read_http_lines("http_status_words")
        items = gateway.read_event(
            form if body is None else body,
            connection._read_http_lines("http_event_names"),
            {state: gateway.read_words(found) for state, found in words.items()},
            key=dict(inbound.query).get("key", ""),
        )
        return [self._on_channel(connection, item) for item in items]

    @api.model
    def _on_channel(self, connection, item):
        """A message does not say on which channel it came: it is that of the lines."""
        spoken = set(connection.line_ids.mapped("channel"))
        if not isinstance(item, IncomingMessage) or len(spoken) != 1:
            return item
        return dataclasses.replace(item, channel=spoken.pop())

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "Enter the address to which your gateway takes messages, and the login that "
                    "it asks for. How a message is written there, and how the answer is read, "
                    "stands on the full page, under Gateway."
                ),
                fields=(
                    *("api_url", "http_username", "http_password"),
                    *("http_method", "http_format", "http_phone_format"),
                ),
            ),
            GuideStep(
                self.env._("Enter the number or the sender's name that you have there."),
                asks_line=True,
            ),
            GuideStep(
                self.env._(
                    "Give the gateway this address for reports and incoming messages, if it has "
                    "any."
                ),
                shows=("webhook_url",),
            ),
        ]

    @api.model
    def _prepare_send(self, communication):
        connection = communication.connection_id
        values = self._values(communication)
        headers = gateway.render_headers(connection.http_headers, values)
        data, content_type = gateway.render_body(
            connection.http_format, connection.http_body, values
        )
        if content_type and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = f"{content_type}; charset=utf-8"
        return SendRequest(
            url=gateway.render_url(connection.api_url, values),
            method=connection.http_method or "POST",
            headers={name: value.encode() for name, value in headers.items()},
            data=data,
            read=functools.partial(gateway.read_answer, rules=self._answer_rules(connection)),
        )

    @api.model
    def _values(self, communication):
        """:return: dict placeholder → text"""
        connection, company = communication.connection_id, communication.company_id
        style, region = connection.http_phone_format, company._kala_region()
        key = communication._echo_key()
        username = connection.http_username or ""
        password = connection.http_password or ""
        return {
            "to": spell(communication.contact_value, style, region),
            "from": spell(communication.line_id.address, style, region),
            "text": communication.body or "",
            "key": key,
            "callback_url": f"{connection.webhook_url}?key={key}",
            "username": username,
            "password": password,
            "basic": gateway.basic(username, password),
        }

    @api.model
    def _secrets(self, connection):
        """What is typed into headers, address and body beside the placeholders is the
        administrator's own affair."""
        username, password = connection.http_username or "", connection.http_password or ""
        return [password, password and gateway.basic(username, password)]

    @api.model
    def _answer_rules(self, connection):
        """:return: AnswerRules, plain values for the thread that reads the answer"""
        return gateway.AnswerRules(
            success_path=connection.http_success_path or "",
            success_values=gateway.read_words(connection.http_success_values),
            id_path=connection.http_id_path or "",
            error_path=connection.http_error_path or "",
            kinds=connection._read_http_lines("http_error_kinds"),
        )
