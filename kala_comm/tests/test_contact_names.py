"""ME1: the name of a contact whom a channel knows by an id, and whose messages bring none."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest

from .common import HERON, KalaCommon

WHO = "heron-501"


@tagged("post_install", "-at_install")
class TestContactNames(KalaCommon):
    def setUp(self):
        super().setUp()
        self._add_line(self.connection, HERON.code)
        self.company.kala_default_responsible_text_id = self.colleague

    def write_in(self, connection=None, **values):
        values = {"sender": WHO, "channel": HERON.code, "kind": HERON.code, **values}
        event = self.push(connection, **values)
        self.run_inbox()
        return self.communications_of([event])

    def ask(self, name):
        """Let the job ask; the provider tells this name.

        :return: list of the contacts that it was asked about
        """
        asked = []

        def _prepare_profile(provider, connection, contact):
            asked.append(contact)
            return SendRequest(url="http://127.0.0.1:9/", method="GET")

        provider = type(self.env["kala.provider.sandbox"])
        with (
            patch.object(provider, "_prepare_profile", _prepare_profile),
            patch.object(provider, "_read_profile", staticmethod(lambda answer: name)),
            patch.object(http, "perform", lambda request: HttpAnswer(200, {}, "")),
            self.job() as env,
        ):
            env["kala.names"]._cron_run()
        self.env.invalidate_all()
        return asked

    def test_me1_the_name_that_is_known(self):
        """ME1, TA1: a later message has it, and so has its task."""
        lead = self.write_in(name="Dana Levi").lead_id
        lead.user_id = self.colleague
        second = self.write_in(text="Are you there?")
        self.assertEqual((second.lead_id, second.contact_name), (lead, "Dana Levi"))
        self.assertIn("Dana Levi: Are you there?", second.activity_id.summary)
        self.assertEqual(self.write_in(name="Dana Cohen").contact_name, "Dana Cohen")
        self.assertEqual(self.write_in().contact_name, "Dana Cohen", "the newest one")

    def test_me1_of_one_connection(self):
        """MA8: the same id on another connection is somebody else."""
        self.write_in(name="Dana Levi")
        other, _sms, _whatsapp = self._make_sandbox(self.company, "+972500000009")
        self._add_line(other, HERON.code)
        self.assertFalse(self.write_in(other).contact_name)

    def test_me1_asked_once(self):
        """ME1: the provider is asked for a name once, whether it tells one or not."""
        self.write_in()
        self.assertEqual(self.ask("Dana Levi"), [WHO])
        self.assertEqual(self.write_in().contact_name, "Dana Levi")
        self.assertEqual(self.ask("Dana Levi"), [])
        self.write_in(sender="heron-502")
        self.assertEqual(self.ask(""), ["heron-502"])
        self.write_in(sender="heron-502")
        self.assertEqual(self.ask(""), [])

    def test_me1_cost(self):
        """ME1: names of many cost one query, as those of few."""
        counts = []
        for size in (2, 20):
            senders = [f"heron-{size}-{n}" for n in range(size)]
            for sender in senders:
                self.push(sender=sender, channel=HERON.code, kind=HERON.code, name="Dana")
            self.run_inbox()
            entries = [
                self.push(sender=sender, channel=HERON.code, kind=HERON.code) for sender in senders
            ]
            before = self.env.cr.sql_log_count
            self.run_inbox()
            counts.append(self.env.cr.sql_log_count - before)
            names = self.communications_of(entries).mapped("contact_name")
            self.assertEqual(names, ["Dana"] * size)
        self.assertLess(counts[1], counts[0] + 25, counts)
