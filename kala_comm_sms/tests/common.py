"""What the tests of the gateways share."""

import urllib.parse

from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools.inbound import InboundRequest

OUR_NUMBER = "+972722776772"


class GatewayCase(KalaCommon):
    """A connection of ``provider``, with ``settings``, and one line."""

    provider = ""
    settings = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env["kala.connection"].create(
            {
                "name": "Gateway",
                "provider": cls.provider,
                "company_id": cls.company.id,
                **cls.settings,
            }
        )
        cls.line = cls.env["kala.line"].create(
            {
                "name": "Office",
                "channel": "sms",
                "connection_id": cls.gateway.id,
                "company_id": cls.company.id,
                "address": OUR_NUMBER,
            }
        )
        cls.model = cls.env[f"kala.provider.{cls.provider}"]

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        """Odoo's guard, which lets loopback pass, does not know timeouts in two parts."""
        if isinstance(kw.get("timeout"), tuple):
            kw["timeout"] = max(kw["timeout"])
        return super()._request_handler(s, r, **kw)

    def message(self, **values):
        """:return: a message that waits to be sent"""
        return self.log(
            **{
                "connection_id": self.gateway.id,
                "line_id": self.line.id,
                "state": "queued",
                "contact_value": DANA,
                "send_key": self.env["kala.communication"]._generate_send_key(),
                "body": "Hello",
                **values,
            }
        )

    def request(self, body=b"", content_type="application/x-www-form-urlencoded", **values):
        """:return: InboundRequest at the connection's address"""
        query = values.pop("query", "")
        url = self.gateway.webhook_url + (f"?{query}" if query else "")
        return InboundRequest(
            method=values.get("method", "POST"),
            url=url,
            headers={"content-type": content_type},
            query=tuple(urllib.parse.parse_qsl(query)),
            body=body,
        )

    def assert_refused_sender(self, **line_values):
        self.line.write(line_values)
        result = self.model._prepare_send(self.message())
        self.assertEqual((result.state, result.failure_kind), ("failed", "sender"))
        self.assertIn("“Office”", result.failure_reason)
