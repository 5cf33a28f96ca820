"""Gateways of our own on loopback."""

import re
import secrets

from odoo.addons.kala_comm.tests.fakes import Answer, FakeProvider, Sent


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


class FakeOdooIap(FakeProvider):
    """Odoo's own SMS service, as far as Odoo's ``sms`` addon speaks with it. A message has no id
    but ours."""

    _REFUSALS = {
        "address": "wrong_number_format",
        "sender": "registration_needed",
        "rejected": "incompatible_content",
        "temporary": "server_error",
        "connection": "unregistered",
        "credit": "insufficient_credit",
    }

    def read_message(self, request):
        if request.path != "/api/sms/3/send":
            return None
        [message] = request.json["params"]["messages"]
        [number] = message["numbers"]
        return Sent(key=number["uuid"], text=message["content"], to=number["number"])

    def contract_faults(self, request):
        params = request.json["params"]
        faults = [
            f"{name} is missing"
            for name in ("account_token", "dbuuid", "webhook_url")
            if not params.get(name)
        ]
        [number] = params["messages"][0]["numbers"]
        if not re.fullmatch(r"[0-9a-f]{32}", number["uuid"]):
            faults.append(f"uuid {number['uuid']}")
        if not re.fullmatch(r"\+\d{7,15}", number["number"]):
            faults.append(f"number {number['number']}")
        return faults

    def make_uid(self, number):
        return f"{number:08x}{secrets.token_hex(12)}"

    def accept(self, message):
        with self._lock:
            message = message._replace(uid=message.key)
            self.accepted.append(message)
        return message

    def _answer(self, message, state):
        return Answer(200, {"jsonrpc": "2.0", "result": [{"uuid": message, "state": state}]})

    def accepted_answer(self, message):
        return self._answer(message.key, "success")

    def refusal(self, why):
        return self._answer("of no message", self._REFUSALS[why])

    def other(self, request):
        [asked] = request.json["params"]["iap_accounts"]
        account = {"registered": "registered", "balance": 100}
        return Answer(200, {"jsonrpc": "2.0", "result": {asked["token"]: account}})
