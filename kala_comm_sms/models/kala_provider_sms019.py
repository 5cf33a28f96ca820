import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import split_every

from odoo.addons.kala_comm.tools import const as core
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult

from .. import const
from ..tools import sms019
from ..tools.number import spell
from ..tools.values import contents

_SENDER = re.compile(r"[A-Za-z0-9]+")
#: Minutes that a push may take before a report is asked for.
_PATIENCE = 10


class KalaProviderSms019(models.AbstractModel):
    """019 SMS, and TextMe with ``https://my.textme.co.il`` as address (SM1; docs/providers.md,
    4.2)."""

    _name = "kala.provider.sms019"
    _inherit = "kala.sms.gateway"
    _description = "019 SMS Provider"

    _label = "019 SMS"
    _help_page = "channels/sms"
    # Its events carry neither an id nor a time that can be relied on.
    _repeat_seconds = 600
    _api_url = const.SMS019_URL
    _required_fields = ("sms019_username", "sms019_token")
    _secret_fields = ("sms019_token",)
    _max_text_length = const.SMS019_MAX_TEXT
    _tells_news = True
    # It stops to push for good, without a word, where we did not answer for a while.
    _polls_by_itself = True

    @api.model
    def _parse(self, connection, inbound):
        if inbound.method == "POLL":
            return sms019.read_polled(inbound.json)
        return sms019.read_event(*contents(inbound))

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._("Copy these from your account at 019, where the API is set up."),
                link="https://docs.019sms.co.il",
                link_words="019",
                fields=("sms019_username", "sms019_token"),
            ),
            GuideStep(
                self.env._(
                    "Enter the sender that 019 approved for you: a number, or at most 11 Latin "
                    "letters and digits."
                ),
                asks_line=True,
            ),
            GuideStep(
                self.env._(
                    "Ask 019's support to send reports and incoming messages to this address. "
                    "Until then 019 is asked every few minutes."
                ),
                shows=("webhook_url",),
            ),
        ]

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
    def _prepare_polls(self, connection, since, until):
        """Incoming messages of the time, and reports about messages that nobody spoke of yet.

        Index: ``kala_communication_connection_idx``.
        """
        username = connection.sms019_username.strip()
        bodies = [sms019.incoming_body(username, since, until)]
        oldest = until - timedelta(days=const.SMS019_DAYS)
        silent = self.env["kala.communication"].search(
            [
                ("connection_id", "=", connection.id),
                ("direction", "=", "out"),
                ("state", "in", (core.SENT, core.UNKNOWN)),
                ("date", ">", oldest),
                ("date", "<", until - timedelta(minutes=_PATIENCE)),
            ],
            order="date DESC",
        )
        keys = [communication._echo_key() for communication in silent]
        bodies += [
            sms019.reports_body(username, some, oldest, until)
            for some in split_every(const.SMS019_IDS, keys, list)
        ]
        return [self._request(connection, body, text_limit=const.POLL_BYTES) for body in bodies]

    @staticmethod
    def _read_poll(answer):
        return sms019.read_poll(answer)

    @api.model
    def _prepare_lookup(self, communication):
        connection, now = communication.connection_id, fields.Datetime.now()
        body = sms019.reports_body(
            connection.sms019_username.strip(),
            [communication._echo_key()],
            now - timedelta(days=const.SMS019_DAYS),
            now,
        )
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
    def _request(self, connection, body, **values):
        return SendRequest(
            url=f"{self._base_url(connection)}/api",
            headers={"Authorization": f"Bearer {connection.sms019_token.strip()}"},
            json=body,
            **values,
        )
