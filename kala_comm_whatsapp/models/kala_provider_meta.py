from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.kala_comm.tools.fetch import (
    SIZE_LIMIT,
    FileGone,
    FileLater,
    FileRefused,
    check_whole,
)
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult
from odoo.addons.kala_comm.tools.phone import is_number
from odoo.addons.kala_comm.tools.reader import plain
from odoo.addons.kala_comm.tools.signature import hub_challenge, is_signed_by_hub

from ..const import (
    META_API_VERSION,
    META_CAPTION_LENGTH,
    META_FILE_LIMITS,
    META_TEMPLATE_BYTES,
    META_TEMPLATE_LIST_FIELDS,
    META_TEMPLATE_PAGE,
)
from ..tools import meta, meta_answers, meta_template


class KalaProviderMeta(models.AbstractModel):
    """WhatsApp by Meta's Cloud API (WA1, docs/providers.md, 1)."""

    _name = "kala.provider.meta"
    _inherit = "kala.provider"
    _description = "WhatsApp Provider: Meta Cloud API"

    _label = "WhatsApp (Meta Cloud API)"
    _help_page = "channels/whatsapp"
    _channels = ("whatsapp",)
    _international_numbers = True
    _api_url = "https://graph.facebook.com"
    _required_fields = ("meta_access_token", "meta_app_secret")
    _secret_fields = ("meta_access_token", "meta_app_secret")
    # docs/providers.md, 1.1, 1.3
    _max_text_length = 4096
    _max_files = 1
    # docs/providers.md, 1.7: 30; the last days are left to messages that wait
    _upload_days = 25
    _rate_per_second = 80.0
    _pair_seconds = 6.0
    _free_text_hours = 24
    _tells_news = True
    _can_quote = True
    _can_react = True
    _template_channel = "whatsapp"
    # docs/providers.md, 1.7: the API tells the address, the file lies on another host of Meta
    _file_hosts = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")
    _file_days = 7

    # ------------------------------------------------------------------ incoming

    @api.model
    def _verify(self, connection, inbound):
        """SC1, docs/providers.md, 1.4: the signature is over the bytes as they came."""
        return inbound.method == "POST" and is_signed_by_hub(connection.meta_app_secret, inbound)

    @api.model
    def _answer_challenge(self, connection, inbound):
        return hub_challenge(inbound.query, connection.webhook_token)

    @api.model
    def _parse(self, connection, inbound):
        return meta.WebhookReader(self.env._).read(inbound)

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _prepare_send(self, communication):
        """``to`` takes a phone number, ``recipient`` the id of people without one
        (docs/providers.md, 1.1, 1.8)."""
        line = communication.line_id
        if not line.external_id:
            return SendResult.refused(
                "sender",
                self.env._(
                    "The line “%(line)s” has no phone number id. Copy it from "
                    "WhatsApp Manager into the line's “Provider's id”, then resend.",
                    line=line.name,
                ),
            )
        if communication.contact_kind == "phone" or is_number(communication._key()):
            recipient = {"to": communication.contact_value.lstrip("+")}
        elif communication.contact_kind == "whatsapp":
            recipient = {"recipient": communication.contact_value}
        else:
            return SendResult.refused(
                "address",
                self.env._(
                    "WhatsApp cannot write to “%(address)s”. Choose a phone number "
                    "with its country code.",
                    address=communication.contact_value,
                ),
            )
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **recipient,
            **self._prepare_content(communication),
            "biz_opaque_callback_data": communication._echo_key(),
        }
        if communication.reply_to_uid and communication.kind != "reaction":
            body["context"] = {"message_id": communication.reply_to_uid}
        return self._request(
            communication.connection_id,
            f"{line.external_id}/messages",
            method="POST",
            json=body,
        )

    @api.model
    def _prepare_content(self, communication):
        """:return: dict: the type of a message and what it says"""
        if communication.kind == "reaction":
            reaction = {
                "message_id": communication.reply_to_uid,
                "emoji": communication.reaction or "",
            }
            return {"type": "reaction", "reaction": reaction}
        file = communication._files()[:1]
        media = self._prepare_media(communication.line_id, file) if file else {}
        if communication.template_values:
            template = meta_template.prepare_template(communication.template_values, media)
            return {"type": "template", "template": template}
        if not file:
            return {"type": "text", "text": {"body": communication.body}}
        kind = meta_answers.file_kind(file.mimetype)
        if communication.body:
            media["caption"] = communication.body
        return {"type": kind, kind: media}

    @api.model
    def _prepare_media(self, line, file):
        """:return: dict, the media object of a file that Meta has"""
        media = {"id": self.env["kala.upload"]._external_id(line, file)}
        if meta_answers.file_kind(file.mimetype) == "document":
            media["filename"] = file.name
        return media

    @api.model
    def _file_refusal(self, channel, files, body):
        """docs/providers.md, 1.7: what WhatsApp takes, and how much of it."""
        refusal = super()._file_refusal(channel, files, body)
        if refusal:
            return refusal
        [file] = files
        kind = meta_answers.file_kind(file.mimetype)
        if not kind:
            return self.env._(
                "WhatsApp does not take files of the type of “%s”. Send pictures as JPEG or PNG, "
                "films as MP4 and recordings as MP3, M4A or OGG.",
                file.name,
            )
        if kind == "audio" and body:
            return self.env._(
                "WhatsApp shows no text with a recording. Send “%s” alone, and the text as a "
                "message of its own.",
                file.name,
            )
        if len(body or "") > META_CAPTION_LENGTH:
            return self.env._(
                "With a file WhatsApp takes a text of %s characters. Shorten it, or send it as a "
                "message of its own.",
                META_CAPTION_LENGTH,
            )
        return self._size_refusal(file, META_FILE_LIMITS[kind])

    @api.model
    def _prepare_upload(self, line, file):
        return self._request(
            line.connection_id,
            f"{line.external_id}/media",
            method="POST",
            data={"messaging_product": "whatsapp", "type": file.mimetype},
            files={"file": (file.name, file.raw, file.mimetype)},
        )

    @staticmethod
    def _read_upload(answer):
        return meta_answers.ANSWERS.send(answer, lambda body: plain(body.get("id")))

    @api.model
    def _fetch_file(self, connection, file, fetcher):
        """The address of a file lives five minutes: it is asked for each time, and one that is
        too old is no sign that the file is gone (docs/providers.md, 1.7)."""
        headers = {"Authorization": f"Bearer {connection.meta_access_token}"}
        address = f"{self._base_url(connection)}/{META_API_VERSION}/{file['provider_id']}"
        found = fetcher.json(address, headers)
        if not isinstance(found, dict) or not found.get("url"):
            raise FileLater("Meta did not say where the file is")
        size = meta_answers.read_size(found.get("file_size"))
        if size > SIZE_LIMIT:
            raise FileRefused("the file is too large")
        try:
            content, mimetype = fetcher.content(plain(found["url"]), headers)
        except FileGone as error:
            raise FileLater(str(error)) from error
        check_whole(content, size, plain(found.get("sha256")))
        return content, file["mimetype"] or mimetype

    @api.model
    def _request(self, connection, path, **values):
        return SendRequest(
            url=f"{self._base_url(connection)}/{META_API_VERSION}/{path}",
            headers={"Authorization": f"Bearer {connection.meta_access_token}"},
            **values,
        )

    @staticmethod
    def _read_send(answer):
        body = answer.json()
        refused = meta_answers.read_refusal(body)
        if refused or answer.status != 200:
            return refused
        return meta_answers.read_accepted(body)

    @api.model
    def _prepare_read_mark(self, communication):
        """docs/providers.md, 1.1"""
        line = communication.line_id
        if not line.external_id:
            return None
        return self._request(
            communication.connection_id,
            f"{line.external_id}/messages",
            method="POST",
            json={
                "messaging_product": "whatsapp",
                "status": "read",
                "message_id": communication.provider_uid,
            },
        )

    # ------------------------------------------------------------------ templates

    @api.model
    def _prepare_templates(self, connection, cursor):
        if not connection.meta_waba_id:
            raise UserError(
                self.env._(
                    "Fill in the WhatsApp Business account id of “%s” first: templates belong to "
                    "the account. WhatsApp Manager shows it.",
                    connection.name,
                )
            )
        params = {"fields": META_TEMPLATE_LIST_FIELDS, "limit": META_TEMPLATE_PAGE}
        return self._request(
            connection,
            f"{connection.meta_waba_id}/message_templates",
            method="GET",
            params={**params, "after": cursor} if cursor else params,
            text_limit=META_TEMPLATE_BYTES,
        )

    @staticmethod
    def _read_templates(answer):
        return meta_template.read_page(answer)

    # ------------------------------------------------------------------ connection

    @api.model
    def _prepare_health(self, connection):
        """Ask for the numbers of the account; without its id, for a number we have;
        without any, who the token belongs to."""
        fields_wanted = {"fields": "id,display_phone_number,verified_name"}
        line = connection.line_ids.filtered("external_id")[:1]
        if connection.meta_waba_id:
            path = f"{connection.meta_waba_id}/phone_numbers"
            params = dict(fields_wanted, limit=100)
        elif line:
            path, params = line.external_id, fields_wanted
        else:
            path, params = "me", {"fields": "id"}
        return self._request(connection, path, method="GET", params=params)

    @staticmethod
    def _read_health(answer):
        return meta_answers.read_health(answer)

    @api.model
    def _prepare_webhook(self, connection, step, known):
        """Subscribe our app to the account, with an address of its own (docs/providers.md, 1.4)."""
        if step or not connection.meta_waba_id:
            return []
        return [
            self._request(
                connection,
                f"{connection.meta_waba_id}/subscribed_apps",
                method="POST",
                json={
                    "override_callback_uri": connection.webhook_url,
                    "verify_token": connection.webhook_token,
                },
            )
        ]

    @staticmethod
    def _read_webhook(answer):
        return {"error": meta_answers.read_subscription(answer)}

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "Open your app at Meta (of the type Business) and add the product WhatsApp. "
                    "Under App settings, Basic: copy the app secret."
                ),
                link="https://developers.facebook.com/apps",
                link_words="Meta for Developers",
                fields=("meta_app_secret",),
            ),
            GuideStep(
                self.env._(
                    "In Meta's business settings, Users, System users: make a token for the app "
                    "with the permissions whatsapp_business_messaging and "
                    "whatsapp_business_management. Let it never expire."
                ),
                link="https://business.facebook.com/settings/system-users",
                link_words=self.env._("System users"),
                fields=("meta_access_token",),
            ),
            GuideStep(
                self.env._(
                    "In the app, WhatsApp, API Setup: copy the id of the WhatsApp Business "
                    "account. With it, “Connect” finds your numbers and tells Meta where to send "
                    "their news."
                ),
                fields=("meta_waba_id",),
            ),
            GuideStep(
                self.env._(
                    "In the app, WhatsApp, Configuration: subscribe to the field “messages”. Meta "
                    "asks for a callback URL and a verify token there: enter these, and press "
                    "“Verify and save”."
                ),
                shows=("webhook_url", "webhook_token"),
            ),
        ]

    @api.model
    def _mend_hints(self):
        return {
            "send": [
                self.env._(
                    "Look into WhatsApp Manager: is the number connected, its quality not low, the "
                    "payment in order? Tokens of a person expire; one of a system user does not."
                )
            ],
            "receive": [
                self.env._(
                    "In the app's dashboard, WhatsApp, Configuration: the callback URL is the "
                    "webhook address here, the field “messages” is subscribed to, and the app is "
                    "live."
                )
            ],
        }
