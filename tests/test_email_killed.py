"""DE3 for e-mail: the server is killed (``kill -9``) when the mail server has taken a message and
Odoo has not written it down. Nobody gets it twice by itself; a person decides."""

import contextlib
import threading

import pytest

from .conftest import set_up_company
from .support.client import Odoo
from .support.mailbox import Sink
from .support.waiting import until
from .test_email import Post

#: Our jobs that could send it again.
SENDING_JOBS = ("lane_1", "lane_2", "lane_3", "lane_4", "mass_send", "email", "resolve_unknown")


class Sending(Post):
    """Only what goes out."""

    def _set_up_servers(self):
        self.odoo.create(
            "ir.mail_server",
            name="Out",
            smtp_host="127.0.0.1",
            smtp_port=self.sink.port,
            smtp_encryption="none",
            smtp_authentication="login",
        )


@pytest.fixture(scope="module")
def post(make_server):
    """On a server of its own, since it is killed."""
    admin = Odoo(make_server("mail_killed"))
    set_up_company(admin)
    sink = Sink()
    try:
        yield Sending(admin, None, sink)
    finally:
        sink.silent.clear()
        sink.stop()


def run_mail_queue(post):
    """Odoo's own mail queue runs, and ours."""
    post.odoo.run_job("ir_cron_email")
    post.odoo.call("mail.mail", "process_email_queue")


def run_all_that_sends(post):
    """Everything that could send it again has run once more."""
    for name in SENDING_JOBS:
        post.odoo.run_job(f"ir_cron_{name}")
    run_mail_queue(post)


def kill_while_silent(post, address):
    """Kill the server once the mail server has taken the message, and start it again."""
    post.sink.wait_for(address)
    post.odoo.server.kill()
    post.sink.silent.clear()
    post.odoo.server.start()


def write(post, order, customer):
    """Odoo answers when the mail server has: the kill comes first."""
    with contextlib.suppress(OSError):
        post.write("sale.order", order, "Your tickets", customer)


def test_written_by_a_person(post):
    """DE3: a message from the chatter; afterwards its writer says that it arrived."""
    address, customer = post.customer()
    post.sink.silent.add(address)
    order = post.order(customer)
    writer = threading.Thread(target=write, args=(post, order, customer))
    writer.start()
    kill_while_silent(post, address)
    writer.join()
    run_mail_queue(post)
    row = post.wait_state(address, "unknown")
    run_all_that_sends(post)
    assert len(post.sink.to(address)) == 1
    post.odoo.call("kala.communication", "action_arrived", [row.id])
    run_mail_queue(post)
    assert post.wait_state(address, "sent") and len(post.sink.to(address)) == 1


def test_mass_send(post):
    """DE3, BR3: of a mass send the one that was under way is unsure; all others get it once. A
    person sends the unsure one again."""
    people = [post.customer(f"Person {n}") for n in range(4)]
    unsure = people[1][0]
    post.sink.silent.add(unsure)
    mass = post.odoo.create(
        "kala.mass.send",
        name="Spring",
        channel="email",
        record_ids=[customer for _address, customer in people],
        subject="Spring",
        body="Spring is here",
    )
    post.odoo.call("kala.mass.send", "action_start", [mass])
    kill_while_silent(post, unsure)
    run_mail_queue(post)
    row = post.wait_state(unsure, "unknown")
    for address, _customer in people:
        if address != unsure:
            post.wait_state(address, "sent")
    run_all_that_sends(post)
    assert [len(post.sink.to(address)) for address, _customer in people] == [1, 1, 1, 1]
    attempts = post.db.column("SELECT state FROM kala_attempt WHERE communication_id = %s", row.id)
    assert attempts == ["unknown"]
    post.odoo.call("kala.communication", "action_resend", [row.id])
    post.wait_state(unsure, "sent")
    until(lambda: len(post.sink.to(unsure)) == 2, 30, "the second one, which was asked for")
