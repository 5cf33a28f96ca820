"""Meta's templates, from its list to a customer's phone (WA1, WA6)."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.kala_comm.models.template import sync as kala_template_sync
from odoo.addons.kala_comm.tests.common import DANA, NOA
from odoo.addons.kala_comm.tools.messages import HttpAnswer

from ..tools import meta_template
from .common import OUR_ID, load, meta_payload, meta_text
from .fakes import message_validator
from .test_flow import MetaFlow, accepted, gives

WABA = "419561257915477"
LIST = f"/v23.0/{WABA}/message_templates"


def part(name="order_ready", **values):
    """:return: a template as Meta lists it"""
    return {
        "id": "920070352646140",
        "name": name,
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "quality_score": {"score": "GREEN"},
        "rejected_reason": "NONE",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
            {
                "type": "BODY",
                "text": "Hi {{1}}, 100% ready. Total: {{2}} {% off",
                "example": {"body_text": [["Mark", "₪100"]]},
            },
            {"type": "FOOTER", "text": "Galil Tours"},
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "QUICK_REPLY", "text": "Thanks"},
                    {"type": "URL", "text": "Follow", "url": "https://example.com/o/{{1}}"},
                    {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+972722776772"},
                ],
            },
        ],
        **values,
    }


class TemplateCase(MetaFlow):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.meta_waba_id = WABA
        cls.line = cls.make_line(cls.connection, external_id=OUR_ID)
        cls.partner = cls.env["res.partner"].create({"name": "Dana Levi", "phone": DANA})
        cls.deal = cls.env["sale.order"].create({"partner_id": cls.partner.id, "user_id": False})

    def sync(self, *parts, pages=None):
        """Fetch templates from a Meta that has these.

        :return: the templates of the connection, archived ones too
        """
        pages = pages or [parts]

        def page(query):
            n = int(query.get("after") or 0)
            more = n + 1 < len(pages)
            paging = {"cursors": {"after": str(n + 1)}, **({"next": "https://x"} if more else {})}
            answer = {"data": list(pages[n]), "paging": paging}
            return gives("application/json", json.dumps(answer).encode())

        with self.fake() as meta:
            meta.pages[LIST] = page
            self.connection.action_sync_templates()
            self.asked = meta.calls
        return self.templates()

    def templates(self):
        return (
            self.env["kala.template"]
            .with_context(active_test=False)
            .search([("connection_id", "=", self.connection.id)])
        )

    def ready(self, *parts):
        """:return: a template that can be sent"""
        template = self.sync(*(parts or [part()]))
        for variable in template.variable_ids:
            variable.value = {
                ("header", "1"): "{{ order_number }}",
                ("body", "1"): "{{ first_name or 'there' }}",
                ("body", "2"): "{{ order_total }}",
                ("button", "1"): "{{ order_number | lower }}",
            }.get((variable.part, variable.name), "{{ first_name }}")
        self.assertTrue(all(template.mapped("is_ready")), template.mapped("obstacle"))
        return template

    def news(self, field, moment=1762000000, **value):
        """Meta tells something about a template."""
        payload = meta_payload(
            {
                "field": field,
                "value": {
                    "message_template_id": 920070352646140,
                    "message_template_name": "order_ready",
                    "message_template_language": "en_US",
                    **value,
                },
            }
        )
        payload["entry"][0]["time"] = moment
        self.push_raw(json.dumps(payload).encode(), self.connection)
        self.run_inbox()

    def post(self, message):
        """:return: body of the request that sends a message"""
        with self.fake(accepted("wamid.t")) as meta:
            self.dispatch()
        self.assertEqual(message.state, "sent", message.failure_reason)
        return json.loads(meta.calls[0][2])


@tagged("post_install", "-at_install")
class TestTemplates(TemplateCase):
    # ------------------------------------------------------------------ the list

    def test_list(self):
        """WA1: Meta's templates become ours, page by page, with header, variables, buttons."""
        other = part("hello_world", id="2", components=[{"type": "BODY", "text": "Welcome"}])
        template, hello = self.sync(pages=[[part()], [other]]).sorted("external_name", True)
        self.assertEqual(len(self.asked), 2)
        self.assertEqual(
            (template.name, template.external_language, template.approval_state, template.quality),
            ("Order ready", "en_US", "approved", "high"),
        )
        self.assertEqual(
            template.variable_ids.mapped(lambda v: (v.part, v.place, v.name, v.example)),
            [
                ("header", 0, "1", ""),
                ("body", 0, "1", "Mark"),
                ("body", 0, "2", "₪100"),
                ("button", 1, "1", ""),
            ],
        )
        self.assertIn("Follow – https://example.com/o/{{1}}", template.buttons_text)
        # What Meta wrote is never read as syntax of ours.
        self.assertEqual(
            template._render(self.deal)[1],
            "Order {{1}}\nHi {{1}}, 100% ready. Total: {{2}} {% off\nGalil Tours",
        )
        self.assertFalse(template.is_ready)
        self.assertIn("{{1}}", template.obstacle)
        self.assertTrue(hello.is_ready)

    def test_wa1_listed_twice(self):
        """WA1: a template that moved to the next page while we read is one template."""
        [template] = self.sync(pages=[[part()], [part()]])
        self.assertEqual(template.name, "Order ready")

    def test_list_of_the_contract(self):
        """Meta's own example of a list is understood."""
        body = load("meta_answers.json")["message_templates"]["200"]
        page = meta_template.read_page(HttpAnswer(200, {}, json.dumps(body)))
        self.assertEqual([t.name for t in page.templates], ["hello_world", "2023_april_promo"])
        self.assertEqual([v.name for v in page.templates[1].variables], ["1", "2"])
        self.assertEqual((page.cursor, page.error), ("", ""))

    def test_again(self):
        """WA1: the mapping of a person stays; what Meta changed is taken; what is gone at Meta
        is archived, and what comes back is back."""
        template = self.ready()
        changed = part(status="PAUSED")
        changed["components"][1]["text"] = "Hi {{1}}, it is {{3}}"
        self.assertEqual(self.sync(changed), template)
        self.assertEqual(template.approval_state, "paused")
        self.assertEqual(
            template.variable_ids.filtered(lambda v: v.part == "body").mapped("name"), ["1", "3"]
        )
        self.assertIn("first_name", template.body)
        self.sync()
        self.assertEqual((template.active, template.approval_state), (False, "deleted"))
        self.sync(part())
        self.assertEqual((template.active, template.approval_state), (True, "approved"))

    def test_half_a_list(self):
        """A list that could not be read to its end archives nothing, and says why."""
        template = self.ready()
        with self.fake() as meta:
            meta.pages[LIST] = gives("text/html", b"<html>")
            with self.assertRaisesRegex(UserError, "did not give us"):
                self.connection.action_sync_templates()
        self.assertTrue(template.active)
        with self.fake() as meta, self.job() as env:
            meta.pages[LIST] = gives("text/html", b"<html>")
            env["kala.connection"]._cron_sync_templates()
        self.assertTrue(self.connection.templates_error)

    def test_wa1_a_list_that_cannot_be_kept(self):
        """WA1: where one template cannot be kept, the job keeps none of the list, and says why."""
        template = self.ready()
        page = {"data": [part(status="PAUSED"), part("second", id="2")]}
        model = type(template)
        take = model._take_external

        def _take_external(of, external):
            if external.name == "second":
                raise UserError(of.env._("No room"))
            take(of, external)

        with self.fake() as meta, patch.object(model, "_take_external", _take_external):
            meta.pages[LIST] = gives("application/json", json.dumps(page).encode())
            with self.job() as env:
                env["kala.connection"]._cron_sync_templates()
        self.env.invalidate_all()
        self.assertEqual(self.templates(), template)
        self.assertEqual(template.approval_state, "approved")
        self.assertEqual(self.connection.templates_error, "No room")

    def test_wa1_garbage(self):
        """WA1: a template whose parts are no parts is one without them."""
        for components in (7, "x", {"type": "BODY"}, True, [7, None, {"type": 7}, {"type": []}]):
            with self.subTest(components=components):
                found = meta_template.read_template(part(components=components))
                self.assertEqual((found.body, found.variables), ("", ()))
        body = {"type": "BODY", "text": "{{²}} {{10}} {{9}}"}
        found = meta_template.read_template(part(components=[body]))
        self.assertEqual([variable.name for variable in found.variables], ["9", "10", "²"])

    def test_wa1_not_to_be_rendered_any_more(self):
        """TE2, WA1: a placeholder that is known no more is a sentence, not a fault."""
        template = self.ready()
        variable = template.variable_ids[:1]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_template_variable SET value = '{{ gone }}' WHERE id = %s", [variable.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "gone"):
            self.deal.kala_send("whatsapp", template=template)
        with self.assertRaisesRegex(UserError, "gone"):
            self.env["kala.outbox"]._plan(self.deal, "whatsapp", template=template)

    def test_wa1_only_what_is_named(self):
        """WA1, TE1: a template that does not name the customer's link writes none to the order:
        rules about changed orders would start."""
        template = self.ready()
        self.receive(meta_text("Hi"))
        message = self.deal.kala_send("whatsapp", template=template, line=self.line, number=DANA)
        self.assertIn(self.deal.name, message.body)
        self.assertFalse(self.deal.access_token)
        template.variable_ids.filtered(lambda v: v.part == "button").value = "{{ record_link }}"
        message = self.deal.kala_send("whatsapp", template=template, line=self.line, number=DANA)
        self.assertTrue(self.deal.access_token)
        texts = [v["text"] for v in message.sudo().template_values["variables"]]
        self.assertTrue(any(self.deal.access_token in text for text in texts))

    def test_wa1_braces_beside_a_variable(self):
        """WA1: plain characters of the provider's text are no syntax of ours, wherever they
        stand."""
        body = {"type": "BODY", "text": "{{{1}}} and {%{{2}}"}
        template = self.sync(part(components=[body]))
        for variable in template.variable_ids:
            variable.value = "{{ first_name }}"
        self.assertEqual(template._render(self.partner), ("", "{Dana} and {%Dana"))

    def test_wa1_a_list_without_an_end(self):
        """WA1: what lies beyond the pages that are read is not gone: nothing is archived."""
        template = self.ready()
        pages = [[part("first", id="1")], [part("second", id="2")], [part()]]
        with patch.object(kala_template_sync, "PAGES", 2), self.assertRaisesRegex(UserError, "end"):
            self.sync(pages=pages)
        self.assertTrue(template.active)
        self.assertEqual(self.templates(), template)

    def test_account_id(self):
        """Templates belong to the account: without its id the button says what is missing."""
        self.connection.meta_waba_id = False
        with self.assertRaisesRegex(UserError, "account id"):
            self.connection.action_sync_templates()

    def test_what_cannot_be_sent(self):
        """A template with parts that we cannot fill says so."""
        for name, components in {
            "flow": [{"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "x"}]}],
            "map": [{"type": "HEADER", "format": "LOCATION"}],
            "cards": [{"type": "CAROUSEL", "cards": []}],
        }.items():
            body = {"type": "BODY", "text": "Hello"}
            template = self.sync(part(name, id=name, components=[body, *components])).filtered(
                lambda t, name=name: t.external_name == name
            )
            with self.subTest(name):
                self.assertFalse(template.is_ready)
                self.assertIn("cannot be sent from here", template.obstacle)

    # ------------------------------------------------------------------ people

    def test_mapping_is_checked(self):
        """TE2: what stands for a variable is in the language of templates, and no more."""
        template = self.sync(part())
        variable = template.variable_ids[:1].with_user(self.manager)
        for bad in ("{{ foo }}", "{{ first_name.upper() }}", "{% for x in y %}", "{{ first_name"):
            with self.subTest(bad), self.assertRaises(ValidationError):
                variable.value = bad
        variable.value = "No. {{ order_number }}"
        with self.assertRaises(UserError):
            template.with_user(self.salesman).body = "Something else"
        with self.assertRaises(AccessError):
            variable.copy()

    # ------------------------------------------------------------------ sending

    def test_sent(self):
        """WA1, WA6: outside the 24 hours a template reaches the customer: its variables in the
        components that Meta's contract describes, its text in the log."""
        template = self.ready()
        message = self.deal.kala_send("whatsapp", template=template).sudo()
        self.assertIn("Hi Dana, 100% ready", message.body)
        body = self.post(message)
        key = body.pop("biz_opaque_callback_data")
        self.assertTrue(key)
        self.assertFalse(list(message_validator("template").iter_errors(body)))
        number = self.deal.name
        self.assertEqual(body["template"]["name"], "order_ready")
        self.assertEqual(body["template"]["language"]["code"], "en_US")
        header, text, button = body["template"]["components"]
        self.assertEqual(header["parameters"], [{"type": "text", "text": number}])
        self.assertEqual(text["parameters"][0], {"type": "text", "text": "Dana"})
        self.assertEqual((button["sub_type"], button["index"]), ("url", "1"))
        self.assertEqual(button["parameters"], [{"type": "text", "text": number.lower()}])

    def test_named_variables(self):
        """Variables with names are told by their names."""
        named = part(
            components=[
                {
                    "type": "BODY",
                    "text": "Hi {{customer}}",
                    "example": {
                        "body_text_named_params": [{"param_name": "customer", "example": "Mark"}]
                    },
                }
            ]
        )
        template = self.ready(named)
        self.assertEqual(template.variable_ids.example, "Mark")
        body = self.post(self.deal.kala_send("whatsapp", template=template).sudo())
        [component] = body["template"]["components"]
        self.assertEqual(
            component["parameters"],
            [{"type": "text", "parameter_name": "customer", "text": "Dana"}],
        )

    def test_language_of_the_contact(self):
        """TE4: the same template in the contact's language, where Meta approved it."""
        self.env["res.lang"]._activate_lang("he_IL")
        hebrew = part(
            id="2", language="he", components=[{"type": "BODY", "text": "שלום {{1}}, מוכן"}]
        )
        templates = self.ready(part(), hebrew)
        english = templates.filtered(lambda t: t.external_language == "en_US")
        self.partner.lang = "he_IL"
        body = self.post(self.deal.kala_send("whatsapp", template=english).sudo())
        self.assertEqual(body["template"]["language"]["code"], "he")
        message = self.partner.kala_communication_ids.filtered("template_values")
        self.assertEqual(message.body, "שלום Dana, מוכן")

    def test_empty_variable(self):
        """Meta refuses an empty variable: we say it before, with what to do."""
        template = self.ready()
        template.variable_ids.filtered(lambda v: v.part == "header").value = "{{ city }}"
        with self.assertRaisesRegex(UserError, "needs a text for each variable"):
            self.deal.kala_send("whatsapp", template=template)

    def test_lines_of_a_variable(self):
        """Meta refuses line breaks in a variable: they become spaces."""
        template = self.ready()
        self.partner.name = "Dana\n\tLevi"
        template.variable_ids.filtered(lambda v: v.part == "header").value = "{{ full_name }}"
        message = self.deal.kala_send("whatsapp", template=template).sudo()
        self.assertIn("Dana Levi", [v["text"] for v in message.template_values["variables"]])

    def test_refused_before_the_provider(self):
        """WA1: rejected, paused and the like refuse with a sentence, also what was queued
        before the bad news came."""
        template = self.ready()
        waiting = self.deal.kala_send(
            "whatsapp", template=template, send_after=fields.Datetime.now() + timedelta(hours=1)
        ).sudo()
        for moment, event, word in (
            (1762000000, "REJECTED", "rejected"),
            (1762000001, "PAUSED", "paused"),
            (1762000002, "DISABLED", "disabled"),
            (1762000003, "PENDING", "reviewed"),
        ):
            self.news("message_template_status_update", moment, event=event)
            with self.subTest(event), self.assertRaisesRegex(UserError, word):
                self.deal.kala_send("whatsapp", template=template)
        self.pass_time(3601)
        with self.fake() as meta:
            self.dispatch()
        self.assertFalse(meta.calls)
        self.assertEqual((waiting.state, waiting.failure_kind), ("failed", "rejected"))

    def test_line_of_another_connection(self):
        """A template was approved for one account: a line of another one cannot send it, and
        none is chosen by itself."""
        template = self.ready()
        self.assertTrue(self.whatsapp_line.is_default)
        message = self.deal.kala_send("whatsapp", template=template).sudo()
        self.assertEqual(message.line_id, self.line)
        with self.assertRaisesRegex(UserError, "was approved for"):
            self.deal.kala_send("whatsapp", template=template, line=self.whatsapp_line)

    def test_mass_send(self):
        """BR1, WA6: a mass send by a template reaches people who never wrote; one of our own
        texts reaches none of them."""
        template = self.ready(part(components=[{"type": "BODY", "text": "Hi {{1}}"}]))
        noa = self.customer("Noa Cohen", phone=NOA)
        for values, count in (({"template_id": template.id}, 2), ({"body": "Hi"}, 0)):
            mass = self.env["kala.mass.send"].create(
                {
                    "name": "News",
                    "channel": "whatsapp",
                    "record_ids": (self.partner | noa).ids,
                    "line_id": self.line.id,
                    **values,
                }
            )
            mass.action_start()
            with self.job() as env:
                env["kala.mass.send"]._cron_run()
            self.env.invalidate_all()
            self.assertEqual(len(mass.communication_ids), count)
            if count:
                self.assertEqual(
                    sorted(mass.communication_ids.mapped("body")), ["Hi Dana", "Hi Noa"]
                )
                self.assertEqual(
                    sorted(
                        c.template_values["variables"][0]["text"] for c in mass.communication_ids
                    ),
                    ["Dana", "Noa"],
                )

    def test_automation(self):
        """WA6, AU1: a rule with a template reaches who did not write; one with a text of ours
        fails with kind "window", before the provider is asked."""
        own = self.env["kala.template"].create(
            {"name": "Own", "channel": "whatsapp", "body": "Hello", "line_id": self.line.id}
        )
        for template, state in ((self.ready(), "queued"), (own, "failed")):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Send",
                    "model_id": self.env["ir.model"]._get_id("sale.order"),
                    "state": "kala_message",
                    "kala_channel": "whatsapp",
                    "kala_template_id": template.id,
                }
            )
            action.with_context(active_model="sale.order", active_ids=self.deal.ids).run()
            message = self.deal.kala_communication_ids.sudo().filtered(
                lambda c, template=template: c.template_id == template
            )
            self.assertEqual(message.state, state, message.failure_reason)
        self.assertEqual(message.failure_kind, "window")

    # ------------------------------------------------------------------ composer

    def compose(self):
        composer = self.env["kala.composer"].create(
            {"res_model": "sale.order", "res_ids": self.deal.ids, "channel": "whatsapp"}
        )
        composer.line_id = self.line
        return composer

    def test_composer(self):
        """WA6: outside the 24 hours the composer offers approved templates only; within them
        texts of ours too, and says until when."""
        template = self.ready()
        own = self.env["kala.template"].create(
            {"name": "Own", "channel": "whatsapp", "body": "Hello"}
        )
        sms = self.env["kala.template"].create({"name": "S", "channel": "sms", "body": "Hello"})
        composer = self.compose()
        self.assertEqual((composer.is_free, composer.free_until), (False, False))
        self.assertEqual(composer.usable_template_ids._origin & (template | own | sms), template)
        self.receive(meta_text("Hi", timestamp=str(int(fields.Datetime.now().timestamp()))))
        composer = self.compose()
        self.assertTrue(composer.is_free)
        self.assertTrue(composer.free_until > fields.Datetime.now())
        self.assertEqual(
            composer.usable_template_ids._origin & (template | own | sms), template | own
        )

    def test_composer_sends_a_template(self):
        """WA1, SE3: the composer shows what the customer will read, and sends the template."""
        template = self.ready()
        composer = self.compose()
        with Form(composer) as form:
            form.template_id = template
            self.assertIn("Hi Dana", form.body)
        self.assertFalse(composer.refusal)
        composer.action_send()
        message = self.deal.kala_communication_ids.sudo()
        self.assertEqual(message.template_values["name"], "order_ready")

    def test_wa1_composer_says_that_files_do_not_go_along(self):
        """WA1, SE3: a file that was chosen before a template that takes none is no surprise when
        the message is refused; a template that begins with a file takes another one."""
        template = self.ready()
        self.receive(meta_text("Hi", timestamp=str(int(fields.Datetime.now().timestamp()))))
        composer = self.compose()
        composer.attachment_ids = self.env["ir.attachment"].create({"name": "a.pdf", "raw": b"x"})
        composer.body = "See the file"
        self.assertFalse(composer.refusal)
        composer.template_id = template
        self.assertIn("takes no file along", composer.refusal)
        composer.attachment_ids = False
        self.assertFalse(composer.refusal)
        composer.with_document = True
        self.assertIn("takes no file along", composer.refusal)
        template.header_kind = "document"
        template.header_attachment_id = self.env["ir.attachment"].create(
            {"name": "b.pdf", "raw": b"y"}
        )
        composer.invalidate_recordset(["refusal"])
        self.assertFalse(composer.refusal)

    # ------------------------------------------------------------------ news

    def test_news(self):
        """WA1: status and quality move as Meta tells; what is older or repeated changes
        nothing; managers hear of a template that cannot be sent any more."""
        template = self.ready()
        self.news("message_template_quality_update", new_quality_score="RED")
        self.assertEqual(template.quality, "low")
        self.news("message_template_status_update", event="REJECTED", reason="ABUSIVE_CONTENT")
        self.assertEqual(template.approval_state, "rejected")
        self.assertIn("ABUSIVE_CONTENT", template.obstacle)
        told = self.env["mail.message"].search([("subject", "ilike", "Order ready")])
        self.assertEqual(len(told), 1)
        self.news("message_template_status_update", 1761000000, event="APPROVED")
        self.assertEqual(template.approval_state, "rejected")
        self.news("message_template_status_update", 1763000000, event="APPROVED", reason=None)
        self.assertEqual((template.approval_state, template.is_ready), ("approved", True))
        items = self.env["kala.inbound.item"].search([("kind", "=", "template")])
        self.assertEqual(set(items.mapped("state")), {"done"})

    def test_news_of_the_unknown(self):
        """A template that is new, or whose text changed, is fetched."""
        for field, value in (
            (
                "message_template_status_update",
                {"message_template_id": 7, "message_template_name": "new", "event": "APPROVED"},
            ),
            ("message_template_components_update", {"message_template_element": "Hi"}),
        ):
            self.ready()
            triggers = self.env["ir.cron.trigger"].search_count([])
            self.news(field, **value)
            self.assertGreater(self.env["ir.cron.trigger"].search_count([]), triggers)
