import dataclasses
import urllib.parse

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate
from odoo.tools.misc import consteq

from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult, Unusable

from .. import const
from ..tools import call, content, payload, signature

_lt = LazyTranslate(__name__)


class KalaProviderTwilio(models.AbstractModel):
    """Twilio: SMS and WhatsApp (SM1, WA8; docs/providers.md, 3), and what it tells of calls (VO1;
    docs/providers.md, 6.2)."""

    _name = "kala.provider.twilio"
    _inherit = "kala.provider"
    _description = "Twilio Provider"

    _label = "Twilio"
    _help_page = "channels/twilio"
    _channels = ("sms", "whatsapp", "voice")
    _international_numbers = True
    _api_url = const.API_URL
    _required_fields = ("twilio_account_sid", "twilio_auth_token")
    _secret_fields = ("twilio_auth_token",)
    _max_text_length = const.MAX_TEXT_LENGTH
    _max_files = const.MAX_FILES
    _tells_news = True
    _template_channel = "whatsapp"
    # The API sends on to where its files lie (docs/providers.md, 3.2).
    _file_hosts = (const.OWN_HOSTS, ".twiliocdn.com")
    _file_days = 365

    # ------------------------------------------------------------------ incoming

    @api.model
    def _verify(self, connection, inbound):
        """Check signature and account (SC1, docs/providers.md, 3.3)."""
        account, token = self._credentials(connection)
        if not account or not token:
            return False
        is_form = inbound.content_type == "application/x-www-form-urlencoded"
        pairs = signature.raw_pairs(inbound.body) if is_form else ()
        if inbound.body and not is_form:
            digest = dict(inbound.query).get("bodySHA256")
            if not signature.is_body_digest(digest, inbound.body):
                return False
        signed = signature.is_signed(
            token,
            inbound.headers.get("x-twilio-signature"),
            self._signed_urls(connection, inbound),
            pairs,
        )
        sender = str(self._parameters(inbound).get("AccountSid") or "")
        return signed and consteq(sender, account)

    @api.model
    def _signed_urls(self, connection, inbound):
        """Behind a proxy the address as it came is not the one that Twilio called."""
        query = urllib.parse.urlsplit(inbound.url).query
        public = f"{connection.webhook_url}?{query}" if query else connection.webhook_url
        return public, inbound.url

    @staticmethod
    def _parameters(inbound):
        """:return: dict of the parameters of a form, a query or a JSON body"""
        if inbound.content_type == "application/json":
            return inbound.json if isinstance(inbound.json, dict) else {}
        return inbound.form_dict

    @api.model
    def _acknowledge(self, connection, inbound):
        return const.EMPTY_TWIML, "text/xml"

    @api.model
    def _parse(self, connection, inbound):
        values = {name: str(v) for name, v in self._parameters(inbound).items()}
        if not payload.message_uid(values):
            return self._parse_call(connection, inbound, values)
        if payload.is_incoming(values):
            message = self._readable(payload.read_message(values), values)
            return [self._with_service_line(connection, message)]
        if not payload.says_status(values):
            reason = self.env._("The message says neither who wrote it, nor what became of it.")
            return [Unusable(key=inbound.digest, reason=reason, raw=values)]
        report = payload.read_report(values, key=dict(inbound.query).get("key", ""))
        return [report] if report else []

    @api.model
    def _readable(self, message, values):
        """Say in words what a message brings beside its text, or instead of any."""
        details = []
        if values.get("Forwarded") == "true" or values.get("FrequentlyForwarded") == "true":
            details.append(self.env._("Forwarded"))
        if message.ad_id:
            name = message.ad_name or message.ad_id
            details.append(self.env._("Came from the advertisement “%(name)s”", name=name))
            said = (values.get("ReferralBody"), values.get("ReferralSourceUrl"))
            details += [line for line in said if line]
        message = dataclasses.replace(message, details="\n".join(details))
        if message.body or message.files:
            return message
        if message.ad_id:
            return dataclasses.replace(message, body=message.details, details="")
        body = self.env._(
            "A message that cannot be shown here (%(type)s). Ask the sender to write it in "
            "another way.",
            type=values.get("MessageType") or self.env._("unknown"),
        )
        return dataclasses.replace(message, body=body, kind="unsupported")

    @api.model
    def _parse_call(self, connection, inbound, values):
        if not values.get("CallSid"):
            reason = self.env._("This is neither a message, nor a report, nor news of a call.")
            return [Unusable(key=inbound.digest, reason=reason, raw=values)]
        lines = connection.line_ids.filtered(lambda line: line.channel == "voice")
        event = call.read_call(
            values,
            dict(inbound.query),
            lines=set(lines.mapped("address")),
            desks=set(connection.extension_ids.mapped("number")),
        )
        return [event] if event else []

    @api.model
    def _with_service_line(self, connection, message):
        """A number without a line of its own belongs to its messaging service's."""
        service = message.extra.get("MessagingServiceSid")
        lines = connection.line_ids.filtered(lambda line: line.channel == message.channel)
        if not service or service not in lines.mapped("external_id"):
            return message
        address = lines._normalise_address(message.line_address, connection.company_id)
        if address in lines.mapped("address"):
            return message
        return dataclasses.replace(message, line_external_id=service, line_address="")

    @api.model
    def _fetch_file(self, connection, file, fetcher):
        """An account may ask for its login before it gives out files (docs/providers.md, 3.2)."""
        return fetcher.content(file["url"], auth=self._credentials(connection))

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _free_text_hours_of(self, channel):
        return const.WHATSAPP_FREE_HOURS if channel == "whatsapp" else 0

    @api.model
    def _file_refusal(self, channel, files, body):
        if channel == "whatsapp" and len(files) > const.MAX_WHATSAPP_FILES:
            return self.env._(
                "A WhatsApp message through Twilio takes one file. Send several messages."
            )
        refusals = (self._size_refusal(file, const.MAX_FILE_BYTES[channel]) for file in files)
        return super()._file_refusal(channel, files, body) or next(filter(None, refusals), "")

    @api.model
    def _prepare_send(self, communication):
        """One ``POST …/Messages.json`` (docs/providers.md, 3.1)."""
        line = communication.line_id
        prefix = const.WHATSAPP_PREFIX if communication.channel == "whatsapp" else ""
        form = {
            "To": f"{prefix}{communication.contact_value}",
            "StatusCallback": self._status_callback(communication),
        }
        form.update(self._prepare_content(communication))
        if (line.external_id or "").startswith(const.MESSAGING_SERVICE_PREFIX):
            form["MessagingServiceSid"] = line.external_id
        elif line.address:
            form["From"] = f"{prefix}{line.address}"
        else:
            return SendResult.refused(
                "sender",
                self.env._(
                    "The line “%(line)s” has no number. Write its number, or the id "
                    "of its messaging service (MG…), on the line and send again.",
                    line=line.name,
                ),
            )
        return self._request(communication.connection_id, "Messages.json", "POST", data=form)

    @api.model
    def _prepare_content(self, communication):
        """:return: dict: what the message says"""
        if communication.template_values:
            return content.prepare_content(communication.template_values)
        files = communication._files()
        form = {"MediaUrl": [communication._file_url(file) for file in files]} if files else {}
        if communication.body or not files:
            form["Body"] = communication.body or ""
        return form

    @api.model
    def _status_callback(self, communication):
        key = urllib.parse.urlencode({"key": communication._echo_key()})
        return f"{communication.connection_id.webhook_url}?{key}"

    @staticmethod
    def _read_send(answer):
        """A 5xx may come before or after the message was taken: it tells nothing."""
        values = answer.json()
        if not isinstance(values, dict) or answer.status >= 500:
            return None
        if 200 <= answer.status < 300:
            return _read_accepted(values)
        if 400 <= answer.status and values.get("code"):
            code = values["code"]
            kind, reason = payload.failure(code, str(values.get("message") or ""), answer.status)
            return SendResult.refused(kind, reason, code, tries=payload.failure_tries(code))
        return None

    @api.model
    def _prepare_lookup(self, communication):
        """Twilio finds a message by its own id only."""
        if not communication.provider_uid:
            return None
        uid = urllib.parse.quote(communication.provider_uid, safe="")
        return self._request(communication.connection_id, f"Messages/{uid}.json")

    @staticmethod
    def _read_lookup(answer):
        values = answer.json()
        if answer.status != 200 or not isinstance(values, dict):
            return None
        return payload.read_resource(values)

    # ------------------------------------------------------------------ templates

    @api.model
    def _prepare_templates(self, connection, cursor):
        """The Content API's list with what WhatsApp thinks of each (WA8)."""
        base = self._base_url(connection)
        if (urllib.parse.urlsplit(base).hostname or "").endswith(const.OWN_HOSTS):
            base = const.CONTENT_URL
        query = cursor or urllib.parse.urlencode({"PageSize": const.CONTENT_PAGE})
        return SendRequest(
            url=f"{base}{const.CONTENT_PATH}?{query}",
            method="GET",
            auth=self._credentials(connection),
            text_limit=const.CONTENT_BYTES,
        )

    @staticmethod
    def _read_templates(answer):
        return content.read_page(answer)

    # ------------------------------------------------------------------ connection

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._("On the first page of Twilio's console, copy these under Account Info."),
                link="https://console.twilio.com",
                link_words=self.env._("Twilio's console"),
                fields=("twilio_account_sid", "twilio_auth_token"),
            ),
            GuideStep(
                self.env._(
                    "Enter each number of yours at Twilio. “Connect” tells Twilio to bring the "
                    "texts of these numbers here."
                ),
                asks_line=True,
            ),
            GuideStep(
                self.env._(
                    "Messaging services and WhatsApp senders are told in the console: give them "
                    "this address under “A message comes in”. For calls, enter it under “Call "
                    "status changes”; never under “A call comes in”."
                ),
                shows=("webhook_url",),
            ),
        ]

    @api.model
    def _mend_hints(self):
        return {
            "receive": [
                self.env._(
                    "In Twilio's console, on the number, its messaging service or its WhatsApp "
                    "sender: “a message comes in” calls the webhook address here by POST."
                )
            ]
        }

    @api.model
    def _prepare_health(self, connection):
        return self._request(connection, "")

    @staticmethod
    def _read_health(answer):
        values = answer.json()
        if not isinstance(values, dict):
            return {"ok": False, "reason": f"HTTP {answer.status}"}
        if answer.status == 200:
            status = values.get("status") or "active"
            return {"ok": status == "active", "reason": kept(_lt("The account is %s.", status))}
        _kind, reason = payload.failure(
            values.get("code"), str(values.get("message") or ""), answer.status
        )
        return {"ok": False, "reason": reason}

    @api.model
    def _prepare_webhook(self, connection, step, known):
        """Find our numbers, then give them our address for incoming texts (docs/providers.md, 3.2).
        Messaging services and WhatsApp senders take it in Twilio's console only."""
        lines = connection.line_ids.filtered(lambda line: line.channel == "sms")
        numbers = [number for number in lines.mapped("address") if (number or "").startswith("+")]
        path = "IncomingPhoneNumbers"
        if step == 0:
            return [
                self._request(connection, f"{path}.json", params={"PhoneNumber": number})
                for number in numbers
            ]
        if step > 1:
            return []
        ours = {number: known[number] for number in numbers if number in known}
        elsewhere = [number for number, found in ours.items() if found["is_elsewhere"]]
        if elsewhere:
            raise UserError(
                self.env._(
                    "in Twilio, incoming texts of %s go to another system. If they should come "
                    "here, give the number the webhook address shown here, in Twilio's console.",
                    ", ".join(elsewhere),
                )
            )
        form = {"SmsUrl": connection.webhook_url, "SmsMethod": "POST"}
        return [
            self._request(connection, f"{path}/{found['sid']}.json", "POST", data=form)
            for found in ours.values()
        ]

    @staticmethod
    def _read_webhook(answer):
        values = answer.json()
        if answer.status != 200 or not isinstance(values, dict):
            told = values if isinstance(values, dict) else {}
            _kind, reason = payload.failure(
                told.get("code"), str(told.get("message") or ""), answer.status
            )
            return {"error": reason}
        return {"error": "", "known": payload.read_numbers(values)}

    @api.model
    def _prepare_balance(self, connection):
        return self._request(connection, "Balance.json")

    @staticmethod
    def _read_balance(answer):
        values = answer.json()
        if answer.status != 200 or not isinstance(values, dict):
            return None
        return payload.read_balance(values)

    # ------------------------------------------------------------------ requests

    @staticmethod
    def _credentials(connection):
        """:return: (account SID, auth token) without the spaces of pasting"""
        return (
            (connection.twilio_account_sid or "").strip(),
            (connection.twilio_auth_token or "").strip(),
        )

    @api.model
    def _request(self, connection, path, method="GET", **values):
        """:param str path: below the account; empty for the account itself"""
        account, token = self._credentials(connection)
        base = f"{self._base_url(connection)}/{const.API_VERSION}/Accounts"
        sid = urllib.parse.quote(account, safe="")
        return SendRequest(
            url=f"{base}/{sid}/{path}" if path else f"{base}/{sid}.json",
            method=method,
            auth=(account, token),
            **values,
        )


def _read_accepted(values):
    """A message that was taken may be refused in the same breath."""
    report = payload.read_resource(values)
    if report and report.state == "failed":
        return SendResult.refused(
            report.failure_kind,
            report.failure_reason,
            report.code,
            provider_uid=report.uid,
            tries=report.tries,
        )
    return SendResult.sent(values["sid"]) if values.get("sid") else None
