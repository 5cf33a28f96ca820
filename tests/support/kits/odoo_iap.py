import json
import re
import secrets

from ..client import Post
from ..fakes import Answer, FakeProvider, Sent
from .sms_gateways import JSON, Gateway


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


class OdooIap(Gateway):
    """SMS through Odoo's own service (SM1)."""

    code = "odoo_iap"
    fake_class = FakeOdooIap
    failures = (("address", "address"), ("sender", "sender"), ("rejected", "rejected"))
    login_is_needed = False
    receives = False

    def report(self, sent, state, **values):
        status = {"delivered": "delivered", "failed": "not_delivered"}[state]
        statuses = [{"sms_status": status, "uuids": [sent.uid], **values}]
        body = {"jsonrpc": "2.0", "method": "call", "params": {"message_statuses": statuses}}
        return Post(json.dumps(body).encode(), JSON)
