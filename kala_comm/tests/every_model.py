"""A record of every model of ours, for tests that ask the same of all of them."""

from datetime import timedelta

from odoo.addons.kala_comm.tests.common import KalaCommon

#: What nobody may find out who may not read the record.
SECRET = "wedding"


class EveryModelCase(KalaCommon):
    """``self.make_all(user, phone)`` makes one record of each model, all around one lead of a
    user. Two salesmen with own documents: ``salesman`` and ``rival``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rival = cls._make_user("rival", "sales_team.group_sale_salesman")

    @classmethod
    def our_models(cls):
        """:return: set of the names of our models that have records"""
        return {
            name
            for name, model in cls.env.registry.items()
            if name.startswith("kala.") and not model._abstract
        }

    def make_all(self, user, phone):
        """:return: dict model → record"""
        customer = self.customer(f"Dana {SECRET}", phone=phone, user_id=user.id)
        self.of_lead = self.lead(
            f"Roof {SECRET}", phone=phone, partner_id=customer.id, user_id=user.id
        )
        records = [
            *self._make_messages(user, phone),
            *self._make_setup(phone),
            *self._make_mass_send(user),
            *self._make_sender(user),
            *self._make_rule(),
            *self._make_wizards(user, phone),
            self.env["kala.status.type"].search([], limit=1),
            self.env["kala.order.status"].search([], limit=1),
        ]
        self.env.flush_all()
        return {record._name: record for record in records}

    def _make_messages(self, user, phone):
        incoming = self.log(
            self.of_lead, direction="in", body=f"Our {SECRET} is on Friday", user_id=user.id
        )
        incoming.write({"contact_kind": "phone", "contact_value": phone})
        event = self.push(sender=phone, text=f"Our {SECRET}")
        self.run_inbox()
        permissions = self.env["kala.contact.permission"]
        key = incoming._key()
        permissions._set(self.company, key, ["sms"], True, f"the {SECRET}")
        points = [("res_model", "=", "crm.lead"), ("res_id", "=", self.of_lead.id)]
        self.env["kala.waiting"]._refresh([("crm.lead", self.of_lead.id, self.company.id)])
        self.env["kala.reading"].with_user(user).sudo()._mark([("crm.lead", self.of_lead.id)], True)
        self.env["kala.first.view"].with_user(user).note("crm.lead", self.of_lead.id)
        self.env["kala.answer.due"]._note(incoming.ids)
        due = self.env["kala.answer.due"].search(points, limit=1)
        self.env["kala.answer"]._count([("crm.lead", self.of_lead.id, self.company.id, None, None)])
        return [
            due,
            self.env["kala.answer"].search(points, limit=1),
            self.env["kala.waiting"].search(points, limit=1),
            self.env["kala.first.view"].search(points, limit=1),
            self.env["kala.reading"].search(points, limit=1),
            self._make_draft(user),
            self._make_presence(user),
            incoming,
            self.env["kala.attempt"].create(
                {
                    "communication_id": incoming.id,
                    "number": 1,
                    "date": self.now,
                    "state": "failed",
                    "failure_reason": SECRET,
                }
            ),
            event,
            event.item_ids[:1],
            permissions.search([("value", "=", phone)], limit=1),
            self.env["kala.consent"].search([("contact_value", "=", phone)], limit=1),
            self.env["kala.contact.point"].search(points, limit=1),
            self.env["kala.contact.picture"].create(
                {"connection_id": self.connection.id, "kind": "phone", "value": phone}
            ),
            self.env["kala.search.text"].search([("communication_id", "=", incoming.id)]),
        ]

    def _make_draft(self, user):
        self.env["kala.draft"].with_user(user).keep(
            "crm.lead", self.of_lead.id, {"body": f"Our {SECRET}"}
        )
        return self.env["kala.draft"].search([("res_id", "=", self.of_lead.id)])

    def _make_presence(self, user):
        self.env["kala.presence"].with_user(user).here("crm.lead", self.of_lead.id, "w1")
        return self.env["kala.presence"].search([("res_id", "=", self.of_lead.id)])

    def _make_setup(self, phone):
        line = self.sms_line
        env = self.env
        parser = env["kala.email.parser"].create(
            {"name": "Form", "field_ids": [(0, 0, {"target": "phone", "expression": "Phone"})]}
        )
        badge, ads = env["kala.badge"], env["kala.ad"]
        company = {"company_id": self.company.id}
        return [
            self.connection,
            line,
            env["kala.extension"].create(
                {
                    "connection_id": self.connection.id,
                    "number": phone[-9:],
                    "user_id": self.colleague.id,
                }
            ),
            env["kala.line.pace"].search([("line_id", "=", line.id)]),
            env["kala.line.alias"].create({"line_id": line.id, "channel": "sms"}),
            env["kala.upload"].create(
                {
                    "line_id": line.id,
                    "checksum": phone,
                    "mimetype": "text/plain",
                    "external_id": phone,
                    "until": self.now + timedelta(days=1),
                }
            ),
            parser,
            parser.field_ids,
            env["kala.push"].create(
                {
                    "user_id": self.colleague.id,
                    "device": 1,
                    "kind": "text",
                    "res_model": "crm.lead",
                    "res_ids": self.of_lead.ids,
                    "expires": self.now + timedelta(days=1),
                }
            ),
            env["kala.email.handover"].create({"mail_id": int(phone[-9:]), "date": self.now}),
            ads.create({"name": "Spring", "external_id": phone}),
            badge.search([], limit=1) or badge.create({**company, "sent": self.now}),
            env["kala.email.sender"].create(
                {**company, "kind": "phone", "value": phone, "seen": self.now}
            ),
        ]

    def _make_mass_send(self, user):
        template = self.env["kala.template"].create(
            {"name": f"The {SECRET}", "channel": "sms", "body": SECRET, "user_id": user.id}
        )
        mass = self.env["kala.mass.send"].with_user(user)
        mass = mass.create({"name": f"Sale {SECRET}", "model": "crm.lead", "body": SECRET})
        mass = mass.sudo().with_user(self.env.user)
        return [
            template,
            self.env["kala.template.variable"].create(
                {
                    "template_id": template.id,
                    "part": "body",
                    "name": "1",
                    "kind": "text",
                    "value": SECRET,
                }
            ),
            mass,
            self.env["kala.mass.skip"].create(
                {"mass_send_id": mass.id, "res_id": self.of_lead.id, "reason": "consent"}
            ),
            self.env["kala.invitation"].create(
                {
                    "token_hash": user.login,
                    "connection_id": self.connection.id,
                    "company_id": self.company.id,
                    "res_model": "crm.lead",
                    "res_id": self.of_lead.id,
                    "expires": self.now + timedelta(days=1),
                }
            ),
            self.env["kala.mass.seen"].create(
                {
                    "mass_send_id": mass.id,
                    "res_id": self.of_lead.id,
                    "contact_kind": "phone",
                    "contact_value": "1",
                }
            ),
            self.env["kala.mass.live"].create({"mass_send_id": mass.id, "told": self.now}),
        ]

    def _make_rule(self):
        template = self.env.ref("kala_comm.template_new_lead")
        rule = self.env["kala.rule"].create(
            {
                "name": "Thanks",
                "model_id": self.env["ir.model"]._get("crm.lead").id,
                "action_ids": [(0, 0, {"template_id": template.id, "wait": 1})],
            }
        )
        logs = self.env["kala.rule.log"]
        logs._insert(rule, [(self.of_lead.id, "created", 0, SECRET, self.now)])
        row = logs.search([("rule_id", "=", rule.id)])
        row.recipient = SECRET
        return [rule, rule.action_ids, row]

    def _make_sender(self, user):
        sender = self.env["kala.sender"].with_user(user)
        sender = sender.create({"email": f"{SECRET}.{user.login}@example.com", "name": SECRET})
        wizard = sender.action_send_code()
        return [
            sender.sudo().with_user(self.env.user),
            self.env["kala.sender.code"].search([("email", "=", sender.email)]),
            self.env["kala.sender.verify"].browse(wizard["res_id"]),
            self.env["kala.sender.remove"].browse(sender.action_open_remove()["res_id"]),
        ]

    def _make_wizards(self, user, phone):
        """Wizards of users are opened by the user, those of managers by the manager."""
        lead = self.of_lead.with_user(user)
        boss = self.env(user=self.manager)
        waiting = lead.kala_send("sms", body=SECRET, send_after=self.now + timedelta(days=1))
        change = self.env["kala.change"].browse(waiting.action_open_change()["res_id"])
        composer = self.env["kala.composer"].browse(
            lead.action_kala_compose()["params"]["composer"]
        )
        composer.sudo().body = SECRET
        consents = self.env["kala.consent.change"].with_user(user)
        reattach = self.env["kala.reattach"].browse(waiting.action_open_reattach()["res_id"])
        candidate = (
            self.env["kala.reattach.candidate"]
            .with_user(user)
            .create({"reattach_id": reattach.id, "record_ref": f"crm.lead,{lead.id}"})
        )
        asked = {"res_model": "crm.lead", "res_id": lead.id, "kind": "phone", "value": phone}
        opened = [
            change,
            composer,
            composer.sudo().address_ids[:1],
            self.env["kala.invite"]
            .with_user(user)
            .create(
                {
                    "res_model": "crm.lead",
                    "res_id": lead.id,
                    "connection_id": self.connection.id,
                }
            ),
            consents.create({**asked, "channel": "sms", "answer": "yes", "origin": SECRET}),
            reattach,
            candidate,
            boss["kala.line.replace"].create({"line_id": self.sms_line.id}),
            boss["kala.dismiss"].create({"reason": SECRET}),
            boss["kala.resend"].create({"line_ids": [(6, 0, self.sms_line.ids)]}),
            boss["kala.simulate"].create(
                {"line_id": self.sms_line.id, "number": phone, "text": SECRET}
            ),
            boss["kala.explain"].create({"contact": phone}),
        ]
        return [wizard.sudo().with_user(self.env.user) for wizard in opened]
