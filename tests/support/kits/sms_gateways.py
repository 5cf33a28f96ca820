import json
import secrets
import urllib.parse

from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .base import Kit

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Gateway(Kit):
    """An SMS gateway: nothing is signed, the secret is the address itself."""

    channel = "sms"
    reports = ("delivered",)
    signs = False
    knows_senseless = False


# ---------------------------------------------------------------------- Inforu


class FakeInforu(FakeProvider):
    """SMS/SendSms of Inforu's JSON v2 (docs/providers.md, 4.1)."""

    _REFUSALS = {"address": -18, "sender": -20, "temporary": -1, "connection": -2}

    def read_message(self, request):
        if request.path != "/api/v2/SMS/SendSms":
            return None
        data = request.json["Data"]
        return Sent(
            key=data["Settings"]["CustomerMessageID"],
            text=data["Message"],
            to=data["Recipients"][0]["Phone"],
        )

    def contract_faults(self, request):
        sender = request.json["Data"]["Settings"]["Sender"]
        return [] if sender.isalnum() and len(sender) <= 11 else [f"Sender {sender}"]

    def make_uid(self, number):
        return f"{number}{secrets.randbelow(10**9):09d}"

    def _answer(self, status, description, **data):
        return Answer(
            200,
            {
                "StatusId": status,
                "StatusDescription": description,
                "DetailedDescription": "",
                "FunctionName": "api/v2/SMS/SendSms",
                **data,
            },
        )

    def accepted_answer(self, message):
        return self._answer(1, "Success", RequestId=message.uid, Data={"Recipients": 1})

    def refusal(self, why):
        return self._answer(self._REFUSALS[why], f"Refused: {why}", RequestId="0")


class Inforu(Gateway):
    """SMS through Inforu (SM1)."""

    code = "inforu"
    fake_class = FakeInforu
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


class FakeSms019(FakeProvider):
    """The one address of 019 SMS (docs/providers.md, 4.2)."""

    _REFUSALS = {"address": 9, "sender": 992, "consent": 8, "temporary": 6, "connection": 3}

    def read_message(self, request):
        sms = request.json.get("sms")
        if not sms:
            return None
        [phone] = sms["destinations"]["phone"]
        return Sent(key=phone["$"]["id"], text=sms["message"], to=phone["_"])

    def contract_faults(self, request):
        source = request.json["sms"]["source"]
        return [] if source.isalnum() and len(source) <= 11 else [f"source {source}"]

    def make_uid(self, number):
        return f"ship-{number}-{secrets.token_hex(4)}"

    def accepted_answer(self, message):
        return Answer(200, {"status": 0, "message": "ok", "shipment_id": message.uid})

    def refusal(self, why):
        return Answer(200, {"status": self._REFUSALS[why], "message": f"Refused: {why}"})

    def other(self, request):
        return Answer(200, {"status": 0, "message": "ok", "balance": "1000"})


class Sms019(Gateway):
    """SMS through 019 (SM1)."""

    code = "sms019"
    fake_class = FakeSms019
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


class FakeHttpGateway(FakeProvider):
    """A gateway like many: a form comes in, JSON goes out."""

    _REFUSALS = {"address": "11", "connection": "1", "credit": "9"}

    def read_message(self, request):
        form = request.form
        if "to" not in form:
            return None
        return Sent(key=form.get("ref", ""), text=form.get("message", ""), to=form["to"])

    def make_uid(self, number):
        return f"g-{number}-{secrets.token_hex(4)}"

    def accepted_answer(self, message):
        return Answer(200, {"result": "OK", "messageid": message.uid})

    def refusal(self, why):
        return Answer(200, {"result": "ERROR", "code": self._REFUSALS[why], "error": why})


class HttpGateway(Gateway):
    """SMS through a gateway that is described on its connection (SM1)."""

    code = "http"
    fake_class = FakeHttpGateway
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
