"""EM4: what the DNS says of the domain of a sender, asked of a small name server on loopback."""

import socket
import threading
from contextlib import contextmanager
from unittest.mock import patch

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools import mail_dns

from .test_sender import SenderCase

SPF, DMARC, KEY = "v=spf1 include:_spf.example.com ~all", "v=DMARC1; p=none", "v=DKIM1; p=MIGf"


@contextmanager
def name_server(records, silent=False):
    """A name server that knows some texts.

    :param dict records: name → list of TXT records
    :return: its address, and the list of names that it was asked for
    """
    asked, server = [], socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        while True:
            raw, client = server.recvfrom(4096)
            if raw == b"end":
                return
            query = dns.message.from_wire(raw)
            question = query.question[0]
            name = question.name.to_text(omit_final_dot=True)
            asked.append(name)
            if silent:
                continue
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            if name not in records:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            for text in records.get(name, ()):
                halves = f'"{text[:20]}" "{text[20:]}"'
                reply.find_rrset(
                    reply.answer, question.name, question.rdclass, question.rdtype, create=True
                ).update(dns.rrset.from_text(question.name, 60, "IN", "TXT", halves))
            server.sendto(reply.to_wire(), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = server.getsockname()
    try:
        yield f"{host}:{port}", asked
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"end", (host, port))
        thread.join(5)
        server.close()


@tagged("post_install", "-at_install")
class TestSenderDomain(SenderCase):
    def look(self, records, sender, silent=False):
        """:return: (spf, dkim, dmarc), and the names that were asked for"""
        with name_server(records, silent) as (address, asked):
            self.env["ir.config_parameter"].set_param("kala_comm.dns_server", address)
            sender.action_check_domain()
        return (sender.spf_state, sender.dkim_state, sender.dmarc_state), asked

    def test_em4_what_is_found(self):
        """EM4: there, missing, wrong, of the domain above, under a name that was entered; what is
        not well has a sentence, which names the domain."""
        ours = "our.example.com"
        #: records, name of the key → states
        table = [
            (
                {ours: [SPF], f"_dmarc.{ours}": [DMARC], f"google._domainkey.{ours}": [KEY]},
                "",
                ("ok", "ok", "ok"),
            ),
            ({}, "", ("missing", "unknown", "missing")),
            ({}, "abc", ("missing", "missing", "missing")),
            (
                {ours: ["v=spf1 +all"], "_dmarc.example.com": [DMARC]},
                "",
                ("wrong", "unknown", "ok"),
            ),
            (
                {ours: [SPF, "v=spf1 a -all"], f"_dmarc.{ours}": ["v=DMARC1; rua=x"]},
                "",
                ("wrong", "unknown", "wrong"),
            ),
            (
                {ours: ["hello", "v=spf10 a"], f"abc._domainkey.{ours}": ["v=DKIM1; p="]},
                "abc",
                ("missing", "wrong", "missing"),
            ),
            (
                {ours: [SPF.upper()], f"abc._domainkey.{ours}": [KEY], f"_dmarc.{ours}": [DMARC]},
                "abc",
                ("ok", "ok", "ok"),
            ),
        ]
        sender = self.verified()
        for records, key, states in table:
            with self.subTest(records=records, key=key):
                sender.dkim_selector = key
                self.assertEqual(self.look(records, sender)[0], states)
                wrong = [state for state in states if state != "ok"]
                advice = (sender.domain_advice or "").split("\n") if wrong else []
                self.assertEqual(len(advice), len(wrong))
                self.assertTrue(all(ours in sentence for sentence in advice), advice)
                self.assertEqual(sender.state, "verified", "it blocks nothing")

    def test_em4_nobody_answers(self):
        """EM4: that is a state of its own, it says so, and nothing is blocked."""
        sender = self.verified()
        with (
            patch.object(mail_dns, "PATIENCE", 0.2),
            patch.object(mail_dns, "IN_ALL", 0.5),
        ):
            states, asked = self.look({}, sender, silent=True)
        self.assertEqual(states, ("unasked",) * 3)
        self.assertIn("sent all the same", sender.domain_advice)
        self.assertEqual(sender._refusal(), "")
        self.assertLess(len(set(asked)), 4, "it does not wait for each key")

    def test_em4_once_a_week(self):
        """EM4: the job asks once for all senders of a domain, not again within a week, and leaves
        out those that are not verified."""
        first, second = self.verified(), self.verified(email="shop@our.example.com")
        new = self.sender(email="x@new.example.com")
        for due in (True, False):
            with name_server({"our.example.com": [SPF]}) as (address, asked):
                self.env["ir.config_parameter"].set_param("kala_comm.dns_server", address)
                with self.job() as env:
                    env["kala.sender"]._cron_check_domains()
            self.env.invalidate_all()
            self.assertEqual(asked.count("our.example.com"), int(due))
            self.assertNotIn("new.example.com", asked)
        self.assertEqual((first | second).mapped("spf_state"), ["ok", "ok"])
        self.assertFalse(new.spf_state)

    def test_em4_who_may_look(self):
        """EM5: who may change the sender, and nobody else."""
        sender = self.sender(shared="company")
        for user in (self.salesman, self.stranger, self.clerk):
            with self.assertRaises(AccessError):
                sender.with_user(user).action_check_domain()

    def test_sc4_a_domain_with_a_wildcard(self):
        """SC4: an address like a@% is of no other sender's domain: what the DNS says of it is
        written to nobody else's sender."""
        theirs = self.verified()
        for email in ("a@%", "a@our.example.c_m"):
            with self.subTest(email=email):
                mine = self.env["kala.sender"].with_user(self.salesman)
                self.look({}, mine.create({"email": email, "name": "Me"}))
                self.assertFalse(theirs.domain_date)
                self.assertFalse(theirs.spf_state)
