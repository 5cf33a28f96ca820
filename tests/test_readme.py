"""What a stranger sees of an addon: README.rst and its page in Apps, made by ``make readme``."""

import ast
import sys
from html.parser import HTMLParser

import pytest
from docutils.core import publish_string
from PIL import Image

from .support.database import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import readme  # noqa: E402

ADDONS = [addon.name for addon in readme.addons()]
#: What each addon has to say: what it is for, how it is set up, how it is used.
NEEDED = ("DESCRIPTION", "CONFIGURE", "USAGE")


def test_pages_are_in_step_with_their_fragments():
    stale = [str(path.relative_to(ROOT)) for path in readme.out_of_step()]
    assert stale == [], "run make readme"


@pytest.mark.parametrize("addon", ADDONS)
def test_an_addon_says_what_it_is_for_and_how_it_is_used(addon):
    folder = ROOT / addon / "readme"
    missing = [name for name in NEEDED if not (folder / f"{name}.md").exists()]
    assert missing == []
    unknown = [path.stem for path in folder.glob("*.md") if path.stem not in readme.SECTIONS]
    assert unknown == [], "these fragments are in no page"


@pytest.mark.parametrize("addon", ADDONS)
def test_an_addon_has_an_icon_and_a_banner(addon):
    manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text(encoding="utf-8"))
    assert manifest["images"] == ["static/description/banner.png"]
    with Image.open(ROOT / addon / "static/description/icon.png") as icon:
        assert icon.size == (100, 100)
    with Image.open(ROOT / addon / "static/description/banner.png") as banner:
        assert banner.size == (1120, 560)


class Sources(HTMLParser):
    """What a page takes from elsewhere."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if tag in ("img", "script", "link") and value]
        assert tag != "script"


@pytest.mark.parametrize("addon", ADDONS)
def test_the_page_in_apps_takes_nothing_from_strangers(addon):
    sources = Sources()
    page = ROOT / addon / "static/description/index.html"
    sources.feed(page.read_text(encoding="utf-8"))
    assert "banner.png" in sources.found
    assert not [source for source in sources.found if "//" in source]


@pytest.mark.parametrize("addon", ADDONS)
def test_docutils_reads_the_readme_without_a_word(addon):
    settings = {"halt_level": 2, "report_level": 2, "raw_enabled": False}
    text = (ROOT / addon / "README.rst").read_text(encoding="utf-8")
    publish_string(text, writer_name="null", settings_overrides=settings)


@pytest.mark.parametrize(
    ("markdown", "rst"),
    [
        ("a **bold** word and `code`", "a **bold** word and ``code``"),
        ("a name_ and 2 * 3", "a name\\_ and 2 \\* 3"),
        ("[words](https://example.com/a_b)", "`words <https://example.com/a_b>`__"),
        ("`{{to}}`, `a|b`", "``{{to}}``, ``a|b``"),
        ("(*Sales*)", "(*Sales*)"),
    ],
)
def test_a_line_of_markdown(markdown, rst):
    assert readme.TO_RST(markdown).strip() == rst


def test_blocks_of_markdown():
    text = """\
1. First:
   * inner `a`
   * other

   ```
   code
   ```
2. Second

| a | b |
| --- | --- |
| 1 | 2 \\| 3 |"""
    read = readme.TO_RST(text).splitlines()
    assert [line.split() for line in read if line.strip()] == [
        ["1.", "First:"],
        ["*", "inner", "``a``"],
        ["*", "other"],
        ["::"],
        ["code"],
        ["2.", "Second"],
        ["..", "list-table::"],
        [":header-rows:", "1"],
        ["*", "-", "a"],
        ["-", "b"],
        ["*", "-", "1"],
        ["-", "2", "\\|", "3"],
    ]
    # A list, or code, within an item stands apart from its words.
    places = [read.index("   * inner ``a``"), read.index("   ::")]
    assert [read[place - 1] for place in places] == ["", ""]
