"""What people click: composer, re-attach, simulate, settings, menus, columns (AD1, AD2, AD5, LO6,
MA9, SC1, SC4, SE1, SE3, SE4)."""

import contextlib
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import file_open

from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN, KalaCommon


class FaceCase(KalaCommon):
    def compose(self, records, channel="sms", user=None):
        """:return: the composer that the button opens"""
        action = (
            records.with_user(user or self.env.user)
            .with_context(kala_channel=channel)
            .action_kala_compose()
        )
        return (
            self.env["kala.composer"]
            .with_user(user or self.env.user)
            .browse(action["params"]["composer"])
        )

    def sent_of(self, record):
        return self.env["kala.communication"].search(
            [
                ("direction", "=", "out"),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
            ]
        )


@tagged("post_install", "-at_install")
class TestComposer(FaceCase):
    def test_se3_a_salesman_writes_to_his_lead(self):
        lead = self.lead(phone="050-234-5678", user_id=self.salesman.id)
        form = Form(self.compose(lead, user=self.salesman))
        self.assertIn(lead.name, form.record_name)
        self.assertEqual(form.address_id.value, DANA)
        self.assertEqual(form.line_id, self.sms_line)
        form.body = "Hello"
        composer = form.save()
        self.assertEqual(composer.action_send()["type"], "ir.actions.act_window_close")
        message = self.sent_of(lead)
        self.assertEqual(message.contact_value, DANA)
        self.assertEqual(message.body, "Hello")
        self.assertEqual(message.user_id, self.salesman)
        self.assertEqual(message.state, "queued")

    def test_se3_another_number_than_the_cards(self):
        partner = self.customer(phone=DANA)
        form = Form(self.compose(partner))
        other = form.record.address_ids.filtered(lambda row: row.kind == "other")
        form.address_id = other
        form.number = "052-234-5678"
        form.body = "Hello"
        form.save().action_send()
        self.assertEqual(self.sent_of(partner).contact_value, NOA)

    def test_se3_a_number_that_is_none_is_explained(self):
        partner = self.customer(phone=DANA)
        form = Form(self.compose(partner))
        form.address_id = form.record.address_ids.filtered(lambda row: row.kind == "other")
        form.number = "*2700"
        form.body = "Hello"
        with self.assertRaisesRegex(UserError, "not a phone number"):
            form.save().action_send()
        self.assertFalse(self.sent_of(partner))

    def test_se1_where_the_contact_last_wrote_from_is_proposed(self):
        partner = self.customer(phone=DANA, kala_phone2=NOA)
        self.log(partner, direction="in", contact_value=NOA, line_id=self.sms_line.id)
        self.assertEqual(Form(self.compose(partner)).address_id.value, NOA)

    def test_se4_the_channel_changes_the_line(self):
        form = Form(self.compose(self.customer(phone=DANA)))
        form.channel = "whatsapp"
        self.assertEqual(form.line_id, self.whatsapp_line)
        self.assertEqual(form.address_id.value, DANA)

    def test_se3_a_template_is_rendered_and_can_be_edited(self):
        template = self.env["kala.template"].create(
            {"name": "Hello", "channel": "sms", "body": "Hello {{ first_name }}!"}
        )
        partner = self.customer("Dana Levi", phone=DANA)
        form = Form(self.compose(partner))
        form.template_id = template
        self.assertEqual(form.body, "Hello Dana!")
        form.body = "Hello dear Dana!"
        form.save().action_send()
        self.assertEqual(self.sent_of(partner).body, "Hello dear Dana!")
        self.assertEqual(self.sent_of(partner).template_id, template)

    def test_wi4_a_chosen_time(self):
        partner = self.customer(phone=DANA)
        form = Form(self.compose(partner))
        form.body = "Hello"
        form.send_when = "later"
        form.send_after = fields.Datetime.now() - timedelta(hours=1)
        composer = form.save()
        with self.assertRaisesRegex(UserError, "has passed"):
            composer.action_send()
        composer.send_after = fields.Datetime.now() + timedelta(hours=1)
        composer.action_send()
        self.assertEqual(self.sent_of(partner).state, "scheduled")

    def test_pressing_send_twice_sends_once(self):
        partner = self.customer(phone=DANA)
        form = Form(self.compose(partner))
        form.body = "Hello"
        composer = form.save()
        composer.action_send()
        composer.action_send()
        self.assertEqual(len(self.sent_of(partner)), 1)

    def test_co1_a_refusal_is_told_before_sending(self):
        self.company.kala_consent_required = True
        form = Form(self.compose(self.customer(phone=DANA)))
        self.assertTrue(form.refusal)

    def test_br2_who_of_many_gets_it_and_who_not(self):
        dana = self.customer("Dana", phone=DANA)
        twin = self.customer("Twin", phone=DANA)
        noa = self.customer("Noa", phone=NOA)
        landline = self.customer("Landline", phone="03-234-5678")
        records = dana | twin | noa | landline
        action = records.with_context(kala_channel="whatsapp").action_kala_compose()
        self.assertEqual(action["res_model"], "kala.mass.send")
        mass = self.env["kala.mass.send"].browse(action["res_id"])
        self.assertEqual(mass.channel, "whatsapp")
        form = Form(mass)
        form.channel, form.body = "sms", "Hello"
        form.save()
        self.assertFalse(mass.check_state, "what was changed is counted anew")
        mass.action_check()
        self.assertIn("2 will get it", mass.check_summary)
        mass.action_start()
        self.run_mass_job()
        states = {r.name: self.sent_of(r).state for r in records}
        self.assertEqual(
            states, {"Dana": "queued", "Twin": False, "Noa": "queued", "Landline": False}
        )
        self.assertEqual((mass.total, mass.skipped), (4, 2))

    def test_re2_a_message_to_two_is_not_typed(self):
        """RE2, LO1, BR1: whoever writes to several did not write to each: he is not "who wrote
        last", and their chatter stays quiet."""
        leads = self.lead("One", phone=DANA) | self.lead("Two", phone=NOA)
        action = leads.action_kala_compose()
        mass = self.env["kala.mass.send"].browse(action["res_id"])
        mass.body = "Hello"
        mass.action_start()
        self.run_mass_job()
        self.dispatch()
        self.assertEqual(set(self.sent_of(leads[0]).mapped("priority")), {2})
        self.assertFalse(leads.message_ids.filtered(lambda m: "Hello" in (m.body or "")))
        answer = self.incoming(sender=DANA)
        self.assertNotIn("outgoing", answer.responsible_rule or "")

    def test_te2_a_hole_is_told_before_sending(self):
        """TE2: what the template names and the record does not have; what has a word instead is
        no hole, nor what stands in a condition."""
        named = self.lead("Kitchen", phone=DANA, contact_name="Dana Levi")
        nameless = self.lead("Garden", phone=NOA)
        for body, record, holes in (
            ("Hello {{ first_name }}", named, False),
            ("Hello {{ first_name }}", nameless, "First name"),
            ("Hello {{ first_name|upper }}, {{ city }}", nameless, "City, First name"),
            ("Hello {{ first_name or 'there' }}", nameless, False),
            ("Hello{% if first_name %} {{ first_name }}{% endif %}", nameless, False),
        ):
            with self.subTest(body=body, record=record.name):
                template = self.env["kala.template"].create(
                    {"name": "T", "channel": "sms", "body": body}
                )
                form = Form(self.compose(record))
                form.template_id = template
                self.assertEqual(form.holes, holes)

    def test_te1_templates_that_fit_the_record(self):
        """TE1: on a lead nobody is offered what needs an order, unless it can do without."""
        templates = self.env["kala.template"].create(
            [
                {"name": name, "channel": "sms", "body": body}
                for name, body in (
                    ("order", "Order {{ order_number }} is ready"),
                    ("either", "Order {{ order_number or record_name }} is ready"),
                    ("lead", "About {{ lead_name }}"),
                )
            ]
        )
        dana = self.customer("Dana", phone=DANA)
        for record, offered in (
            (self.lead("Kitchen", phone=DANA), {"either", "lead"}),
            (self.order(dana), {"order", "either"}),
            (dana, {"either"}),
        ):
            with self.subTest(record=record._name):
                usable = self.compose(record).usable_template_ids & templates
                self.assertEqual(set(usable.mapped("name")), offered)

    def test_wa6_a_closed_window_offers_templates(self):
        """WA6: what failed since free text may not be sent is written anew by template; once the
        contact has written, it can be sent again."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_free_text_hours", 24)
        made = self.lead("Kitchen", phone=DANA)
        message = self.log(made, state="failed", failure_kind="window", line_id=self.sms_line.id)
        self.assertTrue(message.is_window_closed)
        action = message.action_choose_template()
        composer = self.env["kala.composer"].browse(action["params"]["composer"])
        self.assertEqual(composer.line_id, self.sms_line)
        self.assertFalse(composer.is_free)
        other = self.log(made, state="failed", failure_kind="temporary")
        self.assertFalse(other.is_window_closed)
        self.incoming(sender=DANA)
        message.invalidate_recordset()
        self.assertFalse(message.is_window_closed)

    def test_br1_the_composer_is_for_one(self):
        leads = self.lead("One", phone=DANA) | self.lead("Two", phone=NOA)
        with self.assertRaisesRegex(UserError, "mass send"):
            self.env["kala.composer"].create({"res_model": "crm.lead", "res_ids": leads.ids})

    def test_sc4_no_communication_right_no_composer(self):
        partner = self.customer(phone=DANA)
        with self.assertRaises(AccessError):
            self.compose(partner, user=self.clerk)

    def test_lo8_a_salesman_does_not_write_to_the_leads_of_others(self):
        lead = self.lead(phone=DANA, user_id=self.colleague.id)
        composer = self.env["kala.composer"].with_user(self.salesman)
        with self.assertRaises(AccessError):
            composer.create({"res_model": "crm.lead", "res_ids": lead.ids, "body": "Hello"})


@tagged("post_install", "-at_install")
class TestReattach(FaceCase):
    def test_ma9_two_clicks_and_the_contact_follows(self):
        partner = self.customer("Dana", phone=DANA)
        order = self.order(partner)
        message = self.incoming(sender=DANA)
        self.assertEqual(message._record(), order)
        other = self.lead("Other matter", partner_id=partner.id)
        action = message.action_open_reattach()
        wizard = self.env["kala.reattach"].browse(action["res_id"])
        row = wizard.candidate_ids.filtered(lambda c: c.record_ref == other)
        self.assertEqual(row.kind, "Lead")
        row.action_attach()
        self.assertEqual(message._record(), other)
        self.assertEqual(message.match_words, "a user attached it there")
        self.assertEqual(self.incoming(sender=DANA)._record(), other)

    def test_ma9_a_record_found_by_search(self):
        message = self.incoming(sender=UNKNOWN)
        order = self.order(self.customer("Noa"))
        wizard = self.env["kala.reattach"].browse(message.action_open_reattach()["res_id"])
        with self.assertRaisesRegex(UserError, "Choose a record"):
            wizard.action_attach()
        with Form(wizard) as form:
            form.record_ref = f"sale.order,{order.id}"
        wizard.action_attach()
        self.assertEqual(message._record(), order)

    def test_ma9_candidates_in_words_and_only_readable_ones(self):
        mine = self.lead("Mine", phone=DANA, user_id=self.salesman.id)
        self.lead("Of another", phone=DANA, user_id=self.colleague.id)
        message = self.log(
            mine,
            direction="in",
            candidates=[
                {"model": "crm.lead", "id": lead.id, "verdict": "ok"}
                for lead in self.env["crm.lead"].search([("phone", "=", DANA)])
            ],
        )
        self.assertIn("Of another", message.candidates_words)
        self.assertIn("fitted too", message.candidates_words)
        self.assertFalse(message.with_user(self.salesman).candidates_words)

    def test_sc3_names_are_escaped_in_the_candidates(self):
        mine = self.lead("Mine", phone=DANA)
        evil = self.lead("<script>alert(1)</script>", phone=DANA)
        message = self.log(mine, candidates=[{"model": "crm.lead", "id": evil.id, "verdict": "ok"}])
        self.assertNotIn("<script>", message.candidates_words)


@tagged("post_install", "-at_install")
class TestSimulate(FaceCase):
    def test_ad2_what_is_simulated_becomes_a_lead(self):
        form = Form(self.env["kala.simulate"].with_user(self.manager))
        form.line_id = self.whatsapp_line
        form.number = "054-234-5678"
        form.name = "Noa"
        form.text = "Hello"
        form.save().action_receive()
        self.run_inbox()
        message = self.env["kala.communication"].search([("contact_value", "=", UNKNOWN)])
        self.assertEqual(message.line_id, self.whatsapp_line)
        self.assertEqual(message.lead_id.kala_origin, "whatsapp")
        self.assertEqual(message.contact_name, "Noa")

    def test_ad2_the_same_text_twice_is_two_messages(self):
        wizard = self.env["kala.simulate"].create(
            {"line_id": self.sms_line.id, "number": UNKNOWN, "text": "Hello"}
        )
        wizard.action_receive()
        wizard.action_receive()
        self.run_inbox()
        messages = self.env["kala.communication"].search([("contact_value", "=", UNKNOWN)])
        self.assertEqual(len(messages), 2)
        self.assertEqual(len(messages.lead_id), 1)

    def test_ad2_not_for_users(self):
        with self.assertRaises(AccessError):
            self.env["kala.simulate"].with_user(self.salesman).create(
                {"line_id": self.sms_line.id, "number": UNKNOWN, "text": "Hello"}
            )


@tagged("post_install", "-at_install")
class TestSettings(FaceCase):
    def test_ad1_settings_are_the_companys(self):
        settings = Form(self.env["res.config.settings"])
        settings.kala_match_days = 30
        settings.kala_task_on_text = False
        settings.kala_default_responsible_text_id = self.colleague
        settings.save().execute()
        self.assertEqual(self.company.kala_match_days, 30)
        self.assertFalse(self.company.kala_task_on_text)
        self.assertEqual(self.company.kala_default_responsible_text_id, self.colleague)
        self.assertEqual(self.other_company.kala_match_days, 90)

    def test_ad1_each_setting_has_its_sentence_and_its_default(self):
        """AD1: a title and a sentence; what is a value of the company, its default too."""
        arch = self.env["res.config.settings"].get_view(view_type="form")["arch"]
        settings = etree.fromstring(arch).findall(".//app[@name='kala_comm']//setting")
        self.assertGreater(len(settings), 20)
        for setting in settings:
            with self.subTest(setting.get("string")):
                self.assertTrue(setting.get("string"))
                self.assertTrue(setting.get("help"))
                if setting.get("company_dependent"):
                    self.assertIn("Default: ", setting.get("help"))

    def test_ad5_a_copy_warns_and_is_confirmed(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        settings = self.env["res.config.settings"].create({})
        self.assertIn("it is a copy", settings.kala_fingerprint_warning)
        settings.action_kala_confirm_database()
        self.assertFalse(self.env["res.config.settings"].create({}).kala_fingerprint_warning)

    def test_ad5_neutralised_copies_write_to_nobody(self):
        partner = self.customer(phone=DANA)
        message = partner.kala_send("sms", body="Hello")
        real = self.env["kala.connection"].create({"name": "Real", "provider": "sandbox"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_connection SET provider = 'gone', state = 'connected' WHERE id = %s",
            [real.id],
        )
        tokens = (real.webhook_token, self.connection.webhook_token)
        with file_open("kala_comm/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual(real.state, "paused")
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(
            {real.webhook_token, self.connection.webhook_token} & set(tokens),
            "what is meant for the original must not come in",
        )
        self.assertEqual(message.state, "cancelled")

    def test_ad5_a_copy_has_no_secrets_and_prepares_nothing(self):
        """AD5, SC2: no key of any installed provider stays; mass sends that are under way stop."""
        connection = self.env["kala.connection"].create({"name": "Real", "provider": "sandbox"})
        secrets = [
            name
            for name, field in connection._fields.items()
            if field.store
            and field.type in ("char", "text")
            and any(word in name for word in ("token", "secret", "password", "code"))
            and name not in ("webhook_token", "provider")
        ]
        connection.write(dict.fromkeys(secrets, "very secret"))
        mass = self.env["kala.mass.send"].create({"name": "M", "record_ids": [1], "body": "x"})
        mass.action_start()
        self.env.flush_all()
        for addon in self.env["ir.module.module"].search(
            [("name", "like", "kala_comm"), ("state", "=", "installed")]
        ):
            with contextlib.suppress(FileNotFoundError):
                with file_open(f"{addon.name}/data/neutralize.sql") as script:
                    self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual([name for name in secrets if connection[name]], [])
        self.assertEqual(mass.state, "cancelled")


@tagged("post_install", "-at_install")
class TestConnectionForm(FaceCase):
    def test_ad1_a_new_connection_asks_for_what_its_provider_needs(self):
        """AD1: the form opens, and what there is to fill in follows the chosen provider."""
        form = Form(self.env["kala.connection"])
        form.name = "Try it"
        form.provider_choice = "sandbox"
        self.assertEqual(form.provider, "sandbox")
        self.assertFalse(form.has_api)
        self.assertFalse(form.has_calls)
        connection = form.save()
        self.assertEqual((connection.provider, connection.state), ("sandbox", "draft"))

    def test_re1_extensions_are_offered_where_there_are_calls(self):
        """RE1: before there is any, and where the provider has gone."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_channels", ("sms", "voice"))
        self.assertTrue(self.connection.has_calls)
        extension = {"connection_id": self.connection.id, "number": "1", "user_id": self.env.uid}
        self.env["kala.extension"].create(extension)
        self.patch(type(self.env["kala.provider.sandbox"]), "_channels", ("sms",))
        self.assertTrue(self.connection.has_calls)

    def test_re1_a_line_offers_the_channels_of_its_provider(self):
        """RE1: where there is one only, it is chosen."""
        form = Form(self.env["kala.line"])
        self.assertIn("voice", form.channels)
        form.connection_id = self.connection
        self.assertNotIn("voice", form.channels)
        self.assertFalse(form.channel)
        self.patch(type(self.env["kala.provider.sandbox"]), "_channels", ("sms",))
        form = Form(self.env["kala.line"])
        form.connection_id = self.connection
        self.assertEqual(form.channel, "sms")

    def test_fields_of_our_forms_have_labels(self):
        """AD1: a group that holds groups shows its own fields without labels."""
        for name in sorted(self.env.registry):
            if not name.startswith("kala.") or self.env[name]._abstract:
                continue
            arch = etree.fromstring(self.env[name].get_view(view_type="form")["arch"])
            for group in arch.xpath("//group[group]"):
                with self.subTest(model=name, group=group.get("name") or group.get("string")):
                    bare = [
                        field.get("name")
                        for field in group.findall("field")
                        if not field.get("nolabel") and field.get("invisible") not in ("1", "True")
                    ]
                    self.assertFalse(bare)


