"""LO8, SC4: a name tells nothing of a record that its reader may not read, and nobody points to
such a record (docs/architecture.md, 3.15)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon

SECRET = "the safe is behind the picture"

#: Models whose name is told to everybody, and why.
OPEN_NAMES = {
    "kala.status.type": "a list of words that every user reads",
    "kala.badge": "no name: a number",
    "kala.line.pace": "no name: a number",
    "kala.search.text": "no name: a number",
    "kala.mass.live": "no name: a number",
    "kala.upload": "no name: a number",
    "kala.email.handover": "no name: a number",
    "kala.email.sender": "no name: a number",
}


class NamesCase(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hidden_lead = cls.env["crm.lead"].create(
            {"name": "Hidden matter", "phone": NOA, "user_id": cls.colleague.id}
        )
        cls.hidden = cls.env["kala.communication"].create(
            {
                "channel": "sms",
                "direction": "in",
                "company_id": cls.company.id,
                "line_id": cls.sms_line.id,
                "connection_id": cls.connection.id,
                "contact_kind": "phone",
                "contact_value": NOA,
                "body": SECRET,
                **cls.env["kala.communication"]._attach_vals(cls.hidden_lead),
            }
        )
        cls.own_lead = cls.env["crm.lead"].create(
            {"name": "Own matter", "phone": DANA, "user_id": cls.salesman.id}
        )
        cls.env.flush_all()

    def forget(self):
        self.env.flush_all()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestNames(NamesCase):
    def name_for(self, record, user, sudo=False):
        self.forget()
        return record.with_user(user).sudo(sudo).display_name

    def test_who_reads_it_reads_its_name(self):
        for user in (self.colleague, self.manager, self.env.ref("base.user_root")):
            self.assertEqual(self.name_for(self.hidden, user), SECRET)
            self.assertEqual(self.name_for(self.hidden, user, sudo=True), SECRET)

    def test_nobody_else_does_not_even_as_superuser(self):
        """Odoo reads the name of a many2one under sudo."""
        for user in (self.salesman, self.clerk, self.stranger, self.env.ref("base.public_user")):
            with self.subTest(user.login):
                name = self.name_for(self.hidden, user, sudo=True)
                self.assertEqual(name, "SMS (Incoming)")

    def test_the_cache_of_one_is_not_the_others(self):
        self.forget()
        read = [self.hidden.with_user(u).sudo().display_name for u in (self.manager, self.clerk)]
        self.assertEqual(read, [SECRET, "SMS (Incoming)"])

    def test_who_is_refused_finds_nothing_in_the_cache(self):
        """What was read as superuser to tell that somebody may not read a record, or its neutral
        name, is not there for him afterwards, by whatever field."""
        _connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        template = self.env["kala.template"].create(
            {"name": "T", "body": SECRET, "company_id": self.other_company.id}
        )
        for record, field in (
            (self.hidden, "body"),
            (line, "address"),
            (template, "body"),
            (self.hidden_lead, "name"),
        ):
            hidden = record.with_user(self.salesman)
            for label, look in (
                ("name", lambda r=hidden: r.sudo().display_name),
                ("access", lambda r=hidden: r.has_access("read")),
                ("its record", lambda: self.hidden.with_user(self.salesman).has_access("read")),
                ("record", lambda: self.hidden.with_user(self.salesman).sudo().record_name),
            ):
                if record == self.hidden_lead and label in ("name", "access"):
                    # Odoo's own.
                    continue
                with self.subTest(record._name, look=label):
                    self.forget()
                    look()
                    # ``assertRaises`` would empty the cache first.
                    try:
                        self.fail(hidden[field])
                    except AccessError:
                        continue

    def test_through_an_activity(self):
        """By read, web_read, group, search and export of a task that names it."""
        task = self.own_lead.with_user(self.salesman).activity_schedule(
            "mail.mail_activity_data_call"
        )
        task.sudo().kala_communication_id = self.hidden
        self.salesman.group_ids += self.env.ref("base.group_allow_export")
        self.forget()
        mine = task.with_user(self.salesman)
        told = [
            mine.read(["kala_communication_id"]),
            mine.web_read({"kala_communication_id": {"fields": {"display_name": {}}}}),
            mine.formatted_read_group([("id", "=", task.id)], ["kala_communication_id"]),
        ]
        self.assertNotIn("safe", str(told))
        self.assertIn("SMS (Incoming)", str(told))
        # An export is refused, as with every record that one may not read.
        with self.assertRaises(AccessError):
            mine.export_data(["kala_communication_id"])
        for domain in (
            [("kala_communication_id", "ilike", "safe")],
            [("kala_communication_id.body", "ilike", "safe")],
            [("kala_communication_id.display_name", "ilike", "safe")],
        ):
            with self.subTest(domain):
                self.assertFalse(mine.search([*domain, ("id", "=", task.id)]))
                self.assertEqual(
                    task.with_user(self.manager).search([*domain, ("id", "=", task.id)]),
                    task.with_user(self.manager),
                )

    def test_search_by_name(self):
        communications = self.env["kala.communication"]
        self.assertFalse(communications.with_user(self.salesman).name_search("safe"))
        found = communications.with_user(self.manager).name_search("safe")
        self.assertEqual(found, [(self.hidden.id, SECRET)])
        with self.assertRaises(AccessError):
            communications.with_user(self.clerk).name_search("safe")

    def test_of_every_model_of_ours(self):
        """Each model either hides its name or says here why it need not."""
        for name, model in self.env.registry.items():
            if name.startswith("kala.") and model._auto and not model._transient:
                with self.subTest(name):
                    hides = "kala.hidden.name" in self._parents(model)
                    self.assertNotEqual(hides, name in OPEN_NAMES)

    def _parents(self, model):
        return {getattr(base, "_name", None) for base in model.__mro__}

    def test_of_another_company(self):
        """Names of lines, connections, templates, statuses, mass sends of other companies."""
        connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        other = {"company_id": self.other_company.id}
        rows = [
            connection,
            line,
            self.env["kala.template"].create({"name": "Crisis plan", "body": "x", **other}),
            self.env["kala.mass.send"].create({"name": "Layoffs", "body": "x", **other}),
            self.env["kala.extension"].create(
                {"number": "201", "connection_id": connection.id, "user_id": self.stranger.id}
            ),
            self.env["kala.email.parser"].create({"name": "Secret shop", **other}),
        ]
        for record in rows:
            with self.subTest(record._name):
                full = record.display_name
                for user in (self.salesman, self.manager):
                    self.assertNotIn(full, self.name_for(record, user, sudo=True))
                    self.assertIn("(hidden)", self.name_for(record, user, sudo=True))
                self.assertEqual(self.name_for(record, self.env.ref("base.user_root")), full)

    def test_record_name_is_the_readers_too(self):
        """The title of the lead, where the log names its record."""
        self.forget()
        hidden = self.hidden.with_user(self.salesman).sudo()
        self.assertFalse(hidden.record_name)
        self.assertEqual(self.hidden.with_user(self.manager).record_name, "Hidden matter")


@tagged("post_install", "-at_install")
class TestGiven(NamesCase):
    def test_every_model_that_takes_a_communication_looks(self):
        """A new field that points to the log makes this fail, until its model checks."""
        writable = {
            access.model_id.model
            for access in self.env["ir.model.access"].search([("active", "=", True)])
            if access.perm_write or access.perm_create
        }
        seen = set()
        for name, model in self.env.registry.items():
            for field in model._fields.values():
                if field.comodel_name == "kala.communication" and (field.store or field.inverse):
                    seen.add(f"{name}.{field.name}")
                    parents = {getattr(base, "_name", None) for base in model.__mro__}
                    # The log and its attempts are written by nobody but ourselves; a list of an
                    # inverse field is checked where it is written: in the log.
                    is_open = name in writable and field.type != "one2many"
                    with self.subTest(f"{name}.{field.name}"):
                        self.assertTrue("kala.given" in parents or not is_open)
        self.assertLessEqual(
            {
                "mail.activity.kala_communication_id",
                "mail.activity.kala_answer_id",
                "kala.change.communication_id",
                "kala.composer.reply_to_id",
                "kala.line.test_id",
                "kala.reattach.communication_ids",
            },
            seen,
        )

    def test_nobody_points_to_what_he_may_not_read(self):
        """By create, write, default of the context and of the user, and onchange."""
        lead, hidden = self.own_lead.with_user(self.salesman), self.hidden.id
        task = lead.activity_schedule("mail.mail_activity_data_call")
        composer = self.env["kala.composer"].with_user(self.salesman)
        vals = {"res_model": "crm.lead", "res_ids": lead.ids, "channel": "sms"}
        made = composer.create(vals)
        spec = {"quoted_text": {}, "reply_to_id": {"fields": {"display_name": {}}}}
        self.forget()
        for label, point in [
            ("activity", lambda: task.write({"kala_communication_id": hidden})),
            ("answer", lambda: task.write({"kala_answer_id": hidden})),
            ("composer", lambda: composer.create({**vals, "reply_to_id": hidden})),
            ("written", lambda: made.write({"reply_to_id": hidden})),
            ("default", lambda: composer.with_context(default_reply_to_id=hidden).create(vals)),
            ("onchange", lambda: composer.onchange({**vals, "reply_to_id": hidden}, [], spec)),
            (
                "onchange default",
                lambda: composer.with_context(default_reply_to_id=hidden).onchange({}, [], spec),
            ),
            (
                "change",
                lambda: (
                    self.env["kala.change"]
                    .with_user(self.salesman)
                    .create({"communication_id": hidden})
                ),
            ),
            (
                "re-attach",
                lambda: (
                    self.env["kala.reattach"]
                    .with_user(self.salesman)
                    .create({"communication_ids": [(6, 0, [hidden])]})
                ),
            ),
            (
                "re-attach onchange",
                lambda: (
                    self.env["kala.reattach"]
                    .with_user(self.salesman)
                    .onchange({"communication_ids": [(4, hidden)]}, [], {"contact_display": {}})
                ),
            ),
            ("line", lambda: self.sms_line.with_user(self._lines()).write({"test_id": hidden})),
        ]:
            with self.subTest(label), self.assertRaises(AccessError):
                point()

    def _lines(self):
        """:return: a communication manager who sees his own documents only"""
        return self._make_user("liner", "sales_team.group_sale_salesman,kala_comm.group_manager")

    def test_what_he_may_read_is_taken(self):
        own = self.log(self.own_lead, direction="in", body="Mine", line_id=self.sms_line.id)
        task = self.own_lead.with_user(self.salesman).activity_schedule(
            "mail.mail_activity_data_call"
        )
        task.write({"kala_communication_id": own.id})
        self.assertEqual(task.kala_communication_id.display_name, "Mine")
