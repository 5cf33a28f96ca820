"""The main job, from end to end: a webhook reaches a running Odoo, finds its order, lead or
customer, or makes a lead; it is logged, becomes a task and a notification; it is answered from the
record, and the answer's reports move its state."""

import pytest
import requests

from .support.client import Listener, Odoo, RpcError
from .support.kits import BY_NUMBER, KITS
from .support.kits.base import new_phone
from .support.waiting import until

REPORTING = sorted(code for code, kit in KITS.items() if kit.reports)


@pytest.fixture(scope="module")
def texts_make_tasks(odoo):
    company = odoo.search("res.company", order="id")[0]
    odoo.write("res.company", company, kala_task_on_text=True, kala_notify_text=True)


@pytest.fixture
def listen():
    """:return: function: session, channels → Listener; all are closed at the end"""
    made = []

    def make(session, *channels):
        made.append(Listener(session, *channels))
        return made[-1]

    yield make
    for listener in made:
        listener.close()


def make_customer(odoo, **values):
    phone = new_phone()
    return phone, odoo.create("res.partner", name="Dana Cohen", phone=phone, **values)


def make_order(odoo, customer, **values):
    product = odoo.create("product.product", name="Tour", list_price=100)
    line = {"product_id": product, "product_uom_qty": 1}
    return odoo.create("sale.order", partner_id=customer, order_line=[(0, 0, line)], **values)


# ---------------------------------------------------------------------- the whole way


@pytest.mark.parametrize("code", BY_NUMBER)
def test_asked_and_answered(kit_of, seller, listen, texts_make_tasks, code):
    """MA1, TA1, NO1, LO1, SE1, DE1: a customer writes about his lead, its salesman is told, and
    answers from it; the customer reads the answer."""
    kit = kit_of(code).connect()
    odoo, customer = kit.odoo, new_phone()
    lead = odoo.create("crm.lead", name="Trip to Eilat", phone=customer, user_id=seller.uid)
    mails = count_mails(odoo, lead)
    tab = listen(seller, f"kala_comm/crm.lead/{lead}")

    kit.post(kit.incoming(customer, "Is the 12th still free?", name="Dana"))

    told = tab.wait_for("kala_comm/incoming", res_id=lead, model="crm.lead")
    assert told["record"] == "Trip to Eilat" == told["subject"]
    assert told["text"] == "Is the 12th still free?"
    assert told["channel"] == kit.channel
    assert told["contact"].replace("-", "").replace(" ", "")[-7:] == customer[-7:]
    tab.wait_for("kala_comm/changed", res_id=lead)
    [came] = kit.received()
    assert (came.res_model, came.res_id, came.user_id) == ("crm.lead", lead, seller.uid)
    task = seller.read("mail.activity", came.activity_id, "res_id", "user_id", "active")
    assert (task["res_id"], task["user_id"][0], task["active"]) == (lead, seller.uid, True)

    ids = seller.call("crm.lead", "kala_send", [lead], kit.channel, body="Yes, it is free!")
    message = ids[0]
    row = kit.wait_state(message, "sent", "delivered")
    assert (row.line_id, row.contact_value, row.user_id) == (kit.line_id, customer, seller.uid)
    # TA3: the answer closes the task.
    until(
        lambda: (
            not kit.db.value("SELECT active FROM mail_activity WHERE id = %s", came.activity_id)
        ),
        20,
        "the task to be closed",
    )
    if kit.fake:
        [sent] = kit.fake.accepted
        assert not kit.fake.invalid
        for state in kit.reports:
            kit.post(kit.report(sent, state))
            kit.wait_state(message, state)
        for state in kit.reports:  # late and repeated: nothing moves backwards
            kit.post(kit.report(sent, state))
        kit.settled()
    last = kit.reports[-1] if kit.reports else "delivered"
    assert kit.message(message).state == last
    seen = seller.read("kala.communication", message, "state", "body", "record_name")
    assert (seen["state"], seen["record_name"]) == (last, "Trip to Eilat")
    # LO1: one line each in the lead's chatter.
    chatter = kit.db.rows(
        "SELECT id, body FROM mail_message WHERE model = 'crm.lead' AND res_id = %s", lead
    )
    bodies = {line.id: line.body for line in chatter}
    assert "12th" in bodies[came.mail_message_id]
    assert "it is free" in bodies[row.mail_message_id]
    assert sum("it is free" in body for body in bodies.values()) == 1
    # LO1: nobody was sent an e-mail about it.
    assert count_mails(odoo, lead) == mails


