"""LO5: where people choose fields (filters, groups, measures, export), they know their names."""

import re

from odoo.tests import tagged

from .common import DANA, NOA, OMER, KalaCommon

#: Words of the code, and of nobody else.
TECHNICAL = re.compile(
    r"\b(kala|tokens?|uids?|uuid|ids|keys?|json|res|ref|models?|domain|claim(ed)?|pending|payload"
    r"|sql|xml|url|misses|looks|told|hook|checksum|many2one|idx|index|seq|rank)\b",
    re.IGNORECASE,
)
#: What Odoo itself offers on each of its models.
OF_ODOO = {"id", "create_uid", "create_date", "write_uid", "write_date", "display_name"}
#: Field types whose content nobody reads in a list.
UNREADABLE = ("json", "reference", "many2one_reference", "properties")


@tagged("post_install", "-at_install")
class TestOffered(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._make_user("admin_of_kala", "base.group_system,kala_comm.group_manager")

    def shown_models(self):
        """:return: list of our models that people see in a list, with those that have an action"""
        views = self.env["ir.ui.view"].search(
            [("model", "=like", "kala.%"), ("type", "in", ("list", "search", "pivot", "graph"))]
        )
        actions = self.env["ir.actions.act_window"].search([("res_model", "=like", "kala.%")])
        names = {*views.mapped("model"), *actions.mapped("res_model")}
        return [name for name in sorted(names) if not self.env[name]._transient]

    def offered(self, model, user):
        """:return: dict field → description, of those that the web client offers somewhere"""
        return {
            name: field
            for name, field in self.env[model].with_user(user).fields_get().items()
            if name not in OF_ODOO
            and not self._is_of_mail(model, name)
            and (
                field.get("searchable")
                or field.get("groupable")
                or field.get("aggregator")
                or field.get("exportable", True)
            )
        }

    def _is_of_mail(self, model, name):
        return name in self.env["mail.thread"]._fields and name in self.env[model]._fields

    def test_offered_fields_have_names_that_people_know(self):
        self.assertIn("kala.communication", self.shown_models())
        for model in self.shown_models():
            for user in (self.manager, self.admin):
                if not self.env[model].with_user(user).has_access("read"):
                    continue
                for name, field in self.offered(model, user).items():
                    with self.subTest(model=model, field=name, label=field["string"]):
                        secret = self.env[model]._fields[name].groups
                        if secret:
                            # What an administrator copies from a provider is called as there.
                            self.assertFalse(field["exportable"])
                            continue
                        self.assertNotRegex(field["string"], TECHNICAL)
                        if field.get("store"):
                            self.assertNotIn(field["type"], UNREADABLE)

    def test_two_fields_of_a_list_have_two_names(self):
        """Who chooses "Text" knows which one."""
        for model in self.shown_models():
            labels = {}
            for name, field in self.offered(model, self.manager).items():
                if field.get("groupable") and field.get("store"):
                    labels.setdefault(field["string"], []).append(name)
            with self.subTest(model):
                self.assertFalse({label: of for label, of in labels.items() if len(of) > 1})

    def test_measures_of_the_report(self):
        """LO5: what is added up means something: seconds of talk, attempts; of an addon, parts of
        an SMS."""
        fields = self.offered("kala.communication", self.manager)
        measures = {
            name
            for name, field in fields.items()
            if field["type"] in ("integer", "float", "monetary")
            and field["store"]
            and field.get("aggregator")
        }
        self.assertEqual(measures - {"sms_parts"}, {"attempt_count", "duration"})

    def test_lo5_contacts_are_counted_once(self):
        """LO5: who wrote ten times is one contact, in each group and in all."""
        self.env["kala.communication"].search([]).unlink()
        lead = self.lead("Roof", user_id=self.salesman.id)
        for number, channel in ((DANA, "sms"), (DANA, "sms"), (DANA, "whatsapp"), (NOA, "sms")):
            self.log(lead, contact_value=number, channel=channel)
        self.log(self.lead(user_id=self.colleague.id), contact_value=OMER)
        log = self.env["kala.communication"].with_user(self.salesman)
        self.assertEqual(log.fields_get(["contact_count"])["contact_count"]["aggregator"], "sum")
        found = log._read_group([], ["channel"], ["contact_count:sum"], order="channel")
        self.assertEqual(found, [("sms", 2), ("whatsapp", 1)])
        self.assertEqual(log._read_group([], [], ["contact_count:sum"]), [(2,)])

    def test_internal_fields_are_there(self):
        """A field that was renamed is not forgotten; what is internal is offered nowhere."""
        for model in self.env.registry:
            for name in getattr(self.env[model], "_internal_fields", ()):
                if model == "kala.communication" and name == "sms_uuid":
                    # Of an addon that may not be installed.
                    continue
                with self.subTest(model=model, field=name):
                    self.assertIn(name, self.env[model]._fields)
                    self.assertNotIn(name, self.offered(model, self.admin))

    def test_models_are_called_by_a_noun(self):
        """Odoo shows the name of a model in titles of dialogs: "Open: Line"."""
        for model in self.env.registry:
            if model.startswith("kala."):
                with self.subTest(model):
                    self.assertNotRegex(self.env[model]._description, r"(?i)kala|\.|_")

    def test_actions_have_titles(self):
        actions = self.env["ir.actions.act_window"].search([("res_model", "=like", "kala.%")])
        for action in actions:
            with self.subTest(action.name):
                self.assertNotRegex(action.name, TECHNICAL)
                self.assertNotIn(".", action.name)


@tagged("post_install", "-at_install")
class TestLeadTitles(KalaCommon):
    def test_ma3_a_title_fits_on_a_card(self):
        """MA3: of a first message, one line, cut at a word, with who wrote it."""
        text = (
            "Hello,\n\nwe look for a kitchen of oak with a very long table, and chairs for twelve"
        )
        for name, begins in (
            ("Dana Levi", "Dana Levi: Hello, we look for a kitchen"),
            ("Dana Magdalena Konstantynopolitanska-Wisniewska", "Dana Magdalena"),
            ("", "050-234-5678: Hello, we look"),
        ):
            with self.subTest(name):
                lead = self.incoming(sender=DANA, text=text, name=name).lead_id
                self.assertLessEqual(len(lead.name), 60)
                self.assertTrue(lead.name.startswith(begins), lead.name)
                self.assertTrue(lead.name.endswith("…"))
                self.assertNotIn("\n", lead.name)
                self.assertIn(lead.name.rstrip("…").rpartition(" ")[2], text)
                lead.unlink()
