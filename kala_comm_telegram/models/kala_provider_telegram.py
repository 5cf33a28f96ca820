import hashlib
import hmac

from odoo import api, models

from odoo.addons.kala_comm.tools.fetch import FileLater, FileRefused
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult
from odoo.addons.kala_comm.tools.reader import a_dict, plain
from odoo.addons.kala_comm.tools.signature import is_same

from .. import const
from ..tools import answers
from ..tools.updates import UpdateReader


class KalaProviderTelegram(models.AbstractModel):
    """A Telegram bot (ME2; docs/providers.md, 8)."""

    _name = "kala.provider.telegram"
    _inherit = "kala.provider"
    _description = "Telegram Provider"

    _label = "Telegram"
    _help_page = "channels/telegram"
    _channels = (const.CHANNEL,)
    _api_url = const.API_URL
    _required_fields = ("telegram_bot_token",)
    _secret_fields = ("telegram_bot_token",)
    _max_text_length = const.TEXT_LENGTH
    _max_files = 1
    _rate_per_second = 25.0
    _pair_seconds = 1.0
    _can_quote = True
    _can_react = True
    _polls_by_itself = True
    _file_days = 1

    # ------------------------------------------------------------------ incoming

    @api.model
    def _secret_of(self, connection):
        """:return: what Telegram repeats in each call: made of what only Telegram and we know"""
        return hmac.new(
            self._token(connection).encode(), connection.webhook_token.encode(), hashlib.sha256
        ).hexdigest()

    @api.model
    def _verify(self, connection, inbound):
        if inbound.method != "POST" or not self._token(connection):
            return False
        given = inbound.headers.get(const.SECRET_HEADER, "")
        return is_same(self._secret_of(connection), given)

    @api.model
    def _parse(self, connection, inbound):
        # The bot has one line: its id is needed only where nobody has made the line yet.
        bot = "" if connection.line_ids else self._token(connection).partition(":")[0]
        return UpdateReader(self.env._, bot).read(inbound)

    @api.model
    def _prepare_polls(self, connection, since, until):
        """Where nobody on the Internet can call us, we ask; Telegram forgets what we say that we
        have."""
        if connection._is_reachable():
            return []
        return [
            self._request(
                connection,
                "getUpdates",
                {
                    "offset": int(connection.polled_to or 0),
                    "limit": const.POLL_LIMIT,
                    "timeout": const.POLL_SECONDS,
                    "allowed_updates": list(const.UPDATES),
                },
                text_limit=const.POLL_BYTES,
            )
        ]

    @staticmethod
    def _read_poll(answer):
        return answers.read_poll(answer)

    @api.model
    def _fetch_file(self, connection, file, fetcher):
        """Where a file lies is told for an hour (docs/providers.md, 8)."""
        if file.get("size", 0) > const.FETCH_LIMIT:
            raise FileRefused(
                self.env._("Telegram gives bots files of 20 MB at most; this one is larger")
            )
        content, mimetype = self._fetch_by_id(
            connection, file["provider_id"], fetcher, const.FETCH_LIMIT
        )
        return content, file["mimetype"] or mimetype

    @api.model
    def _fetch_by_id(self, connection, file_id, fetcher, limit):
        """:param int limit: bytes
        :return: (bytes, mimetype)"""
        found = fetcher.json(self._address(connection, "getFile"), params={"file_id": file_id})
        path = plain(a_dict(found, "result").get("file_path"))
        if not path:
            raise FileLater("Telegram did not say where the file is")
        url = f"{self._base_url(connection)}/file/bot{self._token(connection)}/{path}"
        return fetcher.content(url, limit=limit)

    @api.model
    def _fetch_picture(self, connection, contact, said, fetcher):
        """The newest of his pictures, in the size that is enough for a screen."""
        found = fetcher.json(
            self._address(connection, "getUserProfilePhotos"),
            params={"user_id": contact, "limit": 1},
        )
        file_id = answers.profile_photo(found)
        if not file_id:
            return b""
        return self._fetch_by_id(connection, file_id, fetcher, const.PICTURE_BYTES)[0]

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _file_refusal(self, channel, files, body):
        refusal = super()._file_refusal(channel, files, body)
        if refusal or not files:
            return refusal
        if len(body or "") > const.CAPTION_LENGTH:
            return self.env._(
                "With a file Telegram takes a text of %s characters. Shorten it, or send it as a "
                "message of its own.",
                const.CAPTION_LENGTH,
            )
        return self._size_refusal(files, const.METHODS[self._kind_of(files)][2])

    @api.model
    def _kind_of(self, file):
        return const.KINDS.get(file.mimetype, "document")

    @api.model
    def _prepare_send(self, communication):
        if communication.contact_kind != const.CHANNEL:
            return SendResult.refused(
                "address",
                self.env._(
                    "Telegram cannot write to “%s”: it knows people by their chat with the bot "
                    "alone. Invite the contact to Telegram.",
                    communication.contact_value,
                ),
            )
        if communication.kind == "reaction":
            return self._prepare_reaction(communication)
        values = {"chat_id": communication.contact_value}
        quoted = answers.message_number(communication.reply_to_uid)
        if quoted:
            values["reply_parameters"] = {
                "message_id": quoted,
                "allow_sending_without_reply": True,
            }
        if communication.kind == "number_request":
            values["reply_markup"] = {
                "keyboard": [
                    [{"text": self.env._("Share my phone number"), "request_contact": True}]
                ],
                "one_time_keyboard": True,
                "resize_keyboard": True,
            }
        return self._prepare_content(communication, values)

    @api.model
    def _prepare_content(self, communication, values):
        """:return: SendRequest: a text as JSON, a file as a form of several parts"""
        connection, file = communication.connection_id, communication._files()[:1]
        if not file:
            return self._request(
                connection, "sendMessage", {**values, "text": communication.body or ""}
            )
        method, name, _limit = const.METHODS[self._kind_of(file)]
        if communication.body:
            values["caption"] = communication.body
        return SendRequest(
            url=self._address(connection, method),
            data={key: answers.form_value(value) for key, value in values.items()},
            files={name: (file.name, file.raw, file.mimetype)},
            timeout=const.FILE_SECONDS,
        )

    @api.model
    def _prepare_reaction(self, communication):
        emoji = communication.reaction
        return self._request(
            communication.connection_id,
            "setMessageReaction",
            {
                "chat_id": communication.contact_value,
                "message_id": answers.message_number(communication.reply_to_uid),
                "reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
            },
        )

    @staticmethod
    def _read_send(answer):
        return answers.read_send(answer)

    @api.model
    def _invitation_url(self, connection, token):
        names = [line.address for line in connection.line_ids if (line.address or "")[:1] == "@"]
        return f"https://t.me/{names[0][1:]}?start={token}" if names else ""

    # ------------------------------------------------------------------ connection

    @api.model
    def _prepare_health(self, connection):
        return self._request(connection, "getMe")

    @staticmethod
    def _read_health(answer):
        return answers.read_health(answer)

    @api.model
    def _prepare_hook_look(self, connection):
        return self._request(connection, "getWebhookInfo")

    @staticmethod
    def _read_hook_look(answer):
        return answers.read_hook(answer)

    @api.model
    def _prepare_webhook(self, connection, step, known):
        """Telegram calls us, or we ask it: never both (docs/providers.md, 8)."""
        if step:
            return []
        if not connection._is_reachable():
            return [self._request(connection, "deleteWebhook")]
        return [
            self._request(
                connection,
                "setWebhook",
                {
                    "url": connection.webhook_url,
                    "secret_token": self._secret_of(connection),
                    "allowed_updates": list(const.UPDATES),
                },
            )
        ]

    @staticmethod
    def _read_webhook(answer):
        return {"error": answers.read_done(answer)}

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "In Telegram, open a chat with @BotFather and write /newbot. Choose a name; "
                    "the user name ends in “bot”. Copy the token that it answers with (digits, a "
                    "colon, letters)."
                ),
                link="https://t.me/BotFather",
                link_words="@BotFather",
                fields=("telegram_bot_token",),
            ),
            GuideStep(
                self.env._(
                    "Press Connect: it finds the bot and makes its line. Where this database has a "
                    "public https address, Telegram calls it; where it has none, the news are "
                    "asked for all the time."
                )
            ),
            GuideStep(
                self.env._(
                    "To read what is written in groups: write /setprivacy to @BotFather, choose "
                    "the bot, then “Disable”; and keep the messages of groups in the line's "
                    "settings."
                )
            ),
        ]

    @api.model
    def _mend_hints(self):
        return {
            "send": [
                self.env._(
                    "In Telegram, ask @BotFather for the bot's token (/mybots, API Token). A token "
                    "that was revoked there works no more: copy the new one here."
                )
            ],
            "receive": [
                self.env._(
                    "Press Connect again: it gives Telegram the address here. Another program that "
                    "uses the same bot takes its messages away."
                )
            ],
        }

    @staticmethod
    def _token(connection):
        """:return: the bot's token without the spaces of pasting"""
        return (connection.telegram_bot_token or "").strip()

    @api.model
    def _address(self, connection, method):
        return f"{self._base_url(connection)}/bot{self._token(connection)}/{method}"

    @api.model
    def _request(self, connection, method, values=None, **options):
        return SendRequest(url=self._address(connection, method), json=values or {}, **options)
