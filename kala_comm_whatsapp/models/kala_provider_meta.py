import hashlib
import hmac

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import consteq

from odoo.addons.kala_comm.tools.fetch import FileLater
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult, Unusable

from ..const import (
    META_API_VERSION,
    META_TEMPLATE_BYTES,
    META_TEMPLATE_LIST_FIELDS,
    META_TEMPLATE_PAGE,
)
from ..tools import meta, meta_template


class KalaProviderMeta(models.AbstractModel):
    """WhatsApp by Meta's Cloud API (WA1, providers.md 1)."""

    _name = "kala.provider.meta"
    _inherit = "kala.provider"
    _description = "WhatsApp Provider: Meta Cloud API"

    _label = "WhatsApp (Meta Cloud API)"
    _channels = ("whatsapp",)
    _api_url = "https://graph.facebook.com"
    _required_fields = ("meta_access_token", "meta_app_secret")
    # providers.md 1.1, 1.3
    _max_text_length = 4096
    _rate_per_second = 80.0
    _pair_seconds = 6.0
    _free_text_hours = 24
    _resolves_unknown = True
    _template_channel = "whatsapp"
    # providers.md 1.7: the API tells the address, the file lies on another host of Meta
    _file_hosts = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")
    _file_days = 7

    # ------------------------------------------------------------------ incoming

    @api.model
    def _verify(self, connection, inbound):
        """SC1, providers.md 1.4: the signature is over the bytes as they came."""
        secret = connection.meta_app_secret
        if not secret or inbound.method != "POST":
            return False
        expected = hmac.new(secret.encode(), inbound.body, hashlib.sha256).hexdigest()
        given = inbound.headers.get("x-hub-signature-256", "")
        return hmac.compare_digest(f"sha256={expected}".encode(), given.encode("utf-8", "replace"))

    @api.model
    def _answer_challenge(self, connection, inbound):
        query = dict(inbound.query)
        token = query.get("hub.verify_token", "")
        if query.get("hub.mode") != "subscribe" or not consteq(
            token.encode("utf-8", "replace"), connection.webhook_token.encode()
        ):
            return None
        return query.get("hub.challenge")

    @api.model
    def _parse(self, connection, inbound):
        if inbound.json is None:
            return [
                Unusable(
                    key=inbound.digest,
                    reason=self.env._("The event is not JSON."),
                    raw={"body": inbound.body[:1000].decode("utf-8", "replace")},
                )
            ]
        return meta.WebhookReader(self.env._).read_payload(inbound.json)

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _prepare_send(self, communication):
        """``to`` takes a phone number, ``recipient`` the id of people without one
        (providers.md 1.1, 1.8)."""
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
        if communication.contact_kind == "phone":
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
        if communication.reply_to_uid:
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
        if communication.template_values:
            template = meta_template.prepare_template(communication.template_values, None)
            return {"type": "template", "template": template}
        return {"type": "text", "text": {"body": communication.body}}

    @api.model
    def _fetch_file(self, connection, file, fetcher):
        """The address of a file lives five minutes: it is asked for each time (providers.md
        1.7)."""
        headers = {"Authorization": f"Bearer {connection.meta_access_token}"}
        address = f"{self._base_url(connection)}/{META_API_VERSION}/{file['provider_id']}"
        found = fetcher.json(address, headers)
        if not isinstance(found, dict) or not found.get("url"):
            raise FileLater("Meta did not say where the file is")
        content, mimetype = fetcher.content(found["url"], headers)
        return content, file["mimetype"] or mimetype

    @api.model
    def _request(self, connection, path, **values):
        return SendRequest(
            url=f"{self._base_url(connection)}/{META_API_VERSION}/{path}",
            headers={"Authorization": f"Bearer {connection.meta_access_token}"},
            timeout=self._timeout,
            **values,
        )

    @staticmethod
    def _read_send(answer):
        body = answer.json()
        error = meta.read_error(body)
        if error:
            return SendResult.refused(
                meta.failure_kind(error),
                meta.failure_reason(error),
                # 0 is a code as well.
                str(error["code"]),
            )
        if answer.status != 200:
            return None
        return meta.read_accepted(body)

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
        return meta.read_health(answer)
