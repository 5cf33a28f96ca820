import random

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools import placeholders
from odoo.addons.kala_comm.tools.placeholders import TemplateError, Value

from .common import DANA, KalaCommon

NAMES = frozenset({"first_name", "order_number", "order_total", "today"})

#: template, values → text (TE1, TE2)
RENDERED = [
    ("Hello {{first_name}}", {"first_name": "Dana"}, "Hello Dana"),
    ("Hello {{ first_name or 'there' }}", {}, "Hello there"),
    ("Hello {{ first_name }}!", {}, "Hello !"),
    (
        "{% if order_number %}Order {{ order_number }}{% endif %}",
        {"order_number": "S1"},
        "Order S1",
    ),
    ("{% if order_number %}x{% else %}y{% endif %}", {}, "y"),
    ("{{ first_name|upper }} {{ first_name|lower }}", {"first_name": "Dana"}, "DANA dana"),
    ("{{ 'a' if first_name == 'Dana' else 'b' }}", {"first_name": "Dana"}, "a"),
    ("{{ order_total|money }}", {"order_total": Value.of("1,234.5 ₪", 1234.5)}, "1,234.50"),
    ("{{ order_total|money }}", {"order_total": "no number"}, "no number"),
    ("{{ today|date('yyyy') }}", {"today": "no date"}, "no date"),
    # A customer's text is never rendered.
    ("{{ first_name }}", {"first_name": "{{ order_number }}"}, "{{ order_number }}"),
    ("{{ first_name }}", {"first_name": "{% for x in y %}"}, "{% for x in y %}"),
    ("שלום {{ first_name }}", {"first_name": "דנה"}, "שלום דנה"),
]

#: template → the word that is refused (TE2); published ways out of Jinja2's sandbox among them
REFUSED = [
    ("{{ foo }}", "foo"),
    ("{{ first_name.upper() }}", "upper"),
    ("{{ first_name.__class__ }}", "__class__"),
    ("{{ ''.__class__.__mro__[1].__subclasses__() }}", ""),
    ("{{ first_name['__class__'] }}", ""),
    ("{{ first_name|attr('__class__') }}", "attr"),
    ("{{ [].append(1) }}", ""),
    ("{{ {}.items() }}", ""),
    ("{{ range(9999999) }}", "range"),
    ("{{ cycler.__init__.__globals__ }}", ""),
    ("{{ self._TemplateReference__context }}", ""),
    ("{{ config }}", "config"),
    ("{{ request }}", "request"),
    ("{{ first_name * 999999999 }}", "mul"),
    ("{{ first_name ~ first_name }}", "concat"),
    ("{{ 9 ** 9 }}", "pow"),
    ("{{ '%s'|format(first_name) }}", "format"),
    ("{% for x in first_name %}{{ x }}{% endfor %}", "for"),
    ("{% set x = 1 %}", ""),
    ("{% macro m() %}{% endmacro %}", "m"),
    ("{% include 'x' %}", "include"),
    ("{% import 'os' as o %}", ""),
    ("{% extends 'x' %}", "extends"),
    ("{% raw %}{{ x }}", ""),
    ("{{ first_name", ""),
    ("{{ first_name is defined }}", ""),
    ("{{ lambda: 1 }}", ""),
    ("{{ first_name|upper('x', 'y') }}", "upper"),
    ("{{ " + "(" * 400 + "first_name" + ")" * 400 + " }}", ""),
    ("x" * 20_001, "20000"),
]


@tagged("post_install", "-at_install")
class TestTemplates(KalaCommon):
    """TE1–TE4: templates say names of the documented list and nothing else."""

    def test_rendered(self):
        for source, values, text in RENDERED:
            with self.subTest(source=source):
                complete = dict.fromkeys(NAMES, "") | values
                self.assertEqual(placeholders.render(source, complete), text)

    def test_refused(self):
        for source, word in REFUSED:
            with self.subTest(source=source[:60]):
                with self.assertRaises(TemplateError) as caught:
                    placeholders.check(source, NAMES)
                self.assertIn(word, caught.exception.word)

    def test_fuzz(self):
        """TE2: whatever is put together, a template is either refused or renders to text."""
        rng = random.Random(19)
        pieces = (
            "{{ {% %} }} first_name order_number or and not if else endif for in . __class__ "
            "__globals__ ( ) [ ] | upper lower date money attr ' \" 1 0 ~ + * ** - % == != < > "
            "x y self range config {# #} \n \\ \u05d0 \U0001f600 {{first_name}} {%if%} , : = set"
        ).split(" ")
        values = dict.fromkeys(NAMES, "{{ first_name.__class__ }}")
        rendered = 0
        for _turn in range(10_000):
            source = " ".join(rng.choice(pieces) for _piece in range(rng.randint(1, 9)))
            try:
                text = placeholders.render(source, values)
            except TemplateError:
                continue
            rendered += 1
            self.assertLess(len(text), 2_000)
            self.assertNotIn("<class", text)
        self.assertGreater(rendered, 100)

    def test_refused_when_saved_with_the_word(self):
        """TE2: saving names the offending word, in the body and in the subject."""
        for vals in ({"body": "{{ frst_name }}"}, {"body": "x", "subject": "{{ frst_name }}"}):
            with self.assertRaisesRegex(ValidationError, "frst_name"):
                self.env["kala.template"].create({"name": "T", "channel": "sms", **vals})

    def test_all_placeholders_on_all_models(self):
        """TE1: every documented name renders on leads, orders and customers."""
        body = " ".join("{{ " + name + " }}" for name in self.env["kala.placeholder"]._names())
        template = self.env["kala.template"].create({"name": "All", "channel": "sms", "body": body})
        dana = self.customer("Dana Levi", phone=DANA)
        for record in (dana, self.lead(partner_id=dana.id), self.order(dana)):
            _subject, text = template._render(record)
            self.assertIn("Dana Levi", text)
            self.assertNotIn("{{", text)

    def test_language_of_the_contact(self):
        """TE4: the contact gets the text in his language."""
        self.env["res.lang"]._activate_lang("he_IL")
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "Hello {{ first_name }}"}
        )
        template.with_context(lang="he_IL").body = "שלום {{ first_name }}"
        dana = self.customer("Dana", phone=DANA, lang="he_IL")
        self.assertEqual(dana.kala_send("sms", template=template).body, "שלום Dana")

    def test_line_of_the_template_wins(self):
        """TE3: a template may fix its sending line."""
        line = self.sms_line.copy({"name": "Campaigns", "is_default": False})
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "x", "line_id": line.id}
        )
        dana = self.customer(phone=DANA)
        sent = dana.kala_send("sms", template=template.id, line=self.sms_line.id)
        self.assertEqual(sent.line_id, line)

    def test_line_of_another_channel_is_refused(self):
        """TE3: the line fits the template's channel."""
        with self.assertRaisesRegex(ValidationError, "another channel"):
            self.env["kala.template"].create(
                {"name": "T", "channel": "whatsapp", "body": "x", "line_id": self.sms_line.id}
            )

    def test_salesman_uses_templates(self):
        """TE: a salesman writes and sends templates; Odoo's restriction does not bite."""
        template = (
            self.env["kala.template"]
            .with_user(self.salesman)
            .create({"name": "T", "channel": "sms", "body": "Hello {{ first_name }}"})
        )
        lead = self.lead(phone=DANA, contact_name="Dana", user_id=self.salesman.id)
        sent = lead.with_user(self.salesman).kala_send("sms", template=template)
        self.assertEqual(sent.body, "Hello Dana")
