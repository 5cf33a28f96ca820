import json

from odoo import api, fields, models

from odoo.addons.kala_comm.models.inbound.values import Arrival, Sender
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest

from ..tools import pbx, voicenter

#: What an event is answered with.
ACKNOWLEDGED = {"err": 0, "errdesc": "OK"}


class KalaProviderVoicenter(models.AbstractModel):
    """Voicenter: CDR notification, screen pop and click to call (VO1, docs/providers.md, 6.1). It
    signs nothing: the address is the secret."""

    _name = "kala.provider.voicenter"
    _inherit = "kala.provider.pbx"
    _description = "Voicenter Provider"

    _label = "Voicenter"
    _api_url = "https://api.voicenter.com"
    _secret_fields = ("voicenter_code",)

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "Ask Voicenter for the code of “Click to call”, if you want to call from "
                    "here. Without it, calls are logged all the same."
                ),
                link="https://www.voicenter.com",
                link_words="Voicenter",
                fields=("voicenter_code",),
            ),
            self._numbers_step(),
            GuideStep(
                self.env._(
                    "Ask Voicenter to send the notification of calls (CDR) and the popup of "
                    "ringing calls to this address."
                ),
                shows=("webhook_url",),
            ),
        ]

    # ------------------------------------------------------------------ events

    @api.model
    def _writes_international(self, connection):
        """Digits with country code and without plus; local numbers keep their zero."""
        return True

    @api.model
    def _read_calls(self, connection, part):
        return [voicenter.read_part(part)]

    @api.model
    def _call_names(self):
        return self.env._("ivruniqueid or ivrid")

    @api.model
    def _acknowledge(self, connection, inbound):
        return json.dumps(ACKNOWLEDGED), "application/json"

    @api.model
    def _tell_back(self, connection, inbound):
        """A screen pop wants to know whom to show."""
        part = next((p for p in pbx.parts_of(inbound) or () if isinstance(p, dict)), {})
        if voicenter.is_cdr(part):
            return None
        card = self._prepare_card(connection, voicenter.read_part(part))
        return json.dumps({**ACKNOWLEDGED, "STATUS": "OK", **card}), "application/json"

    @api.model
    def _answer_headers(self, connection, inbound):
        """The pop-up is a browser extension: it may read whom to show."""
        origin = inbound.headers.get("origin", "")
        if not origin.startswith("chrome-extension://"):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Headers": "Content-Type",
            "Vary": "Origin",
        }

    @api.model
    def _prepare_card(self, connection, call):
        """What Voicenter shows of the other party while it rings; a click opens the record.

        :param call: CallEvent of a screen pop, or None
        :return: dict with ``CLIENTNAME, COMPANY, URL, TOTAL``; empty once the call has ended
        """
        if not call or call.event == "ended":
            return {}
        record = self._find_record(connection, call)
        if not record:
            return {"CLIENTNAME": "", "TOTAL": 0}
        customer = record._kala_customer()
        lead = record if record._name == "crm.lead" else self.env["crm.lead"]
        return {
            "CLIENTNAME": customer.name or lead.contact_name or record.display_name,
            "COMPANY": customer.commercial_company_name or lead.partner_name or "",
            "URL": f"{record.get_base_url()}/odoo/{record._name}/{record.id}",
            "TOTAL": 1,
        }

    @api.model
    def _find_record(self, connection, call):
        """:return: the order, lead or customer of a caller, None where nobody is known"""
        company = connection.company_id
        key = connection._phone_key(call.contact_value)
        if not key:
            return None
        caller = Arrival(
            channel="voice",
            connection=connection,
            line=self.env["kala.line"],
            key=key,
            date=fields.Datetime.now(),
        )
        sender = Sender.of(caller, ours=True)
        [match] = self.env["kala.matcher"].with_company(company)._match(company, [sender])
        if match.model:
            return self.env[match.model].browse(match.res_id)
        return self.env["res.partner"].browse(match.partner_id) if match.partner_id else None

    # ------------------------------------------------------------------ click to call

    @api.model
    def _prepare_call(self, connection, extension, number):
        if not connection.voicenter_code:
            return None
        return SendRequest(
            url=f"{self._base_url(connection)}/ForwardDialer/click2call.aspx",
            method="GET",
            params={
                "phone": extension,
                "target": number.lstrip("+"),
                "code": connection.voicenter_code,
                "action": "call",
                "format": "json",
            },
        )

    @api.model
    def _read_call(self, connection, answer):
        """Voicenter says no with HTTP 200, too."""
        told = answer.json()
        told = told if isinstance(told, dict) else {}
        if str(told.get("ERRORCODE")) == "0":
            return super()._read_call(connection, answer)
        reason = str(told.get("ERRORMESSAGE") or answer.text or self.env._("an empty answer"))
        return reason.replace(connection.voicenter_code, "***")
