"""AD4: the catalogues of Hebrew and Polish are whole, and no sentence of the code stays outside."""

import ast
import collections
import importlib.util
import os
import re
import subprocess

import pytest

from .support.database import ROOT, TOOLS, addons


def load_tool():
    """:return: the module of ``tools/i18n``"""
    spec = importlib.util.spec_from_file_location("kala_i18n", TOOLS / "i18n.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


I18N = load_tool()
ADDONS = addons()
CATALOGUES = [(addon, language) for addon in ADDONS for language in I18N.LANGUAGES]

# ---------------------------------------------------------------------- translations

#: Names of firms, products, keys, formats and protocols, which nobody translates.
NAMES = frozenset(
    """
    AC Alt Android API APNG Apple Arial BotFather Brave Brevo Chrome CRM CSV Ctrl DKIM DMARC DNS
    Edge Enter Esc Facebook Firefox GB Georgia GIF GMail Gmail Google HTML HTTP https HTTPS IANA ID
    IMAP Inforu Instagram iOS IP iPad iPhone ivrid ivruniqueid JPEG JPG JSON KB LID LinkedIn
    localhost Mac
    MailHog Mailpit MB Messenger Meta MG Microsoft MIME MMS Odoo OGG Outlook PDF PNG POST
    PostgreSQL Python QR RCS Safari Shift SID SIP SMS SMTP SPF SSL START statusCallback Telegram
    TLS Twilio TXT URL UTC UTM Viber Voicenter waboxapp webhook Webhooks WebP websocket WhatsApp
    Windows XML ZIP
    """.split()
)
#: Names of several words, which are not names by themselves.
LONG_NAMES = re.compile(
    r"Kala Communication|Meta for Developers|WhatsApp (?:Business|Manager)|Meta Cloud API|"
    r"service worker|Account SID|Auth token|(?:Authorization: )?Basic\b|v=(?:spf1|DMARC1)[^”\"]*"
)
#: Examples of what is written into technical fields: the same words in each language.
EXAMPLES = frozenset(
    (
        "0, ok",
        "4 = credit\n7 = address",
        "AC…",
        "delivered = DELIVRD, 2\nfailed = UNDELIV, 5",
        "from = msisdn\ntext = message",
        "to = {{to}}\nfrom = {{from}}\ntext = {{text}}",
        "status",
        "GET",
        "POST",
        "PUT",
    )
)
PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|%[sd]|\$\{[^}]*\}|(?<!\{)\{\w*\}(?!\})")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
#: What people read inside a tag is translated with it.
READ_IN_TAG = re.compile(r"\s(?:title|placeholder|alt|aria-label|string)=\"[^\"]*\"")
VARIABLE = re.compile(r"\{\{\s*(\w+)")
IN_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)


def signs(text):
    """:return: what a translation must keep: placeholders, tags, names of a template's variables"""
    tags = (READ_IN_TAG.sub("", tag) for tag in TAG.findall(text))
    plain = IN_TEMPLATE.sub("", TAG.sub("", text))
    return (
        collections.Counter(PLACEHOLDER.findall(plain)),
        collections.Counter(tags),
        set(VARIABLE.findall(text)),
    )


def edges(text):
    """:return: the spaces around a term, which join it to what stands beside it"""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


#: Addresses, code between backticks, names with signs or digits in them, words to be typed
#: (``/newbot``, ``#tags``), and what is quoted letter by letter from the screens of others.
NO_WORDS = re.compile(
    r"`[^`]*`|'[a-z_]+'|&\w+;|\S*(?:://|mailto:|[@#_=/\d]|[a-zA-Z]\.[a-z])\S*|\w+-\w+-\w+|"
    r"[\"”“„][^\"”“„\u0590-\u05ff]*[\"”“]"
)


def latin_words(text):
    """:return: words in latin letters that another language has words for"""
    for signs_of_ours in (IN_TEMPLATE, TAG, PLACEHOLDER, LONG_NAMES, NO_WORDS):
        text = signs_of_ours.sub(" ", text)
    return set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES


def is_name(term):
    """:return: whether the term is the same in each language"""
    return term in EXAMPLES or not latin_words(term)


