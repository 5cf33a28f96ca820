"""SC4, LO8: a wizard belongs to who opened it, tells nothing of records that he may not read, and
refuses in sentences."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import NOA, UNKNOWN
from odoo.addons.kala_comm.tests.test_names import NamesCase


@tagged("post_install", "-at_install")
class TestOwnWizards(NamesCase):
    def compose(self, records, user):
        action = records.with_user(user).with_context(kala_channel="sms").action_kala_compose()
        return self.env["kala.composer"].with_user(user).browse(action["params"]["composer"])

    def test_every_wizard_has_its_rule(self):
        """A new wizard of ours makes this fail, until it has the rule."""
        rules = self.env["ir.rule"].search([("groups", "=", False)])
        own = {
            rule.model_id.model
            for rule in rules
            if "create_uid" in (rule.domain_force or "")
            and all(rule[f"perm_{way}"] for way in ("read", "write", "create", "unlink"))
        }
        ours = {
            name
            for name, model in self.env.registry.items()
            if model._transient and (model._original_module or "").startswith("kala_comm")
        }
        self.assertIn("kala.composer.address", ours)
        self.assertEqual(ours - own, set())

    def test_a_colleague_does_not_touch_an_open_composer(self):
        """Not of the same company, not of another, not even a manager: it would leave in the
        author's name."""
        composer = self.compose(self.own_lead, self.salesman)
        rows = composer.address_ids
        self.assertTrue(rows)
        self.forget()
        for user in (self.colleague, self.manager, self.stranger):
            with self.subTest(user.login):
                theirs = composer.with_user(user)
                self.assertFalse(theirs.search([("id", "=", composer.id)]))
                self.assertFalse(rows.with_user(user).search([("id", "in", rows.ids)]))
                for touch in (
                    lambda c=theirs: c.read(["body"]),
                    lambda c=theirs: c.write({"body": "Pay to another account"}),
                    lambda c=theirs: c.action_send(),
                    lambda u=user: rows.with_user(u).read(["value"]),
                    lambda u=user: rows.with_user(u).write({"value": UNKNOWN}),
                    lambda u=user: (
                        rows.browse()
                        .with_user(u)
                        .create(
                            {
                                "composer_id": composer.id,
                                "kind": "phone",
                                "value": UNKNOWN,
                                "name": "x",
                            }
                        )
                    ),
                ):
                    with self.assertRaises(AccessError):
                        touch()
        composer.body = "Mine"
        composer.action_send()


