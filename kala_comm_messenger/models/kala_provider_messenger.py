import urllib.parse
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.kala_comm.tools import const as core
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendRequest, SendResult
from odoo.addons.kala_comm.tools.reader import plain
from odoo.addons.kala_comm.tools.signature import hub_challenge, is_signed_by_hub

from .. import const
from ..tools import answers
from ..tools.events import EventReader


class KalaProviderMessenger(models.AbstractModel):
    """Facebook Messenger, and Instagram direct messages through the same app (ME1, ME4;
    docs/providers.md, 7)."""

    _name = "kala.provider.messenger"
    _inherit = "kala.provider"
    _description = "Messenger Provider"

    _label = "Messenger"
    _help_page = "channels/messenger"
    _channels = ("messenger", "instagram")
    _api_url = const.API_URL
    _required_fields = ("messenger_page_token", "messenger_app_secret")
    _secret_fields = ("messenger_page_token", "messenger_app_secret")
    _max_files = 1
    _free_text_hours = const.FREE_HOURS
    _rate_per_second = 40.0
    _tells_news = True
    _file_hosts = (".fbcdn.net", ".fbsbx.com", ".facebook.com", ".cdninstagram.com")

    # ------------------------------------------------------------------ incoming

    @api.model
    def _verify(self, connection, inbound):
        return inbound.method == "POST" and is_signed_by_hub(
            connection.messenger_app_secret, inbound
        )

    @api.model
    def _answer_challenge(self, connection, inbound):
        return hub_challenge(inbound.query, connection.webhook_token)

    @api.model
    def _parse(self, connection, inbound):
        reader = EventReader(self.env._)
        items = reader.read(inbound)
        return items + [
            report for mark in reader.watermarks for report in self._reports_of(connection, mark)
        ]

    @api.model
    def _reports_of(self, connection, mark):
        """Messenger says until when all was read, not what.
        Index: ``kala_communication_contact_idx``.

        :param Watermark mark:
        :return: list of DeliveryReport of the messages that may still move
        """
        sent = self.env["kala.communication"].search(
            [
                ("contact_kind", "=", mark.channel),
                ("contact_value", "=", mark.contact),
                ("connection_id", "=", connection.id),
                ("direction", "=", "out"),
                ("state", "in", (core.SENDING, core.SENT, core.DELIVERED, core.UNKNOWN)),
                ("date", "<=", mark.until + timedelta(seconds=1)),
            ],
            order="date desc, id desc",
            limit=const.WATERMARK_MESSAGES,
        )
        return [
            DeliveryReport(
                uid=message.provider_uid or "",
                key="" if message.provider_uid else message._echo_key(),
                state=mark.state,
                date=mark.until,
            )
            for message in sent
        ]

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _person_hours_of(self, connection, channel):
        return const.HUMAN_HOURS if connection.messenger_human_agent else const.FREE_HOURS

    @api.model
    def _text_length_of(self, channel):
        return const.TEXT_LENGTH[channel]

    @api.model
    def _check(self, communication):
        """Instagram counts bytes (docs/providers.md, 7)."""
        size, limit = len((communication.body or "").encode()), const.TEXT_LENGTH["instagram"]
        if communication.channel == "instagram" and size > limit:
            return SendResult.refused(
                "rejected",
                self.env._(
                    "The text is too long for Instagram, which takes %(limit)s bytes: a letter "
                    "with an accent, and a Hebrew, Arabic or Russian one, are two, an emoji is "
                    "four. This text has %(size)s. Shorten it and send again.",
                    limit=limit,
                    size=size,
                ),
            )
        return super()._check(communication)

    @api.model
    def _file_refusal(self, channel, files, body):
        refusal = super()._file_refusal(channel, files, body)
        if refusal or not files:
            return refusal
        if body:
            return self.env._(
                "Messenger shows no text with a file. Send “%s” alone, and the text as a message "
                "of its own.",
                files.name,
            )
        return self._size_refusal(files, const.FILE_BYTES)

    @api.model
    def _prepare_send(self, communication):
        line, connection = communication.line_id, communication.connection_id
        if communication.contact_kind != communication.channel:
            return SendResult.refused(
                "address",
                self.env._(
                    "Messenger cannot write to “%s”: it knows people who wrote to the page alone.",
                    communication.contact_value,
                ),
            )
        values = {
            "recipient": {"id": communication.contact_value},
            **self._prepare_type(communication),
            "message": {
                **self._prepare_content(communication),
                "metadata": communication._echo_key(),
            },
        }
        return self._request(
            connection, f"{line.external_id or 'me'}/messages", "POST", json=values
        )

    @api.model
    def _prepare_type(self, communication):
        """:return: dict: why the message may leave (docs/providers.md, 7)"""
        if not communication.connection_id.messenger_human_agent:
            return {"messaging_type": "RESPONSE"}
        asked = (communication.line_id.id, *communication._key())
        wrote = self.env["kala.communication"]._last_incoming_dates({asked}).get(asked)
        limit = fields.Datetime.now() - timedelta(hours=const.FREE_HOURS)
        if wrote and wrote >= limit:
            return {"messaging_type": "RESPONSE"}
        return {"messaging_type": "MESSAGE_TAG", "tag": const.HUMAN_TAG}

    @api.model
    def _prepare_content(self, communication):
        file = communication._files()[:1]
        if not file:
            return {"text": communication.body or ""}
        main = (file.mimetype or "").partition("/")[0]
        kind = main if main in ("image", "video", "audio") else "file"
        payload = {"url": communication._file_url(file), "is_reusable": False}
        return {"attachment": {"type": kind, "payload": payload}}

    @staticmethod
    def _read_send(answer):
        return answers.read_send(answer)

    @api.model
    def _prepare_profile(self, connection, contact):
        """Facebook tells first and last name, Instagram one name and the user name."""
        wanted = {"fields": "name,first_name,last_name,username"}
        return self._request(connection, urllib.parse.quote(contact, safe=""), "GET", params=wanted)

    @staticmethod
    def _read_profile(answer):
        return answers.read_name(answer)

    @api.model
    def _fetch_picture(self, connection, contact, said, fetcher):
        profile = self._request(connection, urllib.parse.quote(contact, safe=""), "GET")
        found = fetcher.json(profile.url, profile.headers, {"fields": "profile_pic"})
        url = plain(found.get("profile_pic")) if isinstance(found, dict) else ""
        return fetcher.content(url, limit=const.PICTURE_BYTES)[0] if url else b""

    @api.model
    def _invitation_url(self, connection, token):
        pages = connection.line_ids.filtered(lambda line: line.channel == "messenger")
        page = pages[:1].external_id
        ref = urllib.parse.quote(f"{const.INVITATION}{token}", safe="")
        return f"https://m.me/{page}?ref={ref}" if page else ""

    # ------------------------------------------------------------------ connection

    @api.model
    def _prepare_health(self, connection):
        wanted = {"fields": "id,name,instagram_business_account{id,username}"}
        return self._request(connection, "me", "GET", params=wanted)

    @staticmethod
    def _read_health(answer):
        return answers.read_health(answer)

    @api.model
    def _prepare_hook_look(self, connection):
        return self._request(connection, "me/subscribed_apps", "GET")

    @staticmethod
    def _read_hook_look(answer):
        return answers.read_subscription(answer)

    @api.model
    def _prepare_webhook(self, connection, step, known):
        """The page tells the app its events; the app's own address is entered at Meta."""
        if step:
            return []
        return [
            self._request(
                connection,
                "me/subscribed_apps",
                "POST",
                json={"subscribed_fields": const.SUBSCRIBED},
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
                    "Open your app at Meta (of the type Business) and add the product Messenger; "
                    "for Instagram, add its product, too. Under App settings, Basic: copy the app "
                    "secret."
                ),
                link="https://developers.facebook.com/apps",
                link_words="Meta for Developers",
                fields=("messenger_app_secret",),
            ),
            GuideStep(
                self.env._("Under Messenger, Settings: add the page and make its token."),
                fields=("messenger_page_token",),
            ),
            GuideStep(
                self.env._(
                    "Under Messenger, Webhooks: enter these as callback URL and verify token. "
                    "“Connect” finds the page and its Instagram account, makes their lines, and "
                    "subscribes the app."
                ),
                shows=("webhook_url", "webhook_token"),
            ),
            GuideStep(
                self.env._(
                    "For Instagram, allow access to messages in the Instagram app: Settings, "
                    "Messages, Connected tools."
                )
            ),
            GuideStep(
                self.env._(
                    "Customers reach you after Meta has approved pages_messaging (and "
                    "instagram_manage_messages) and the app is live. Until then, only people with "
                    "a role in the app do."
                ),
                fields=("messenger_human_agent",),
            ),
        ]

    @api.model
    def _mend_hints(self):
        return {
            "send": [
                self.env._(
                    "In Meta's app dashboard, Messenger: make a new token for the page. Tokens of "
                    "a person expire with his password; one of a system user does not."
                )
            ],
            "receive": [
                self.env._(
                    "In Meta's app dashboard, Messenger, Webhooks: the callback URL is the webhook "
                    "address here, its verify token the one shown beside it, and the app is live."
                )
            ],
        }

    @api.model
    def _request(self, connection, path, method, **values):
        token = (connection.messenger_page_token or "").strip()
        return SendRequest(
            url=f"{self._base_url(connection)}/{const.API_VERSION}/{path}",
            method=method,
            headers={"Authorization": f"Bearer {token}"},
            **values,
        )
