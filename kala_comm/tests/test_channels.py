from unittest.mock import patch

from lxml import etree

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.kala_comm.tools import channels, const
from odoo.addons.kala_comm.tools.channels import Channel
from odoo.addons.kala_comm.tools.phone import ContactKey

from .common import DANA, KalaCommon

PARROT = Channel(
    "parrot",
    channels._lt("Parrot"),
    contact_kinds=("phone",),
    id_label=channels._lt("Parrot user"),
    typed="phone",
    stop_words=True,
    groups=True,
    icon="fa-leaf",
    button="kala_can_parrot",
    # As if the core had brought it: a test has no addon of its own that is installed.
    addon="kala_comm",
)


class ChannelCase(KalaCommon):
    """A channel that the core has never heard of: its row, and the field of its button."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        channels.register(PARROT)
        cls.addClassCleanup(channels.unregister, "parrot")
        cls._add_button()
        cls.line = cls.env["kala.line"].create(
            {
                "name": "Parrots",
                "channel": "parrot",
                "connection_id": cls.connection.id,
                "address": "Shop",
                "external_id": "shop-1",
            }
        )
        cls.dana = cls.env["res.partner"].create({"name": "Dana Levi", "phone": DANA})
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Dana", "partner_id": cls.dana.id, "type": "opportunity"}
        )

    @classmethod
    def _add_button(cls):
        """What an addon of a channel says of its button."""
        from odoo.orm.model_classes import add_to_registry  # noqa: PLC0415

        class KalaCommunicationMixin(models.AbstractModel):
            _module = None
            _inherit = "kala.communication.mixin"

            kala_can_parrot = fields.Boolean(compute="_compute_kala_channels")

        mixin = cls.registry["kala.communication.mixin"]
        cls.addClassCleanup(cls.registry._setup_models__, cls.env.cr, [mixin._name])
        cls.addClassCleanup(setattr, mixin, "_base_classes__", mixin._base_classes__)
        add_to_registry(cls.registry, KalaCommunicationMixin)
        cls.registry._setup_models__(cls.env.cr, [mixin._name])


@tagged("post_install", "-at_install")
class TestNewChannel(ChannelCase):
    """docs/architecture.md, 3.17: a new channel is a row in its addon, a provider, and nothing in
    the core."""

    def test_line_and_connection(self):
        """The line's form offers it and says that groups may write."""
        self.assertIn("parrot", self.line.channels)
        self.assertTrue(self.line.has_groups)
        self.assertTrue(self.line.is_default, "the first of its channel")
        offered = dict(self.env["kala.line"].fields_get(["channel"])["channel"]["selection"])
        self.assertEqual(offered["parrot"], "Parrot")
        kinds = self.env["kala.contact.point"].fields_get(["kind"])["kind"]["selection"]
        self.assertEqual(dict(kinds)["parrot"], "Parrot user")
        with self.assertRaises(ValueError):
            self.line.channel = "raven"

    def test_in(self):
        """A contact who is known by an id makes a lead, and comes back to it; a stop word is an
        opt-out on that channel."""
        first = self.incoming(
            sender="polly-7", kind="parrot", channel="parrot", name="Polly", line="Shop"
        )
        self.assertEqual(
            (first.channel, first.contact_kind, first.line_id), ("parrot", "parrot", self.line)
        )
        self.assertEqual(first.lead_id.kala_origin, "parrot")
        self.assertEqual(first._family(), "text")
        self.incoming(sender="polly-7", kind="parrot", channel="parrot", line="Shop", text="STOP")
        answers = self.env["kala.contact.permission"]._allowed_channels(
            self.company, [ContactKey("parrot", "polly-7")]
        )
        self.assertEqual(answers, {(ContactKey("parrot", "polly-7"), "parrot"): False})

    def test_out(self):
        """It is sent to the mobile of the card, in answer to the id, and not to an e-mail."""
        sent = self.lead.kala_send("parrot", body="Hello")
        self.dispatch()
        self.assertEqual((sent.line_id, sent.state), (self.line, "delivered"))
        self.assertEqual(sent._key(), ContactKey("phone", DANA))
        known = self.incoming(sender="polly-7", kind="parrot", channel="parrot", line="Shop")
        answer = known._record().kala_send("parrot", body="Hello, Polly")
        self.assertEqual(answer._key(), ContactKey("parrot", "polly-7"))
        self.dana.write({"phone": False, "email": "dana@example.com"})
        with self.assertRaises(UserError):
            self.dana.kala_send("parrot", body="Hello")

    def test_face(self):
        """Its button stands on the records, its name in the menu of a number, and the composer
        writes on it."""
        self.assertTrue(self.lead.kala_can_parrot)
        for record in (self.lead, self.dana):
            for kind in ("form", "list"):
                arch = etree.fromstring(record.get_view(view_type=kind)["arch"])
                made = [
                    (button.get("string") or button.get("title"), button.get("invisible"))
                    for button in arch.iter("button")
                    if "parrot" in (button.get("context") or "")
                ]
                self.assertIn(("Parrot", "not kala_can_parrot"), made, (record._name, kind))
        arch = self.env["kala.communication"].get_view(view_type="search")["arch"]
        filters = etree.fromstring(arch).xpath("//filter[contains(@domain, 'parrot')]/@string")
        self.assertEqual(filters, ["Sent Parrot", "Parrot"])
        offered = self.dana.kala_phone_channels("050-234-5678")
        self.assertIn({"channel": "parrot", "label": "Parrot"}, offered)
        action = self.lead.with_context(kala_channel="parrot").action_kala_compose()
        form = Form(self.env["kala.composer"].browse(action["params"]["composer"]))
        form.body = "Hello"
        self.assertEqual((form.channel, form.line_id), ("parrot", self.line))
        form.save().action_send()
        sent = self.lead.kala_communication_ids
        self.assertEqual((sent.channel, sent.body), ("parrot", "Hello"))

    def test_se1_buttons_in_their_order(self):
        """SE1, LO5: buttons and filters stand in the order of the table, each once; no view of the
        core names one of them, but e-mail, which is their pattern."""
        rows = [row for row in channels.offered(self.env) if row.button in self.lead._fields]
        for record, kind in ((self.lead, "form"), (self.lead, "list"), (self.dana, "form")):
            arch = etree.fromstring(record.get_view(view_type=kind)["arch"])
            shown = [
                button.get("invisible").removeprefix("not ")
                for button in arch.iter("button")
                if button.get("name") == "action_kala_compose" and button.get("invisible")
            ]
            self.assertEqual(shown, [row.button for row in rows], (record._name, kind))
            held = {field.get("name") for field in arch.iter("field")}
            self.assertLessEqual(set(shown), held)
        arch = self.env["kala.communication"].get_view(view_type="search")["arch"]
        names = etree.fromstring(arch).xpath("//filter/@name")
        texts = channels.offered(self.env, channels.TEXT)
        wanted = [name for row in texts for name in (f"sent_{row.code}", row.code)]
        self.assertEqual(names[names.index(wanted[0]) :][: len(wanted) + 1], [*wanted, "calls"])

    def test_consent_card_and_problems(self):
        """The card asks for it; its failures have a card on the page To do."""
        facts = self.env["kala.consent.card"].facts("res.partner", self.dana.id)
        asked = [item["channel"] for item in facts["addresses"][0]["channels"]]
        self.assertIn("parrot", asked)
        self.assertIn("parrot", self.env["kala.dashboard"]._sending_channels())

    def test_templates_and_automation(self):
        template = self.env["kala.template"].create(
            {"name": "Hello", "channel": "parrot", "body": "Hello {{first_name}}"}
        )
        sent = self.lead.kala_send("parrot", template=template)
        self.assertEqual(sent.body, "Hello Dana")
        action = self.env["ir.actions.server"]
        for name in ("kala_channel", "kala_fallback_channel"):
            self.assertIn("parrot", dict(action.fields_get([name])[name]["selection"]))


