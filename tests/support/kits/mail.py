from ..mailbox import Sink
from ..waiting import until
from .base import Kit


class Smtp(Kit):
    """E-mail, which Odoo itself sends and fetches (MX1): nothing comes through the webhook. How
    e-mails come in, and what becomes of them, is told by ``tests/test_email.py``."""

    code = "smtp"
    channel = "email"
    reports = ()
    receives = False
    signs = False
    login_is_needed = False
    our_number = "sales@contract.example.com"

    def __init__(self, odoo, **values):
        super().__init__(odoo, **values)
        self.sink = Sink()
        self.server_id = odoo.create(
            "ir.mail_server",
            name="Contract",
            smtp_host="127.0.0.1",
            smtp_port=self.sink.port,
            smtp_encryption="none",
            smtp_authentication="login",
            from_filter=self.our_number,
            sequence=1,
        )

    def stop(self):
        super().stop()
        self.odoo.call("ir.mail_server", "unlink", [self.server_id])
        self.sink.stop()

    def write_to(self, address, text):
        """:return: id of the communication"""
        lead = self.odoo.create("crm.lead", name=text, email_from=address)
        # An e-mail has a subject, which only a template brings along.
        template = self.odoo.create(
            "kala.template", name=text, subject=text, body=text, channel=self.channel
        )
        return self.odoo.call(
            "crm.lead", "kala_send", [lead], self.channel, template=template, line=self.line_id
        )[0]

    def wait_delivery(self, address):
        """:return: the deliveries to an address, once there is one"""
        return until(lambda: self.sink.to(address), 90, f"a message to {address}")
