"""Data survives upgrades: a database of the last version is brought to this one."""

import ast
import io
import subprocess
import tarfile

import pytest

from .support.client import Odoo
from .support.database import ROOT, addons, tool
from .support.kits import ALL_KITS, KITS
from .support.kits.base import new_phone
from .support.server import Server, server_of
from .support.waiting import until

MANIFEST = "kala_comm/__manifest__.py"
#: Older than the version in which numbers of senders were mended (``migrations/19.0.1.2.0``).
BEFORE_IT = "19.0.1.1.0"


def git(*arguments):
    """:return: bytes that git prints; the test is skipped where there is no history"""
    answer = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True)
    if answer.returncode:
        pytest.skip(f"there is no history to take the last version from: {answer.stderr[:200]!r}")
    return answer.stdout


def version_in(manifest):
    return ast.literal_eval(manifest)["version"]


def last_version():
    """:return: the newest commit whose core has another version than this checkout"""
    now = version_in((ROOT / MANIFEST).read_text())
    for commit in git("log", "--format=%H", "--", MANIFEST).decode().split():
        for candidate in (commit, f"{commit}^"):
            if version_in(git("show", f"{candidate}:{MANIFEST}").decode()) != now:
                return candidate
    return pytest.skip("this is the first version")


@pytest.fixture
def before(tmp_path):
    """:return: folder with the project as it was in the last version"""
    archive = git("archive", "--format=tar", last_version())
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def old(before):
    """A running server of the last version, with the addons that it had."""
    names = sorted(path.parent.name for path in before.glob("kala_*/__manifest__.py"))
    with server_of(before / "tools", f"kala_systest_upgrade_{before.name}", names) as server:
        yield server


def upgraded(server):
    """:return: a server of this version on the same database, and what the upgrade printed"""
    server.stop()
    name = server.database.name
    printed = tool(
        *("odoo", "-d", name, "-u", "kala_comm", "-i", ",".join(addons())),
        *("--stop-after-init", "--log-level=warn", "--log-handler=py.warnings:CRITICAL"),
    )
    new = Server(server.database)
    # The address by which the database knows itself stays the same.
    new.http_port, new.gevent_port, new.url = server.http_port, server.gevent_port, server.url
    new.start()
    return new, printed.stdout


def misread(kit, db):
    """Store a message as it was once, and as a database has it that left out the version in which
    this was mended: a number with its country code was read as a local one.

    :return: (the number under which it stands, that from which it came)
    """
    local, international = "+97222990011223", "+4740612345"
    kit.post(kit.incoming(international, "misread"))
    kit.settled()
    for table, column in (
        ("kala_communication", "contact_value"),
        ("mail_activity", "kala_contact"),
    ):
        assert db.rows(
            f"UPDATE {table} SET {column} = %s WHERE {column} = %s RETURNING id",
            *(local, international),
        )
    [lead] = db.column("SELECT lead_id FROM kala_communication WHERE body = 'misread'")
    kit.odoo.write("crm.lead", lead, phone=local)
    assert db.rows(
        "UPDATE ir_module_module SET latest_version = %s WHERE name = 'kala_comm' RETURNING id",
        BEFORE_IT,
    )
    return local, international


def running_rules(mail, leavers):
    """Start rules that send texts and e-mails: the administrator's own, and one of each of some
    people who leave after they have started it.

    :param mail: Kit of e-mail that is connected
    :param leavers: logins
    :return: dict login → id of the rule; its e-mail has no from name
    """
    odoo, database = mail.odoo, mail.db
    sender = odoo.create("kala.sender", email=mail.our_number, name="Our Office")
    database.rows("UPDATE kala_sender SET state = 'verified' RETURNING id")
    steps = {"sms": {}, "email": {"sender_id": sender}}
    for channel, values in steps.items():
        template = odoo.create(
            "kala.template", name=channel, subject="Thanks", body="Thanks", channel=channel
        )
        values.update(channel=channel, audience="customer", template_id=template)
    rules = {}
    for login in ("admin", *leavers):
        who = odoo
        if login != "admin":
            groups = ("kala_comm.group_manager", "sales_team.group_sale_manager")
            user = odoo.create(
                "res.users",
                name=login,
                login=login,
                password=login,
                group_ids=[(4, odoo.ref(group)) for group in groups],
            )
            who = Odoo(odoo.server, login, login)
        rules[login] = who.create(
            "kala.rule",
            name=login,
            model_id=odoo.ref("crm.model_crm_lead"),
            trigger="created",
            action_ids=[(0, 0, step) for step in steps.values()],
        )
        who.call("kala.rule", "action_start", [rules[login]])
        if login != "admin":
            odoo.write("res.users", user, active=False)
    nameless = "channel = 'email' AND from_name IS NULL"
    assert database.value(f"SELECT count(*) FROM kala_rule_action WHERE {nameless}") == len(rules)
    return rules


