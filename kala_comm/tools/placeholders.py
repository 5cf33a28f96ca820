"""Templates: Jinja2 syntax over plain strings, and nothing else (TE2).

What a template may say is decided when it is saved, by its syntax tree: names of the documented
list, a few filters, ``or``, ``and``, ``not``, comparisons and ``{% if %}``. No object is ever
reachable: the values are texts, and attributes, items and calls are not in the language.
"""

import datetime
import functools
import re

import babel.dates
import babel.numbers
import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .text import clean_text

#: Characters that a rendered text may have.
OUTPUT_LIMIT = 100_000
#: Characters that a template may have.
SOURCE_LIMIT = 20_000
#: Characters of one value: with the limit of the source it bounds time and memory.
VALUE_LIMIT = 10_000
#: Levels of nesting: the parser is recursive.
DEPTH_LIMIT = 30
#: Digits of a number. Python neither reads nor writes one of thousands of them.
DIGITS_LIMIT = 18
#: Conditions of one ``{% if %}`` with its ``{% elif %}``: Python nests them when it compiles.
BRANCH_LIMIT = 100

#: Jinja's name of a comparison → as it is written.
_OPERATORS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
_LONG_NUMBER = re.compile(rf"\d[\d_]{{{DIGITS_LIMIT},}}")

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Or,
    nodes.And,
    nodes.Not,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Keyword,
)
FILTERS = ("upper", "lower", "date", "money")


class TemplateError(ValueError):
    """A template says something it may not.

    :ivar str word: the offending word
    :ivar str kind: ``syntax``, ``name``, ``filter``, ``expression``, ``long``
    """

    def __init__(self, kind, word):
        super().__init__(f"{kind}: {word}")
        self.kind = kind
        self.word = word


class Value(str):
    """A text with the number or date that it was written from, for the filters only.

    :ivar str locale: language in which filters write it, such as he_IL
    """

    raw = None
    locale = "en_US"

    @classmethod
    def of(cls, text, raw=None, locale=None):
        value = cls((text or "")[:VALUE_LIMIT])
        value.raw = raw
        value.locale = locale or cls.locale
        return value


class Hole(Value):
    """Stands for a value that is empty: no is its answer to ``if`` and ``or``, and where it is
    written all the same, its name can be found in the text."""

    _FOUND = re.compile("\ue000(.*?)\ue001")

    @classmethod
    def named(cls, name):
        return cls(f"\ue000{name}\ue001")

    @classmethod
    def found_in(cls, text):
        """:return: set of the names of the holes in a text"""
        return {name.lower() for name in cls._FOUND.findall(text)}

    def __bool__(self):
        return False


def _text(value):
    return "" if value is None else str(value)


def _filter_upper(value):
    return _text(value).upper()


def _filter_lower(value):
    return _text(value).lower()


def _raw_of(value):
    """Not by ``getattr``: an ``if`` without an ``else`` leaves nothing, which has no attributes."""
    return value.raw if isinstance(value, Value) else None


def _filter_date(value, pattern="medium"):
    """Write a date; ``pattern`` is short, medium, long, full or letters of Unicode's LDML."""
    raw = _raw_of(value)
    if not isinstance(raw, datetime.date):
        return _text(value)
    try:
        return babel.dates.format_date(raw, format=str(pattern)[:30], locale=value.locale)
    except (ValueError, KeyError, AttributeError, babel.UnknownLocaleError):
        return str(value)


def _filter_money(value):
    """Write a number with two decimals and thousands, as its language does."""
    raw = _raw_of(value)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return _text(value)
    try:
        return babel.numbers.format_decimal(raw, format="#,##0.00", locale=value.locale)
    except (ValueError, ArithmeticError, babel.UnknownLocaleError):
        return str(value)


@functools.cache
def _environment(finalize=None):
    environment = ImmutableSandboxedEnvironment(autoescape=False, extensions=(), finalize=finalize)
    environment.filters = {
        "upper": _filter_upper,
        "lower": _filter_lower,
        "date": _filter_date,
        "money": _filter_money,
    }
    environment.tests = {}
    environment.globals = {}
    return environment


def check(source, names):
    """Refuse a template that says more than it may.

    :param str source:
    :param names: the known placeholders
    :return: set of the placeholders that it uses
    :raise TemplateError: with the offending word
    """
    return _check(source or "", frozenset(names))


@functools.lru_cache(maxsize=512)
def _check(source, names):
    if len(source) > SOURCE_LIMIT:
        raise TemplateError("long", str(SOURCE_LIMIT))
    try:
        tree = _environment().parse(source)
    except jinja2.TemplateError as error:
        raise TemplateError("syntax", str(error)) from error
    except RecursionError as error:
        raise TemplateError("expression", "((((") from error
    except ValueError as error:
        # A number that Python does not read.
        found = _LONG_NUMBER.search(source)
        raise TemplateError("expression", _shortened(found[0] if found else str(error))) from error
    used = set()
    _walk(tree, names, used, 0)
    _check_compiles(source)
    return frozenset(used)


