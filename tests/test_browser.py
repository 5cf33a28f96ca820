"""The main job as people see it, in real Chromium in front of a real server with workers, cron
and websockets: LO4, NO1 to NO3, ST4."""

import json

import pytest

from .conftest import set_up_company
from .support.browser import Front, play
from .support.client import Odoo
from .support.fakes import Answer, of_addon

LOGIN, PASSWORD = "sivan", "sivan-secret-1"


class Shop:
    """A server with a salesperson, her customer Dana, Dana's lead and a sandbox line."""

    def __init__(self, server):
        self.front = Front(server.http_port, server.gevent_port)
        self.admin = Odoo(server)
        set_up_company(self.admin)
        self.seller = self.admin.create(
            "res.users",
            name="Sivan Seller",
            login=LOGIN,
            password=PASSWORD,
            group_ids=[(4, self.admin.ref("sales_team.group_sale_salesman_all_leads"))],
        )
        self.token = self.make_sandbox()
        self.dana = self.admin.create(
            "res.partner", name="Dana Levi", phone="050-234-5678", user_id=self.seller
        )

    def make_sandbox(self):
        connection = self.admin.create("kala.connection", name="Sandbox", provider="sandbox")
        for channel in ("sms", "whatsapp"):
            self.admin.create(
                "kala.line",
                name=f"Shop {channel}",
                channel=channel,
                connection_id=connection,
                address="03-1234567",
            )
        self.admin.call("kala.connection", "action_connect", [connection])
        return self.admin.read("kala.connection", connection, "webhook_token")["webhook_token"]

    def make_lead(self, name):
        """:return: id of a lead of Dana's that her next message goes to"""
        return self.admin.create("crm.lead", name=name, partner_id=self.dana, user_id=self.seller)

    def play(self, flow, **facts):
        return play(
            flow,
            url=self.front.url,
            webhook=f"{self.front.url}/kala/webhook/{self.token}",
            login=LOGIN,
            password=PASSWORD,
            **facts,
        )


@pytest.fixture(scope="module")
def shop(make_server):
    shop = Shop(make_server("browser"))
    yield shop
    shop.front.stop()


@pytest.fixture(scope="module")
def lead(shop):
    return shop.make_lead("Kitchen")


def test_last_communication_in_the_list(shop):
    """LO6: a message that leaves from the list is seen in its column, without a reload."""
    name = "Omer of the list"
    shop.admin.create("res.partner", name=name, phone="053-234-5678", user_id=shop.seller)
    seen = shop.play("from_the_list", customer=name)
    assert not seen["before"] and seen["after"]


def test_foundation(shop, lead):
    """LO4, NO1, NO2, DE1: told, answered, delivered, all without a reload."""
    shop.play("foundation", lead=lead)
    sent = shop.admin.search(
        "kala.communication", ["lead_id", "=", lead], ["direction", "=", "out"]
    )
    answer = shop.admin.read("kala.communication", sent[0], "state", "user_id", "channel")
    assert (answer["state"], answer["channel"]) == ("delivered", "whatsapp")
    assert answer["user_id"][0] == shop.seller


def test_click_opens_the_record(shop, lead):
    """NO2: a click opens the record."""
    shop.play("click_opens")


def test_unsaved_edits_stay(shop, lead):
    """LO4: the form goes on without touching what is not saved."""
    assert shop.play("unsaved", lead=lead)["kept"] == "Kitchen, bigger"
    assert shop.admin.read("crm.lead", lead, "name")["name"] == "Kitchen, bigger"
    shop.admin.write("crm.lead", lead, name="Kitchen")


def test_one_popup_for_all_tabs(shop, lead):
    """NO3: while no tab is in front, the browser shows it, once; a click opens the record."""
    (popup,) = shop.play("popup")["popups"]
    assert popup["title"] == "Dana Levi"
    assert popup["body"] == "Kitchen · 050-234-5678\nNobody looks"


def test_badge_follows(shop, lead):
    """ST4: the badge follows within seconds."""
    count = shop.admin.call("crm.lead", "kala_count_new")["count"]
    shop.play("badge", count=count)


def test_page_to_test_notifications(shop):
    """NO3: it says what is missing, and after it was mended that all is well."""
    assert shop.play("test_page")["before"] in ("warning", "bad")


def test_two_people(shop):
    """LO10: two people in two browsers: who has the conversation open, and who is writing."""
    login = "noam"
    shop.admin.create(
        "res.users",
        name="Noam Seller",
        login=login,
        password=PASSWORD,
        group_ids=[(4, shop.admin.ref("sales_team.group_sale_salesman_all_leads"))],
    )
    lead = shop.make_lead("Pergola")
    seen = shop.play("two_people", lead=lead, other=login, name="Noam Seller", own="Sivan Seller")
    assert seen["isAlone"]


def test_news(shop):
    """NO1, NO2: a lead that is given to the user, and several at once; a click opens them."""
    one = shop.admin.create("crm.lead", name="Terrace", partner_id=shop.dana, user_id=False)
    many = [shop.admin.create("crm.lead", name=f"Fair {n}", user_id=False) for n in range(3)]
    found = shop.play(
        "news",
        database=shop.admin.server.database.name,
        seller=shop.seller,
        lead=one,
        name="Terrace",
        many=many,
        one="Lead given to you",
        several="3 leads given to you",
    )
    assert found["rows"] == 3


def ours(service):
    """:return: list of what our addons told devices"""
    return [one for one in service.told if "kala_comm" in one.payload["options"]["data"]]


def messages(service):
    """:return: list of what devices were told of messages: a lead given to the user is told, too"""
    return [one for one in ours(service) if "New message" in one.payload["options"]["body"]]


@pytest.fixture
def push_service():
    """The service of the browser's maker; what we told a device last is its page ``/last``. Odoo
    itself greets a new user, which is pushed, too."""
    service = of_addon("kala_comm", "push_service").PushService()

    def last(_query):
        told = messages(service)
        return Answer(200, told[-1].payload) if told else Answer(404)

    service.pages["/last"] = last
    yield service
    service.stop()


def test_push_without_a_tab(shop, push_service):
    """NO4: while no tab of Odoo is open, the user's device is told: the job encrypts it for the
    device, and Odoo's service worker shows it. A click opens the record, in a tab of its own.

    Chromium asks Google before it registers a device, so the device is registered with keys of the
    test's own; what its service got and decrypted is then given to the browser's service worker as
    the browser gives it what a service sends."""
    key = shop.admin.call("mail.push.device", "get_web_push_vapid_public_key")
    partner = shop.admin.read("res.users", shop.seller, "partner_id")["partner_id"][0]
    shop.admin.create(
        "mail.push.device",
        partner_id=partner,
        endpoint=push_service.endpoint("laptop"),
        keys=json.dumps(push_service.device("laptop").keys),
    )
    lead = shop.make_lead("Roof terrace")
    seen = shop.play(
        "pushed",
        database=shop.admin.server.database.name,
        seller=shop.seller,
        lead=lead,
        last=f"{push_service.url}/last",
        text="Nobody is there",
    )
    (told,) = messages(push_service)
    assert (told.key, told.device) == (key, "laptop")
    assert "Nobody is there" not in json.dumps(told.payload)
    (shown,) = seen["shown"]
    assert (shown["title"], shown["body"]) == (
        "Dana Levi",
        "Roof terrace · 050-234-5678\nNew message: SMS",
    )
    assert seen["opened"] == [f"/odoo/crm.lead/{lead}"]