def rows(addon, language):
    return I18N.read(I18N.catalogue(addon, language))


@pytest.mark.parametrize(("addon", "language"), CATALOGUES)
def test_each_term_has_a_translation(addon, language):
    """AD4: nothing is missing, empty, in doubt, or of an older version."""
    terms = {row.msgid for row in rows(addon, addon)}
    assert terms, "there is no list of terms: run make i18n"
    known = rows(addon, language)
    assert terms - {row.msgid for row in known} == set(), "run make i18n"
    assert {row.msgid for row in known} - terms == set(), "gone from the product: run make i18n"
    assert I18N.missing(addon, language) == []
    assert [row.msgid for row in known if row.fuzzy or row.obsolete] == []


@pytest.mark.parametrize(("addon", "language"), CATALOGUES)
def test_a_translation_keeps_what_is_filled_in(addon, language):
    """AD4: placeholders, tags, variables of templates, and the spaces around."""
    differ = {
        row.msgid: row.msgstr
        for row in rows(addon, language)
        if row.msgstr
        and (signs(row.msgid) != signs(row.msgstr) or edges(row.msgid) != edges(row.msgstr))
    }
    assert differ == {}


@pytest.mark.parametrize("addon", ADDONS)
def test_hebrew_has_no_english_words(addon):
    """AD4: names of firms apart."""
    left = {
        row.msgid: latin_words(row.msgstr) for row in rows(addon, "he") if row.msgid not in EXAMPLES
    }
    assert {term: words for term, words in left.items() if words} == {}


#: Words that a language writes as English does.
SAME_WORDS = {
    "pl": frozenset("Album mail Emoji Link Login Medium min Model Problem px Status Token".split())
}


@pytest.mark.parametrize(("addon", "language"), CATALOGUES)
def test_what_is_the_same_is_a_name(addon, language):
    """AD4: a sentence that was copied is no translation."""
    same = [row.msgid for row in rows(addon, language) if row.msgid == row.msgstr]
    shared = SAME_WORDS.get(language, frozenset())
    assert [t for t in same if not is_name(t) and not latin_words(t) <= shared] == []


@pytest.mark.parametrize(("addon", "language"), CATALOGUES)
def test_no_term_counts_on_plural_forms(addon, language):
    """AD4: Odoo reads one form of each term, so the sentence is written for every number."""
    assert [row.msgid for row in rows(addon, language) if row.msgid_plural] == []


# ---------------------------------------------------------------------- code


def python_files():
    for addon in ADDONS:
        for path in sorted((ROOT / addon).rglob("*.py")):
            if "tests" not in path.parts:
                yield path


def cannot_be_collected(source):
    """:return: lines of calls whose first argument is made while the code runs. A name stands for a
    sentence that was marked where it is defined (``LazyTranslate``)."""
    made_up = (ast.JoinedStr, ast.BinOp, ast.IfExp, ast.BoolOp)
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if I18N.is_mark(node)
        and node.args
        and (
            isinstance(node.args[0], made_up)
            or (isinstance(node.args[0], ast.Call) and _formats(node.args[0]))
        )
    ]


def _formats(call):
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("format", "join", "replace")


JS_CALL = re.compile(r"(?<![\w.])_t\(\s*")
JS_STRING = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1\s*([,)])""", re.S)


def javascript_files():
    for addon in ADDONS:
        yield from sorted((ROOT / addon).glob("static/src/**/*.js"))


def javascript_sentences(source):
    """:return: list of (line, sentence); no sentence where it is made while the code runs"""
    found = []
    for call in JS_CALL.finditer(source):
        string = JS_STRING.match(source, call.end())
        whole = string and not (string[1] == "`" and "${" in string[2])
        text = re.sub(r"\\(.)", r"\1", string[2]) if whole else None
        found.append((source.count("\n", 0, call.start()) + 1, text))
    return found


BAD_PYTHON = """
_(f"Hello {name}")
self.env._("Hello " + name)
_("Hello %s" % name)
_("Hello {}".format(name))
_lt("One" if one else "Two")
"""
GOOD_PYTHON = """
_("Hello "
  "you")