def _check_compiles(source):
    """What Python cannot compile would fail with each contact."""
    try:
        _compiled(source)
    except (jinja2.TemplateError, SyntaxError, ValueError, OverflowError) as error:
        raise TemplateError("syntax", str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise TemplateError("expression", "((((") from error


def _walk(node, names, used, depth):
    if depth > DEPTH_LIMIT:
        raise TemplateError("expression", "((((")
    if not isinstance(node, _ALLOWED):
        raise TemplateError("expression", _word_of(node))
    if isinstance(node, nodes.Name):
        if node.name not in names:
            raise TemplateError("name", node.name)
        used.add(node.name)
    if isinstance(node, nodes.If) and len(node.elif_) >= BRANCH_LIMIT:
        raise TemplateError("expression", "elif")
    if isinstance(node, nodes.Filter):
        _check_filter(node)
    if isinstance(node, nodes.Const):
        _check_const(node.value)
    for child in node.iter_child_nodes():
        _walk(child, names, used, depth + 1)
    # After its parts: a word that is unknown is said first.
    if isinstance(node, nodes.Compare):
        _check_compare(node)


def _check_filter(node):
    if node.name not in FILTERS:
        raise TemplateError("filter", node.name)
    if node.dyn_args or node.dyn_kwargs or node.kwargs or len(node.args) > 1:
        raise TemplateError("filter", node.name)


def _check_const(value):
    if isinstance(value, (str, type(None))):
        return
    if not isinstance(value, int) or abs(value) >= 10**DIGITS_LIMIT:
        # In hexadecimal: Python does not write a long number in decimals.
        word = f"{value:#x}" if isinstance(value, int) else str(value)
        raise TemplateError("expression", _shortened(word))


def _check_compare(node):
    """Which of two comes first, and whether one is in the other, can be told of texts only; that
    two are equal can be told of everything."""
    if all(operand.op in ("eq", "ne") for operand in node.ops):
        return
    for part in (node.expr, *(operand.expr for operand in node.ops)):
        other = _not_a_text(part)
        if other is not None:
            raise TemplateError("expression", other)


def _not_a_text(node):
    """:return: the word of what makes an expression something else than a text, perhaps only for
    some contacts; None where it is a text for all"""
    if isinstance(node, (nodes.Name, nodes.Filter)):
        return None
    if isinstance(node, nodes.Const):
        return None if isinstance(node.value, str) else str(node.value)
    if isinstance(node, (nodes.Or, nodes.And)):
        return _first_word(node.left, node.right)
    if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        return _first_word(node.expr1, node.expr2)
    return _word_of(node)


def _first_word(*parts):
    return next((word for word in map(_not_a_text, parts) if word is not None), None)


def _shortened(word):
    return f"{word[:20]}…" if len(word) > 20 else word


def _word_of(node):
    """The word a person finds in his text, not Jinja's name of the syntax."""
    for name in ("attr", "name", "target"):
        word = getattr(node, name, None)
        if isinstance(word, str):
            return word
    if isinstance(node, nodes.CondExpr):
        return "if"
    if isinstance(node, nodes.Compare):
        return _OPERATORS[node.ops[0].op]
    if isinstance(node, nodes.Call):
        called = getattr(node.node, "attr", None) or getattr(node.node, "name", "")
        return f"{called}(…)"
    return type(node).__name__.lower()


@functools.lru_cache(maxsize=512)
def _compiled(source, finalize=None):
    return _environment(finalize).from_string(source)


def render(source, values, finalize=None):
    """Render a template that was checked when it was saved.

    :param str source:
    :param dict values: name → text; what is empty renders empty
    :param finalize: function that each value goes through before it is written, perhaps None
    :return: str, at most :data:`OUTPUT_LIMIT` characters; what no database keeps (NUL, halves of
        characters, which a text in quotes may spell) is replaced by U+FFFD
    :raise TemplateError: if the template may not be rendered
    """
    wanted = {name: values[name] for name in check(source, values)}
    texts = {
        name: value if isinstance(value, Value) else Value.of(str(value or ""))
        for name, value in wanted.items()
    }
    parts, left = [], OUTPUT_LIMIT
    try:
        for part in _compiled(source or "", finalize).generate(texts):
            parts.append(part[:left])
            left -= len(parts[-1])
            if not left:
                break
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise TemplateError("expression", str(error)) from error
    except RecursionError as error:
        raise TemplateError("expression", "((((") from error
    return clean_text("".join(parts))


def holes(source, values):
    """Find the placeholders that leave a hole in the text: they are empty, and nothing stands for
    them (TE2).

    :param dict values: name → text
    :return: set of names
    :raise TemplateError: as :func:`render`
    """
    marked = {name: value or Hole.named(name) for name, value in values.items()}
    return Hole.found_in(render(source, marked))
