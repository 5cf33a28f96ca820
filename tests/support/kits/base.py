"""What the tests need to know of a provider: how its events look, how it answers."""

import base64
import itertools
import secrets
import urllib.parse

import requests

from ..waiting import until

_numbers = itertools.count(1)


def new_phone():
    """:return: a valid Israeli mobile number that no other test uses"""
    return f"+97252{2000000 + next(_numbers):07d}"


class Kit:
    """One connection with its line and its fake.

    :cvar str code: of the provider
    :cvar str channel: of the line
    :cvar tuple reports: states that the provider reports, in order; empty = none
    :cvar tuple failures: pairs (refusal of the fake, failure kind)
    :cvar bool named: whether the answer to a send names the message by the provider's id
    :cvar bool reports_failure: whether it reports failures after it accepted a message
    :cvar bool echoes_key: whether a report brings our own id along, and is known before the answer
    :cvar bool knows_senseless: whether it refuses what cannot be an event of the provider
    :cvar bool login_is_needed: whether it cannot be connected without :meth:`secrets`
    :cvar str template: name or id by which messages name the one template that the fake keeps:
        "Hi {{1}}, it is ready", approved; empty = it keeps none
    :cvar bool sends_files: whether a message may carry a picture
    :cvar bool receives: whether customers can write over it
    :cvar bool signs: whether an event proves where it is from by more than the address
    """

    code = ""
    channel = "sms"
    reports = ("sent", "delivered")
    failures = ()
    named = True
    reports_failure = True
    echoes_key = True
    knows_senseless = True
    login_is_needed = True
    template = ""
    sends_files = False
    receives = True
    signs = True
    fake_class = None
    our_number = "+972722776772"

    def __init__(self, odoo, **values):
        self.odoo, self.db = odoo, odoo.server.database
        self.fake = self.fake_class() if self.fake_class else None
        if self.fake:
            values.setdefault("api_url", self.fake.url)
        self.connection_id = odoo.create(
            "kala.connection",
            name=f"{self.code} {secrets.token_hex(3)}",
            provider=self.code,
            **{**self.secrets(), **values},
        )
        self.url = odoo.read("kala.connection", self.connection_id, "webhook_url")["webhook_url"]
        self.line_id = odoo.create(
            "kala.line",
            name=f"Line of {self.code}",
            channel=self.channel,
            connection_id=self.connection_id,
            **self.line_values(),
        )

    @classmethod
    def of(cls, odoo, other):
        """:return: Kit for the connection and line of another one, in another server's session"""
        kit = cls.__new__(cls)
        kit.__dict__.update(vars(other), odoo=odoo, db=odoo.server.database)
        return kit

    def connect(self):
        self.odoo.call("kala.connection", "action_connect", [self.connection_id])
        return self

    def stop(self):
        self.odoo.call("kala.connection", "action_draft", [self.connection_id])
        if self.fake:
            self.fake.stop()
            assert not self.fake.faults, self.fake.faults[0]

    # ------------------------------------------------------------------ protocol

    def secrets(self):
        """:return: dict of the connection's credentials"""
        return {}

    def line_values(self):
        return {"address": self.our_number}

    def incoming(self, sender, text, uid=None, **values):
        """:return: Post of a customer's message"""
        raise AssertionError(f"over {self.code} nobody writes to us")

    def report(self, sent, state, **values):
        """:return: Post that says what became of a message of ours

        :param Sent sent: as the fake accepted it
        """
        raise AssertionError(f"{self.code} does not report")

    def forged(self, post):
        """:return: list of Posts that pretend to be this one"""
        return []

    def new_uid(self):
        return f"in-{secrets.token_hex(8)}"

    def contact_of(self, sender):
        """:return: (kind, value) of the address by which the log knows a sender"""
        return "phone", sender

    # ------------------------------------------------------------------ doing

    def post(self, post):
        """Bring an event to the door.

        :return: the response, which is a 200
        """
        response = post.to(self.url)
        assert response.status_code == 200, (response.status_code, response.text[:500])
        return response

    def open_window(self, *numbers):
        """Do what has to happen before free text may be sent to these numbers: nothing, with
        most providers."""

    def send(self, text, number=None, record=None):
        """Write to somebody from this line.

        :param tuple record: (model, id); default: a new lead with the number
        :return: id of the communication
        """
        if record is None:
            number = number or new_phone()
            record = ("crm.lead", self.odoo.create("crm.lead", name=text, phone=number))
            self.open_window(number)
        return self.odoo.call(
            record[0],
            "kala_send",
            [record[1]],
            self.channel,
            body=text,
            line=self.line_id,
            number=number or False,
        )[0]

    def send_each(self, texts):
        """Write each text to somebody else.

        :return: dict text → id of the communication, in the order of the texts
        """
        numbers = {text: new_phone() for text in texts}
        leads = self.odoo.call(
            "crm.lead", "create", [{"name": t, "phone": n} for t, n in numbers.items()]
        )
        self.open_window(*numbers.values())
        return {
            text: self.send(text, record=("crm.lead", lead))
            for text, lead in zip(numbers, leads, strict=True)
        }

    def template_line(self):
        """:return: id of the line that templates leave from"""
        return self.line_id

    def fetch_template(self, value):
        """Fetch the provider's template.

        :param str value: what stands for its variable
        :return: id of the template
        """
        self.odoo.call("kala.connection", "action_sync_templates", [self.connection_id])
        [template] = self.odoo.search("kala.template", ("connection_id", "=", self.connection_id))
        [variable] = self.odoo.search("kala.template.variable", ("template_id", "=", template))
        self.odoo.write("kala.template.variable", variable, value=value)
        return template

    def send_template(self, template, name):
        """Write to somebody who never wrote.

        :return: id of the communication
        """
        line = self.template_line()
        lead = self.odoo.create("crm.lead", name=name, contact_name=name, phone=new_phone())
        channel = self.odoo.read("kala.line", line, "channel")["channel"]
        return self.odoo.call(
            "crm.lead", "kala_send", [lead], channel, template=template, line=line
        )[0]

    def send_file(self, text, name, content):
        """Write to somebody, with a picture.

        :return: id of the communication
        """
        file = self.odoo.create(
            "ir.attachment",
            name=name,
            datas=base64.b64encode(content).decode(),
            mimetype="image/png",
        )
        number = new_phone()
        lead = self.odoo.create("crm.lead", name=text, phone=number)
        self.open_window(number)
        return self.odoo.call(
            "crm.lead",
            "kala_send",
            [lead],
            self.channel,
            body=text,
            line=self.line_id,
            attachments=[file],
        )[0]

    def content_of(self, sent):
        """:return: bytes of a message's file, as the provider gets it: from the address that the
        message names, on the server of the tests"""
        parts = urllib.parse.urlsplit(sent.file)
        answer = requests.get(f"{self.odoo.server.url}{parts.path}?{parts.query}", timeout=20)
        assert answer.status_code == 200, answer.status_code
        return answer.content

    # ------------------------------------------------------------------ looking

    def settled(self, within=45):
        """Wait until everything that came in was dealt with; what waits for its time (an
        unknown report, an echo) does not count."""
        until(
            lambda: (
                not self.db.value(
                    """SELECT (SELECT count(*) FROM kala_inbound_event
                            WHERE connection_id = %s AND state = 'pending')
                        + (SELECT count(*) FROM kala_inbound_item
                            WHERE connection_id = %s AND state = 'pending' AND due IS NULL)""",
                    self.connection_id,
                    self.connection_id,
                )
            ),
            within,
            "the inbox to be empty",
        )

    def items(self):
        return self.db.rows(
            "SELECT * FROM kala_inbound_item WHERE connection_id = %s ORDER BY id",
            self.connection_id,
        )

    def events(self):
        return self.db.value(
            "SELECT count(*) FROM kala_inbound_event WHERE connection_id = %s", self.connection_id
        )

    def received(self):
        """:return: rows of what came in, oldest first"""
        return self.db.rows(
            """SELECT * FROM kala_communication
                WHERE connection_id = %s AND direction = 'in' ORDER BY id""",
            self.connection_id,
        )

    def message(self, communication_id):
        return self.db.rows("SELECT * FROM kala_communication WHERE id = %s", communication_id)[0]

    def wait_state(self, communication_id, *states, within=45):
        """:return: the row of a communication once it is in one of these states"""

        def look():
            row = self.message(communication_id)
            return row if row.state in states else None

        def tell():
            row = self.message(communication_id)
            return f"{' or '.join(states)}; it is {row.state} ({row.failure_reason})"

        return until(look, within, tell)

    def attempts(self, communication_id):
        return self.db.rows(
            "SELECT * FROM kala_attempt WHERE communication_id = %s ORDER BY number",
            communication_id,
        )


class IdKit(Kit):
    """A channel that knows people by ids alone: whom one writes to has written first.

    A sender's id is made of the digits of his phone number, which the channel does not tell.
    """

    def id_of(self, sender):
        return sender.lstrip("+")

    def contact_of(self, sender):
        return self.channel, self.id_of(sender)

    def open_window(self, *numbers):
        """Have the owners of these numbers write; their messages are attached to their leads."""
        for number in numbers:
            self.post(self.incoming(number, "Hello"))
        self.settled()
        for number in numbers:
            lead = self.odoo.search("crm.lead", ("phone_sanitized", "=", number))
            [hello] = self.odoo.search(
                "kala.communication",
                ("connection_id", "=", self.connection_id),
                ("contact_value", "=", self.id_of(number)),
            )
            if lead:
                self.odoo.call(
                    "kala.communication", "action_reattach", [hello], "crm.lead", lead[0]
                )

    def send(self, text, number=None, record=None):
        if record is None:
            number = number or new_phone()
            record = ("crm.lead", self.odoo.create("crm.lead", name=text, phone=number))
            self.open_window(number)
        return self.odoo.call(
            record[0], "kala_send", [record[1]], self.channel, body=text, line=self.line_id
        )[0]
