import json
import urllib.parse

from ..client import Post
from ..fakes import of_addon
from .base import Kit

_fakes = of_addon("kala_comm_sms")

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Gateway(Kit):
    """An SMS gateway: nothing is signed, the secret is the address itself."""

    channel = "sms"
    reports = ("delivered",)
    signs = False
    knows_senseless = False


# ---------------------------------------------------------------------- Inforu


class Inforu(Gateway):
    """SMS through Inforu (SM1)."""

    code = "inforu"
    fake_class = _fakes.FakeInforu
    reports = ("delivered", "read")
    failures = (("address", "address"), ("sender", "sender"))

    def secrets(self):
        return {"inforu_username": "galil", "inforu_token": "made-up-token"}

    def incoming(self, sender, text, uid=None, name="", **values):
        message = {
            "Channel": "SMS_MO",
            "Type": "PhoneNumber",
            "Value": sender,
            "Message": text,
            "Network": "SMS",
            "ShortCode": self.our_number,
            "MoSessionId": uid or self.new_uid(),
            **values,
        }
        body = {"CustomerId": 1, "ProjectId": 2, "Data": [message]}
        return Post(json.dumps(body).encode(), JSON)

    def report(self, sent, state, **values):
        status = {"delivered": 2, "read": 4, "failed": -2}[state]
        form = {
            "PhoneNumber": sent.to,
            "Status": status,
            "StatusDescription": state,
            "CustomerMessageId": sent.key,
            "id": sent.uid,
            "NotificationDate": "22/11/2026 14:00:00",
            **values,
        }
        return Post(urllib.parse.urlencode(form).encode(), FORM)


# ---------------------------------------------------------------------- 019


class Sms019(Gateway):
    """SMS through 019 (SM1)."""

    code = "sms019"
    fake_class = _fakes.FakeSms019
    failures = (("address", "address"), ("sender", "sender"), ("consent", "consent"))

    def secrets(self):
        return {"sms019_username": "galil", "sms019_token": "made-up-token"}

    def incoming(self, sender, text, uid=None, name="", **values):
        form = {
            "phone": sender,
            "message": text,
            "dest": self.our_number,
            "message_id": uid or self.new_uid(),
            **values,
        }
        return Post(urllib.parse.urlencode(form).encode(), FORM)

    def report(self, sent, state, **values):
        form = {
            "phone": sent.to,
            "status": {"delivered": 0, "failed": 2}[state],
            "en_message": state,
            "external_id": sent.key,
            "shipment_id": sent.uid,
            **values,
        }
        return Post(urllib.parse.urlencode(form).encode(), FORM)


# ---------------------------------------------------------------------- any gateway


class HttpGateway(Gateway):
    """SMS through a gateway that is described on its connection (SM1)."""

    code = "http"
    fake_class = _fakes.FakeHttpGateway
    reports = ("sent", "delivered")
    failures = (("address", "address"),)
    login_is_needed = False

    def secrets(self):
        return {
            "http_method": "POST",
            "http_format": "form",
            "http_body": "to = {{to}}\nfrom = {{from}}\nmessage = {{text}}\nref = {{key}}",
            "http_success_path": "result",
            "http_success_values": "OK",
            "http_id_path": "messageid",
            "http_error_path": "code",
            "http_error_kinds": "11 = address\n1 = connection\n9 = credit",
        }

    def incoming(self, sender, text, uid=None, name="", **values):
        form = {
            "from": sender,
            "to": self.our_number,
            "text": text,
            "id": uid or self.new_uid(),
            **values,
        }
        return Post(urllib.parse.urlencode(form).encode(), FORM)

    def report(self, sent, state, **values):
        form = {"id": sent.uid, "status": state, "reference": sent.key, **values}
        return Post(urllib.parse.urlencode(form).encode(), FORM)
