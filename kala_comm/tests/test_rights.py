"""LO8, SC4: users that are rare and must meet no error: with the communication right and without
sales rights; and what belongs to others by way of something else."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestRights(KalaCommon):
    """``operator`` and ``head`` are communication user and manager, and sell nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = cls._make_user("operator", "kala_comm.group_user")
        cls.head = cls._make_user("head", "kala_comm.group_manager")
        cls.dana = cls.env["res.partner"].create({"name": "Dana", "phone": DANA})
        cls.roof = cls.env["crm.lead"].create({"name": "Roof", "phone": DANA, "user_id": False})

    def _incoming(self, record=None):
        log = self.env["kala.communication"]
        return log.create(
            {
                "channel": "sms",
                "direction": "in",
                "company_id": self.company.id,
                "connection_id": self.connection.id,
                "line_id": self.sms_line.id,
                "contact_kind": "phone",
                "contact_value": DANA,
                "body": "Hello",
                **(log._attach_vals(record) if record else {}),
            }
        )

    def test_lo8_without_sales_rights(self):
        """LO8: who may read customers only sees their communications, without an error; a
        manager what is attached to nothing, too."""
        customers, of_a_lead, nobodys = (
            self._incoming(self.dana),
            self._incoming(self.roof),
            self._incoming(),
        )
        asked = [("id", "in", (customers + of_a_lead + nobodys).ids)]
        for user, expected in (
            (self.operator, customers),
            (self.head, customers + nobodys),
        ):
            with self.subTest(user=user.login):
                log = self.env["kala.communication"].with_user(user)
                self.assertEqual(log.search(asked, order="id"), expected)
                self.assertEqual(log.search_count(asked), len(expected))
                with self.assertRaises(AccessError):
                    of_a_lead.with_user(user).read(["body"])

    def test_ta4_to_do_without_sales_rights(self):
        """TA4, ST4: the to-do page opens, and counts no leads for who may read none."""
        for user in (self.operator, self.head):
            with self.subTest(user=user.login):
                self.assertTrue(self.env["kala.dashboard"].with_user(user).totals()["groups"])
                count = self.env["crm.lead"].with_user(user).kala_count_new()
                self.assertEqual(count["count"], 0)
        self.assertTrue(self.env["crm.lead"].with_user(self.manager).kala_count_new()["count"])

    def test_no3_test_without_sales_rights(self):
        """NO3: a test notification comes without the subject of a lead."""
        self.env["kala.notifier"].with_user(self.operator).test_notification("x")
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].sudo().search([], order="id desc", limit=1)
        self.assertIn("kala_comm/incoming", told.message)

    def test_ma9_reattach_without_sales_rights(self):
        """MA9: the wizard offers what its user may read."""
        nobodys = self._incoming()
        for user, offered in ((self.head, {self.dana}), (self.manager, {self.dana, self.roof})):
            with self.subTest(user=user.login):
                action = nobodys.with_user(user).action_open_reattach()
                wizard = self.env["kala.reattach"].browse(action["res_id"])
                self.assertEqual(set(wizard.candidate_ids.mapped("record_ref")), offered)

    def test_wa5_test_message_without_sales_rights(self):
        """WA5: who sets up a connection tries it, whether or not he may change contacts."""
        self.head.partner_id.phone = DANA
        self.connection.with_user(self.head).action_test_message()
        self.assertEqual(self.connection._health_lines().test_id.user_id, self.head)

    def test_wa5_test_message_of_a_mailbox(self):
        """WA5: a mailbox writes to one's e-mail address; a line of calls writes nothing."""
        connection, line = self._make_mailbox()
        self.manager.partner_id.phone = False
        for tried in (connection, line):
            with self.subTest(model=tried._name):
                tried.with_user(self.manager).action_test_message()
                sent = line.test_id
                self.assertEqual(sent.contact_value, "manager@example.com")
                self.assertEqual(sent.subject, sent.body)
        with self.assertRaisesRegex(UserError, "A test goes to your own phone"):
            self.connection.with_user(self.manager).action_test_message()
        calls = self.env["kala.line"].create({"name": "Calls", "channel": "voice"})
        self.manager.partner_id.phone = DANA
        with self.assertRaisesRegex(UserError, "a line for messages"):
            calls.with_user(self.manager).action_test_message()

    def test_te4_variables_of_another_company(self):
        """TE4: the variables of a template are its company's, as the template is."""
        template = self.env["kala.template"].create(
            {"name": "x", "channel": "whatsapp", "body": "x", "company_id": self.company.id}
        )
        variable = self.env["kala.template.variable"].create(
            {"template_id": template.id, "part": "body", "name": "1", "kind": "text"}
        )
        foreign = variable.with_user(self.stranger)
        self.assertFalse(foreign.search([("id", "=", variable.id)]))
        with self.assertRaises(AccessError):
            foreign.write({"value": "ours"})
        variable.with_user(self.manager).write({"value": "ours"})
        template.company_id = False
        self.assertTrue(foreign.search([("id", "=", variable.id)]), "of a shared one: everybody's")

    def test_mx2_fields_of_another_company(self):
        """MX2: the fields of a content rule are its company's, as the rule is."""
        parser = self.env["kala.email.parser"].create(
            {
                "name": "Form",
                "company_id": self.other_company.id,
                "field_ids": [(0, 0, {"target": "phone", "expression": "Phone"})],
            }
        )
        fields_ = parser.field_ids.with_user(self.manager)
        self.assertFalse(fields_.search([("id", "in", parser.field_ids.ids)]))

    def test_sc4_header_file(self):
        """SC4: the file of a template goes out with each message: one may not choose a file that
        one may not read."""
        hidden = self.env["ir.attachment"].create(
            {"name": "s", "raw": b"s", "res_model": "crm.lead", "res_id": self.roof.id}
        )
        own = self.env["ir.attachment"].with_user(self.operator).create({"name": "o", "raw": b"o"})
        vals = {"name": "x", "channel": "whatsapp", "body": "x"}
        templates = self.env["kala.template"].with_user(self.operator)
        template = templates.create(dict(vals, header_attachment_id=own.id))
        with self.assertRaises(AccessError):
            template.header_attachment_id = hidden
        with self.assertRaises(AccessError):
            templates.create(dict(vals, header_attachment_id=hidden.id))

    def test_wa1_nobody_makes_a_providers_template(self):
        """WA1: what a provider keeps and approves comes from the provider."""
        vals = {"name": "x", "channel": "whatsapp", "body": "x", "external_id": "e"}
        with self.assertRaises(AccessError):
            self.env["kala.template"].with_user(self.manager).create(
                dict(vals, connection_id=self.connection.id, approval_state="approved")
            )
        template = self.env["kala.template"].with_user(self.manager).create(vals)
        with self.assertRaises(AccessError):
            template.connection_id = self.connection

    def test_de4_a_call_is_not_sent_again(self):
        """DE4: a call that nobody answered is cancelled, but no message that could leave again."""
        log = self.env["kala.communication"]
        call = log.create(
            {
                "channel": "voice",
                "direction": "out",
                "state": "cancelled",
                "call_status": "missed",
                "company_id": self.company.id,
                "contact_kind": "phone",
                "contact_value": DANA,
                **log._attach_vals(self.dana),
            }
        )
        with self.assertRaisesRegex(UserError, "Only failed, cancelled or unsure messages"):
            call.with_user(self.salesman).action_resend()
        self.assertEqual(call.state, "cancelled")

    def test_se4_preferences_in_one_of_several_companies(self):
        """SE4: who has lines in two companies opens and saves his preferences in either."""
        both = self.company + self.other_company
        both.kala_send_from_own_number = True
        _connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        self.salesman.company_ids = both
        self.salesman.kala_own_line_ids = self.sms_line + line
        for company, shown in ((self.company, self.sms_line), (self.other_company, line)):
            with self.subTest(company=company.name):
                me = self.salesman.with_user(self.salesman).with_context(
                    allowed_company_ids=company.ids
                )
                me.invalidate_recordset()
                asked = {"kala_shown_line_ids": {"fields": {"display_name": {}}}}
                [values] = me.web_read(asked)
                self.assertEqual([row["id"] for row in values["kala_shown_line_ids"]], shown.ids)
                form = Form(me, view="base.view_users_form_simple_modif")
                form.kala_shown_line_ids.remove(shown.id)
                form.save()
                self.assertNotIn(shown, self.salesman.kala_own_line_ids)
                form = Form(me, view="base.view_users_form_simple_modif")
                form.kala_shown_line_ids.add(shown)
                form.save()
                self.assertEqual(self.salesman.kala_own_line_ids, self.sms_line + line)

    def test_ad5_who_confirms_the_database(self):
        """AD5: an administrator says that this is the database that writes to customers; nobody
        else can, by whatever way."""
        self.env["kala.fingerprint"]._remember()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.uuid", "another")
        portal = self._make_user("portal", "base.group_portal")
        for user in (portal, self.salesman, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["res.config.settings"].with_user(user).action_kala_confirm_database()
        self.assertTrue(self.env["kala.fingerprint"]._warning())
        admin = self._make_user("root", "base.group_system")
        self.env["res.config.settings"].with_user(admin).action_kala_confirm_database()
        self.assertFalse(self.env["kala.fingerprint"]._warning())

    def test_br2_a_mass_send_under_way_is_not_deleted(self):
        """BR2: what is deleted cannot be paused, resumed or cancelled any more."""
        masses = self.env["kala.mass.send"].with_user(self.salesman)
        for state in ("preparing", "sending", "paused"):
            with self.subTest(state=state):
                mass = masses.create({"name": "Sale", "body": "Hi"})
                mass.sudo().state = state
                with self.assertRaisesRegex(UserError, "Cancel it first"):
                    mass.unlink()
                mass.action_cancel()
                mass.unlink()
        masses.create({"name": "Sale", "body": "Hi"}).unlink()

    def test_st3_the_last_status_of_a_state(self):
        """ST3: an order of each Odoo state has somewhere to go, also after a deletion."""
        cancelled = self.env.ref("kala_comm.order_status_cancelled")
        with self.assertRaisesRegex(UserError, "Missing: cancel"):
            cancelled.with_user(self.manager).unlink()
        second = cancelled.copy({"name": "Void"})
        cancelled.with_user(self.manager).unlink()
        self.assertTrue(second.exists())

    # ------------------------------------------------------------------ mass sends

    def _draft(self, user=None, **values):
        masses = self.env["kala.mass.send"].with_user(user or self.salesman)
        return masses.create({"name": "Sale", "model": "crm.lead", "body": "Hi", **values})

    def test_br3_a_mass_send_needs_what_one_message_needs(self):
        """BR3: who may read a record and not write to it writes to nobody through it, by a mass
        send either; it says so."""
        rule = self.env["ir.rule"].create(
            {
                "name": "leads are read",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "perm_read": False,
                "domain_force": "[('user_id', '=', user.id)]",
            }
        )
        self.assertTrue(rule)
        noa = self.env["crm.lead"].create({"name": "n", "phone": NOA, "user_id": self.salesman.id})
        self.assertTrue(self.roof.with_user(self.salesman).has_access("read"))
        for chosen in (
            {"record_ids": (self.roof + noa).ids},
            {"domain": repr([("id", "in", (self.roof + noa).ids)])},
        ):
            with self.subTest(chosen=chosen):
                mass = self._draft(**chosen)
                mass.action_check()
                self.assertIn("may not change the record", mass.check_summary)
                mass.action_start()
                self.run_mass_job()
                self.assertEqual(mass.sudo().communication_ids.lead_id, noa)
                skipped = mass.sudo().skip_ids
                self.assertEqual((skipped.res_id, skipped.reason), (self.roof.id, "rights"))

    def test_sc4_a_running_mass_send_is_held_by_its_buttons(self):
        """SC4, BR2: nobody writes it back to a draft, beside its guards; and what is deleted takes
        along what still waits."""
        self.roof.user_id = self.salesman
        mass = self._draft(record_ids=self.roof.ids)
        mass.action_start()
        self.run_mass_job()
        message = mass.sudo().communication_ids
        self.assertEqual(message.state, "queued")
        for values in ({"state": "draft"}, {"position": 0}, {"is_prepared": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                mass.with_user(self.manager).write(values)
        # It came back to the queue after its mass send was over.
        mass.sudo().state = "done"
        mass.unlink()
        self.assertEqual(message.state, "cancelled")

    def test_sc3_a_filter_is_data(self):
        """SC3: nothing of a filter is run, and it is no name of anything, either."""
        for domain in (
            "[('user_id', '=', uid)]",
            "[('create_date', '<', datetime.now())]",
            "[('id', 'in', list(range(10**9)))]",
            "[('id', '=', (lambda: 1)())]",
            "[('id', '=', 2**40)]",
            "7",
            "{'id': 1}",
            "'text'",
            "[",
            "(" * 500,
        ):
            with self.subTest(domain=domain[:30]), self.assertRaises(ValidationError):
                self._draft(domain=domain)
        for domain in (
            "[('user_id', '=', 7)]",
            '[["active", "=", true], ["name", "!=", null]]',
            "[('create_date', '<', '-4d')]",
            "['|', ('id', '=', 1), ('id', '=', 2)]",
            " []",
        ):
            with self.subTest(domain=domain):
                self.assertTrue(self._draft(domain=domain))

    def test_br1_chosen_records_as_text(self):
        """BR1: the ids come as a list or as its text; no list, and an empty one, are refused:
        without ids the filter counts, which finds everybody."""
        for given in ([7, 8, 7], "[7, 8]", "(7, 8)"):
            with self.subTest(given=given):
                self.assertEqual(self._draft(record_ids=given).record_ids, [7, 8])
        self.assertFalse(self._draft(record_ids=False).record_ids)
        mass = self._draft()
        for given in (
            "[]",
            [],
            "x",
            "",
            ["7"],
            [True],
            [0],
            [-1],
            [2**40],
            {"id": 7},
            [[7]],
            "7.5",
        ):
            with self.subTest(given=given):
                with self.assertRaises(UserError):
                    self._draft(record_ids=given)
                with self.assertRaises(UserError):
                    mass.write({"record_ids": given})

    def test_br3_rights_are_not_borrowed_by_a_context(self):
        """BR3: who makes it is its sender, also where a context says somebody else."""
        masses = self.env["kala.mass.send"].with_user(self.salesman)
        with self.assertRaises(AccessError):
            masses.with_context(default_user_id=self.manager.id).create({"name": "x", "body": "x"})

    def test_br3_who_drafted_it_goes_on_seeing_it(self):
        """BR3: who starts a colleague's draft is its sender; who made it sees what becomes of
        it."""
        mass = self._draft(record_ids=self.roof.ids)
        mass.with_user(self.manager).action_start()
        self.assertEqual(mass.sudo().user_id, self.manager)
        self.assertEqual(mass.search([("id", "=", mass.id)]), mass)
        mass.invalidate_recordset()
        self.assertEqual(mass.read(["state"])[0]["state"], "preparing")
        self.assertFalse(mass.with_user(self.colleague).has_access("read"))

    def test_ma12_what_waits_goes_with_its_record(self):
        """MA12: the log of a deleted record stays; what waits of it does not leave any more; what
        left, and what is of a merged one, goes its way."""
        later = self.now + timedelta(days=1)
        noa = self.env["crm.lead"].create({"name": "n", "phone": NOA})
        sent = self.roof.kala_send("sms", body="Hi")
        self.dispatch()
        waiting = self.roof.kala_send("sms", body="Hi", send_after=later)
        queued = self.dana.kala_send("sms", body="Hi")
        merged = noa.kala_send("sms", body="Hi", send_after=later)
        self.env["crm.lead"].create({"name": "m", "phone": NOA})._kala_absorb(noa)
        (self.roof + noa).unlink()
        self.dana.unlink()
        self.env.invalidate_all()
        self.assertEqual((waiting.state, queued.state), ("cancelled", "cancelled"))
        self.assertEqual((sent.state, merged.state), ("delivered", "scheduled"))
        self.assertFalse(waiting.res_id or queued.res_id or sent.res_id)
        self.assertTrue(merged.res_id)

    # ------------------------------------------------------------------ re-attach, replay

    def test_ma9_reattach_needs_what_one_message_needs(self):
        """MA9: it moves the conversation and its task: it needs the right to write to the record
        it comes from, and to the one that it goes to."""
        self.env["ir.rule"].create(
            {
                "name": "leads are read",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "perm_read": False,
                "domain_force": "[('user_id', '=', user.id)]",
            }
        )
        own = self.env["crm.lead"].create({"name": "own", "user_id": self.salesman.id})
        second = own.copy()
        for source, target in ((self.roof, own), (own, self.roof)):
            with self.subTest(source=source.name):
                message = self._incoming(source).with_user(self.salesman)
                with self.assertRaises(AccessError):
                    message.action_reattach("crm.lead", target.id)
        message = self._incoming(own).with_user(self.salesman)
        message.action_reattach("crm.lead", second.id)
        self.assertEqual(message.lead_id, second)

    def test_ad3_what_is_done_is_not_replayed(self):
        """AD3, SC4: dead letters alone are replayed, by managers, who write nothing into them."""
        event = self.push(sender=DANA)
        self.run_inbox()
        item = event.item_ids
        manager = self.env(user=self.manager)
        for record in (event.with_env(manager), item.with_env(manager)):
            with self.subTest(model=record._name):
                with self.assertRaisesRegex(UserError, "Only dead letters"):
                    record.action_replay()
                with self.assertRaises(AccessError):
                    record.write({"state": "pending"})

    # ------------------------------------------------------------------ templates

    def test_te5_templates_of_ones_own(self):
        """TE5: a user makes, changes and deletes templates of his own; the shared ones are the
        managers', their variables too; nobody uses those of another user."""
        vals = {"name": "x", "channel": "sms", "body": "x"}
        templates = self.env["kala.template"]
        shared = templates.with_user(self.manager).create(vals)
        variable = self.env["kala.template.variable"].create(
            {"template_id": shared.id, "part": "body", "name": "1", "kind": "text"}
        )
        own = templates.with_user(self.salesman).create(vals)
        self.assertEqual((own.user_id, shared.user_id), (self.salesman, self.env["res.users"]))
        own.body = "y"
        theirs = shared.with_user(self.salesman)
        self.assertEqual(theirs.read(["body"])[0]["body"], "x")
        for change in (
            lambda: theirs.write({"body": "z"}),
            lambda: theirs.write({"active": False}),
            lambda: theirs.unlink(),
            lambda: variable.with_user(self.salesman).write({"value": "z"}),
            lambda: own.write({"user_id": False}),
            lambda: own.write({"user_id": self.colleague.id}),
            lambda: own.create(dict(vals, user_id=False)),
            lambda: own.with_context(default_user_id=self.colleague.id).create(vals),
            lambda: own.with_user(self.colleague).read(["body"]),
            lambda: self._draft(self.colleague, template_id=own.id),
            lambda: self._draft(self.colleague).write({"template_id": own.id}),
            lambda: (
                self.env["kala.mass.send"]
                .with_user(self.colleague)
                .with_context(default_template_id=own.id)
                .create({"name": "x", "body": "x"})
            ),
            lambda: own.with_user(self.colleague).write({"body": "z"}),
        ):
            with self.assertRaises(AccessError):
                change()
        self.assertNotIn(own, templates.with_user(self.colleague).search([]))
        own.with_user(self.manager).user_id = False
        self.assertIn(own, templates.with_user(self.colleague).search([]))
        mine = shared.with_user(self.salesman).copy()
        self.assertEqual(mine.user_id, self.salesman)
        mine.unlink()

    def test_sc4_tasks_of_others_are_not_folded(self):
        """TA2, SC4: two tasks are made one by who may give them, before anything is moved."""
        hidden = self.env["crm.lead"].create(
            {"name": "Hidden", "phone": NOA, "user_id": self.colleague.id}
        )
        messages = self._incoming(hidden) + self._incoming(hidden)
        tasks = self.env["kala.task"]
        tasks._create_for(list(zip(messages, self.colleague + self.manager, strict=True)))
        first, second = messages.activity_id
        try:
            first.with_user(self.salesman).write({"user_id": self.manager.id})
        except AccessError:
            self.assertTrue(second.exists())
            self.assertEqual(first.kala_count, 1)
        else:
            self.fail("Another's task was given away.")
        first.with_user(self.colleague).write({"user_id": self.manager.id})
        self.assertFalse(second.exists())

    def test_sc4_what_a_context_gives_to_a_template(self):
        """SC4, WA1: neither the file of somebody else, nor a provider's approval."""
        file = self.env["ir.attachment"].create(
            {"name": "x", "raw": b"x", "res_model": "crm.lead", "res_id": self.roof.id}
        )
        self.roof.user_id = self.colleague
        templates = self.env["kala.template"]
        vals = {"name": "T", "channel": "sms", "body": "x"}
        given = {"default_header_attachment_id": file.id}
        for user, context in (
            (self.salesman, given),
            (self.operator, given),
            (self.salesman, {"default_connection_id": self.connection.id}),
            (self.manager, {"default_connection_id": self.connection.id}),
        ):
            with self.subTest(user=user.login, context=context), self.assertRaises(AccessError):
                templates.with_user(user).with_context(**context).create(vals)
        made = templates.with_user(self.colleague).with_context(**given).create(vals)
        self.assertEqual(made.header_attachment_id, file)

    def test_lo7_who_caused_a_test_message(self):
        """LO7: the one who pressed the button, whatever his client says in its context."""
        self.salesman.partner_id.phone = DANA
        context = {"kala_origin": "base.automation,1", "kala_priority": 2}
        self.sms_line.with_user(self.salesman).with_context(**context).action_test_message()
        sent = self.sms_line.test_id
        self.assertEqual((sent.origin, sent.priority), (False, 0))

    def test_lo1_nobody_writes_in_a_customers_name(self):
        """LO1, MX1: an e-mail comes in by the gateway; a user who posts one by RPC, and says in his
        context where it came from, makes none."""
        lead = self.roof.with_user(self.manager)
        facts = {"line_id": self.sms_line.id, "match_rule": "pinned", "is_form": True}
        before = self.env["kala.communication"].search_count([])
        lead.with_context(kala_email=facts).message_post(
            body="I agree to the price", message_type="email", email_from="dana@example.com"
        )
        self.assertEqual(self.env["kala.communication"].search_count([]), before)
        self.assertFalse(self.roof.activity_ids)
