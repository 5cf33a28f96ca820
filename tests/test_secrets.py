"""SC2: secrets are in no log, no error text, no export: after a run in which every provider repeats
all it was told, everything that is kept and everything that is logged is searched for them."""

import base64
import secrets

import pytest

from .support import fakes
from .support.client import Odoo
from .support.kits import KITS
from .support.kits.base import new_phone

SPEAKING = sorted(code for code, kit in KITS.items() if kit.fake_class)
#: Where a secret has its place, for administrators only.
PLACES = {"kala_connection", "iap_account"}
#: Secret with which a kit proves where its events are from → its attribute.
SIGNED_WITH = {
    "meta_app_secret": "secret",
    "messenger_app_secret": "secret",
    "telegram_bot_token": "token",
    "twilio_auth_token": "token",
    "viber_auth_token": "token",
    "wabox_token": "token",
}
#: What a manager looks at, exports and reads over RPC.
SHOWN = (
    "kala.communication",
    "kala.attempt",
    "kala.connection",
    "kala.line",
    "kala.inbound.event",
    "kala.inbound.item",
    "kala.template",
    "mail.message",
)


class Echo:
    """Refuse, and repeat in every word of the answer what was asked.

    :param str why: a refusal that the fake knows
    """

    def __init__(self, why, words):
        self._why, self._words = why, words

    def perform(self, exchange):
        answer = exchange.provider.refusal(self._why)
        exchange.answer(answer._replace(body=self._repeat(answer.body)))

    def _repeat(self, part):
        if isinstance(part, dict):
            return {name: self._repeat(value) for name, value in part.items()}
        if isinstance(part, list):
            return [self._repeat(value) for value in part]
        is_word = isinstance(part, str) and not part.isdigit() and " " in part
        return f"{part} {self._words}" if is_word else part


@pytest.fixture
def kit(kit_of, request):
    """A connection whose secrets are its own."""
    code = request.param
    values = {
        name: f"{value}-{secrets.token_hex(8)}"
        for name, value in KITS[code].secrets(KITS[code]).items()
        if any(word in name for word in ("token", "secret", "password"))
    }
    if code == "http":
        values["http_password"] = f"made-up/password+{secrets.token_hex(8)}"
        values["http_username"] = "galil"
        values["http_headers"] = "Authorization: Basic {{basic}}"
    kit = kit_of(code, **values)
    for name in values.keys() & SIGNED_WITH.keys():
        setattr(kit, SIGNED_WITH[name], values[name])
    return kit


def secrets_of(kit):
    """:return: list of what nobody may see"""
    names = [
        name
        for name in (*kit.secrets(), "http_password", "webhook_token")
        if any(word in name for word in ("token", "secret", "password"))
    ]
    row = kit.db.rows("SELECT * FROM kala_connection WHERE id = %s", kit.connection_id)[0]
    found = [getattr(row, name) for name in names if getattr(row, name, None)]
    if kit.code == "odoo_iap":
        found.append(kit.db.value("SELECT account_token FROM iap_account ORDER BY id LIMIT 1"))
    return [secret for secret in found if secret]


@pytest.mark.parametrize("kit", SPEAKING, indirect=True)
def test_secrets_are_nowhere(kit, server, odoo):
    """SC2: in the server's log, in the database but for the fields made for them, and in what a
    manager reads and exports."""
    start = server.log_size()
    kit.connect()
    hidden = secrets_of(kit)
    words = " ".join(["Wrong login:", *hidden, base64.b64encode(hidden[0].encode()).decode()])
    why = next(iter(dict(kit.failures)))
    kit.fake.plan("refused", Echo(why, words))
    kit.fake.plan("login", Echo("connection", words))
    reason = kit.wait_state(kit.send("refused"), "failed").failure_reason
    # Where the provider's own words are shown, they are there but for the secrets.
    assert ("***" in reason) == ("Wrong login" in reason)
    if kit.reports:
        nobody = fakes.Sent("nobody", "?", new_phone(), kit.fake.make_uid(999))
        kit.post(kit.report(nobody, kit.reports[0]))
    if kit.receives:
        kit.post(kit.incoming(new_phone(), "hello"))
        for forged in kit.forged(kit.incoming(new_phone(), "forged")):
            forged.to(kit.url)
    kit.settled()
    kit.send("login")
    kit.fake.behave(fakes.garbage())
    kit.odoo.run_job("ir_cron_check_broken")
    kit.odoo.run_job("ir_cron_watch_health")
    message = kit.send("garbage")
    kit.wait_state(message, "unknown", "queued")

    log = server.log(start)
    assert "/kala/webhook/" in log, "the server logs what is called"
    manager = make_manager(odoo)
    for secret in hidden:
        assert secret not in log
        assert not places_of(kit.db, secret) - PLACES
        for model in SHOWN:
            assert secret not in shown(manager, model), model


def make_manager(odoo):
    """:return: session of a communication manager who is no administrator"""
    login = f"manager-{secrets.token_hex(4)}"
    odoo.create(
        "res.users",
        name=login,
        login=login,
        password=f"{login}-password",
        group_ids=[
            (4, odoo.ref("sales_team.group_sale_manager")),
            (4, odoo.ref("base.group_allow_export")),
        ],
    )
    return Odoo(odoo.server, login, f"{login}-password")


def shown(manager, model):
    """:return: everything of a model that this user reads and exports, as text"""
    ids = manager.search(model, order="id desc")[:200]
    names = [
        name
        for name, field in manager.call(model, "fields_get", attributes=["type"]).items()
        if field["type"] not in ("binary", "one2many", "many2many")
    ]
    read = manager.call(model, "read", ids, names)
    if model == "mail.message":
        return str(read)  # which Odoo lets administrators export only
    return f"{read} {manager.call(model, 'export_data', ids, names)}"


def places_of(db, secret):
    """:return: set of the tables that have a text somewhere"""
    columns = db.rows(
        """SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public'
              AND data_type IN ('text', 'character varying', 'json', 'jsonb')"""
    )
    found = set()
    for table, column in columns:
        pattern = f"%{secret}%"
        if db.value(
            f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1',  # noqa: S608
            pattern,
        ):
            found.add(table)
    return found
