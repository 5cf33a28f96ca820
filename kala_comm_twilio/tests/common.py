"""What the tests share: an account, its lines, requests as Twilio makes them."""

import json
import urllib.parse
from pathlib import Path

from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tools.inbound import InboundRequest

from ..tools import signature

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "made-up-token-of-nobody"
SERVICE = "MG" + "0123456789abcdef" * 2
MESSAGE = "SM" + "0123456789abcdef" * 2
CALL = "CA" + "0123456789abcdef" * 2
LEG = "CA" + "fedcba9876543210" * 2
OUR_NUMBER = "+972722776772"
CUSTOMER = "+972502345678"

CONTRACT = json.loads(
    (Path(__file__).parent / "data" / "twilio_api_v2010_extract.json").read_text()
)


def incoming_values(**values):
    """:return: dict of the parameters of an incoming SMS, changed by ``values``"""
    return {
        "ToCountry": "IL",
        "SmsMessageSid": MESSAGE,
        "NumMedia": "0",
        "SmsSid": MESSAGE,
        "SmsStatus": "received",
        "Body": "שלום, is it still free? 👍",
        "FromCountry": "IL",
        "To": OUR_NUMBER,
        "NumSegments": "1",
        "MessageSid": MESSAGE,
        "AccountSid": ACCOUNT,
        "From": CUSTOMER,
        "ApiVersion": "2010-04-01",
        **values,
    }


def whatsapp_values(**values):
    """:return: the same of an incoming WhatsApp message"""
    return {
        **incoming_values(),
        "From": f"whatsapp:{CUSTOMER}",
        "To": f"whatsapp:{OUR_NUMBER}",
        "ProfileName": "Noa",
        "WaId": CUSTOMER.lstrip("+"),
        "MessageType": "text",
        **values,
    }


def status_values(status, **values):
    """:return: dict of the parameters of a status callback"""
    return {
        "SmsSid": MESSAGE,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": CUSTOMER,
        "MessageSid": MESSAGE,
        "AccountSid": ACCOUNT,
        "From": OUR_NUMBER,
        "ApiVersion": "2010-04-01",
        **values,
    }


def call_values(status, **values):
    """:return: dict of the parameters of a status callback about an incoming call"""
    return {
        "CallSid": CALL,
        "AccountSid": ACCOUNT,
        "From": CUSTOMER,
        "Caller": CUSTOMER,
        "To": OUR_NUMBER,
        "Called": OUR_NUMBER,
        "CallStatus": status,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "CallbackSource": "call-progress-events",
        **values,
    }


def leg_values(status, desk, **values):
    """:return: the same about the leg to one of our desks"""
    return call_values(
        status,
        CallSid=LEG,
        ParentCallSid=CALL,
        Direction="outbound-dial",
        To=desk,
        Called=desk,
        **values,
    )


class TwilioCase(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["kala.connection"].create(
            {
                "name": "Twilio",
                "provider": "twilio",
                "company_id": cls.company.id,
                "twilio_account_sid": ACCOUNT,
                "twilio_auth_token": TOKEN,
            }
        )
        cls.line = cls._line("sms")
        cls.whatsapp_line = cls._line("whatsapp")
        cls.provider = cls.env["kala.provider.twilio"]

    @classmethod
    def _line(cls, channel, **values):
        return cls.env["kala.line"].create(
            {
                "name": f"Office {channel}",
                "channel": channel,
                "connection_id": cls.connection.id,
                "company_id": cls.company.id,
                "address": OUR_NUMBER,
                **values,
            }
        )

    def _request(self, values, query="", **changes):
        """:return: InboundRequest, signed by the account's token"""
        url = self.connection.webhook_url + (f"?{query}" if query else "")
        pairs = list(values.items())
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": signature.sign(TOKEN, url, pairs),
        }
        request = {
            "method": "POST",
            "url": url,
            "headers": headers,
            "query": tuple(urllib.parse.parse_qsl(query)),
            "body": urllib.parse.urlencode(pairs).encode(),
        }
        return InboundRequest(**{**request, **changes})
