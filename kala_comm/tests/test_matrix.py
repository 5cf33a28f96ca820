"""SC4, LO8: who reads what. Each model of ours × each kind of user × each way of reading."""

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA
from .every_model import SECRET, EveryModelCase

#: Two salesmen with documents of their own made one record of each model each. What a user may
#: read of them: nothing; those of the salesman that he himself is; both.
NOTHING, OWN, BOTH = "nothing", "own", "both"
#: Who asks, in the order of the columns. ``clerk`` has no group of ours, ``stranger`` is of
#: another company, ``operator`` and ``head`` are communication user and manager who sell nothing.
USERS = ("portal", "clerk", "stranger", "operator", "salesman", "head", "manager", "admin")
_ALL = (NOTHING, BOTH, BOTH, BOTH, BOTH, BOTH, BOTH, BOTH)
_COMPANY = (NOTHING, NOTHING, NOTHING, BOTH, BOTH, BOTH, BOTH, BOTH)
_BY_RECORD = (NOTHING, NOTHING, NOTHING, NOTHING, OWN, NOTHING, BOTH, BOTH)
_PERSONAL = (NOTHING, NOTHING, NOTHING, NOTHING, OWN, BOTH, BOTH, BOTH)
_MANAGERS = (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, BOTH, BOTH, BOTH)
_SYSTEM = (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, BOTH)
#: Whose it is, and no manager.
_ONES_OWN = (NOTHING, NOTHING, NOTHING, NOTHING, OWN, NOTHING, NOTHING, NOTHING)
#: A wizard is its user's: of the salesmen's that of a salesman; the manager opened the others.
_SALESMANS_WIZARD = (NOTHING, NOTHING, NOTHING, NOTHING, OWN, NOTHING, NOTHING, NOTHING)
_MANAGERS_WIZARD = (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, BOTH, NOTHING)

MATRIX = {
    "kala.status.type": _ALL,
    "kala.order.status": _ALL,
    "kala.ad": _COMPANY,
    "kala.connection": _COMPANY,
    "kala.line": _COMPANY,
    "kala.extension": _COMPANY,
    "kala.email.parser": _COMPANY,
    "kala.email.parser.field": _COMPANY,
    "kala.communication": _BY_RECORD,
    "kala.attempt": _BY_RECORD,
    "kala.answer": _BY_RECORD,
    "kala.answer.due": _SYSTEM,
    "kala.mass.send": _PERSONAL,
    "kala.mass.seen": _PERSONAL,
    "kala.mass.skip": _PERSONAL,
    "kala.template": _PERSONAL,
    "kala.template.variable": _PERSONAL,
    "kala.inbound.event": _MANAGERS,
    "kala.inbound.item": _MANAGERS,
    "kala.contact.permission": _MANAGERS,
    "kala.consent": _MANAGERS,
    "kala.contact.point": _SYSTEM,
    "kala.contact.picture": _SYSTEM,
    "kala.line.pace": _SYSTEM,
    "kala.search.text": _SYSTEM,
    "kala.line.alias": _SYSTEM,
    "kala.upload": _SYSTEM,
    "kala.badge": _SYSTEM,
    "kala.waiting": _SYSTEM,
    "kala.reading": _SYSTEM,
    # A manager's, who may read the record, too.
    "kala.first.view": (*[NOTHING] * 6, BOTH, BOTH),
    "kala.presence": _SYSTEM,
    "kala.email.sender": _SYSTEM,
    "kala.email.handover": _SYSTEM,
    "kala.mass.live": _SYSTEM,
    "kala.sender": _PERSONAL,
    "kala.draft": _ONES_OWN,
    "kala.rule": _COMPANY,
    "kala.rule.action": _COMPANY,
    "kala.rule.log": _BY_RECORD,
    "kala.sender.code": _SYSTEM,
    "kala.invitation": _SYSTEM,
    "kala.push": _SYSTEM,
}
#: Nobody but who opened a wizard reads it, whatever his groups are.
WIZARDS = {
    "kala.composer": _SALESMANS_WIZARD,
    "kala.composer.address": _SALESMANS_WIZARD,
    "kala.change": _SALESMANS_WIZARD,
    "kala.consent.change": _SALESMANS_WIZARD,
    "kala.reattach": _SALESMANS_WIZARD,
    "kala.sender.verify": _SALESMANS_WIZARD,
    "kala.sender.remove": _SALESMANS_WIZARD,
    "kala.reattach.candidate": _SALESMANS_WIZARD,
    "kala.invite": _SALESMANS_WIZARD,
    "kala.line.replace": _MANAGERS_WIZARD,
    "kala.dismiss": _MANAGERS_WIZARD,
    "kala.resend": _MANAGERS_WIZARD,
    "kala.simulate": _MANAGERS_WIZARD,
    "kala.explain": _MANAGERS_WIZARD,
}


