"""LO8, SC4: companies are separate, also where they share customers."""

import json
from unittest.mock import MagicMock, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CORE_CHANNELS, DANA, NOA, KalaCommon

SECRET = "the safe is behind the picture"


@tagged("post_install", "-at_install")
class TestCompanies(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other, cls.other_line, _whatsapp = cls._make_sandbox(cls.other_company, "03-7654321")
        cls.both = cls._make_user(
            "both",
            "sales_team.group_sale_salesman_all_leads,kala_comm.group_manager",
            company_ids=[(6, 0, (cls.company | cls.other_company).ids)],
        )

    def test_a_shared_customer(self):
        """A customer of all companies: what he wrote to one is not read by the others, neither in
        his task nor in his chatter, by whatever way."""
        dana = self.customer("Dana", phone=DANA, company_id=False, user_id=self.salesman.id)
        message = self.incoming(sender=DANA, text=SECRET)
        task, line = message.activity_id, message.mail_message_id
        self.assertIn("safe", task.summary)
        self.assertIn("safe", line.body)
        self.env.flush_all()
        for user, may in ((self.salesman, True), (self.colleague, True), (self.stranger, False)):
            for record in (task, line):
                with self.subTest(user=user.login, record=record._name):
                    self.env.invalidate_all()
                    mine = record.with_user(user)
                    self.assertEqual(bool(mine.search([("id", "=", record.id)])), may)
                    if may:
                        self.assertTrue(mine.read(["display_name"]))
                    else:
                        with self.assertRaises(AccessError):
                            mine.read(["display_name"])
            self.env.invalidate_all()
            theirs = dana.with_user(user)
            self.assertEqual(task in theirs.activity_ids.sudo(False).with_user(self.env.user), may)
            fetched = theirs.env["mail.message"]._message_fetch([], thread=theirs)["messages"]
            self.assertEqual(line.id in fetched.ids, may)
            self.assertTrue(theirs.web_read({"name": {}, "activity_state": {}}))

    def test_a_call_and_an_answer(self):
        """The chatter's lines of what we wrote, too."""
        dana = self.customer("Dana", phone=DANA, company_id=False)
        sent = dana.kala_send("sms", body=SECRET)
        self.env.flush_all()
        self.assertTrue(sent.mail_message_id)
        with self.assertRaises(AccessError):
            sent.mail_message_id.with_user(self.stranger).read(["body"])

    def test_records_stay_in_the_companies_of_their_user(self):
        """Neither made in, nor moved to a company that is not the user's."""
        own = {"name": "M", "body": "Hello", "record_ids": self.customer(phone=NOA).ids}
        other = self.other_company.id
        mass = self.env["kala.mass.send"].with_user(self.colleague)
        made = mass.create(own)
        for act in (
            lambda: mass.create({**own, "company_id": other}),
            lambda: made.write({"company_id": other}),
            lambda: self.sms_line.with_user(self.manager).write({"company_id": other}),
            lambda: self.sms_line.with_user(self.manager).write({"connection_id": self.other.id}),
            lambda: (
                self.env["kala.extension"]
                .with_user(self.manager)
                .create(
                    {
                        "number": "7",
                        "connection_id": self.other.id,
                        "user_id": self.manager.id,
                    }
                )
            ),
            lambda: (
                self.env["kala.email.parser"]
                .with_user(self.manager)
                .create({"name": "P", "company_id": other})
            ),
            lambda: self.connection.with_user(self.manager).write({"company_id": other}),
        ):
            with self.assertRaises(UserError):
                act()
                self.env.flush_all()

    def test_a_template_of_a_foreign_line(self):
        """TE3: a template fixes a line that its user may read."""
        templates = self.env["kala.template"].with_user(self.colleague)
        vals = {"name": "T", "channel": "sms", "body": "x"}
        with self.assertRaises(AccessError):
            templates.create({**vals, "line_id": self.other_line.id, "company_id": False})
        mine = templates.create(vals)
        with self.assertRaises(AccessError):
            mine.write({"line_id": self.other_line.id, "company_id": False})
        self.assertTrue(templates.create({**vals, "line_id": self.sms_line.id}))

    def test_a_test_message_from_a_foreign_line(self):
        """WA5: a test leaves from a line that its user may read."""
        for user in (self.stranger, self.clerk):
            user.partner_id.sudo().phone = NOA
            for record in (self.sms_line, self.connection):
                with self.subTest(user=user.login, record=record._name):
                    with self.assertRaises(AccessError):
                        record.with_user(user).action_test_message()

    def test_an_action_with_groups(self):
        """SC4: an action that sends looks at the records that its user names."""
        hidden = self.lead(phone=DANA, user_id=self.colleague.id)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Send",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "kala_message",
                "kala_channel": "sms",
                "kala_template_id": self.env["kala.template"]
                .create({"name": "T", "channel": "sms", "body": "x"})
                .id,
                "group_ids": [(4, self.env.ref("kala_comm.group_user").id)],
            }
        )
        own = self.lead(phone=NOA, user_id=self.salesman.id)
        run = action.with_user(self.salesman).with_context(active_model="crm.lead")
        run.with_context(active_ids=own.ids, active_id=own.id).run()
        self.assertTrue(own.kala_communication_ids)
        with self.assertRaises(AccessError):
            run.with_context(active_ids=hidden.ids, active_id=hidden.id).run()
        self.assertFalse(hidden.kala_communication_ids)

    def test_an_action_of_a_rule_by_hand(self):
        """AU1, SC4: what a rule does for everybody, nobody does by hand to records of others."""
        hidden = self.lead(phone=DANA, user_id=self.colleague.id)
        rule = self.env["base.automation"].create(
            {
                "name": "R",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "trigger": "on_create_or_write",
                "trigger_field_ids": [(4, self.env["ir.model.fields"]._get("crm.lead", "city").id)],
            }
        )
        template = self.env["kala.template"].create({"name": "T", "channel": "sms", "body": "x"})
        action = self.env["ir.actions.server"].create(
            {
                "name": "Send",
                "model_id": rule.model_id.id,
                "base_automation_id": rule.id,
                "state": "kala_message",
                "kala_channel": "sms",
                "kala_template_id": template.id,
                "group_ids": [(4, self.env.ref("kala_comm.group_user").id)],
            }
        )
        run = action.with_user(self.salesman).with_context(active_model="crm.lead")
        with self.assertRaises(AccessError):
            run.with_context(active_ids=hidden.ids, active_id=hidden.id).run()
        own = self.lead(phone=NOA, user_id=self.salesman.id)
        with self.assertRaises(AccessError):
            both = own + hidden
            run.with_context(active_ids=both.ids, active_id=own.id).run()
        self.assertFalse(hidden.kala_communication_ids)
        hidden.with_user(self.colleague).city = "Haifa"
        self.env.flush_all()
        self.assertTrue(hidden.kala_communication_ids)

    def _file_of(self, message):
        file = {"name": "plan.txt", "mimetype": "text/plain"}
        message._keep_files([(file, SECRET.encode(), "text/plain")], [])
        return message.attachment_ids

    def test_files_of_a_shared_customer(self):
        """WA4, LO8: a file is listed on the customer, for the company that he sent it to."""
        dana = self.customer("Dana", phone=DANA, company_id=False, user_id=self.salesman.id)
        message = self.incoming(sender=DANA, text="The plan")
        file = self._file_of(message)
        self.assertEqual((file.res_model, file.res_id), ("res.partner", dana.id))
        shared = self.env["ir.attachment"].create(
            {"name": "card", "raw": b"x", "res_model": "res.partner", "res_id": dana.id}
        )
        files = self.env["ir.attachment"]
        of_dana = [("res_model", "=", "res.partner"), ("res_id", "=", dana.id)]
        for user, may in ((self.salesman, True), (self.both, True), (self.stranger, False)):
            theirs = files.with_user(user)
            for domain in (of_dana, [("name", "=", "plan.txt")], [("id", "=", file.id)]):
                with self.subTest(user=user.login, domain=domain):
                    self.env.flush_all()
                    self.env.invalidate_all()
                    found = theirs.search(domain)
                    self.assertEqual(file.id in found.ids, may)
                    self.assertEqual(theirs.search_count([*domain, ("id", "=", file.id)]), may)
                    read = theirs.search_read([*domain, ("id", "=", file.id)], ["raw"])
                    self.assertEqual(bool(read), may)
            with self.subTest(user=user.login):
                self.assertTrue(shared.with_user(user).read(["raw"]))
                self.assertIn(shared.id, theirs.search(of_dana).ids)
                self.env.invalidate_all()
                if may:
                    self.assertTrue(file.with_user(user).read(["raw"]))
                    continue
                for touch in (
                    lambda u=user: file.with_user(u).read(["raw"]),
                    lambda u=user: file.with_user(u).write({"name": "x"}),
                    lambda u=user: file.with_user(u).unlink(),
                    lambda u=user: dana.with_user(u).kala_send("sms", "x", attachments=file.ids),
                ):
                    with self.assertRaises(AccessError):
                        touch()
        # A document of the card that one company sends stays the other's, too.
        self.log(dana, body="x", attachment_ids=[(6, 0, shared.ids)])
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(shared.with_user(self.stranger).read(["raw"]))
        # Sent on to the other company's customer by who may read both, it is both's.
        again = self.log(dana, company_id=self.other_company.id, body="x")
        again.attachment_ids = file
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(file.with_user(self.stranger).read(["raw"]))

    def test_a_file_that_is_sent_to_a_shared_customer(self):
        """SE3, LO8: what one company sends him is its own, too; in the lead of one it is the
        lead's."""
        dana = self.customer("Dana", phone=DANA, company_id=False)
        lead = self.lead("Roof", phone=NOA, user_id=self.colleague.id, company_id=self.company.id)
        for record in (dana, lead):
            theirs = record.with_user(self.colleague)
            composer = self.env["kala.composer"].browse(
                theirs.action_kala_compose()["params"]["composer"]
            )
            composer = composer.with_user(self.colleague)
            file = self.env["ir.attachment"].with_user(self.colleague)
            file = file.create({"name": "offer.txt", "raw": b"x", "res_model": "kala.composer"})
            composer.write({"body": "Our offer", "attachment_ids": [(6, 0, file.ids)]})
            message = theirs.kala_send("sms", body="Our offer", attachments=file)
            composer._rehome_files(message)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(record._name):
                self.assertEqual(
                    file.res_model, "kala.communication" if record == dana else record._name
                )
                self.assertTrue(file.with_user(self.colleague).read(["raw"]))
                with self.assertRaises(AccessError):
                    file.with_user(self.stranger).read(["raw"])

    def test_screens_of_a_shared_customer(self):
        """LO4, LO8: that somebody wrote to one company is no news to the other's screens; who has
        no communication right hears of none."""
        dana = self.customer("Dana", phone=DANA, company_id=False)
        self.env["bus.bus"].search([]).unlink()
        self.incoming(sender=DANA, text=SECRET)
        self.env.cr.precommit.run()
        sent = self.env["bus.bus"].search([("message", "like", "kala_comm/changed")])
        told = {name for bus in sent for name in [json.loads(bus.channel)[-1]]}
        asked = f"kala_comm/res.partner/{dana.id}"
        self.assertTrue(told)
        for user, hears in (
            (self.salesman, True),
            (self.both, True),
            (self.stranger, False),
            (self.clerk, False),
        ):
            with self.subTest(user.login):
                session = MagicMock()
                session.session.uid = user.id
                with patch("odoo.addons.bus.models.ir_websocket.wsrequest", new=session):
                    websocket = self.env["ir.websocket"].with_user(user)
                    heard = websocket._build_bus_channel_list([asked])
                self.assertEqual(bool(told & {c for c in heard if isinstance(c, str)}), hears)
        self.assertNotIn("safe", str(sent.mapped("message")))

    def test_consents_of_a_shared_customer(self):
        """CO1, CO2: what he answered one company, who wrote it down and how is known to that one;
        the other has its own."""
        dana = self.customer("Dana", phone=DANA, company_id=False)
        key = dana._kala_own_keys()[0]
        permissions = self.env["kala.contact.permission"]
        permissions.with_user(self.colleague).sudo()._set(
            self.company, key, ["sms"], False, f"said: {SECRET}"
        )
        card = self.env["kala.consent.card"]
        own = card.with_user(self.colleague).facts("res.partner", dana.id)
        self.assertIn(SECRET, str(own))
        for is_all in (False, True):
            told = card.with_user(self.stranger).facts("res.partner", dana.id, is_all)
            self.assertEqual(told["company"], self.other_company.name)
            self.assertFalse(told["history"])
            self.assertNotIn(SECRET, str(told))
            [address] = told["addresses"]
            states = {
                row["channel"]: row["state"]
                for row in address["channels"]
                if row["channel"] in CORE_CHANNELS
            }
            # Who refused SMS stands in Odoo's own blacklist, which all companies share and honour.
            self.assertEqual(states, {"sms": "listed", "whatsapp": "listed"})
        context = {"allowed_company_ids": self.company.ids}
        with self.assertRaises(AccessError):
            card.with_user(self.stranger).with_context(**context).facts("res.partner", dana.id)

    def test_lines_of_ones_own(self):
        """SE4: nobody writes from the line of another company by choosing it as his own."""
        self.company.kala_send_from_own_number = True
        me = self.salesman.with_user(self.salesman)
        for name in ("kala_own_line_ids", "kala_shown_line_ids"):
            with self.subTest(name):
                try:
                    me.write({name: [(6, 0, self.other_line.ids)]})
                    self.env.flush_all()
                except UserError:
                    continue
                self.assertNotIn(self.other_line.name, str(me.read([name])))
        lead = self.lead(phone=DANA, user_id=self.salesman.id, company_id=self.company.id)
        sent = lead.with_user(self.salesman).kala_send("sms", "Hi").sudo()
        self.assertEqual(sent.line_id, self.sms_line)

    def test_what_managers_point_to(self):
        """By whatever field: nothing that a manager may write points to what another company has
        set up."""
        theirs = {
            "kala.connection": self.other,
            "kala.line": self.other_line,
            "kala.template": self.env["kala.template"].create(
                {"name": "T", "body": "x", "company_id": self.other_company.id}
            ),
            "kala.ad": self.env["kala.ad"].create(
                {"name": "A", "external_id": "9", "company_id": self.other_company.id}
            ),
            "kala.email.parser": self.env["kala.email.parser"].create(
                {"name": "P", "company_id": self.other_company.id}
            ),
            "res.company": self.other_company,
        }
        vals = {"company_id": self.company.id}
        ours = [
            self.sms_line,
            self.connection,
            self.env["kala.template"].create({"name": "T", "body": "x", **vals}),
            self.env["kala.mass.send"].create({"name": "M", "body": "x", **vals}),
            self.env["kala.ad"].create({"name": "A", "external_id": "8", **vals}),
            self.env["kala.email.parser"].create(
                {"name": "P", "field_ids": [(0, 0, {"target": "phone", "expression": "x"})], **vals}
            ),
            self.env["kala.extension"].create(
                {
                    "number": "8",
                    "connection_id": self.connection.id,
                    "user_id": self.manager.id,
                }
            ),
        ]
        ours.append(ours[5].field_ids)
        for record in ours:
            for name, field in record._fields.items():
                target = theirs.get(field.comodel_name)
                if field.type != "many2one" or not (field.store or field.inverse) or not target:
                    continue
                with self.subTest(record._name, field=name), self.assertRaises(UserError):
                    record.with_user(self.manager).write({name: target.id})
                    self.env.flush_all()

    def test_a_new_record_that_is_given_communications(self):
        """An onchange with a list of communications is no server error."""
        own = self.lead(phone=DANA, user_id=self.salesman.id)
        message = self.log(own, direction="in", body="Mine")
        for model in ("crm.lead", "res.partner", "sale.order"):
            with self.subTest(model=model):
                spec = {"kala_communication_ids": {"fields": {"summary": {}}}}
                spec |= {name: {} for name in self.env[model]._fields if name.startswith("kala_")}
                self.env[model].with_user(self.salesman).onchange(
                    {"kala_communication_ids": [(4, message.id)]}, [], spec
                )
