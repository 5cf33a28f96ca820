"""SC: secrets, rights, and what comes from outside."""

import logging
from typing import NamedTuple

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.models.connection import registry
from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools.masking import mask_known, mask_secrets, spellings


@tagged("post_install", "-at_install")
class TestSecurity(KalaCommon):
    #: Fields of a connection that administrators alone may read.
    SECRETS = ("webhook_token", "webhook_url", "api_url")

    def test_sc2_secrets_of_a_connection(self):
        """SC1, SC2: the hook URL and the logins are shown to administrators only: not by read,
        search, export or group."""
        system = self._make_user("admin2", "base.group_system")
        for user in (self.salesman, self.manager):
            connection = self.connection.with_user(user)
            self.assertEqual(connection.read(["name"])[0]["name"], self.connection.name)
            for name in self.SECRETS:
                with self.subTest(user=user.login, field=name):
                    self.assertNotIn(name, connection.fields_get())
                    with self.assertRaises(AccessError):
                        connection.read([name])
                    with self.assertRaises(AccessError):
                        connection.search([(name, "!=", False)])
            self.assertFalse(set(self.SECRETS) & set(connection.read()[0]))
        token = self.connection.with_user(system).webhook_token
        self.assertGreaterEqual(len(token), 40)
        self.assertIn(token, self.connection.with_user(system).webhook_url)

    def test_sc2_every_secret_of_every_provider(self):
        """SC2: whatever addon adds a field that names a token, secret or password, only
        administrators read it."""
        words = ("token", "secret", "password", "sid", "api_key")
        fields_ = self.env["kala.connection"]._fields
        names = [name for name in fields_ if any(word in name for word in words)]
        self.assertIn("webhook_token", names)
        for name in names:
            with self.subTest(field=name):
                self.assertEqual(fields_[name].groups, "base.group_system")

    def test_sc1_copy_has_a_secret_of_its_own(self):
        """SC1: a copied connection is a draft with another address; a renewed one forgets."""
        copied = self.connection.copy()
        self.assertNotEqual(copied.webhook_token, self.connection.webhook_token)
        self.assertEqual(copied.state, "draft")
        for code, provider in registry.providers(self.env).items():
            for name in provider._secret_fields:
                with self.subTest(provider=code, field=name):
                    self.assertFalse(self.connection._fields[name].copy)
        old = self.connection.webhook_token
        find = self.env["kala.connection"].sudo()._find_by_token
        self.assertEqual(find(old), self.connection)
        self.connection.action_renew_webhook()
        self.assertFalse(find(old))
        self.assertEqual(find(self.connection.webhook_token), self.connection)
        for token in ("", "x", "\x00", old + " ", old.upper()):
            with self.subTest(token=token):
                self.assertFalse(find(token))

    def test_sc2_payloads(self):
        """SC2: raw payloads are the administrators'; managers see reasons."""
        event = self.push(sender=DANA)
        self.run_inbox()
        for name in ("payload", "query", "headers"):
            with self.subTest(name), self.assertRaises(AccessError):
                event.with_user(self.manager).read([name])
        with self.assertRaises(AccessError):
            event.item_ids.with_user(self.manager).read(["content"])
        self.assertTrue(event.with_user(self.manager).read(["state", "error"]))
        with self.assertRaises(AccessError):
            event.with_user(self.colleague).read(["state"])
        self.assertNotIn(self.connection.webhook_token, event.url, "not even the address")

    def test_sc4_models(self):
        """SC4: what each group may do with each model."""
        table = {
            # model: who may read; write; create; delete
            "kala.connection": ("user", "system", "system", "system"),
            "kala.line": ("user", "manager", "system", "system"),
            "kala.communication": ("user", None, None, None),
            "kala.attempt": ("user", None, None, None),
            "kala.inbound.event": ("manager", None, None, None),
            "kala.inbound.item": ("manager", None, None, None),
            "kala.contact.point": ("system", None, None, None),
            "kala.status.type": ("clerk", "manager", "manager", "manager"),
            "kala.order.status": ("clerk", "manager", "manager", "manager"),
            "kala.extension": ("user", "manager", "manager", "manager"),
            "kala.ad": ("user", "manager", "manager", "manager"),
        }
        rank = {"clerk": 0, "user": 1, "manager": 2, "system": 3, None: 9}
        system = self._make_user("admin2", "base.group_system")
        users = {0: self.clerk, 1: self.salesman, 2: self.manager, 3: system}
        for model, rights in table.items():
            for operation, who in zip(("read", "write", "create", "unlink"), rights, strict=True):
                for level, user in users.items():
                    with self.subTest(model=model, operation=operation, user=user.login):
                        has = self.env[model].with_user(user).has_access(operation)
                        self.assertEqual(has, level >= rank[who])

    def test_sc4_groups(self):
        """SC4: who sells is a communication user, who leads sales is a manager."""
        user, manager = "kala_comm.group_user", "kala_comm.group_manager"
        for who, groups in [
            (self.salesman, {user}),
            (self.colleague, {user}),
            (self.manager, {user, manager}),
            (self.clerk, set()),
        ]:
            with self.subTest(user=who.login):
                self.assertEqual({g for g in (user, manager) if who.has_group(g)}, groups)

    def test_sc4_jobs_run_by_nobody_else(self):
        """SC4: Odoo runs a server action that names no groups for everybody."""
        ours = [("model", "=", "ir.cron"), ("module", "=like", "kala\\_comm%")]
        jobs = self.env["ir.cron"].browse(self.env["ir.model.data"].search(ours).mapped("res_id"))
        self.assertGreater(len(jobs), 20)
        employee = self._make_user("employee2", "base.group_user")
        for job in jobs:
            for user in (employee, self.salesman, self.manager):
                with self.subTest(job=job.name, user=user.login), self.assertRaises(AccessError):
                    job.ir_actions_server_id.with_user(user).run()

    def test_sc4_companies(self):
        """LO8: connections, lines and dead letters of other companies are not seen."""
        connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        self.assertFalse(connection.with_user(self.manager).has_access("read"))
        self.assertFalse(line.with_user(self.manager).has_access("read"))
        self.assertTrue(line.with_user(self.stranger).has_access("read"))
        event = self.push(connection, sender=DANA)
        self.run_inbox()
        self.assertFalse(event.with_user(self.manager).has_access("read"))
        self.assertFalse(event.item_ids.with_user(self.manager).has_access("read"))

    def test_sc4_attachments(self):
        """SC4: nobody sends a file that he may not read."""
        made = self.lead(phone=DANA, user_id=self.salesman.id)
        hidden = self.env["ir.attachment"].create(
            {"name": "secret.txt", "raw": b"x", "res_model": "res.company", "res_id": False}
        )
        foreign = self.lead(user_id=self.colleague.id)
        hidden.write({"res_model": "crm.lead", "res_id": foreign.id})
        with self.assertRaises(AccessError):
            made.with_user(self.salesman).kala_send("sms", attachments=hidden.ids)

    def test_sc2_secrets_in_reasons(self):
        """SC2: reasons that people read never contain a secret."""
        for text, kept, gone in [
            ("https://x.example.com/?access_token=abc123&a=1", "a=1", "abc123"),
            ("Authorization: Bearer abc123", "Authorization", "abc123"),
            ("Authorization: Basic abc123", "Authorization", "abc123"),
            ('{"password": "abc123", "user": "u"}', '"user"', "abc123"),
            ("api_key=abc123", "api_key", "abc123"),
            ("secret: abc123", "secret", "abc123"),
            ("nothing to hide", "nothing to hide", "abc123"),
        ]:
            with self.subTest(text=text):
                masked = mask_secrets(text)
                self.assertIn(kept, masked)
                self.assertNotIn(gone, masked)

    def test_sc2_known_secrets(self):
        """SC2: whatever a provider calls the secret that it repeats, and however it spells it."""
        hidden = spellings(["EAAmade-up/token", "", None, "short"])
        for text in (
            "Malformed access token EAAmade-up/token",
            "https://x.example/EAAmade-up%2Ftoken/send",
            '"EAAmade-up/token"',
        ):
            masked = mask_secrets(text, hidden)
            self.assertNotIn("made-up", masked)
            self.assertIn("***", masked)
        self.assertEqual(mask_secrets("a short text", hidden), "a short text")

    def test_sc2_known_secrets_in_every_shape(self):
        """SC2: in whatever a reader of answers returns."""
        hidden = spellings(["made-up-token-1"])

        class Part(NamedTuple):
            name: str
            size: int

        for value, masked in (
            (Part("x made-up-token-1", 2), Part("x ***", 2)),
            ([Part("made-up-token-1", 2)], [Part("***", 2)]),
            ((1, "made-up-token-1"), (1, "***")),
            ({"a": ["made-up-token-1", None]}, {"a": ["***", None]}),
            (2.5, 2.5),
        ):
            with self.subTest(value):
                found = mask_known(value, hidden)
                self.assertEqual((type(found), found), (type(masked), masked))

    def test_sc2_every_provider_names_its_secrets(self):
        """SC2: each field that holds a secret is one that reasons are cleaned of."""
        words = ("token", "secret", "password")
        fields_ = {
            name
            for name in self.env["kala.connection"]._fields
            if any(word in name for word in words) and name != "webhook_token"
        }
        providers = registry.providers(self.env).values()
        named = {name for provider in providers for name in provider._secret_fields}
        self.assertLessEqual(fields_, named)
        for provider in providers:
            self.assertLessEqual(set(provider._secret_fields), set(self.connection._fields))

    def test_sc2_reason_of_a_request_that_cannot_be_built(self):
        """SC2: not in what is written down when nothing was sent, either."""
        token = self.connection.webhook_token
        with mute_logger("odoo.addons.kala_comm.models.outbound.kala_dispatcher"):
            with self.provider_answers(ValueError(f"bad address …/{token}")):
                message = self.lead(phone=DANA).kala_send("sms", body="Hi")
                self.dispatch()
        self.assertEqual(message.state, "failed")
        self.assertIn("***", message.failure_reason)
        self.assertNotIn(token, message.failure_reason)

    def test_sc2_log(self):
        """SC2: the address of a webhook is a secret, and the web server logs every address; so
        does the HTTP client, at its own level."""
        for name, args, gone in [
            ("werkzeug", ('"%s" %s', "POST /kala/webhook/abc123?x=1 HTTP/1.1", "200"), "abc123"),
            ("werkzeug", ("GET /kala/webhook/abc123",), "abc123"),
            ("urllib3.connectionpool", ('"%s %s"', "GET", "/status/1?token=abc123"), "abc123"),
        ]:
            with self.subTest(name=name, args=args):
                record = logging.makeLogRecord({"name": name, "msg": args[0], "args": args[1:]})
                self.assertTrue(logging.getLogger(name).filter(record))
                self.assertNotIn(gone, record.getMessage())
                self.assertIn("***", record.getMessage())

    def test_draft_is_not_connected_by_anybody(self):
        """SC4: only administrators connect, pause and renew."""
        for action in ("action_connect", "action_pause", "action_draft", "action_renew_webhook"):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(self.connection.with_user(self.salesman), action)()

    def test_unknown_provider(self):
        """A connection needs a provider that is there, and says which ones are."""
        with self.assertRaisesRegex(UserError, "sandbox"):
            self.env["kala.connection"].create({"name": "X", "provider": "carrier_pigeon"})


