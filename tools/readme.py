"""`make readme`: README.rst and static/description/index.html of every addon, from its fragments.

The fragments stand in the addon's folder `readme/`, in the layout of the Odoo Community
Association: DESCRIPTION, INSTALL, CONFIGURE, USAGE, ROADMAP, CONTRIBUTORS, each a file of Markdown
that may be missing. `tools/readme.py --check` writes nothing and names what is not in step.
"""

import argparse
import ast
import html
import re
import sys
from pathlib import Path

import mistune
from mistune.renderers.rst import RSTRenderer

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


class Rst(RSTRenderer):
    """What mistune's own lacks: tables, lists within lists, signs that are markup in RST alone."""

    def text(self, token, state):
        text = re.sub(r"([\\*`|])", r"\\\1", token["raw"])
        return re.sub(r"(?<=\w)_(?!\w)", r"\_", text)

    def block_text(self, token, state):
        return self.render_children(token, state) + "\n\n"

    def table(self, token, state):
        rows = [cells for part in token["children"] for cells in self._rows(part)]
        made = [".. list-table::", "   :header-rows: 1", ""]
        for row in rows:
            cells = [self.render_children(cell, state) for cell in row]
            made += [f"   {' ' if n else '*'} - {cell}".rstrip() for n, cell in enumerate(cells)]
        return "\n".join([*made, "", ""])

    def _rows(self, part):
        """:return: list of the rows of the head or the body of a table"""
        if part["type"] == "table_head":
            return [part["children"]]
        return [row["children"] for row in part["children"]]


TO_RST = mistune.create_markdown(renderer=Rst(), plugins=["table"])
TO_HTML = mistune.create_markdown(plugins=["table"])


# ---------------------------------------------------------------------- An addon
def fragments(addon):
    for name, title in SECTIONS.items():
        path = addon / "readme" / f"{name}.md"
        if path.exists():
            yield title, path.read_text(encoding="utf-8")


def make_page(addon):
    """:param Path addon: its folder
    :return: Markdown of all that its pages say"""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))
    made = [f"# {manifest['name']}"]
    for title, text in fragments(addon):
        # The headings of a fragment stand below its title.
        made += [f"## {title}", re.sub(r"(?m)^#+ ", r"#\g<0>", text)] if title else [text]
    made += [
        "## More",
        "Pages for salespeople, managers and administrators: "
        f"[docs/user]({DOCS}/user/index.md). For those who run and extend it: [docs]({DOCS}).",
        f"Report what does not work at <{manifest['website']}/issues>.",
        f"Version {manifest['version']}, license {manifest['license']}.",
    ]
    return "\n\n".join(part.strip() for part in made) + "\n"


def make_rst(page):
    """:param str page: Markdown
    :return: the text of README.rst"""
    made = ".. Made by `make readme` from the fragments in the folder readme: change those."
    return f"{made}\n\n{TO_RST(page)}"


def make_html(page):
    """:return: the page that Odoo shows in Apps"""
    title, _end, rest = page.removeprefix("# ").partition("\n")
    title = html.escape(title)
    body = TO_HTML(rest).replace("<table>", '<table class="table table-sm">')
    body = body.replace("<pre>", '<pre class="bg-light border rounded p-2">')
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"/><title>{title}</title></head>',
            "<body>",
            "<!-- Made by `make readme` from the folder readme: change that. -->",
            '<div class="container py-3">',
            f'<img src="banner.png" alt="{title}" class="img-fluid mb-3"/>',
            f"<h1>{title}</h1>",
            body.strip(),
            "</div>",
            "</body>",
            "</html>",
            "",
        ]
    )


def addons():
    return sorted(path.parent for path in ROOT.glob("kala_*/__manifest__.py"))


def files():
    """:return: (path, the text that it has to hold) of all addons"""
    for addon in addons():
        page = make_page(addon)
        yield addon / "README.rst", make_rst(page)
        yield addon / "static/description/index.html", make_html(page)


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