@tagged("post_install", "-at_install")
class TestMatrix(EveryModelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = cls._make_user("operator", "kala_comm.group_user")
        cls.head = cls._make_user("head", "kala_comm.group_manager")
        cls.portal = cls._make_user("portal", "base.group_portal")
        cls.admin = cls._make_user("root", "base.group_system,sales_team.group_sale_manager")
        export = cls.env.ref("base.group_allow_export")
        for name in USERS[1:]:
            getattr(cls, name).group_ids += export

    def setUp(self):
        super().setUp()
        self.own = self.make_all(self.salesman, DANA)
        self.others = self.make_all(self.rival, NOA)
        self.hidden_lead = self.of_lead

    def cells(self):
        """:return: iterator of (model, record, user, whether he may read it)"""
        for model, row in {**MATRIX, **WIZARDS}.items():
            for name, cell in zip(USERS, row, strict=True):
                user = getattr(self, name)
                yield model, self.own[model], user, cell != NOTHING
                if self.others[model] != self.own[model]:
                    yield model, self.others[model], user, cell == BOTH

    def check(self, way):
        """:param way: callable of a record as its reader; its answer is whether he learned
        anything, and an AccessError is that he did not"""
        for model, record, user, may in self.cells():
            whose = "own" if record == self.own[model] else "other"
            with self.subTest(model=model, user=user.login, whose=whose):
                self.env.flush_all()
                self.env.invalidate_all()
                try:
                    learned = way(record.with_user(user))
                except AccessError:
                    learned = False
                except UserError as error:
                    # Who has no account of ours exports nothing at all.
                    self.assertIn("rights to export", str(error))
                    learned = False
                self.assertEqual(bool(learned), may)

    def test_every_model_is_in_it(self):
        """A new model needs a row, and a record in ``every_model.py``."""
        self.assertEqual({*MATRIX, *WIZARDS}, self.our_models())
        self.assertEqual(set(self.own), self.our_models())

    def test_read(self):
        self.check(lambda record: record.read())

    def test_search(self):
        self.check(lambda record: record.search([("id", "=", record.id)]))

    def test_count(self):
        """Nor how many there are, by whatever field."""

        def way(record):
            groups = record.formatted_read_group([("id", "=", record.id)], [], ["__count"])
            count = record.search_count([("id", "=", record.id)])
            self.assertEqual(groups[0]["__count"], count)
            return count

        self.check(way)

    def test_name_search(self):
        self.check(
            lambda record: [
                found for found in record.name_search("", limit=None) if found[0] == record.id
            ]
        )

    def test_export(self):
        self.check(lambda record: record.export_data(["id", "display_name"])["datas"])

    def test_form(self):
        """As the web client opens it, with the values that it has."""
        forms = {
            view.model: view
            for view in self.env["ir.ui.view"].search(
                [("model", "in", list(MATRIX)), ("type", "=", "form"), ("mode", "=", "primary")]
            )
        }

        def way(record):
            view = forms.get(record._name)
            if not view:
                return record.web_read({"display_name": {}})
            arch = etree.fromstring(record.get_view(view.id, "form")["arch"])
            spec = {node.get("name"): {} for node in arch.xpath("//field[not(ancestor::field)]")}
            return record.web_read(spec)

        self.check(way)

    def test_name_of_a_many2one(self):
        """Odoo computes the name of what a field points to as superuser, whoever reads it: from
        whatever model, to whatever of ours."""
        for model, record, user, may in self.cells():
            if may:
                continue
            with self.subTest(model=model, user=user.login):
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertNotIn(SECRET, record.with_user(user).sudo().display_name or "")

    def test_onchange(self):
        """A form that somebody may open tells nothing of a record whose id is put into it."""
        pointing = [
            (model, name, field.comodel_name)
            for model in sorted({**MATRIX, **WIZARDS})
            for name, field in self.env[model]._fields.items()
            if field.type == "many2one" and field.comodel_name in MATRIX
        ]
        hidden = {(model, user): record for model, record, user, may in self.cells() if not may}
        for model, name, comodel in pointing:
            for user in (self.operator, self.salesman, self.head):
                record = hidden.get((comodel, user))
                opened = self.env[model].with_user(user)
                if not record or not opened.has_access("create"):
                    continue
                with self.subTest(model=model, field=name, user=user.login):
                    self.env.flush_all()
                    self.env.invalidate_all()
                    plain = [n for n, f in opened._fields.items() if not f.relational]
                    spec = {**dict.fromkeys(plain, {}), name: {"fields": {"display_name": {}}}}
                    try:
                        told = opened.onchange({name: record.id}, [name], spec)
                    except (AccessError, UserError):
                        continue
                    self.assertNotIn(SECRET, str(told))

    def test_onchange_of_lists(self):
        """Nor of records whose ids are put into a list, by whatever command, or into a line of one;
        on the records of Odoo, too."""
        hidden = {(model, user): record for model, record, user, may in self.cells() if not may}
        for user in (self.operator, self.salesman, self.head, self.stranger):
            hidden["ir.attachment", user] = self._hidden_file()
        for model, name, comodel in self._lists():
            for user in (self.operator, self.salesman, self.head, self.stranger):
                opened = self.env[model].with_user(user)
                record = hidden.get((comodel, user))
                if not record or not opened.has_access("create"):
                    continue
                for command in self._commands(record, hidden, user):
                    with self.subTest(model=model, field=name, user=user.login, command=command):
                        self.assertNotIn(SECRET, self._told_by_list(opened, name, record, command))

    def _told_by_list(self, opened, name, record, command):
        """:return: text of what an onchange with a command tells: of the form's own fields, and of
        those of its lines"""
        own = {n: {} for n, f in opened._fields.items() if not f.relational}
        lines = {n: {} for n, f in record._fields.items() if not f.relational}
        told = []
        for of_lines in ({}, {"fields": lines}):
            spec = {**own, name: of_lines}
            self.env.flush_all()
            self.env.invalidate_all()
            try:
                told.append(opened.onchange({name: [command]}, [name], spec))
            except (AccessError, UserError):
                continue
        return str(told)

    def _hidden_file(self):
        return self.env["ir.attachment"].create(
            {
                "name": f"{SECRET}.txt",
                "raw": b"x",
                "res_model": "crm.lead",
                "res_id": self.hidden_lead.id,
            }
        )

    def _lists(self):
        """:return: iterator of (model, field, model of its lines) of every list of ours"""
        odoos = ("crm.lead", "sale.order", "res.partner", "mail.activity", "res.users")
        for model in (*sorted({**MATRIX, **WIZARDS}), *odoos, "ir.actions.server"):
            for name, field in self.env[model]._fields.items():
                is_ours = model.startswith("kala.") or name.startswith("kala_")
                if is_ours and field.type in ("one2many", "many2many"):
                    yield model, name, field.comodel_name

    def _commands(self, record, hidden, user):
        """:return: iterator of the commands by which a list names a record"""
        yield (4, record.id)
        yield (6, 0, record.ids)
        yield (1, record.id, {})
        for name, field in record._fields.items():
            pointed = field.type == "many2one" and hidden.get((field.comodel_name, user))
            if pointed:
                yield (0, 0, {name: pointed.id})

    def test_company(self):
        """The other way round: nobody of ours reads what is of the stranger's company."""
        connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        for record in connection + connection, line:
            for name in ("operator", "salesman", "head", "manager"):
                with self.subTest(model=record._name, user=name):
                    found = record.with_user(getattr(self, name)).search([("id", "in", record.ids)])
                    self.assertFalse(found)
