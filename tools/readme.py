"""`make readme`: README.rst and static/description/index.html of every addon, from its fragments.

The fragments stand in the addon's folder `readme/`, in the layout of the Odoo Community
Association: DESCRIPTION, INSTALL, CONFIGURE, USAGE, ROADMAP, CONTRIBUTORS, each a file of Markdown
that may be missing. `tools/readme.py --check` writes nothing and names what is not in step.
Markdown is read as far as the fragments use it: headings, paragraphs, lists, tables, code, links.
"""

import argparse
import ast
import re
import sys
from pathlib import Path

from docutils.core import publish_parts

ROOT = Path(__file__).resolve().parent.parent
DOCS = "https://github.com/kala-communication/kala-communication/blob/main/docs"
SECTIONS = {
    "DESCRIPTION": None,
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known limits",
    "CONTRIBUTORS": "Contributors",
}
#: Underlines of the title, of sections, and of what the fragments write with ##, ###, ####.
UNDERLINES = "==-~^"

ITEM = re.compile(r"(?P<indent> *)(?P<mark>[-*]|\d+\.) +(?P<text>.*)")
HEADING = re.compile(r"(#+) +(.*)")
FENCE = re.compile(r" *```(\w*)$")
INLINE = re.compile(
    r"(?P<code>``.+?``|`[^`]+`)"
    r"|!\[(?P<alt>[^\]]*)\]\((?P<image>[^)]+)\)"
    r"|\[(?P<words>[^\]]+)\]\((?P<address>[^)]+)\)"
    r"|(?P<bold>\*\*[^*]+\*\*)"
    r"|(?P<italic>\*[^*\s][^*]*\*)"
)


class UnknownMarkdown(Exception):
    """A fragment uses what is not read here."""


# ---------------------------------------------------------------------- One line
def to_rst(text):
    """:param text: a paragraph of Markdown, on one line
    :return: the same as reStructuredText"""
    parts, end = [], 0
    for found in INLINE.finditer(text):
        parts += [escape(text[end : found.start()]), markup(found)]
        end = found.end()
    parts.append(escape(text[end:]))
    return join_markup(parts)


def escape(text):
    """Characters that reStructuredText would read as markup."""
    text = text.replace("\\", "\\\\").replace("*", "\\*").replace("`", "\\`").replace("|", "\\|")
    return re.sub(r"(?<=\w)_(?!\w)", r"\\_", text)


def markup(found):
    if found["code"]:
        return f"``{found['code'].strip('`').strip()}``"
    if found["image"]:
        raise UnknownMarkdown(f"a picture within a sentence: {found[0]}")
    if found["words"]:
        return f"`{found['words'].strip('`*')} <{found['address']}>`__"
    return found[0]


def join_markup(parts):
    """Markup has to stand between spaces or punctuation; elsewhere an escaped space is put between.

    :param list parts: text and markup by turns, beginning with text"""
    text = parts[0]
    for marked, after in zip(parts[1::2], parts[2::2], strict=True):
        before = "" if not text or text[-1] in " \n-:/'\"<([{“‘—" else "\\ "
        behind = "" if not after or after[0] in " \n-.,:;!?/'\")]}>”’—…\\" else "\\ "
        text += before + marked + behind + after
    return text


# ---------------------------------------------------------------------- Blocks
def blocks(lines, level):
    """:param list lines: of a fragment, without common indentation
    :param int level: of the section that they stand in: its headings go below it
    :return: lines of reStructuredText, with an empty one after each block"""
    rest, made = list(lines), []
    while rest:
        line = rest[0]
        if not line.strip():
            rest.pop(0)
        elif FENCE.match(line):
            made += code(rest)
        elif HEADING.match(line):
            made += heading(rest, level)
        elif line.startswith("|"):
            made += table(rest)
        elif ITEM.match(line):
            made += listing(rest, level)
        else:
            made += [to_rst(" ".join(paragraph(rest))), ""]
    return made


def code(rest):
    language = FENCE.match(rest.pop(0))[1]
    inside = []
    while not FENCE.match(rest[0]):
        inside.append(rest.pop(0))
    rest.pop(0)
    head = f".. code:: {language}" if language else "::"
    return [head, "", *(f"    {line}".rstrip() for line in inside), ""]


def heading(rest, level):
    marks, words = HEADING.match(rest.pop(0)).groups()
    words = to_rst(words)
    return [words, UNDERLINES[level + len(marks) - 1] * len(words), ""]


def paragraph(rest):
    """Until an empty line, or where something else begins."""
    lines = []
    while rest and rest[0].strip() and not FENCE.match(rest[0]):
        if lines and ITEM.match(rest[0]) and rest[0].lstrip()[0] in "-*":
            break
        if HEADING.match(rest[0]) or rest[0].startswith("|"):
            break
        lines.append(rest.pop(0).strip())
    return lines


