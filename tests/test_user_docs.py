"""The pages for people (``docs/user``) name what is on the screens, and can be reached."""

import ast
import collections
import re

import polib
import pytest

from .support.database import ROOT

USER = ROOT / "docs" / "user"
#: Languages in which pages stand beside the English ones.
LANGUAGES = ("he", "pl")
TRANSLATED = sorted(page for language in LANGUAGES for page in (USER / language).rglob("*.md"))
PAGES = sorted(set(USER.rglob("*.md")) - set(TRANSLATED))
#: Odoo's own words that stand in bold, too.
OF_ODOO = {"Settings"}


def words(path):
    return path.read_text(encoding="utf-8")


def on_one_line(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def labels():
    """Every word of ours that can be on a screen."""
    terms = {
        on_one_line(entry.msgid)
        for path in ROOT.glob("kala_*/i18n/*.pot")
        for entry in polib.pofile(str(path))
    }
    return terms | set(providers()) | OF_ODOO


def providers():
    """Names of providers as they are chosen on a connection."""
    sources = ROOT.glob("kala_*/models/**/kala_provider*.py")
    return sorted(
        name for path in sources for name in re.findall(r'^    _label = "(.+)"$', words(path), re.M)
    )


def bold(text):
    """:return: set of the labels that stand in bold"""
    found = re.findall(r"\*\*(.+?)\*\*", on_one_line(text))
    return {part for label in found for part in label.split(" › ")}


def sections(page):
    """:return: list of the texts below the titles of a page"""
    return re.split(r"^## .+$", words(page), flags=re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_stands_in_bold_is_on_a_screen(page, labels):
    assert sorted(bold(words(page)) - labels) == []


@pytest.fixture(scope="module")
def translations():
    """Language → term → how it stands on screens of that language."""
    found = {}
    for language in LANGUAGES:
        terms = found.setdefault(language, collections.defaultdict(set))
        for path in ROOT.glob(f"kala_*/i18n/{language}.po"):
            for entry in polib.pofile(str(path)):
                terms[on_one_line(entry.msgid)].add(on_one_line(entry.msgstr))
    return found


def test_salespeople_read_their_own_language():
    """AD4: who answers customers need not know English."""
    own = {page.relative_to(USER).as_posix() for page in TRANSLATED}
    assert {f"{language}/salesperson.md" for language in LANGUAGES} <= own


def test_help_leads_to_the_pages_of_a_language():
    """*Help* opens the page of the user's language: the code knows which there are."""
    code = words(ROOT / "kala_comm/tools/help_pages.py")
    known = ast.literal_eval(re.search(r"^TRANSLATED = (.+)$", code, re.M)[1])
    own = collections.defaultdict(set)
    for page in TRANSLATED:
        language, *rest = page.relative_to(USER).with_suffix("").parts
        own[language].add("/".join(rest))
    assert {language: set(pages) for language, pages in known.items()} == own


@pytest.mark.parametrize(
    "page", TRANSLATED, ids=lambda page: page.relative_to(USER).with_suffix("").as_posix()
)
def test_a_page_in_another_language_says_the_same(page, translations):
    """AD4: section for section, row for row, with the labels of the screens in that language."""
    language, rest = page.relative_to(USER).parts[0], page.relative_to(USER).parts[1:]
    terms = translations[language]
    english, own = sections(USER.joinpath(*rest)), sections(page)
    assert len(own) == len(english)
    for source, text in zip(english, own, strict=True):
        known = {label: terms[label] for label in bold(source)}
        seen = bold(text)
        assert [label for label, said in known.items() if not said & seen] == []
        assert sorted(seen - set().union(*known.values())) == []
        for sign in ("| ", "- ", "1. ", "2. ", "3. "):
            lines = [sum(line.startswith(sign) for line in t.splitlines()) for t in (source, text)]
            assert lines[0] == lines[1], f"lines that begin with “{sign}”"


def test_every_provider_has_a_page():
    pages = "\n".join(words(page) for page in PAGES)
    assert len(providers()) >= 14
    assert [name for name in providers() if f"**{name}**" not in pages] == []


def test_every_page_is_linked_from_the_first_one():
    first = words(USER / "index.md")
    linked = {USER / target for target in re.findall(r"\]\(([^)#]+\.md)\)", first)}
    assert sorted({*PAGES, *TRANSLATED} - linked) == [USER / "index.md"]


@pytest.mark.parametrize("page", PAGES + TRANSLATED, ids=lambda page: page.stem)
def test_links_and_pictures_are_there(page):
    targets = re.findall(r"\]\(([^)#:]+)\)", words(page))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_pages_that_screens_link_to_are_there():
    """The link *Help* of a screen names a page; that of a connection, its provider's."""
    sources = [
        path
        for suffix in ("py", "xml")
        for path in ROOT.glob(f"kala_*/**/*.{suffix}")
        if "tests" not in path.parts
    ]
    text = "\n".join(words(path) for path in sources)
    named = set(re.findall(r'_help_page = "(.+)"', text))
    named |= set(re.findall(r"kala_help\"\s+page=\"(.+?)\"", text))
    named |= set(re.findall(r"<KalaHelp page=\"'(.+?)'\"", text))
    assert {"index", "salesperson", "manager", "administrator", "channels/sms"} <= named
    assert [page for page in named if not (USER / f"{page}.md").exists()] == []