@tagged("post_install", "-at_install")
class TestDoor(HttpCase):
    """The webhook's door over HTTP (SC1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["kala.connection"].create(
            {"name": "Sandbox", "provider": "sandbox"}
        )
        cls.path = f"/kala/webhook/{cls.connection.webhook_token}"

    def _events(self):
        return self.env["kala.inbound.event"].search([("connection_id", "=", self.connection.id)])

    def test_sc1_refusals(self):
        """SC1: every refusal is the same empty 404, nothing is stored."""
        good = b'{"from": "0502345678", "text": "Hello"}'
        json_type = {"Content-Type": "application/json"}
        for path, body, method in [
            ("/kala/webhook/wrong", good, "POST"),
            (f"{self.path}x", good, "POST"),
            ("/kala/webhook/%00", good, "POST"),
            (self.path, b"", "POST"),
            (self.path, b"not json", "POST"),
            (self.path, b"[1]", "POST"),
            (self.path, b'"text"', "POST"),
            (self.path, b"\xff\xfe\x00", "POST"),
            (self.path, b'{"a":"' + b"x" * (5 * 1024 * 1024) + b'"}', "POST"),
            (self.path, None, "GET"),
            (f"{self.path}?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1", None, "GET"),
        ]:
            with self.subTest(path=path, body=(body or b"")[:20], method=method):
                answer = self.url_open(path, data=body, headers=json_type, method=method)
                self.assertEqual((answer.status_code, answer.content), (404, b""))
        self.assertFalse(self._events())

    def test_stored_once(self):
        """docs/architecture.md, 3.1: an authentic event is stored as it came, before it is
        answered; again is once."""
        bodies = [
            '{"from": "0502345678", "text": "שלום"}'.encode(),
            b'{"from": "0502345678", "text": "a\\u0000b \\ud800"}',
            b'{"from": "0502345678", "text": "\xff"}',
        ]
        for body in bodies + bodies:
            answer = self.url_open(
                self.path, data=body, headers={"Content-Type": "application/json"}
            )
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self._events()), len(bodies))
