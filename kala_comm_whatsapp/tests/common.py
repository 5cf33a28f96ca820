import json
from pathlib import Path

from odoo.addons.kala_comm.tools.inbound import InboundRequest

DATA = Path(__file__).parent / "data"
#: The numbers of Meta's own examples.
OUR_ID, OUR_NUMBER = "106540352242922", "15550783881"
CUSTOMER = "972502345678"
BSUID = "IL.13491208655302741918"


def load(name):
    """:return: a file of ``tests/data``, decoded"""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def say(source, **values):
    """A translator that translates nothing."""
    return source % values if values else source


def meta_text(body="Hello", uid="wamid.1", **values):
    """:return: a text message of a customer, as Meta puts it into ``messages``"""
    return {
        "from": CUSTOMER,
        "id": uid,
        "timestamp": "1749416383",
        "type": "text",
        "text": {"body": body},
        **values,
    }


def meta_change(field="messages", **value):
    """:return: one change of an entry"""
    return {
        "field": field,
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": OUR_NUMBER,
                "phone_number_id": OUR_ID,
            },
            **value,
        },
    }


def meta_payload(*changes):
    """:return: a payload of one entry"""
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "419561257915477", "changes": list(changes)}],
    }


def post(body, **headers):
    """:return: an InboundRequest of a POST"""
    return InboundRequest(
        method="POST",
        url="https://crm.example.com/kala/webhook/x",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        query=(),
        body=body,
    )


def get(*query):
    """:return: an InboundRequest of a GET"""
    return InboundRequest(
        method="GET",
        url="https://crm.example.com/kala/webhook/x",
        headers={},
        query=query,
        body=b"",
    )


class WhatsAppCommon:
    """Connections, lines and outgoing messages, without the flows of the core."""

    @classmethod
    def make_connection(cls, provider, **values):
        """:return: a connection, sudo as providers get it"""
        return (
            cls.env["kala.connection"]
            .sudo()
            .create({"name": provider, "provider": provider, **values})
        )

    @classmethod
    def make_line(cls, connection, **values):
        return (
            cls.env["kala.line"]
            .sudo()
            .create(
                {
                    "name": "Shop",
                    "channel": "whatsapp",
                    "connection_id": connection.id,
                    "address": f"+{OUR_NUMBER}",
                    **values,
                }
            )
        )

    @classmethod
    def make_outgoing(cls, line, **values):
        """:return: a message about to be sent"""
        return (
            cls.env["kala.communication"]
            .sudo()
            .create(
                {
                    "channel": "whatsapp",
                    "direction": "out",
                    "state": "queued",
                    "company_id": line.company_id.id,
                    "line_id": line.id,
                    "connection_id": line.connection_id.id,
                    "contact_kind": "phone",
                    "contact_value": f"+{CUSTOMER}",
                    "body": "Hello",
                    **values,
                }
            )
        )
