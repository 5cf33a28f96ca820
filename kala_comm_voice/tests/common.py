import json
from urllib.parse import urlencode

from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tools.inbound import InboundRequest


class VoiceCommon(KalaCommon):
    """A connected telephone system with two extensions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pbx = cls.env["kala.connection"].create({"name": "PBX", "provider": "pbx"})
        cls.pbx.action_connect()
        cls.voice_line = cls.env["kala.line"].create(
            {
                "name": "Sales",
                "channel": "voice",
                "connection_id": cls.pbx.id,
                "address": "+97237654321",
            }
        )
        for number, user in (("101", cls.salesman), ("102", cls.colleague)):
            cls.env["kala.extension"].create(
                {"connection_id": cls.pbx.id, "number": number, "user_id": user.id}
            )

    @classmethod
    def make_voicenter(cls, **values):
        """:return: a connected ``kala.connection``"""
        connection = cls.env["kala.connection"].create(
            {"name": "Voicenter", "provider": "voicenter", **values}
        )
        connection.action_connect()
        return connection

    def request(self, body=None, form=None, query=()):
        """:return: InboundRequest with a JSON body, a form, or a query"""
        if form is not None:
            raw, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        else:
            raw, kind = json.dumps(body).encode() if body is not None else b"", "application/json"
        return InboundRequest(
            "GET" if query else "POST",
            "https://odoo.example.com/",
            {"content-type": kind},
            query,
            raw,
        )

    def tell(self, connection, *requests):
        """Receive requests one after the other, each in a batch of its own.

        :return: the calls of the connection in the log
        """
        for request in requests:
            self.tell_at_once(connection, request)
        return self.calls(connection)

    def tell_at_once(self, connection, *requests):
        """Receive requests in one batch."""
        self.env.flush_all()
        for request in requests:
            self.env["kala.inbound.event"]._insert_event(connection, request)
        self.run_inbox()
        self.env.invalidate_all()

    def ring(self, *events):
        """Receive events of calls one after the other, each in a batch of its own.

        :return: the calls in the log
        """
        values = {"did": "+97237654321", "from": "0502345678", "extension": "101"}
        return self.tell(self.pbx, *(self.request({**values, **event}) for event in events))

    def calls(self, connection=None):
        self.env["kala.communication"].invalidate_model()
        return self.env["kala.communication"].search(
            [("connection_id", "=", (connection or self.pbx).id)]
        )

    def dead(self, connection=None):
        """:return: list of the reasons of the dead letters"""
        items = self.env["kala.inbound.item"].search(
            [("connection_id", "=", (connection or self.pbx).id), ("state", "=", "dead")]
        )
        return items.mapped("error")
