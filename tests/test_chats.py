"""ME2, MA8: stories of people whom a channel knows by their chat alone, over real HTTP."""

import base64
import io
import json

import pytest
from PIL import Image

from .support.fakes import Answer, Say
from .support.kits.base import new_phone
from .support.waiting import until


def invite(kit, model, record):
    """:return: the token of a link that ties who follows it to a record"""
    context = {"active_model": model, "active_id": record}
    values = {"connection_id": kit.connection_id}
    [wizard] = kit.odoo.call("kala.invite", "create", [values], context=context)
    kit.odoo.call("kala.invite", "action_make", [wizard])
    return kit.odoo.read("kala.invite", wizard, "link")["link"].partition("start=")[2]


def test_polled(kit_of):
    """A newcomer's machine, which nobody can call, receives at once: what Telegram keeps is
    fetched, Telegram is told what we have, and nothing is fetched twice."""
    kit = kit_of("telegram").connect()
    fake = kit.fake
    texts = [f"polled {n}" for n in range(250)]
    with fake._lock:
        fake.updates += [json.loads(kit.incoming(new_phone(), text).body) for text in texts]
    last = fake.updates[-1]["update_id"]
    until(lambda: len(kit.received()) == len(texts), 90, "all to be fetched")
    assert sorted(row.body for row in kit.received()) == sorted(texts)
    until(lambda: not fake.updates, 60, "Telegram to be told")
    assert kit.db.value(
        "SELECT polled_to FROM kala_connection WHERE id = %s", kit.connection_id
    ) == str(last + 1)
    assert any(method == "deleteWebhook" for method, _values in fake.called)
    assert not fake.invalid
    assert kit.token not in json.dumps(
        [dict(row._asdict(), payload="") for row in events_of(kit)], default=str
    ), "the token stands in the address that was asked"
    assert kit.token not in kit.odoo.server.log()


def events_of(kit):
    return kit.db.rows(
        "SELECT url, query, headers FROM kala_inbound_event WHERE connection_id = %s",
        kit.connection_id,
    )


def test_customer_follows_the_link(kit_of):
    """A customer gets a link by SMS, follows it, and is on his order; it ties nobody else."""
    kit = kit_of("telegram").connect()
    phone, other = new_phone(), new_phone()
    customer = kit.odoo.create("res.partner", name="Dana Levi", phone=phone)
    order = kit.odoo.create("sale.order", partner_id=customer)
    token = invite(kit, "sale.order", order)
    kit.post(kit.incoming(phone, f"/start {token}"))
    kit.settled()
    kit.post(kit.incoming(other, f"/start {token}"))
    kit.post(kit.incoming(phone, "When does it come?"))
    kit.post(kit.incoming(other, "Me, too"))
    kit.settled()
    rows = {row.body: row for row in kit.received()}
    assert rows["When does it come?"].order_id == order
    assert rows["Me, too"].order_id is None
    answer = kit.odoo.call("sale.order", "kala_send", [order], "telegram", body="Tomorrow")[0]
    kit.wait_state(answer, "sent")
    [sent] = kit.fake.accepted
    assert sent.to == kit.id_of(phone)


def test_stranger_shares_his_number(kit_of):
    """MA8: a stranger makes a lead, is asked for his number and shares it: his SMS lands there."""
    kit, sms = kit_of("telegram").connect(), kit_of("sandbox").connect()
    phone = new_phone()
    kit.post(kit.incoming(phone, "Is it free?"))
    kit.settled()
    [row] = kit.received()
    kit.odoo.call("kala.communication", "action_ask_number", [row.id])
    until(lambda: kit.fake.accepted, 45, "the question to leave")
    card = {"phone_number": phone, "first_name": "Dana", "user_id": int(kit.id_of(phone))}
    kit.post(kit.update("message", kit.message_value(phone, contact=card)))
    kit.settled()
    sms.post(sms.incoming(phone, "It is me"))
    sms.settled()
    [message] = sms.received()
    assert (message.lead_id, message.body) == (row.lead_id, "It is me")


def test_secret_never_leaves(kit_of):
    """SC2: what Telegram refuses is told without the token that stands in the address."""
    kit = kit_of("telegram").connect()
    kit.fake.close()
    message = kit.send("nobody listens")
    until(lambda: kit.attempts(message), 45, "a try")
    told = [str(attempt._asdict()) for attempt in kit.attempts(message)]
    assert kit.token not in "".join(told)
    assert kit.token not in kit.odoo.server.log()


def test_name_is_asked_for(kit_of):
    """ME1: Messenger's messages bring no name: a job asks for it, once, and the lead has it."""
    kit = kit_of("messenger")
    known, unknown = new_phone(), new_phone()
    kit.fake.names[kit.id_of(known)] = "Dana Levi"
    kit.connect()
    for sender in (known, unknown):
        kit.post(kit.incoming(sender, "hello"))
    kit.settled()
    kit.odoo.run_job("ir_cron_names")
    rows = {row.contact_value: row for row in kit.received()}
    assert rows[kit.id_of(known)].contact_name == "Dana Levi"
    assert rows[kit.id_of(unknown)].contact_name == ""
    lead = kit.odoo.read("crm.lead", rows[kit.id_of(known)].lead_id, "contact_name", "name")
    assert (lead["contact_name"], kit.id_of(known) in lead["name"]) == ("Dana Levi", False)