def table(rest):
    rows = []
    while rest and rest[0].startswith("|"):
        cells = re.split(r"(?<!\\)\|", rest.pop(0).strip().strip("|"))
        rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    if len(rows) < 2 or not all(re.fullmatch(r":?-+:?", cell) for cell in rows[1]):
        raise UnknownMarkdown(f"a table without a line of dashes: {rows[0]}")
    del rows[1]
    made = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        for number, cell in enumerate(row):
            made.append(f"   {'*' if not number else ' '} - {to_rst(cell)}".rstrip())
    return [*made, ""]


def listing(rest, level):
    """A list; what is indented below an item belongs to it."""
    made, first = [], ITEM.match(rest[0])
    while rest:
        item = ITEM.match(rest[0])
        if not item or item["indent"] != first["indent"]:
            break
        if (item["mark"] in "-*") != (first["mark"] in "-*"):
            break
        rest.pop(0)
        inside = [item["text"], *indented(rest, len(item["indent"]))]
        mark = "* " if item["mark"] in "-*" else f"{item['mark']} "
        text = "\n".join(blocks(inside, level)).rstrip("\n").split("\n")
        made.append(mark + text[0])
        made += [f"{' ' * len(mark)}{line}".rstrip() for line in text[1:]]
        made.append("")
    return made


def indented(rest, indent):
    """The lines below an item that are farther in than its mark, without that indentation."""
    lines = []
    while rest and (not rest[0].strip() or rest[0].startswith(" " * (indent + 1))):
        lines.append(rest.pop(0))
    while lines and not lines[-1].strip():
        lines.pop()
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    return [line[min(margins) :] for line in lines]


# ---------------------------------------------------------------------- An addon
def fragments(addon):
    for name, title in SECTIONS.items():
        path = addon / "readme" / f"{name}.md"
        if path.exists():
            yield title, path.read_text(encoding="utf-8")


def make_rst(addon):
    """:param Path addon: its folder
    :return: the text of its README.rst"""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))
    name = manifest["name"]
    made = [UNDERLINES[0] * len(name), name, UNDERLINES[0] * len(name), ""]
    made += [
        ".. Made by `make readme` from the fragments in the folder readme: change those.",
        "",
    ]
    for title, text in fragments(addon):
        if title:
            made += [title, UNDERLINES[1] * len(title), ""]
        made += blocks(text.splitlines(), 1 if title else 0)
    made += ["More", UNDERLINES[1] * 4, ""]
    made += [
        "Pages for salespeople, managers and administrators: "
        f"`docs/user <{DOCS}/user/index.md>`__. "
        f"For those who run and extend it: `docs <{DOCS}>`__.",
        "",
        f"Report what does not work at {manifest['website']}/issues.",
        "",
        f"Version {manifest['version']}, license {manifest['license']}.",
        "",
    ]
    return "\n".join(made)


def make_html(addon, rst):
    """The page that Odoo shows in Apps."""
    # What docutils cannot read is an error, not a red box on the page.
    settings = {
        "halt_level": 2,
        "report_level": 2,
        "file_insertion_enabled": False,
        "raw_enabled": False,
        "initial_header_level": 2,
        "doctitle_xform": True,
        "syntax_highlight": "none",
    }
    parts = publish_parts(rst, writer_name="html5", settings_overrides=settings)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"/><title>{parts["title"]}</title></head>',
            "<body>",
            "<!-- Made by `make readme` from the folder readme: change that. -->",
            '<div class="container py-3">',
            f'<img src="banner.png" alt="{parts["title"]}" class="img-fluid mb-3"/>',
            f"<h1>{parts['title']}</h1>",
            tidy(parts["body"]),
            "</div>",
            "</body>",
            "</html>",
            "",
        ]
    )


def tidy(body):
    """Tags and classes that a browser and Odoo's Bootstrap know, in place of those of docutils."""
    body = re.sub(r"<!--.*?-->\n?", "", body, flags=re.DOTALL)
    body = re.sub(r'<span class="pre">(.*?)</span>', r"\1", body)
    body = re.sub(r'<span class="docutils literal">(.*?)</span>', r"<code>\1</code>", body)
    body = re.sub(r"<table[^>]*>", '<table class="table table-sm">', body)
    body = re.sub(r"<colgroup>.*?</colgroup>\n?", "", body, flags=re.DOTALL)
    body = re.sub(r'<pre class="[^"]*">', '<pre class="bg-light border rounded p-2">', body)
    plain = r' class="(docutils|simple|arabic|reference)( [a-z ]+)?"'
    return re.sub(plain, "", body).rstrip()


def addons():
    return sorted(path.parent for path in ROOT.glob("kala_*/__manifest__.py"))


def files():
    """:return: (path, the text that it has to hold) of all addons"""
    for addon in addons():
        try:
            rst = make_rst(addon)
            page = make_html(addon, rst)
        except UnknownMarkdown as error:
            raise SystemExit(f"{addon.name}/readme: {error}") from error
        yield addon / "README.rst", rst
        yield addon / "static/description/index.html", page


def out_of_step():
    """:return: the files that `make readme` would change"""
    return [
        path
        for path, text in files()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only name what is not in step")
    if parser.parse_args().check:
        stale = out_of_step()
        for path in stale:
            print(f"{path.relative_to(ROOT)}: run make readme", file=sys.stderr)
        return 1 if stale else 0
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