@tagged("post_install", "-at_install")
class TestTable(KalaCommon):
    """docs/architecture.md, 3.17: the table where an addon is not installed, or not any more."""

    def test_not_installed(self):
        """What another database of the server uses is not offered in this one."""
        channels.register(Channel("raven", channels._lt("Raven"), addon="kala_comm_raven"))
        self.addCleanup(channels.unregister, "raven")
        offered = self.env["kala.line"].fields_get(["channel"])["channel"]["selection"]
        self.assertNotIn("raven", dict(offered))

    def test_gone(self):
        """The log outlives the addon of its channel."""
        channels.register(PARROT)
        sent = self.env["kala.communication"].create(
            {
                "channel": "parrot",
                "direction": "in",
                "company_id": self.company.id,
                "contact_kind": "parrot",
                "contact_value": "polly-7",
            }
        )
        channels.unregister("parrot")
        sent.invalidate_recordset()
        self.assertEqual((sent.summary, sent._family()), ("parrot", "text"))
        self.assertEqual(sent.contact_display, "polly-7")

    def test_two_addons(self):
        """Two addons cannot bring one channel."""
        with self.assertRaises(ValueError):
            channels.register(Channel("sms", channels._lt("Mine"), addon="kala_comm_mine"))

    def test_record_model_of_an_addon_that_is_not_installed(self):
        """Another database of the server may have one more model whose records are written to."""
        lead = self.env["crm.lead"].create({"name": "Dana", "phone": DANA})
        with patch.dict(const.RECORD_FIELDS, {"project.parrot": "parrot_id"}):
            sent = lead.kala_send("sms", body="Hello")
            seen = self.env["kala.communication"].with_user(self.manager).search([])
            self.assertIn(sent, seen)
            with self.assertRaisesRegex(UserError, "Choose a lead"):
                sent.action_reattach("project.parrot", 1)

    def test_names_of_const(self):
        """What other addons import from ``const`` is the table."""
        self.assertEqual(
            [code for code, _label in const.CHANNELS], [row.code for row in channels.every()]
        )
        self.assertEqual(const.WRITTEN_CHANNELS, (*const.TEXT_CHANNELS, "email"))
        self.assertEqual(const.CHANNEL_FAMILY["voice"], "call")
        self.assertIn(("raw", "Other number"), const.CONTACT_KINDS)