def count_mails(odoo, lead):
    """:return: how many e-mails were made about a lead"""
    return odoo.server.database.value(
        """SELECT count(*) FROM mail_mail m JOIN mail_message t ON t.id = m.mail_message_id
            WHERE t.model = 'crm.lead' AND t.res_id = %s""",
        lead,
    )


# ---------------------------------------------------------------------- where it goes


def attached(kit, text):
    [row] = [row for row in kit.received() if row.body == text]
    return row.res_model, row.res_id


@pytest.mark.parametrize("code", BY_NUMBER)
def test_order_then_lead_then_customer(kit_of, code):
    """MA1, MA2: the order first; once it is cancelled, the lead; once that is lost, the
    customer."""
    kit = kit_of(code)
    odoo = kit.odoo
    phone, customer = make_customer(odoo)
    lead = odoo.create("crm.lead", name="Wish", partner_id=customer)
    order = make_order(odoo, customer)

    def write(text):
        kit.post(kit.incoming(phone, text))
        kit.settled()

    write("about the order")
    assert attached(kit, "about the order") == ("sale.order", order)
    odoo.call("sale.order", "action_cancel", [order])
    write("about the lead")
    assert attached(kit, "about the lead") == ("crm.lead", lead)
    odoo.call("crm.lead", "action_set_lost", [lead])
    write("about nothing")
    assert attached(kit, "about nothing") == ("res.partner", customer)
    # MA3: the customer's own phone stays as it is.
    assert odoo.read("res.partner", customer, "phone")["phone"] == phone


def test_stranger_makes_a_lead(kit_of, odoo, seller, listen):
    """MA3, MA11, RE1: a new lead, for whom the line names; he is told."""
    kit = kit_of("twilio")
    odoo.write("kala.line", kit.line_id, user_id=seller.uid)
    tab = listen(seller)
    kit.post(kit.incoming(new_phone(), "Do you have tours in May?"))
    told = tab.wait_for("kala_comm/incoming", text="Do you have tours in May?")
    lead = odoo.read("crm.lead", told["res_id"], "name", "user_id", "partner_id")
    assert "Do you have tours in May?" in lead["name"]
    assert (lead["user_id"][0], lead["partner_id"]) == (seller.uid, False)


def test_conversation_stays_on_its_lead(kit_of, odoo):
    """MA1: later messages follow, and many of them make one task (TA2)."""
    kit = kit_of("meta")
    sender = new_phone()
    for n in range(5):
        kit.post(kit.incoming(sender, f"line {n}"))
        kit.settled()
    rows = kit.received()
    assert len({(row.res_model, row.res_id) for row in rows}) == 1
    tasks = kit.db.value(
        "SELECT count(*) FROM mail_activity WHERE res_model = 'crm.lead'"
        " AND res_id = %s AND active",
        rows[0].lead_id,
    )
    assert tasks <= 1


def test_quoted_reply_goes_to_its_record(kit_of, odoo):
    """MA7: a reply that quotes a message of ours goes to that message's record, though another
    lead is newer."""
    kit = kit_of("meta").connect()
    phone, customer = make_customer(odoo)
    old = odoo.create("crm.lead", name="Old matter", partner_id=customer)
    kit.open_window(phone)
    message = kit.send("about the old matter", record=("crm.lead", old))
    kit.wait_state(message, "sent")
    odoo.create("crm.lead", name="New matter", partner_id=customer)
    [sent] = kit.fake.accepted
    quoting = {"context": {"id": sent.uid, "from": kit.our_number.lstrip("+")}}
    kit.post(kit.incoming(phone, "yes, that one", **quoting))
    kit.settled()
    assert attached(kit, "yes, that one") == ("crm.lead", old)
    [reply] = [row for row in kit.received() if row.body == "yes, that one"]
    assert reply.match_rule == "reply"


