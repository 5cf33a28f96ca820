"""The pages for people (``docs/user``) name what is on the screens, and can be reached."""

import re

import polib
import pytest

from .support.database import ROOT

USER = ROOT / "docs" / "user"
PAGES = sorted(USER.rglob("*.md"))
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_stands_in_bold_is_on_a_screen(page, labels):
    bold = {
        part for label in re.findall(r"\*\*(.+?)\*\*", words(page)) for part in label.split(" › ")
    }
    assert sorted(bold - labels) == []


def test_every_provider_has_a_page():
    pages = "\n".join(words(page) for page in PAGES)
    assert len(providers()) >= 14
    assert [name for name in providers() if f"**{name}**" not in pages] == []


def test_every_page_is_linked_from_the_first_one():
    first = words(USER / "index.md")
    linked = {USER / target for target in re.findall(r"\]\(([^)#]+\.md)\)", first)}
    assert sorted(set(PAGES) - linked) == [USER / "index.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
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