@tagged("post_install", "-at_install")
class TestDeadLetters(FaceCase):
    def test_ad3_a_dead_letter_is_named_in_words(self):
        """AD3: not by the key that makes two items the same."""
        self.incoming(sender=DANA)
        item = self.env["kala.inbound.item"].search([], limit=1)
        self.assertEqual(item.display_name, f"Message ({self.connection.name})")


@tagged("post_install", "-at_install")
class TestMenus(FaceCase):
    def _menu_actions(self, user):
        """:return: dict name of the menu → action, of what this user sees of our app"""
        root = self.env.ref("kala_comm.menu_root")
        visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        menus = self.env["ir.ui.menu"].search([("id", "child_of", root.id)])

        def is_shown(menu):
            return not menu or (menu.id in visible and is_shown(menu.parent_id))

        return {m.name: m.action for m in menus if m.action and is_shown(m)}

    def _open(self, user, action):
        views = [(view_id, mode) for view_id, mode in action.views]
        self.env[action.res_model].with_user(user).get_views(
            [*views, (action.search_view_id.id, "search")], {"toolbar": True}
        )

    def test_every_menu_opens_for_who_sees_it(self):
        admin = self._make_user("admin_of_kala", "base.group_system")
        for user in (self.salesman, self.manager, admin):
            for name, action in self._menu_actions(user).items():
                if action._name != "ir.actions.act_window":
                    continue
                with self.subTest(user=user.name, menu=name):
                    self._open(user, action)

    def test_the_menu_is_short_and_nothing_is_lost(self):
        """LO5: at most six entries, in the order of a working day; what is below a heading is
        opened by somebody who may."""
        root = self.env.ref("kala_comm.menu_root")
        first = [menu.name for menu in root.child_id.sorted("sequence")]
        self.assertLessEqual(len(first), 6)
        self.assertEqual(
            first, ["Inbox", "Dashboard", "Communications", "Tasks", "Sending", "Configuration"]
        )
        ours = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.menu"), ("module", "=like", "kala_comm%")]
        )
        for menu in self.env["ir.ui.menu"].browse(ours.mapped("res_id")):
            with self.subTest(menu.complete_name):
                self.assertTrue(menu.action or menu.child_id)
                self.assertFalse(menu.action and menu.child_id, "nobody could click it")
        admin = self._make_user("admin_of_kala", "base.group_system")
        shown = set(self._menu_actions(admin)) | set(self._menu_actions(self.manager))
        below = self.env["ir.ui.menu"].search(
            [("id", "child_of", root.id), ("action", "!=", False)]
        )
        self.assertEqual(shown, set(below.mapped("name")))

    def test_sc4_who_sees_what(self):
        salesman = set(self._menu_actions(self.salesman))
        manager = set(self._menu_actions(self.manager))
        self.assertLessEqual({"All Communications", "Failed Messages", "My Tasks"}, salesman)
        self.assertIn("Without Responsible", manager - salesman)
        self.assertFalse({"Connections", "Lines", "Dead Letters", "Health"} & salesman)
        self.assertIn("Test My Notifications", salesman)
        self.assertLessEqual({"Connections", "Lines", "Dead Letters"}, manager)
        self.assertNotIn("Settings", manager)
        self.assertFalse(self._menu_actions(self.clerk))

    def test_sc1_the_webhook_address_is_for_administrators(self):
        admin = self._make_user("admin_of_kala", "base.group_system")
        for user, shown in ((admin, True), (self.manager, False)):
            arch = self.env["kala.connection"].with_user(user).get_view(view_type="form")["arch"]
            self.assertEqual(
                bool(etree.fromstring(arch).xpath("//field[@name='webhook_url']")), shown
            )
        with self.assertRaises(AccessError):
            self.connection.with_user(self.manager).webhook_url  # noqa: B018

    def test_records_have_buttons_and_page_for_communication_users_only(self):
        for model in ("crm.lead", "sale.order", "res.partner"):
            for user, shown in ((self.colleague, True), (self.clerk, False)):
                if not self.env[model].with_user(user).has_access("read"):
                    continue
                with self.subTest(model=model, user=user.name):
                    arch = self.env[model].with_user(user).get_view(view_type="form")["arch"]
                    tree = etree.fromstring(arch)
                    buttons = tree.xpath("//button[@name='action_kala_compose']")
                    page = tree.xpath("//page[@name='kala_communication']")
                    self.assertEqual(bool(buttons), shown)
                    self.assertEqual(bool(page), shown)


