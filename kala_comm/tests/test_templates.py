import contextlib
import datetime
import random
import signal

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
    # Comparisons of texts are fine, whatever they are made of.
    ("{{ 'x' if (first_name or 'a') < 'b' else 'y' }}", {}, "x"),
    ("{{ 'x' if 'an' in first_name|lower }}", {"first_name": "DANA"}, "x"),
    ("{{ 'x' if ('a' if first_name == 1 else 'b') > 'a' }}", {}, "x"),
    ("{{ 'x' if (first_name == 'Dana') != order_number }}", {}, "x"),
    ("{{ 999999999999999999 }}", {}, "999999999999999999"),
    ("{{ ('a' if first_name)|date }}{{ ('a' if first_name)|money }}", {}, ""),
    # What no database keeps, spelled in quotes.
    ("a{{ '\\x00' }}b{{ '\\ud800' }}", {}, "a\ufffdb\ufffd"),
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
    # Everything is a text: these could be saved, and would fail with each contact.
    ("{% if order_total > 1000 %}x{% endif %}", "1000"),
    ("{{ 5 in first_name }}", "5"),
    ("{% if (not first_name) < 'a' %}x{% endif %}", "not"),
    ("{% if 'a' >= (first_name == 'b') %}x{% endif %}", "=="),
    ("{{ (first_name in order_number) in first_name }}", "in"),
    ("{% if first_name < none %}x{% endif %}", "None"),
    ("{% if true > first_name %}x{% endif %}", "True"),
    ("{% if ('a' if first_name) < 'b' %}x{% endif %}", "if"),
    ("{% if first_name == 'a' < (order_number or 5) %}x{% endif %}", "5"),
    ("{% if first_name not in (order_number and (not today)) %}x{% endif %}", "not"),
    # Numbers that Python does not read, or does not write.
    ("{{ 1" + "2" * 5000 + " }}", "12222"),
    ("{{ 1" + "2" * 4000 + " }}", "0x"),
    ("{{ 0x" + "f" * 5000 + " }}", "0xfff"),
    ("{{ first_name == 0b" + "1" * 16000 + " }}", "0xfff"),
    ("{{ 1e999 }}", "inf"),
    ("{{ today|date(1" + "0" * 4400 + ") }}", "10000"),
    # What Python cannot compile, though Jinja reads it.
    (
        "{% if first_name %}a" + "{% elif first_name %}a" * 900 + "{% endif %}",
        "elif",
    ),
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

