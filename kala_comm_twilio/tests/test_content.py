"""Twilio's content templates, from its list to a customer's phone (WA8)."""

import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.fakes import Answer

from .common import CONTRACT, CUSTOMER, TwilioCase
from .fakes import FakeTwilio

SID = "HX" + "0123456789abcdef" * 2
FIRST = "/v1/ContentAndApprovals?PageSize=50"


def part(sid=SID, types=None, **approval):
    """:return: a template as the Content API lists it"""
    return {
        "sid": sid,
        "account_sid": "AC" + "0" * 32,
        "friendly_name": "Order is ready",
        "language": "en",
        "variables": {"1": "Mark", "2": "S00042"},
        "types": types
        or {
            "twilio/text": {"body": "Hi {{1}}"},
            "twilio/call-to-action": {
                "body": "Hi {{1}}, 100% ready {% off",
                "actions": [
                    {"type": "URL", "title": "Follow", "url": "https://example.com/{{2}}"},
                    {"type": "PHONE_NUMBER", "title": "Call us", "phone": "+972722776772"},
                ],
            },
        },
        "approval_requests": {
            "name": "order_ready",
            "category": "UTILITY",
            "content_type": "twilio/call-to-action",
            "status": "approved",
            "rejection_reason": "",
            **approval,
        },
    }


def page(*parts, following=None):
    return {"contents": list(parts), "meta": {"page": 0, "next_page_url": following}}


