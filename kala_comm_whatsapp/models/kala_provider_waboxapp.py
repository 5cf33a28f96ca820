from odoo import api, models
from odoo.tools.misc import consteq

from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult
from odoo.addons.kala_comm.tools.phone import is_number

from ..const import WABOX_FAILURE_KINDS, WABOX_IMAGES
from ..tools import waboxapp


class KalaProviderWaboxapp(models.AbstractModel):
    """WhatsApp by waboxapp, a bridge to a phone's WhatsApp (WA2, docs/providers.md, 2)."""

    _name = "kala.provider.waboxapp"
    _inherit = "kala.provider"
    _description = "WhatsApp Provider: waboxapp"

    _label = "WhatsApp (waboxapp)"
    _help_page = "channels/waboxapp"
    _channels = ("whatsapp",)
    _international_numbers = True
    _api_url = "https://www.waboxapp.com/api"
    _required_fields = ("wabox_token",)
    _secret_fields = ("wabox_token",)
    # No limit is documented. A phone that writes faster than a person can gets blocked.
    _rate_per_second = 1.0
    _max_files = 1
    _tells_news = True
    _file_hosts = ("waboxapp.com", ".waboxapp.com")
    _file_days = 30

    # ------------------------------------------------------------------ incoming

    @api.model
    def _verify(self, connection, inbound):
        """SC1: nothing is signed, the form carries the account's token."""
        given = inbound.form_dict.get("token", "")
        return (
            inbound.method == "POST"
            and bool(connection.wabox_token)
            and consteq(given.encode("utf-8", "replace"), connection.wabox_token.encode())
        )

    @api.model
    def _parse(self, connection, inbound):
        return waboxapp.HookReader(self.env._).read_form(inbound.form_dict)

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _prepare_send(self, communication):
        uid = self._uid(communication.line_id)
        if not uid:
            return SendResult.refused(
                "sender",
                self.env._(
                    "The line “%(line)s” has no phone number. Write it into the line's "
                    "address, with its country code, then send again.",
                    line=communication.line_id.name,
                ),
            )
        if communication.contact_kind != "phone" and not is_number(communication._key()):
            return SendResult.refused(
                "address",
                self.env._(
                    "waboxapp writes to phone numbers only, “%(address)s” is none. "
                    "Answer on the phone, or choose a number with its country code.",
                    address=communication.contact_value,
                ),
            )
        connection = communication.connection_id
        path, content = self._prepare_content(communication)
        return SendRequest(
            url=f"{self._base_url(connection)}/send/{path}",
            data={
                "token": connection.wabox_token,
                "uid": uid,
                "to": communication.contact_value.lstrip("+"),
                "custom_uid": communication._echo_key(),
                **content,
            },
        )

    @api.model
    def _prepare_content(self, communication):
        """waboxapp fetches a file from us (docs/providers.md, 2).

        :return: (end of the address, dict of the form's fields)
        """
        file = communication._files()[:1]
        if not file:
            return "chat", {"text": communication.body}
        content = {"url": communication._file_url(file)}
        if communication.body:
            content["caption"] = communication.body
        if file.mimetype in WABOX_IMAGES:
            return "image", content
        return "media", {**content, "description": file.name}

    @api.model
    def _uid(self, line):
        """:return: our number as waboxapp names it: digits with country code"""
        return line.external_id or (line.address or "").lstrip("+")

    @staticmethod
    def _read_send(answer):
        body = answer.json()
        if not isinstance(body, dict):
            return None
        if answer.status == 200 and body.get("success") is True:
            # WhatsApp's own id of the message comes with the first acknowledgement.
            return SendResult.sent("")
        if body.get("error") and answer.status in WABOX_FAILURE_KINDS:
            return SendResult.refused(
                WABOX_FAILURE_KINDS[answer.status], str(body["error"]), answer.status
            )
        return None

    # ------------------------------------------------------------------ connection

    @api.model
    def _prepare_health(self, connection):
        """Ask for the state of the first number; an account without lines has nothing
        to ask about yet."""
        asked = self._prepare_line_healths(connection)
        return asked[0][1] if asked else None

    @api.model
    def _prepare_line_healths(self, connection):
        """Each phone is a device of its own: one may be off while the others are online."""
        lines = [(line, self._uid(line)) for line in connection.line_ids]
        return [
            (
                line,
                SendRequest(
                    url=f"{self._base_url(connection)}/status/{uid}",
                    method="GET",
                    params={"token": connection.wabox_token},
                ),
            )
            for line, uid in lines
            if uid
        ]

    @staticmethod
    def _read_health(answer):
        body = answer.json()
        said = body if isinstance(body, dict) else {}
        return {
            "ok": answer.status == 200 and said.get("success") is True,
            "reason": str(said.get("error") or f"HTTP {answer.status}"),
            "hook_url": str(said["hook_url"] or "") if "hook_url" in said else None,
        }

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "In a browser that stays open, sign in to WhatsApp Web with the phone of this "
                    "number, and install waboxapp's extension there."
                ),
                link="https://www.waboxapp.com",
                link_words="waboxapp",
            ),
            GuideStep(
                self.env._("Copy the token of your account at waboxapp, under “API”."),
                fields=("wabox_token",),
            ),
            GuideStep(
                self.env._("Enter the number of the phone."),
                asks_line=True,
            ),
            GuideStep(
                self.env._(
                    "At waboxapp, under “My phones”: enter this address as the hook URL of each "
                    "phone. All phones of one connection have the same."
                ),
                shows=("webhook_url",),
            ),
        ]

    @api.model
    def _mend_hints(self):
        bridge = [
            self.env._(
                "On the computer of the bridge, reload the browser tab of WhatsApp Web (F5), and "
                "see that it is signed in to web.whatsapp.com."
            ),
            self.env._(
                "See that WhatsApp Web is open in one tab of one browser only: close all others, "
                "on other computers, too."
            ),
            self.env._(
                "Close the WhatsApp program on that computer, and take it off: only the browser "
                "tab may be signed in there."
            ),
            self.env._(
                "Open WhatsApp on the phone: it must be online, with the computer of the bridge "
                "among its linked devices."
            ),
        ]
        hook = self.env._(
            "At waboxapp, under “My phones”: the hook URL of each phone is the webhook address of "
            "this connection."
        )
        return {"send": bridge, "receive": [hook, *bridge]}