@tagged("post_install", "-at_install")
class TestGivenRecords(NamesCase):
    """With one record, with two and more, by create, write and onchange."""

    def test_records_of_others_tell_nothing(self):
        composer = self.env["kala.composer"].with_user(self.salesman)
        other = self.env["crm.lead"].create(
            {"name": "Another", "phone": UNKNOWN, "user_id": self.colleague.id}
        )
        spec = {name: {} for name in ("record_name", "refusal", "body")}
        spec |= {"res_model": {}, "res_ids": {}, "channel": {}}
        own = composer.create({"res_model": "crm.lead", "res_ids": self.own_lead.ids})
        for ids in (
            self.hidden_lead.ids,
            (self.hidden_lead | other).ids,
            (self.own_lead | self.hidden_lead).ids,
            (self.own_lead | self.own_lead.copy() | other).ids,
        ):
            vals = {"res_model": "crm.lead", "res_ids": ids, "channel": "sms"}
            self.forget()
            for label, give in [
                ("create", lambda v=vals: composer.create(v)),
                ("write", lambda v=vals: own.write({"res_ids": v["res_ids"]})),
                ("onchange", lambda v=vals: composer.onchange(dict(v), [], spec)),
                (
                    "default",
                    lambda v=vals: composer.with_context(
                        **{f"default_{name}": value for name, value in v.items()}
                    ).onchange({}, [], spec),
                ),
                (
                    "button",
                    lambda v=vals: (
                        self.env["crm.lead"]
                        .with_user(self.salesman)
                        .browse(v["res_ids"])
                        .action_kala_compose()
                    ),
                ),
            ]:
                with self.subTest(label, ids=ids), self.assertRaises(AccessError):
                    give()

    def test_what_was_taken_away_is_told_no_more(self):
        """A lead that changes hands while the composer is open."""
        composer = self.env["kala.composer"].with_user(self.salesman)
        quoted = self.log(self.own_lead, direction="in", body="Mine", line_id=self.sms_line.id)
        mine = composer.create(
            {"res_model": "crm.lead", "res_ids": self.own_lead.ids, "reply_to_id": quoted.id}
        )
        self.own_lead.user_id = self.colleague
        self.forget()
        for name in ("refusal", "record_name", "quoted_text"):
            with self.subTest(name):
                try:
                    self.assertFalse(mine.read([name])[0][name])
                except AccessError:
                    continue

    def test_contact_points_of_others(self):
        """What is read of a record as superuser is not there for the user afterwards."""
        with self.assertRaises(AccessError):
            self.hidden_lead.with_user(self.salesman)._kala_points()

    def test_consent_of_others(self):
        """CO1: neither the card of a record of others nor a number that is none of its own."""
        wizard = self.env["kala.consent.change"].with_user(self.salesman)
        vals = {"res_model": "crm.lead", "kind": "phone", "channel": "sms", "value": NOA}
        vals |= {"answer": "no", "origin": "told us"}
        spec = {"address_name": {}, "is_listed": {}}
        self.forget()
        with self.assertRaises(AccessError):
            wizard.create({**vals, "res_id": self.hidden_lead.id})
        with self.assertRaises(AccessError):
            wizard.onchange({**vals, "res_id": self.hidden_lead.id}, [], spec)
        self.env["phone.blacklist"].add(NOA)
        made = wizard.create({**vals, "res_id": self.own_lead.id})
        self.assertFalse(made.is_listed)
        self.own_lead.phone = NOA
        made.invalidate_recordset()
        self.assertTrue(made.is_listed)

    def test_other_models_are_refused_in_a_sentence(self):
        composer = self.env["kala.composer"].with_user(self.salesman)
        users = self.env["res.users"].search([], limit=2).ids
        for vals in (
            {"res_model": "res.users", "res_ids": users},
            {"res_model": "res.users", "res_ids": users[:1]},
            {"res_model": "kala.nonsense", "res_ids": [1]},
            {"res_model": "crm.lead", "res_ids": "1"},
            {"res_model": "crm.lead", "res_ids": {"a": 1}},
            {"res_model": "crm.lead", "res_ids": ["1"]},
            {"res_model": "crm.lead", "res_ids": [[1]]},
        ):
            with self.subTest(vals):
                with self.assertRaisesRegex(UserError, "leads, orders and customers"):
                    composer.create(vals)
                with self.assertRaisesRegex(UserError, "leads, orders and customers"):
                    composer.onchange({**vals, "channel": "sms"}, [], {"refusal": {}})

    def test_no_channel_and_no_such_channel(self):
        lead = self.own_lead.with_user(self.salesman)
        composer = self.env["kala.composer"].with_user(self.salesman)
        vals = {"res_model": "crm.lead", "res_ids": lead.ids}
        made = composer.create(vals)
        for channel in ("voice", "pigeon"):
            with self.subTest(channel):
                with self.assertRaisesRegex(UserError, "not a channel"):
                    lead.with_context(kala_channel=channel).action_kala_compose()
                with self.assertRaisesRegex(UserError, "not a channel"):
                    made.write({"channel": channel})
        spec = {name: {} for name in ("refusal", "usable_address_ids")}
        told = made.onchange({**vals, "channel": False}, ["channel"], spec)["value"]
        self.assertEqual(told["refusal"], "Choose a channel.")