self.env._("Hello %s", name)
self.env._(row.label)
self.env._("Hello {}").format(name)
"""


def test_what_cannot_be_collected_is_found():
    assert cannot_be_collected(BAD_PYTHON) == [2, 3, 4, 5, 6]
    assert cannot_be_collected(GOOD_PYTHON) == []
    bad = '_t(`Hello ${name}`); _t("Hello " + name); _t(name)'
    assert [text for line, text in javascript_sentences(bad)] == [None, None, None]
    good = """_t("Hello %s", name); _t(`Hello you`); _t(\n  "It\\"s"\n)"""
    assert [text for line, text in javascript_sentences(good)] == ["Hello %s", "Hello you", 'It"s']


def test_each_sentence_of_the_code_can_be_collected():
    """AD4: a sentence that is put together before it is translated is in no catalogue."""
    lines = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files()
        for line in cannot_be_collected(path.read_text(encoding="utf-8"))
    ] + [
        f"{path.relative_to(ROOT)}:{line}"
        for path in javascript_files()
        for line, text in javascript_sentences(path.read_text(encoding="utf-8"))
        if text is None
    ]
    assert lines == []


#: A line that begins like a sentence and ends like one; values stand as "\0".
SENTENCE = re.compile(r"[A-Z0-9“\0][^\n]*[a-z]{2,} [^\n]*[a-z”\0][.!?]")
#: Who reads what these calls are given is no user.
OF_PROGRAMMERS = re.compile(r"_logger|\w*Error$|fields\.|Constraint|Index")


def _text(node):
    """:return: a string of the code, "\0" for each value that is put into it; None of others"""
    if isinstance(node, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def unmarked(source):
    """:return: list of the sentences that nobody marked to be translated; docstrings, comments and
    what programmers read are none"""
    found = []

    def visit(node):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if I18N.is_mark(node) or (
            isinstance(node, ast.Call) and OF_PROGRAMMERS.search(ast.unparse(node.func))
        ):
            return
        text = _text(node)
        if text and SENTENCE.fullmatch(text):
            found.append(text)
        elif not isinstance(node, ast.Constant):
            for inner in ast.iter_child_nodes(node):
                visit(inner)

    visit(ast.parse(source))
    return found


UNMARKED = """
def read(answer):
    'What it answers is read here.'
    if answer.status == 401:
        return Refused("kind", "It did not take the login.")
    _logger.info("It did not take the login.")
    reason = answer.words or f"It reports “{answer.status}”."
    return Refused(_lt("It is marked."), {"reason": "Not delivered."})
"""


def test_what_is_not_marked_is_found():
    assert unmarked(UNMARKED) == [
        "It did not take the login.",
        "It reports “\0”.",
        "Not delivered.",
    ]


def test_what_providers_say_is_marked():
    """AD4: why a message failed is found out in a thread, where nobody's language is known: the
    sentence is kept in English (``tools/kept.py``), and is in a catalogue all the same."""
    lacking = {
        str(path.relative_to(ROOT)): found
        for path in python_files()
        if path.parent.name == "tools"
        or path.name == "const.py"
        or path.name.startswith("kala_provider")
        if (found := unmarked(path.read_text(encoding="utf-8")))
    }
    assert lacking == {}


@pytest.mark.parametrize("addon", ADDONS)
def test_each_sentence_of_the_code_is_in_the_list(addon):
    """AD4: in seconds, what the export below says of all."""
    terms = {row.msgid for row in rows(addon, addon)}
    in_code = set()
    for path in python_files():
        if path.relative_to(ROOT).parts[0] == addon:
            in_code |= I18N.sentences(path)
    for path in javascript_files():
        if path.relative_to(ROOT).parts[0] == addon:
            found = javascript_sentences(path.read_text(encoding="utf-8"))
            in_code |= {text for line, text in found}
    # Odoo leaves out what has not two letters.
    in_code = {text for text in in_code if len(re.sub(r"\W+", "", text)) > 1}
    assert in_code - terms == set(), "run make i18n"


def test_the_files_are_in_step_with_the_product(template):
    """AD4: what Odoo collects of a database with all addons is what stands in the files."""
    answer = subprocess.run(
        [TOOLS / "i18n", "--check"],
        env=os.environ | {"DB": template.name},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr[-2000:]