def test_group_moves_under_an_answer(kit_of):
    """ME2: an answer to a group that has another id meanwhile goes there, once; so does the next
    one, without being refused first."""
    kit = kit_of("telegram").connect()
    kit.db.rows(
        "UPDATE kala_line SET group_messages = 'log' WHERE connection_id = %s", kit.connection_id
    )
    former, now = "-400100200", "-1001234567890123"
    chat = {"id": int(former), "type": "group", "title": "Builders"}
    kit.post(kit.incoming(new_phone(), "When do you come?", chat=chat))
    kit.settled()
    [asked] = kit.received()
    order = kit.odoo.create(
        "sale.order", partner_id=kit.odoo.create("res.partner", name="Builders")
    )
    kit.odoo.call("kala.communication", "action_reattach", [asked.id], "sale.order", order)
    refusal = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": int(now)},
    }
    kit.fake.plan("On Sunday", Say(Answer(400, refusal)))
    for text in ("On Sunday", "At seven"):
        sent = kit.odoo.call("sale.order", "kala_send", [order], "telegram", body=text)[0]
        kit.wait_state(sent, "sent")
    assert [(one.text, one.to) for one in kit.fake.accepted] == [
        ("On Sunday", now),
        ("At seven", now),
    ]
    assert len(kit.fake.asked_of("At seven")) == 1
    assert {row.contact_value for row in kit.received()} == {now}


@pytest.mark.parametrize("code", ["messenger", "telegram", "viber"])
def test_picture_is_fetched(kit_of, code):
    """ME1: who writes has the picture that he shows on his channel: his lead in the inbox, and his
    card where nobody has given him another one. It is asked for once."""
    kit = kit_of(code)
    file = io.BytesIO()
    Image.new("RGB", (640, 640), "green").save(file, "JPEG")
    shown, bare = new_phone(), new_phone()
    kit.fake.show_picture(kit.id_of(shown), file.getvalue())
    kit.connect()
    for sender in (shown, bare):
        kit.post(kit.incoming(sender, "hello"))
    kit.settled()
    kit.odoo.run_job("ir_cron_names")
    asked = len(pictures_of(kit))
    leads = {row.contact_value: row.lead_id for row in kit.received()}
    picture = kit.odoo.read("crm.lead", leads[kit.id_of(shown)], "kala_picture")["kala_picture"]
    assert Image.open(io.BytesIO(base64.b64decode(picture))).getpixel((9, 9)) == (0, 128, 1)
    assert not kit.odoo.read("crm.lead", leads[kit.id_of(bare)], "kala_picture")["kala_picture"]
    kit.post(kit.incoming(shown, "me again"))
    kit.settled()
    kit.odoo.run_job("ir_cron_names")
    assert len(pictures_of(kit)) == asked == 2
    assert not kit.fake.invalid


def pictures_of(kit):
    return kit.db.rows(
        "SELECT tries FROM kala_contact_picture WHERE connection_id = %s AND tries = 1",
        kit.connection_id,
    )


def test_viber_partner_falls_back_to_sms(kit_of):
    """ME3: a partner's gateway sends an SMS where the phone has no Viber: the message says so, and
    what it cost; the report that comes twice changes nothing, and one about Viber says nothing."""
    kit = kit_of("http").connect()
    kit.db.rows("UPDATE kala_line SET channel = 'viber' WHERE id = %s", kit.line_id)
    kit.odoo.write("kala.line", kit.line_id, name="Galil on Viber")
    long_text = "שלום " * 20 + "!"
    by_sms, by_viber = (
        kit.odoo.call(
            "crm.lead",
            "kala_send",
            [kit.odoo.create("crm.lead", name=text, phone=new_phone())],
            "viber",
            body=text,
            line=kit.line_id,
        )[0]
        for text in (long_text, "hello")
    )
    for message in (by_sms, by_viber):
        kit.wait_state(message, "sent")
    sent = {one.text: one for one in kit.fake.accepted}
    for _twice in range(2):
        kit.post(kit.report(sent[long_text], "DELIVRD", channel="SMS"))
        kit.post(kit.report(sent["hello"], "DELIVRD", channel="viber"))
    kit.settled()
    row = kit.wait_state(by_sms, "delivered")
    assert (row.channel, row.sent_as, row.sms_parts) == ("viber", "sms", 2)
    assert row.details.splitlines() == [
        "Sent as SMS: it could not be delivered on Viber.",
        "It cost 2 SMS messages.",
    ]
    row = kit.wait_state(by_viber, "delivered")
    assert (row.sent_as, row.sms_parts, row.details) == (None, None, None)
