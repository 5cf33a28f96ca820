import json

from odoo import api, models

from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult
from odoo.addons.kala_comm.tools.signature import is_signed

from .. import const
from ..tools import answers
from ..tools.callbacks import CallbackReader


class KalaProviderViber(models.AbstractModel):
    """A Viber bot (ME3; docs/providers.md, 9)."""

    _name = "kala.provider.viber"
    _inherit = "kala.provider"
    _description = "Viber Provider"

    _label = "Viber"
    _help_page = "channels/viber"
    _channels = (const.CHANNEL,)
    _api_url = const.API_URL
    _required_fields = ("viber_auth_token",)
    _secret_fields = ("viber_auth_token",)
    _door_fields = ("name", "viber_welcome")
    _max_text_length = const.TEXT_LENGTH
    _max_files = 1
    _rate_per_second = 50.0
    _tells_news = True
    _file_hosts = (".viber.com",)

    # ------------------------------------------------------------------ incoming

    @api.model
    def _verify(self, connection, inbound):
        return inbound.method == "POST" and is_signed(
            self._token(connection),
            inbound.body,
            inbound.headers.get("x-viber-content-signature"),
        )

    @api.model
    def _tell_back(self, connection, inbound):
        """Greet who opens the chat: one message in the answer to the call, which makes him no
        subscriber (docs/providers.md, 9)."""
        event = inbound.json
        opened = isinstance(event, dict) and event.get("event") == "conversation_started"
        if not opened or not connection.viber_welcome:
            return None
        greeting = {
            "sender": {"name": self._sender_name(connection.name)},
            "type": "text",
            "text": connection.viber_welcome[: const.TEXT_LENGTH],
        }
        return json.dumps(greeting), "application/json"

    @api.model
    def _parse(self, connection, inbound):
        # The bot has one line: the connection names it where nobody has made the line yet.
        bot = "" if connection.line_ids else connection.name
        return CallbackReader(self.env._, bot).read(inbound)

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _file_refusal(self, channel, files, body):
        refusal = super()._file_refusal(channel, files, body)
        if refusal or not files:
            return refusal
        kind = self._kind_of(files)
        if body and kind != "picture":
            return self.env._(
                "Viber shows a text with a picture only. Send “%s” alone, and the text as a "
                "message of its own.",
                files.name,
            )
        if len(body or "") > const.CAPTION_LENGTH:
            return self.env._(
                "With a picture Viber takes a text of %s characters. Shorten it, or send it as a "
                "message of its own.",
                const.CAPTION_LENGTH,
            )
        return self._size_refusal(files, const.FILE_LIMITS[kind])

    @api.model
    def _kind_of(self, file):
        if file.mimetype in const.PICTURES:
            return "picture"
        return "video" if file.mimetype in const.VIDEOS else "file"

    @api.model
    def _prepare_send(self, communication):
        if communication.contact_kind != const.CHANNEL:
            return SendResult.refused(
                "address",
                self.env._(
                    "A Viber bot cannot write to “%s”: it knows people who wrote to it alone. "
                    "Invite the contact to Viber, or use a line of a gateway that writes to "
                    "numbers.",
                    communication.contact_value,
                ),
            )
        line = communication.line_id
        values = {
            "receiver": communication.contact_value,
            "min_api_version": const.MIN_API_VERSION,
            "sender": {"name": self._sender_name(line.name)},
            "tracking_data": communication._echo_key(),
            **self._prepare_content(communication),
        }
        return self._request(communication.connection_id, "send_message", values)

    @api.model
    def _prepare_content(self, communication):
        """:return: dict: the type of a message and what it says"""
        file = communication._files()[:1]
        if not file:
            return {"type": "text", "text": communication.body or ""}
        kind, url = self._kind_of(file), communication._file_url(file)
        if kind == "picture":
            return {"type": kind, "text": communication.body or "", "media": url}
        values = {"type": kind, "media": url, "size": file.file_size}
        return {**values, "file_name": file.name} if kind == "file" else values

    @staticmethod
    def _read_send(answer):
        return answers.read_send(answer)

    @api.model
    def _fetch_picture(self, connection, contact, said, fetcher):
        url = said.get("avatar")
        return fetcher.content(url, limit=const.PICTURE_BYTES)[0] if url else b""

    @api.model
    def _invitation_url(self, connection, token):
        name = connection.line_ids[:1].address
        return f"viber://pa?chatURI={name}&context={token}" if name else ""

    # ------------------------------------------------------------------ connection

    @api.model
    def _prepare_health(self, connection):
        return self._request(connection, "get_account_info", {})

    @staticmethod
    def _read_health(answer):
        return answers.read_health(answer)

    @api.model
    def _prepare_webhook(self, connection, step, known):
        """Viber calls the address while we ask, and wants a 200 (docs/providers.md, 9)."""
        if step:
            return []
        values = {
            "url": connection.webhook_url,
            "event_types": list(const.EVENTS),
            "send_name": True,
            "send_photo": True,
        }
        return [self._request(connection, "set_webhook", values)]

    @staticmethod
    def _read_webhook(answer):
        return {"error": answers.read_done(answer)}

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "Viber makes new bots on commercial terms only: ask Viber or one of its "
                    "partners for one. A bot that you have works as it is. Open it in Viber's "
                    "admin panel and copy its token."
                ),
                link="https://partners.viber.com",
                link_words=self.env._("Viber's admin panel"),
                fields=("viber_auth_token",),
            ),
            GuideStep(
                self.env._("What the bot says to who opens it for the first time."),
                fields=("viber_welcome",),
            ),
            GuideStep(
                self.env._(
                    "Press Connect: it finds the bot, makes its line, and gives Viber the address "
                    "of this database, which Viber calls at once. One bot calls one address only."
                )
            ),
        ]

    @api.model
    def _mend_hints(self):
        return {
            "receive": [
                self.env._(
                    "Press Connect again: it gives Viber the address here. A Viber bot has one "
                    "address: another program that uses the same token takes its messages away."
                )
            ],
        }

    @staticmethod
    def _sender_name(name):
        return (name or "")[: const.NAME_LENGTH]

    @staticmethod
    def _token(connection):
        """:return: the bot's token without the spaces of pasting"""
        return (connection.viber_auth_token or "").strip()

    @api.model
    def _request(self, connection, method, values):
        return SendRequest(
            url=f"{self._base_url(connection)}/{method}",
            headers={"X-Viber-Auth-Token": self._token(connection)},
            json=values,
        )