def rules_go_on(odoo, rules):
    """AU4, EM1, LO8: what ran runs, as somebody who works in the company, and sends."""
    lead = odoo.create(
        "crm.lead", name="Of the rules", phone=new_phone(), email_from="dana@customer.example.com"
    )
    database = odoo.server.database
    for login, rule in rules.items():

        def sent_by(origin=f"kala.rule,{rule}"):
            return database.rows(
                """SELECT channel, sender_name, state FROM kala_communication
                    WHERE lead_id = %s AND origin = %s ORDER BY channel""",
                *(lead, origin),
            )

        until(lambda sent_by=sent_by: len(sent_by()) == 2, 90, f"the messages of {login}'s rule")
        sent = sent_by()
        assert [(row.channel, row.sender_name) for row in sent] == [
            ("email", "Our Office"),
            ("sms", None),
        ], login
        assert "failed" not in {row.state for row in sent}, login
        values = odoo.read("kala.rule", rule, "state", "owner_id", "stop_reason")
        assert (values["state"], values["stop_reason"]) == ("running", False), login
        assert values["owner_id"][0] == odoo.uid, login


def test_data_survives(old):
    """AD6: what was received, sent, planned and connected is there after an upgrade, and goes on:
    known contacts are known, an open task counts on, messages leave, rules run."""
    kit = KITS["sandbox"](Odoo(old)).connect()
    number = new_phone()
    kit.post(kit.incoming(number, "before the upgrade"))
    kit.settled()
    # A number that is written in two ways, and two numbers in one field.
    odoo = kit.odoo
    mexican = odoo.create("crm.lead", name="Mexico", phone="+52 1 55 1234 5678")
    two = odoo.create("crm.lead", name="Two numbers", phone="+972543210987 / +972 54-321-0988")
    sent = kit.send("sent before it")
    kit.wait_state(sent, "delivered")
    db = old.database
    local, international = misread(kit, db)
    [lead] = db.column(
        "SELECT lead_id FROM kala_communication WHERE body = %s", "before the upgrade"
    )
    mail = ALL_KITS["smtp"](odoo).connect()
    rules = running_rules(mail, ["leaver"])
    rows = db.value("SELECT count(*) FROM kala_communication")

    new, printed = upgraded(old)
    try:
        troubles = [line for line in printed.splitlines() if " ERROR " in line]
        assert not troubles, troubles
        assert db.value("SELECT count(*) FROM kala_communication") == rows
        after = KITS["sandbox"].of(Odoo(new), kit)
        after.post(after.incoming(number, "after the upgrade"))
        after.settled()
        assert db.column(
            "SELECT lead_id FROM kala_communication WHERE body = %s", "after the upgrade"
        ) == [lead]
        tasks = db.rows(
            "SELECT kala_count, kala_kind FROM mail_activity WHERE res_id = %s AND active", lead
        )
        assert [tuple(task) for task in tasks] == [(2, "text")]
        open_jobs = """SELECT d.name FROM ir_model_data d JOIN ir_cron c ON c.id = d.res_id
            WHERE d.model = 'ir.cron' AND d.module LIKE 'kala%%' AND NOT EXISTS (
                SELECT 1 FROM ir_act_server_group_rel r WHERE r.act_id = c.ir_actions_server_id)"""
        assert db.column(open_jobs) == []
        for sender, text, found in (
            ("+525512345678", "from Mexico", mexican),
            ("+5215512345678", "from Mexico, as it was", mexican),
            ("+972543210988", "from the second number", two),
        ):
            after.post(after.incoming(sender, text))
            after.settled()
            assert db.column("SELECT lead_id FROM kala_communication WHERE body = %s", text) == [
                found
            ], text
        after.post(after.incoming(international, "misread no more"))
        after.settled()
        both = "FROM kala_communication WHERE body LIKE 'misread' || %s"
        assert set(db.column(f"SELECT contact_value {both}", "%")) == {international}
        assert len(set(db.column(f"SELECT lead_id {both}", "%"))) == 1
        told = db.rows(
            """SELECT kala_contact, kala_count FROM mail_activity
                WHERE kala_contact = ANY(%s) AND active""",
            [local, international],
        )
        assert [tuple(task) for task in told] == [(international, 2)]
        after.wait_state(after.send("sent after it"), "delivered")
        rules_go_on(after.odoo, rules)
    finally:
        mail.sink.stop()
        new.stop()
