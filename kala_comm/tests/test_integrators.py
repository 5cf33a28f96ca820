"""What other programs do with our models, all of them alike: read every field, search by name,
export, open the form, write."""

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged

from odoo.addons.kala_comm.models.connection import registry

from .common import DANA
from .every_model import EveryModelCase

#: Fields of a form that are not those of a list inside it.
OF_THE_RECORD = "//field[not(ancestor::field)]"
#: What the button that opens a wizard gives to it.
OPENED_WITH = {
    "kala.composer": ("res_model", "res_ids", "channel"),
    "kala.consent.change": ("res_model", "res_id", "kind", "value", "channel"),
}


@tagged("post_install", "-at_install")
class TestIntegrators(EveryModelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_system,base.group_allow_export,sales_team.group_sale_manager"
        cls.admin = cls._make_user("root", groups)
        cls.portal = cls._make_user("portal", "base.group_portal")

    def setUp(self):
        super().setUp()
        self.records = self.make_all(self.salesman, DANA)
        for user in (self.clerk, self.salesman, self.manager):
            user.group_ids += self.env.ref("base.group_allow_export")
        self.users = (self.portal, self.clerk, self.salesman, self.manager, self.admin)

    def test_qu12_rules_of_others_name_no_field_of_ours(self):
        """QU12: while Odoo updates its own addons ours are not loaded; a rule of the database on
        one of its models that names a field of ours would end each look at that model."""
        names = self.env["ir.model.data"].search(
            [("model", "=", "ir.rule"), ("module", "=like", "kala_%")]
        )
        rules = self.env["ir.rule"].browse(names.mapped("res_id"))
        self.assertTrue(rules)
        for rule in rules.filtered(lambda r: not r.model_id.model.startswith("kala.")):
            with self.subTest(rule=rule.name):
                self.assertNotIn("kala_", rule.domain_force or "")

    def test_every_model_is_here(self):
        """A model that is new belongs into ``every_model.py``."""
        self.assertEqual(set(self.records), self.our_models())
        for model, record in self.records.items():
            with self.subTest(model=model):
                self.assertEqual(len(record), 1)

    def as_each(self, check):
        """:param check: what is done with each record as each user who may read its model, with
        nothing in the cache that he did not read himself; :return: how often"""
        done = 0
        for model, record in self.records.items():
            for user in self.users:
                if not record.with_user(user).browse().has_access("read"):
                    continue
                self.env.flush_all()
                self.env.invalidate_all()
                done += 1
                with self.subTest(model=model, user=user.login):
                    check(record.with_user(user))
        return done

    def test_read_every_field(self):
        """Without a list of fields, as integrators ask first: all fields, or a refusal."""

        def check(record):
            if record.has_access("read"):
                [values] = record.read()
                self.assertEqual(values["id"], record.id)
            else:
                with self.assertRaises(AccessError):
                    record.read()

        self.assertGreater(self.as_each(check), 50)

    def test_search_by_name(self):
        """By whatever operator a field of another model may be searched with."""

        def check(record):
            for name in ("dana", "", "%", "7"):
                self.assertIsInstance(record.name_search(name), list)
            for operator, value in (
                ("=", "dana"),
                ("!=", "dana"),
                ("in", ["dana", False]),
                ("not in", ["dana"]),
                ("not ilike", "dana"),
                ("=like", "d%"),
            ):
                record.search([("display_name", operator, value)])

        self.assertGreater(self.as_each(check), 50)

    def test_export(self):
        """What the dialog of an export offers can be exported."""

        def check(record):
            if not record.has_access("read"):
                return
            offered = [
                name
                for name, field in record.fields_get(attributes=["exportable"]).items()
                if field.get("exportable", True)
            ]
            for compatible in (True, False):
                exported = record.with_context(import_compat=compatible).export_data(offered)
                self.assertEqual(len(exported["datas"][0]), len(offered))

        self.assertGreater(self.as_each(check), 50)

    def test_form(self):
        """The form opens, of this record and of a new one, as the web client opens it."""

        def check(record):
            form = [("model", "=", record._name), ("type", "=", "form"), ("mode", "=", "primary")]
            views = self.env["ir.ui.view"].sudo().search(form)
            if not views or not record.has_access("read"):
                return
            for view in views:
                arch = etree.fromstring(record.get_view(view.id, "form")["arch"])
                spec = {node.get("name"): {} for node in arch.xpath(OF_THE_RECORD)}
                [values] = record.web_read(spec)
                if record.browse().has_access("create"):
                    opened = OPENED_WITH.get(record._name, ())
                    record.browse().onchange({name: record[name] for name in opened}, [], spec)
                    self.assertEqual(values["id"], record.id)

        self.as_each(check)

    # ------------------------------------------------------------------ what only buttons move

    def test_sc4_what_buttons_move(self):
        """SC4: who may write a record does not write what its buttons and jobs move; of whatever
        model, whatever field."""
        tried = set()

        def check(record):
            if not record.has_access("write") or record._transient:
                return
            for name, field in record._fields.items():
                if not field.store or not field.readonly or name in MAGIC_COLUMNS:
                    continue
                # What a provider keeps of a template has a rule of its own (WA1).
                if record._name == "kala.template":
                    continue
                tried.add((record._name, name))
                with self.assertRaisesRegex(AccessError, "buttons and jobs|have enough rights"):
                    record.write({name: False})

        self.as_each(check)
        self.assertGreater(len(tried), 20)

    def test_sc4_defaults_of_a_context(self):
        """SC4: what cannot be written is not slipped in as a default, either; not even where our
        code creates the record."""
        slipped = {
            "default_state": "sending",
            "default_is_service": True,
            "default_is_prepared": True,
            "default_template_values": {"x": "y"},
        }
        masses = self.env["kala.mass.send"].with_user(self.salesman).with_context(**slipped)
        mass = masses.create({"name": "x", "body": "Hi"})
        self.assertEqual((mass.state, mass.is_prepared), ("draft", False))
        lead = self.of_lead.with_user(self.salesman).with_context(**slipped)
        message = lead.kala_send("sms", body="Hi").sudo()
        self.assertFalse(message.is_service or message.template_values)

    def test_sc4_defaults_of_ones_own(self):
        """SC4: nor as a default that somebody keeps for himself: a sender is verified by its code
        alone, a rule runs when it was started, and our own code goes by no such default."""

        def keep(user, model, **values):
            for name, value in values.items():
                defaults = self.env["ir.default"].with_user(user)
                defaults.set(model, name, value, user_id=True)
            return self.env[model].with_user(user)

        senders = keep(self.salesman, "kala.sender", state="verified")
        sender = senders.create({"email": "boss@example.com", "name": "The Boss"})
        self.assertEqual(sender.state, "pending")
        rules = keep(
            self.manager,
            "kala.rule",
            state="running",
            started="2020-01-01 00:00:00",
            owner_id=self.env.ref("base.user_root").id,
            hourly_limit=7,
        )
        model = self.env["ir.model"]._get("crm.lead")
        rule = rules.create({"name": "x", "model_id": model.id, "trigger": "created"})
        self.assertEqual((rule.state, rule.started), ("draft", False))
        self.assertFalse(rule.owner_id)
        self.assertEqual(rule.hourly_limit, 7, "what he may write, he may prefer")
        keep(self.salesman, "kala.communication", is_service=True)
        lead = self.of_lead.with_user(self.salesman)
        self.assertFalse(lead.kala_send("sms", body="Hi").sudo().is_service)

    def test_sc4_a_copy_starts_anew(self):
        """SC4: what happened to a record did not happen to its copy, and it can be copied."""
        mass = self.records["kala.mass.send"].with_user(self.salesman)
        mass.sudo().write({"state": "done", "position": 5, "is_prepared": True})
        copied = mass.copy()
        self.assertEqual((copied.state, copied.position), ("draft", 0))
        self.assertEqual(
            self.records["kala.template"].with_user(self.salesman).copy().body, "wedding"
        )

    # ------------------------------------------------------------------ nobody's

    def test_sc2_internal_keys(self):
        """SC2: by our own ids of messages a report is believed: nobody reads them, by no way."""
        messages = self.records["kala.communication"]
        for name in ("send_key", "request_key", "claim_token", "claimed_until"):
            for user in (self.salesman, self.manager, self.admin):
                log = messages.with_user(user)
                with self.subTest(field=name, user=user.login):
                    self.assertNotIn(name, log.fields_get())
                    for way in (
                        lambda log=log, name=name: log.read([name]),
                        lambda log=log, name=name: log.search([(name, "=like", "a%")]),
                        lambda log=log, name=name: log.search([], order=name),
                        lambda log=log, name=name: log.formatted_read_group([], [name]),
                        lambda log=log, name=name: log.attempt_ids.browse().search(
                            [(f"communication_id.{name}", "!=", False)]
                        ),
                    ):
                        with self.assertRaises(AccessError):
                            way()
                    with self.assertRaisesRegex(UserError, "is in no export"):
                        log.export_data([name])

    def test_sc2_secrets_leave_in_no_export(self):
        """SC2: what administrators alone may read is not exported, by them neither, by no path;
        others do not search or group by it."""
        fields_ = self.connection._fields
        sealed = {name for name, field in fields_.items() if field.groups == "base.group_system"}
        for provider in registry.providers(self.env).values():
            self.assertLessEqual(set(provider._secret_fields), sealed)
        self.assertLessEqual({"webhook_url", "webhook_token"}, sealed)
        connection = self.connection.with_user(self.admin)
        line = self.sms_line.with_user(self.admin)
        described = connection.fields_get(attributes=["exportable"])
        for name in sealed:
            with self.subTest(field=name):
                self.assertFalse(described[name]["exportable"])
                with self.assertRaisesRegex(UserError, "is in no export"):
                    connection.export_data([name])
                with self.assertRaisesRegex(UserError, "is in no export"):
                    line.export_data(["name", f"connection_id/{name}"])
                if not fields_[name].store:
                    continue
                for way in (
                    lambda name=name: self.sms_line.with_user(self.manager).search(
                        [(f"connection_id.{name}", "!=", False)]
                    ),
                    lambda name=name: self.connection.with_user(self.manager).search(
                        [], order=name
                    ),
                    lambda name=name: self.sms_line.with_user(self.manager).formatted_read_group(
                        [], [f"connection_id.{name}"]
                    ),
                    lambda name=name: self.connection.with_user(self.manager).formatted_read_group(
                        [], [name]
                    ),
                ):
                    with self.assertRaises(AccessError):
                        way()
        item = self.records["kala.inbound.item"].with_user(self.admin)
        for path in ("content", "payload_text", "event_id/payload"):
            with self.subTest(path=path), self.assertRaisesRegex(UserError, "is in no export"):
                item.export_data([path])
