"""SC4, LO8: what anybody may call over RPC. Each public method of ours, by each kind of user, on
records that are not his, and on his own and such a one together: it refuses, or tells nothing and
changes nothing. Whose the record is, is not refused."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA
from .every_model import SECRET, EveryModelCase

#: Methods of Odoo that we only extend: Odoo's own rights stand before them.
OF_ODOO = frozenset(
    "create write unlink copy_data fields_get onchange run action_archive message_new "
    "message_process message_parse message_route process_email_queue mark_outgoing cancel "
    "module_uninstall session_info".split()
)
#: What is asked with arguments → those.
ARGUMENTS = {
    "kala_send": ("sms", "Hello"),
    "kala_phone_channels": (NOA,),
    "action_react": ("👍",),
    "test_notification": ("x",),
    "has_device": ("https://push.example/1",),
    "test_push": ("https://push.example/1", "x"),
    "open_card": ("task_text",),
    "figures": ({"period": "days"},),
    "open_figure": ({"period": "days"}, "incoming"),
    "dial": ("+972522345678",),
    "save_address": (1,),
    "change_box": ({"body": "Hello"},),
    "send_box": ({"body": "Hello"},),
    "save_waiting": (0, "Hello"),
    "action_verify": ("123456",),
    "guide_begin": ("sandbox",),
    "guide_save": ({"name": "x"},),
    "guide_add_line": ({"channel": "sms", "address": NOA},),
    "guide_test": (NOA,),
    "action_open_counted": ("ok",),
    "action_mend_address": ("052-234-5678",),
}
#: Methods without a record of theirs: they tell each user his own, see their docstrings.
OF_NOBODY = frozenset(
    [
        ("kala.communication", "reactions"),
        ("crm.lead", "kala_count_new"),
        ("kala.notifier", "test_notification"),
        ("kala.notifier", "test_facts"),
        ("kala.notifier", "has_device"),
        ("kala.notifier", "test_push"),
        ("kala.dashboard", "totals"),
        ("kala.dashboard", "open_card"),
        ("kala.dashboard", "choices"),
        ("kala.dashboard", "figures"),
        ("kala.dashboard", "open_figure"),
        ("kala.placeholder", "get_groups"),
        ("kala.rule.action", "get_address_fields"),
        ("kala.call", "dial"),
        ("kala.search", "find"),
        ("kala.line", "troubles"),
        # They are of the company that the user has selected.
        *(
            ("kala.first.hour", method)
            for method in (
                *("load", "simulate", "begin_sandbox", "set_country", "set_language"),
                *("set_responsible", "set_window", "set_consent"),
            )
        ),
        # They are told keys; a record that the user may not read is none of them.
        *(
            ("kala.waiting", method)
            for method in (
                *("load", "rows", "counts", "done", "assign", "put_off", "take_back"),
                *("mark_read", "mark_unread"),
            )
        ),
    ]
)
#: Methods that are told which record → what they are asked beside it: of foreign messages, too.
OF_A_RECORD = {
    ("kala.consent.card", "facts"): lambda messages: (),
    ("kala.conversation", "load"): lambda messages: (),
    ("kala.conversation", "changed"): lambda messages: (messages.ids,),
    ("kala.conversation", "search_text"): lambda messages: ("secret",),
    ("kala.composer", "open_box"): lambda messages: (),
    ("kala.first.view", "note"): lambda messages: (),
    ("kala.draft", "keep"): lambda messages: ({"body": "Hello"},),
    ("kala.draft", "find"): lambda messages: (),
    ("kala.draft", "dismiss_other"): lambda messages: (),
    ("kala.phone.number", "offer"): lambda messages: (NOA,),
    ("kala.presence", "here"): lambda messages: ("w1",),
    ("kala.presence", "leave"): lambda messages: ("w1",),
    ("kala.waiting", "card"): lambda messages: (),
    ("kala.waiting", "set_stage"): lambda messages: (messages.lead_id[:1].stage_id.id,),
}
#: They make a list or a page of records, which shows each user what he may read.
OPENS_A_LIST = frozenset(
    "action_open_communications action_open_skipped action_open_lines action_open_dead "
    "action_open_templates action_open_log action_open_dry action_open_automations "
    "action_kala_waiting_steps".split()
)
#: Settings and mailboxes are the administrators'; their rights are Odoo's.
OF_ADMINISTRATORS = frozenset([("res.config.settings", "action_kala_confirm_database")])


@tagged("post_install", "-at_install")
class TestMethods(EveryModelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._make_user("portal", "base.group_portal")
        elsewhere = {
            "company_id": cls.other_company.id,
            "company_ids": [(6, 0, cls.other_company.ids)],
        }
        groups = "sales_team.group_sale_manager,kala_comm.group_manager"
        cls.boss = cls._make_user("boss", groups, **elsewhere)
        # His own documents only, and manager of the log.
        cls.liner = cls._make_user(
            "liner", "sales_team.group_sale_salesman,kala_comm.group_manager", **elsewhere
        )

    def setUp(self):
        super().setUp()
        self.own = self.make_all(self.salesman, DANA)
        self.own |= self._documents(self.salesman, DANA)
        self.others = self.make_all(self.rival, NOA)
        self.others |= self._documents(self.rival, NOA)
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.before = self.state()

    def _documents(self, user, phone):
        """:return: dict model → record of Odoo that has methods of ours"""
        lead = self.of_lead
        order = self.order(lead.partner_id, user_id=user.id)
        task = lead.activity_schedule("mail.mail_activity_data_call", user_id=user.id)
        return {
            "crm.lead": lead,
            "sale.order": order,
            "mail.activity": task,
            "res.partner": lead.partner_id,
        }

    # ------------------------------------------------------------------ what there is

    def methods(self):
        """:return: set of (model, public method of ours)"""
        found = set()
        for name, model in self.env.registry.items():
            for base in model.mro():
                if base.__module__.startswith("odoo.addons.kala_comm"):
                    found |= {
                        (name, method)
                        for method, value in vars(base).items()
                        if callable(value)
                        and not method.startswith("_")
                        and not getattr(model, method).__dict__.get("_api_private")
                    }
        return {(model, method) for model, method in found if method not in OF_ODOO}

    def test_every_method_is_asked(self):
        """A new method is asked like the others, on a record of its model; else it stands above."""
        for model, method in sorted(self.methods() - OF_NOBODY - OF_ADMINISTRATORS):
            if self.env[model]._abstract and not self._concrete(method):
                with self.subTest(model=model, method=method):
                    self.assertIn((model, method), OF_A_RECORD)
            elif not self.env[model]._abstract:
                with self.subTest(model=model, method=method):
                    self.assertIn(model, self.others)

    def _concrete(self, method):
        return {model for model, of in self.methods() if of == method and model in self.others}

    def calls(self):
        """:return: iterator of (model, method)"""
        asked_elsewhere = OF_NOBODY | OF_ADMINISTRATORS | set(OF_A_RECORD)
        for model, method in sorted(self.methods() - asked_elsewhere):
            if model in self.others:
                yield model, method

    # ------------------------------------------------------------------ asked

    def state(self):
        """:return: all that stands in our tables, and in the records that messages are about"""
        self.env.flush_all()
        tables = sorted(
            {
                model._table
                for name, model in self.env.registry.items()
                if name.startswith("kala.") and model._auto and not model._transient
            }
            | {"mail_activity", "crm_lead", "sale_order", "bus_bus"}
        )
        found = {}
        for table in tables:
            self.env.cr.execute(
                f"SELECT md5(string_agg(t::text, ';' ORDER BY t.id)) FROM {table} t"
            )
            found[table] = self.env.cr.fetchone()[0]
        return found

    def ask(self, records, user, method):
        """:return: (what the user is told, tables that are changed by it); it is taken back"""
        self.env.invalidate_all()
        mine = self.env[records._name].with_user(user).browse(records.ids)
        told, changed = None, []
        with self.env.cr.savepoint() as savepoint:
            try:
                told = getattr(mine, method)(*ARGUMENTS.get(method, self._where(method)))
                self.env.flush_all()
                self.env.cr.precommit.run()
                state = self.state()
                changed = [table for table in state if state[table] != self.before[table]]
            except (AccessError, UserError):
                told = None
            except ValueError as error:
                # Of a method for one record.
                self.assertIn("Expected singleton", str(error))
            self.env.cr.precommit.clear()
            self.env.invalidate_all(flush=False)
            savepoint.rollback()
        return told, changed

    def _where(self, method):
        """To where communications are re-attached: to a record of the one who asks."""
        if method == "action_reattach":
            return "crm.lead", self.own["crm.lead"].id
        return ()

    def test_on_records_of_others(self):
        for model, method in self.calls():
            for user in (
                self.salesman,
                self.stranger,
                self.clerk,
                self.portal,
                self.boss,
                self.liner,
            ):
                if not self._is_foreign(model, user) or method in OPENS_A_LIST:
                    continue
                for records in self._foreign(model):
                    with self.subTest(model=model, method=method, user=user.login, n=len(records)):
                        told, changed = self.ask(records, user, method)
                        self.assertNotIn(SECRET, str(told))
                        self.assertFalse(changed)

    def test_told_which_record(self):
        """Of a lead of others nothing; of one's own nothing of others' messages."""
        lead, messages = self.others["crm.lead"], self.others["kala.communication"]
        for (model, method), beside in OF_A_RECORD.items():
            for user in (self.salesman, self.stranger, self.clerk, self.portal, self.boss):
                with self.subTest(model=model, method=method, user=user.login):
                    self.env.invalidate_all()
                    asked = getattr(self.env[model].with_user(user), method)
                    with self.assertRaises(UserError):
                        asked("crm.lead", lead.id, *beside(messages))
            asked = getattr(self.env[model].with_user(self.salesman), method)
            told = asked("crm.lead", self.own["crm.lead"].id, *beside(messages))
            self.assertNotIn(NOA, str(told))
            self.assertNotIn(f"'id': {messages.id},", str(told.get("lines")))

    def _is_foreign(self, model, user):
        """:return: whether a record of the rival is none of a user's business; customers are all
        employees', what a company has set up is its users'"""
        if model == "res.partner":
            return user in (self.clerk, self.portal)
        with_user = self.others[model].with_user(user)
        return not with_user.has_access("write") and not (
            self.others[model] == self.own[model] and with_user.has_access("read")
        )

    def _foreign(self, model):
        yield self.others[model]
        if self.others[model] != self.own[model]:
            yield self.own[model] | self.others[model]
            yield self.others[model] | self.own[model]
        if model == "kala.communication":
            # What waits to be sent, too: other buttons work on it.
            own, others = (
                made["crm.lead"].kala_communication_ids.filtered(lambda c: c.state == "scheduled")
                for made in (self.own, self.others)
            )
            self.assertEqual((len(own), len(others)), (1, 1))
            yield others
            yield own | others

    def test_whose_they_are(self):
        """The control: nobody is kept from his own."""
        for model, method in self.calls():
            record = self.others[model]
            is_his = record.with_user(self.rival).has_access("write")
            if not is_his and model != "kala.communication":
                continue
            with self.subTest(model=model, method=method):
                self.env.invalidate_all()
                arguments = ARGUMENTS.get(method, ())
                if method == "action_reattach":
                    arguments = ("crm.lead", self.others["crm.lead"].id)
                try:
                    with self.env.cr.savepoint():
                        getattr(record.with_user(self.rival), method)(*arguments)
                except AccessError as error:
                    self.fail(error)
                except UserError:
                    # It is not the moment for that button.
                    continue