def test_moved_conversation_stays_moved(kit_of, odoo):
    """MA9: a user moves it to another lead; later messages follow."""
    kit = kit_of("twilio")
    sender = new_phone()
    kit.post(kit.incoming(sender, "first"))
    kit.settled()
    other = odoo.create("crm.lead", name="The right one")
    [first] = kit.received()
    odoo.call("kala.communication", "action_reattach", [first.id], "crm.lead", other)
    kit.post(kit.incoming(sender, "second"))
    kit.settled()
    assert attached(kit, "first") == attached(kit, "second") == ("crm.lead", other)


# ---------------------------------------------------------------------- who may see it


def test_others_do_not_see_it(kit_of, odoo, seller, listen):
    """LO8, SC2: a salesman sees the communications of his own documents only, hears nothing of
    others, and reads no secret."""
    kit = kit_of("sandbox").connect()
    sender = new_phone()
    other = odoo.create("crm.lead", name="Not yours", phone=sender, user_id=odoo.uid)
    tab = listen(seller, f"kala_comm/crm.lead/{other}")
    mine = listen(odoo, f"kala_comm/crm.lead/{other}")
    kit.post(kit.incoming(sender, "confidential"))
    mine.wait_for("kala_comm/changed", res_id=other)
    [row] = kit.received()
    assert seller.search("kala.communication", ("id", "=", row.id)) == []
    with pytest.raises(RpcError):
        seller.read("kala.communication", row.id, "body")
    with pytest.raises(RpcError):
        seller.call("crm.lead", "kala_send", [other], "sms", body="I am not allowed")
    with pytest.raises(RpcError):
        seller.read("kala.connection", kit.connection_id, "webhook_url")
    # What he hears next is his own: nothing of the other lead was before it.
    own_sender = new_phone()
    own = odoo.create("crm.lead", name="Yours", phone=own_sender, user_id=seller.uid)
    kit.post(kit.incoming(own_sender, "for you"))
    tab.wait_for("kala_comm/incoming", res_id=own)
    assert [
        m["payload"]["res_id"] for m in tab.heard() if m["type"].startswith("kala_comm/")
    ].count(other) == 0


def test_stranger_cannot_listen(server, kit_of, odoo):
    """LO8: a session that is nobody's hears nothing of a record."""

    class Nobody:
        http = requests.Session()

    Nobody.server = server
    kit = kit_of("sandbox")
    sender = new_phone()
    lead = odoo.create("crm.lead", name="Private", phone=sender)
    channel = f"kala_comm/crm.lead/{lead}"
    Nobody.http.get(f"{server.url}/web/login", timeout=30)
    stranger, admin = Listener(Nobody, channel), Listener(odoo, channel)
    kit.post(kit.incoming(sender, "secret"))
    admin.wait_for("kala_comm/changed", res_id=lead)
    assert stranger.heard() == []
    stranger.close()
    admin.close()


# ---------------------------------------------------------------------- copies


def test_copy_of_the_database_is_silent(kit_of, odoo):
    """AD5: a database with another identity keeps what it would send, and sends it once it is
    itself again; only the sandbox goes on."""
    kit, sandbox = kit_of("twilio").connect(), kit_of("sandbox").connect()
    uuid = odoo.call("ir.config_parameter", "get_param", "database.uuid")
    odoo.call("ir.config_parameter", "set_param", "database.uuid", "another")
    try:
        kept, tried = kit.send("kept"), sandbox.send("tried")
        sandbox.wait_state(tried, "delivered")
        assert kit.message(kept).state == "queued"
        assert kit.fake.asked == []
    finally:
        odoo.call("ir.config_parameter", "set_param", "database.uuid", uuid)
    odoo.run_job("ir_cron_lane_1")
    kit.wait_state(kept, "sent")


def test_two_sessions_of_one_user(odoo, kit_of, listen):
    """NO3: each open tab hears it."""
    kit = kit_of("sandbox")
    sender = new_phone()
    lead = odoo.create("crm.lead", name="Tabs", phone=sender, user_id=odoo.uid)
    tabs = [listen(Odoo(odoo.server)), listen(odoo)]
    kit.post(kit.incoming(sender, "for all tabs"))
    for tab in tabs:
        tab.wait_for("kala_comm/incoming", res_id=lead)