#: Published ways out of Jinja2's sandbox, and of its limits of time and memory.
ESCAPES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ first_name.__init__.__globals__['os'].popen('id').read() }}",
    "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__.os }}",
    "{{ namespace.__init__.__globals__.os }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ url_for.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ config.__class__.from_envvar.__globals__ }}",
    "{{ request.application.__globals__ }}",
    "{{ request|attr('application')|attr('\\x5f\\x5fglobals\\x5f\\x5f') }}",
    "{{ first_name|attr('for''mat') }}",
    "{{ (first_name|attr('format'))('{0.__class__}', 1) }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(first_name) }}",
    "{{ '{x.__class__}'.format_map({'x': first_name}) }}",
    "{{ [first_name.format]|map('upper')|list }}",
    "{{ ['{0.__class__}']|map('format', first_name)|list }}",
    "{{ first_name|map(attribute='__class__')|list }}",
    "{{ [1]|map(attribute='real.__class__')|first }}",
    "{{ dict(a=1).__class__.__base__ }}",
    "{% set x = first_name.__class__ %}{{ x }}",
    "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{% if first_name.__class__ %}x{% endif %}",
    "{% with a = first_name.__class__ %}{{ a }}{% endwith %}",
    "{% macro m(x) %}{{ caller }}{% endmacro %}{{ m.__globals__ }}",
    "{% call(x) first_name %}{% endcall %}",
    "{% filter attr('__class__') %}x{% endfilter %}",
    "{% import 'os' as os %}{{ os }}",
    "{% from 'os' import popen %}",
    "{% include '/etc/passwd' %}",
    "{% extends request.args.x %}",
    "{% block x %}{{ self.x }}{% endblock %}",
    "{{ loop.__class__ }}",
    "{{ varargs }}{{ kwargs }}{{ caller }}",
    "{{ range(999999999)|list }}",
    "{{ 'a' * 999999999 }}",
    "{{ ('a' * 9999) * 9999 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%0999999999d'|format(1) }}",
    "{{ '%s' % first_name }}",
    "{{ 'x'.center(999999999) }}",
    "{{ first_name|center(999999999) }}",
    "{{ first_name|indent(999999999) }}",
    "{{ first_name|wordwrap(1) }}",
    "{{ first_name|pprint }}",
    "{{ first_name|xmlattr }}",
    "{{ first_name|tojson }}",
    "{{ today|date('" + "y" * 9999 + "') }}",
    "{{ today|date(first_name.__class__) }}",
    "{{ -" + "-" * 5000 + "1 }}",
    "{{ not " * 500 + "1" + " }}" * 500,
    "{% if 1 %}" * 2000,
    "{{ " + " or ".join(["first_name"] * 1500) + " }}",
    "{{ " + "|upper" * 1500 + " }}",
)


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

    def _rendered(self, source, values):
        """:return: the rendered text, or None where the template is refused: what is accepted
        when it is saved renders with every contact"""
        try:
            placeholders.check(source, frozenset(values))
        except TemplateError as error:
            self.assertTrue(error.word)
            return None
        text = placeholders.render(source, values)
        self.assertLessEqual(len(text), placeholders.OUTPUT_LIMIT)
        for trace in ("<class", "<function", "<module", "<built-in", "<bound", "uid="):
            self.assertNotIn(trace, text)
        return text

    def test_escapes_are_refused(self):
        """TE2: published ways out are refused, or are nothing but texts; none is an error."""
        for source in ESCAPES:
            with self.subTest(source=source[:60]):
                self._rendered(source, dict.fromkeys(NAMES, "Dana"))

    def test_fuzz(self):
        """TE2: whatever is put together, ways out of the sandbox in pieces too, a template is
        either refused or renders to a bounded text. One that never ends fails the run."""
        rng = random.Random(19)
        pieces = (
            "{{ {% %} }} first_name order_number or and not if else endif for in . __class__ "
            "__globals__ ( ) [ ] | upper lower date money attr ' \" 1 0 ~ + * ** - % == != < > "
            "x y self range config {# #} \n \\ \u05d0 \U0001f600 {{first_name}} {%if%} , : = set "
            "__init__ __mro__ __subclasses__ .__class__ |attr( ['__class__'] cycler joiner lipsum "
            "namespace loop caller format map list {%for {%set {%macro {%endif%} {%if {{- -}} "
            "999999999 '%s' \\x5f\\x5f {%raw%} {%endraw%} {%block request dict( is defined"
        ).split(" ")
        rendered = 0
        with self._bounded(120):
            for turn in range(10_000):
                if turn % 4:
                    source = " ".join(rng.choice(pieces) for _piece in range(rng.randint(1, 9)))
                else:
                    source = self._torn(rng, rng.choice(ESCAPES)[:400], pieces)
                values = {name: self._any_value(rng, pieces) for name in NAMES}
                rendered += self._rendered(source, values) is not None
        self.assertGreater(rendered, 100)

    def test_fuzz_expressions(self):
        """TE2: expressions put together of what the language has, so that most of them can be
        read: whatever is accepted renders, whatever the contact has."""
        rng = random.Random(20)
        rendered = refused = 0
        with self._bounded(120):
            for _turn in range(6_000):
                source = rng.choice(("{{ %s }}", "{%% if %s %%}x{%% elif not 1 %%}{%% endif %%}"))
                source %= self._any_expression(rng, 4)
                values = {name: self._any_value(rng, ("a", "<", "9")) for name in NAMES}
                if self._rendered(source, values) is None:
                    refused += 1
                else:
                    rendered += 1
        self.assertGreater(rendered, 1000)
        self.assertGreater(refused, 500)

    def _any_expression(self, rng, depth):
        """:return: an expression of at most so many levels"""
        if not depth or rng.random() < 0.25:
            names = (*sorted(NAMES), "none", "true", "1", "-1", "1.5", "9" * 20, "0x" + "f" * 4000)
            return rng.choice((*names, "''", "'a'", "'\\ud800'", "'yyyy'", "9" * 18))
        one, other, third = (self._any_expression(rng, depth - 1) for _part in range(3))
        return rng.choice(
            (
                f"not {one}",
                f"({one} or {other})",
                f"({one} and {other})",
                f"({one} if {other} else {third})",
                f"({one} if {other})",
                f"({one})|{rng.choice(('upper', 'lower', 'date', 'money'))}",
                f"({one})|date({other})",
                f"({one} {rng.choice(('==', '!='))} {other})",
                f"({one} {rng.choice(('<', '<=', '>', '>=', 'in', 'not in'))} {other})",
                f"({one} == {other} < {third})",
            )
        )

    def _any_value(self, rng, pieces):
        """:return: what a record may have in a field: nothing, syntax, numbers and dates of any
        size, texts that are too long"""
        day = datetime.date.fromordinal(rng.randint(1, datetime.date.max.toordinal()))
        number = rng.choice((0, -1, 1.5, 1e300, float("nan"), float("inf"), 10**40))
        return rng.choice(
            (
                "",
                None,
                " ".join(rng.choice(pieces) for _piece in range(5)),
                rng.choice(ESCAPES)[:400],
                "\u05d0" * rng.randint(0, 30_000),
                Value.of(str(day), day, rng.choice(("he_IL", "pl_PL", "ar_001", "xx_YY", None))),
                Value.of(str(number), number, rng.choice(("he_IL", "en_US", "sr@latin"))),
                Value.of("x", rng.choice((True, b"x", [1], {}))),
            )
        )

    def test_bounded_output(self):
        """TE2: a template of full length over endless values ends early, and small."""
        source = "x" + "{{ first_name }}{{ first_name|upper }}" * 500
        text = placeholders.render(source, dict.fromkeys(NAMES, "ß" * 10_000_000))
        self.assertEqual(len(text), placeholders.OUTPUT_LIMIT)

    def test_filters_write_as_the_language_does(self):
        """TE2, TE4: dates and sums in the contact's language."""
        day = datetime.date(2026, 11, 25)
        values = dict.fromkeys(NAMES, "")
        for locale, written, money in (
            ("en_US", "November 25, 2026", "1,234.50"),
            ("pl_PL", "25 listopada 2026", "1\xa0234,50"),
            ("he_IL", "25 בנובמבר 2026", "1,234.50"),
        ):
            with self.subTest(locale=locale):
                values["today"] = Value.of("x", day, locale)
                values["order_total"] = Value.of("x", 1234.5, locale)
                text = placeholders.render(
                    "{{ today|date('long') }}/{{ order_total|money }}", values
                )
                # Direction marks around a sum are the language's.
                text = text.replace("\u200f", "").replace("\u200e", "")
                self.assertEqual(text, f"{written}/{money}")

    def _torn(self, rng, escape, pieces):
        """:return: a way out with some of it cut out, doubled, or replaced by something else"""
        for _cut in range(rng.randint(1, 3)):
            start = rng.randint(0, len(escape))
            end = min(len(escape), start + rng.randint(0, 12))
            middle = rng.choice(("", escape[start:end] * 2, rng.choice(pieces)))
            escape = escape[:start] + middle + escape[end:]
        return escape

    @contextlib.contextmanager
    def _bounded(self, seconds):
        """Fail instead of hanging: far more time than all of it takes."""

        def give_up(_signal, _frame):
            raise AssertionError(f"a template was still at work after {seconds} s")

        before = signal.signal(signal.SIGALRM, give_up)
        signal.alarm(seconds)
        try:
            yield
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)

    def test_te1_a_link_for_staff_changes_nothing(self):
        """TE1: only the customer's link needs a token, which is written to the order."""
        customer = self.env["res.partner"].create({"name": "Dana Levi"})
        order = self.env["sale.order"].create({"partner_id": customer.id})
        template = self.env["kala.template"].create({"name": "T", "body": "{{ staff_link }}"})
        self.assertIn(f"/{order.id}", template._render(order)[1])
        self.assertFalse(order.access_token)
        template.body = "{{ record_link }}"
        self.assertIn(f"/my/orders/{order.id}?access_token=", template._render(order)[1])

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

    def test_stage_and_dates_in_the_contacts_language(self):
        """TE4: what Odoo has in several languages is the reader's, not the writer's."""
        self.env["res.lang"]._activate_lang("pl_PL")
        stage = self.env["crm.stage"].create({"name": "Waiting"})
        stage.with_context(lang="pl_PL").name = "Czeka"
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "{{ stage }} {{ lead_deadline|date('MMMM') }}"}
        )
        dana = self.customer("Dana", phone=DANA, lang="pl_PL")
        lead = self.lead(partner_id=dana.id, stage_id=stage.id, date_deadline="2026-11-25")
        self.assertEqual(template._render(lead)[1], "Czeka listopada")

    def test_dates_are_the_companys(self):
        """TE1: an order of the evening is not the next day's; a job has no zone of its own."""
        self.company.resource_calendar_id.tz = "Asia/Jerusalem"
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "{{ order_date|date('yyyy-MM-dd') }}"}
        )
        order = self.order(self.customer(phone=DANA), date_order="2026-11-24 22:30:00")
        self.assertEqual(template._render(order)[1], "2026-11-25")

    def test_links(self):
        """TE1: a link for the customer, and one for colleagues."""
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "{{ record_link }} {{ staff_link }}"}
        )
        order = self.order(self.customer(phone=DANA))
        for_customer, for_staff = template._render(order)[1].split(" ")
        self.assertIn(order.access_token, for_customer)
        self.assertTrue(for_staff.endswith(f"/odoo/sale.order/{order.id}"))
        lead = self.lead(phone=DANA)
        self.assertEqual(
            template._render(lead)[1].strip(), f"{lead.get_base_url()}/odoo/crm.lead/{lead.id}"
        )

    def test_documented_groups(self):
        """TE1: contact, company, lead, order, responsible, dates, links."""
        titles = [group["title"] for group in self.env["kala.placeholder"].get_groups()]
        for title in ("Contact", "Company", "Lead", "Order", "Responsible", "Dates", "Links"):
            self.assertIn(title, titles)

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