@tagged("post_install", "-at_install")
class TestWebClient(HttpCase):
    def test_the_web_client_reads_the_table(self):
        """The web client has no list of its own: icons, families and models come from here."""
        self.authenticate("admin", "admin")
        info = self.make_jsonrpc_request("/web/session/get_session_info", {})
        self.assertEqual(list(info["kala_channels"]), channels.codes())
        self.assertEqual(
            info["kala_channels"]["voice"],
            {"icon": "fa-phone", "family": "call", "label": "Call"},
        )
        self.assertEqual(set(info["kala_record_models"]), set(const.RECORD_MODELS))


@tagged("post_install", "-at_install")
class TestOdoosButton(KalaCommon, HttpCase):
    def is_replaced(self, user):
        self.authenticate(user.login, user.login)
        info = self.make_jsonrpc_request("/web/session/get_session_info", {})
        return info["kala_replaces_odoo"]

    def test_se2_where_a_line_sends_instead(self):
        """SE2: Odoo's own button beside a number goes where each company of a user has a line for
        it, and stays for who writes no communications."""
        self.assertTrue(self.is_replaced(self.salesman))
        self.assertFalse(self.is_replaced(self.clerk))
        self.salesman.company_ids += self.other_company
        self.assertFalse(self.is_replaced(self.salesman))
        self._make_sandbox(self.other_company, "03-7654321")
        self.assertTrue(self.is_replaced(self.salesman))
        self.sms_line.active = False
        self.assertFalse(self.is_replaced(self.salesman))
