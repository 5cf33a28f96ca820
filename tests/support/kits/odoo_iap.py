import json

from ..client import Post
from ..fakes import of_addon
from .sms_gateways import JSON, Gateway

_fakes = of_addon("kala_comm_sms")


class OdooIap(Gateway):
    """SMS through Odoo's own service (SM1)."""

    code = "odoo_iap"
    fake_class = _fakes.FakeOdooIap
    failures = (("address", "address"), ("sender", "sender"), ("rejected", "rejected"))
    login_is_needed = False
    receives = False

    def report(self, sent, state, **values):
        status = {"delivered": "delivered", "failed": "not_delivered"}[state]
        statuses = [{"sms_status": status, "uuids": [sent.uid], **values}]
        body = {"jsonrpc": "2.0", "method": "call", "params": {"message_statuses": statuses}}
        return Post(json.dumps(body).encode(), JSON)