@tagged("post_install", "-at_install")
class TestContent(TwilioCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fake = FakeTwilio()
        cls.addClassCleanup(cls.fake.stop)
        cls.connection.api_url = cls.fake.url
        cls.connection._set_state("connected")
        cls.lead_of = cls.env["crm.lead"].create(
            {"name": "Roof", "phone": CUSTOMER, "contact_name": "Dana Levi"}
        )

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Odoo's guard, which lets loopback pass, does not know timeouts in two parts."""
        return super()._request_handler(session, request, **dict(kwargs, timeout=None))

    def setUp(self):
        super().setUp()
        self.fake.pages.clear()
        self.fake.requests.clear()

    def sync(self, *parts):
        if parts:
            self.fake.pages[FIRST] = Answer(200, page(*parts))
        self.connection.action_sync_templates()
        templates = self.env["kala.template"].with_context(active_test=False)
        return templates.search([("connection_id", "=", self.connection.id)])

    def ready(self, *parts):
        template = self.sync(*(parts or [part()]))
        values = {"1": "{{ first_name or 'there' }}", "2": "{{ record_name }}"}
        for variable in template.variable_ids:
            variable.value = values[variable.name]
        self.assertTrue(template.is_ready, template.obstacle)
        return template

    def test_list(self):
        """WA8: Twilio's templates become ours: the approved content, its variables, its
        buttons."""
        template = self.sync(part())
        self.assertEqual(
            (template.name, template.channel, template.external_id, template.external_language),
            ("Order ready", "whatsapp", SID, "en"),
        )
        self.assertEqual(template.external_body, "Hi {{1}}, 100% ready {% off")
        self.assertEqual(
            template.variable_ids.mapped(lambda v: (v.part, v.place, v.name, v.example)),
            [("body", 0, "1", "Mark"), ("button", 0, "2", "S00042")],
        )
        self.assertIn("Follow – https://example.com/{{2}}", template.buttons_text)
        self.assertFalse(template.is_ready)

    def test_wa8_a_file_beside_a_template(self):
        """WA8: no template of Twilio's takes a file along: it is refused, not left out."""
        file = self.env["ir.attachment"].create({"name": "offer.pdf", "raw": b"%PDF"})
        message = self.lead_of.kala_send(
            "whatsapp", template=self.ready(), attachments=file.ids, line=self.whatsapp_line
        ).sudo()
        self.dispatch()
        self.assertEqual((message.state, message.failure_kind), ("failed", "rejected"))
        self.assertIn("takes no file along", message.failure_reason)
        self.assertFalse(self.fake.forms)

    def test_pages(self):
        """WA8: page by page, always at the same host, since the login goes there."""
        query = "PageSize=50&Page=1&PageToken=PAHX1"
        following = f"https://elsewhere.example.com/v1/ContentAndApprovals?{query}"
        self.fake.pages[FIRST] = Answer(200, page(part(), following=following))
        other = "HX" + "f" * 32
        self.fake.pages[f"/v1/ContentAndApprovals?{query}"] = Answer(
            200, page(part(other, name="hello"))
        )
        self.assertEqual(set(self.sync().mapped("external_id")), {SID, other})
        self.assertEqual(self.fake.paths, [FIRST, f"/v1/ContentAndApprovals?{query}"])
        self.connection.api_url = False
        request = self.provider._prepare_templates(self.connection, "")
        self.assertEqual(request.url, f"https://content.twilio.com{FIRST}")
        self.connection.api_url = "https://api.dublin.ie1.twilio.com"
        request = self.provider._prepare_templates(self.connection, "")
        self.assertEqual(request.url, f"https://content.twilio.com{FIRST}")

    def test_states(self):
        """WA8: only what WhatsApp approved can be sent, and Twilio's words say why not."""
        for status, state in {
            "unsubmitted": "pending",
            "received": "pending",
            "rejected": "rejected",
            "paused": "paused",
            "disabled": "disabled",
            "approved": "approved",
            "news of tomorrow": "pending",
        }.items():
            with self.subTest(status=status):
                template = self.sync(part(status=status, rejection_reason="Too loud"))
                self.assertEqual(template.approval_state, state)
        other = self.sync(part("HX" + "e" * 32, status="approved"))
        self.assertEqual(
            {t.external_id: t.approval_state for t in other}[SID], "deleted", "it is gone"
        )

    def test_odd_contents(self):
        """SC3: what is not as documented neither breaks the list nor can be sent."""
        found = self.sync(
            part("HX" + "1" * 32, types={"twilio/carousel": {"body": "x"}}, content_type=""),
            part("HX" + "2" * 32, types={"twilio/text": {"body": None}, "y": []}),
            {"sid": "HX" + "3" * 32, "types": None, "approval_requests": [None]},
            {"no sid": 1},
            "nonsense",
            part("HX" + "4" * 32, types={"twilio/media": {"body": "Look", "media": ["https://x"]}}),
        ).sorted("external_id")
        self.assertEqual(found.mapped("unsupported"), ["twilio/carousel", "", "content", ""])
        self.assertEqual(found.mapped("is_ready"), [False, True, False, True])

    def test_refused(self):
        """WA8: where the list cannot be read nothing is taken for gone."""
        template = self.sync(part())
        self.fake.pages[FIRST] = Answer(401, {"message": "Authenticate", "code": 20003})
        with self.assertRaisesRegex(UserError, "Authenticate"):
            self.sync()
        self.fake.pages[FIRST] = Answer(200, {"meta": {}})
        with self.assertRaisesRegex(UserError, "missing"):
            self.sync()
        self.assertEqual(template.approval_state, "approved")

    def test_sent(self):
        """WA8, WA6: outside the 24 hours a template leaves by its id, with its variables as
        JSON, and the log says what the customer reads."""
        template = self.ready()
        with self.assertRaisesRegex(UserError, "24 hours"):
            self.lead_of.kala_send("whatsapp", body="Hello", line=self.whatsapp_line)
        message = self.lead_of.kala_send("whatsapp", template=template, line=self.whatsapp_line)
        self.dispatch()
        self.assertEqual(message.state, "sent", message.failure_reason)
        self.assertEqual(message.body, "Hi Dana, 100% ready {% off")
        [form] = self.fake.forms
        self.assertEqual(form["ContentSid"], SID)
        self.assertEqual(json.loads(form["ContentVariables"]), {"1": "Dana", "2": "Roof"})
        self.assertEqual(form["To"], f"whatsapp:{CUSTOMER}")
        self.assertFalse({"Body", "MediaUrl"} & set(form))
        properties = CONTRACT["create_message"]["properties"]
        self.assertLessEqual(set(form), set(properties))
        self.assertRegex(form["ContentSid"], properties["ContentSid"]["pattern"])

    def test_without_variables(self):
        plain = part(types={"twilio/text": {"body": "We are open."}})
        template = self.ready(plain)
        self.lead_of.kala_send("whatsapp", template=template, line=self.whatsapp_line)
        self.dispatch()
        self.assertNotIn("ContentVariables", self.fake.forms[0])