@tagged("post_install", "-at_install")
class TestLastCommunicationColumn(FaceCase):
    def test_lo6_never_contacted_come_last_and_first(self):
        new, old, never = (self.customer(name) for name in ("New", "Old", "Never"))
        new.kala_last_communication_date = self.now
        old.kala_last_communication_date = self.now - timedelta(days=9)
        domain = [("id", "in", (new | old | never).ids)]
        search = self.env["res.partner"].search
        self.assertEqual(
            search(domain, order="kala_last_communication_date DESC").mapped("name"),
            ["New", "Old", "Never"],
        )
        self.assertEqual(
            search(domain, order="kala_last_communication_date").mapped("name"),
            ["Never", "Old", "New"],
        )

    def test_lo6_sorting_is_reading_the_index(self):
        """QU7: neither direction sorts."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_bitmapscan = off")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        for model in ("crm.lead", "sale.order", "res.partner"):
            for direction in ("", " DESC"):
                with self.subTest(model=model, direction=direction):
                    query = self.env[model]._search(
                        [], order=f"kala_last_communication_date{direction}", limit=80
                    )
                    sql = query.select()
                    self.env.cr.execute(f"EXPLAIN {sql.code}", sql.params)
                    plan = "\n".join(row[0] for row in self.env.cr.fetchall())
                    self.assertIn("_kala_last_communication_idx", plan)
                    self.assertNotIn("Sort", plan)
