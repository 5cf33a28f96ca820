"""Real mail servers for the tests: Dovecot, which keeps our mailbox and is fetched by Odoo over
IMAP, and an SMTP server that takes what Odoo sends. Both run on loopback only, as whoever runs the
tests, with files of their own."""

import asyncio
import email
import email.policy
import grp
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from aiosmtpd.controller import Controller

from .server import free_ports
from .waiting import until

PASSWORD = "mailbox-secret-1"
#: Dovecot takes no orders from root; the tests of root run it as this user.
ROOTS_USER = "nobody"
READY_WITHIN = 60
STOP_WITHIN = 10

#: Everything Dovecot would else take from the system or do as root.
_CONFIG = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{home}/mail/%u
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service auth-worker {{
  user = {user}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
"""


class Dovecot:
    """Mailboxes of any name, all with :data:`PASSWORD`; made when they are first opened.

    :ivar int port: IMAP, not encrypted
    """

    def __init__(self):
        program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
        if not program:
            raise AssertionError("Dovecot is missing: run tools/setup.sh tests")
        account = pwd.getpwnam(ROOTS_USER) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        # Sockets lie in it: their path may not be long.
        self._home = Path(tempfile.mkdtemp(prefix="kala-imap-", dir="/tmp"))
        [self.port] = free_ports(1)
        config = self._home / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                home=self._home,
                port=self.port,
                password=PASSWORD,
                user=account.pw_name,
                group=grp.getgrgid(account.pw_gid).gr_name,
                uid=account.pw_uid,
                gid=account.pw_gid,
            )
        )
        if os.getuid() == 0:
            os.chown(self._home, account.pw_uid, account.pw_gid)
        other = {"user": account.pw_uid, "group": account.pw_gid} if os.getuid() == 0 else {}
        self._process = subprocess.Popen(
            [program, "-F", "-c", config],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            extra_groups=[] if other else None,
            **other,
        )
        until(self._answers, READY_WITHIN, lambda: f"Dovecot to answer:\n{self.log()}")

    def log(self):
        """:return: what it says about itself"""
        path = self._home / "dovecot.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _answers(self):
        if self._process.poll() is not None:
            raise AssertionError(f"Dovecot ended at once:\n{self.log()}")
        try:
            self._open("first").logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def _open(self, user):
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        box.login(user, PASSWORD)
        return box

    def put(self, user, raw):
        """A message arrives in a mailbox.

        :param bytes raw: as it came over the wire; line ends are made those of the wire
        """
        lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        box = self._open(user)
        try:
            kind, answer = box.append("INBOX", None, None, lines)
            assert kind == "OK", answer
        finally:
            box.logout()

    def unseen(self, user):
        """:return: how many messages wait to be fetched"""
        box = self._open(user)
        try:
            box.select(readonly=True)
            return len(box.search(None, "UNSEEN")[1][0].split())
        finally:
            box.logout()

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)


class Delivery(NamedTuple):
    """A message as it reached the SMTP server.

    :ivar list to: addresses of the envelope
    :ivar message: ``email.message.EmailMessage``
    """

    sender: str
    to: list
    message: object

    def text(self):
        """:return: its plain text"""
        return self.message.get_body(("plain",)).get_content()


class Sink:
    """An SMTP server that keeps what it is given and refuses the addresses it is told to.

    :ivar int port: SMTP, not encrypted
    :ivar dict refuse: address → answer, for example ``550 5.1.1 no such user``
    :ivar set silent: addresses to which it takes messages, and does not say so
    """

    def __init__(self):
        self.refuse = {}
        self.silent = set()
        self._taken = []
        [self.port] = free_ports(1)
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        self._taken.append(Delivery(envelope.mail_from, list(envelope.rcpt_tos), message))
        while self.silent.intersection(envelope.rcpt_tos):
            await asyncio.sleep(0.05)
        return "250 OK"

    def to(self, address):
        """:return: list of the deliveries to an address, oldest first"""
        return [delivery for delivery in list(self._taken) if address in delivery.to]

    def wait_for(self, address, count=1):
        """Wait for deliveries to an address.

        :return: the last one
        """
        return until(lambda: self.to(address)[count - 1 :], 60, f"{count} message(s) to {address}")[
            -1
        ]

    def stop(self):
        self._controller.stop()
