"""The catalogues of the addons' terms: tools/i18n is the way in."""

import argparse
import ast
import functools
import io
import json
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
#: Code of the language in the names of files → as it is called.
LANGUAGES = {"he": "Hebrew", "pl": "Polish"}
#: What Odoo writes into the head of each file, without the dates, which would change each time.
HEAD = {
    "Project-Id-Version": "Odoo Server 19.0",
    "Report-Msgid-Bugs-To": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}


def addons():
    """:return: names of the project's addons"""
    return sorted(path.parent.name for path in ROOT.glob("kala_*/__manifest__.py"))


def catalogue(addon, name):
    """:param str name: of a language (he), or of the addon: all its terms
    :return: path of the file"""
    suffix = "pot" if name == addon else "po"
    return ROOT / addon / "i18n" / f"{name}.{suffix}"


def read(path):
    """:return: polib's file; an empty one where there is none yet"""
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def translations(addon, language):
    """:return: dict of term → translation, without what is empty or in doubt"""
    entries = read(catalogue(addon, language))
    return {e.msgid: e.msgstr for e in entries if e.msgstr and not e.fuzzy and not e.obsolete}


def missing(addon, language):
    """:return: list of the addon's terms that the language lacks"""
    known = translations(addon, language)
    return [e.msgid for e in read(catalogue(addon, addon)) if e.msgid not in known]


# ---------------------------------------------------------------------- collecting


def export(database):
    """Let Odoo collect the terms: code, views, data, templates of the browser.

    :param str database: has all addons, in the state of this checkout
    :return: dict of addon → list of polib's entries
    """
    import odoo.init  # noqa: F401, PLC0415 (the rest of the file needs no Odoo)
    from odoo import SUPERUSER_ID  # noqa: PLC0415
    from odoo.api import Environment  # noqa: PLC0415
    from odoo.modules.registry import Registry  # noqa: PLC0415
    from odoo.tools import config  # noqa: PLC0415
    from odoo.tools.translate import trans_export  # noqa: PLC0415

    config.parse_config(["--no-http", "-d", database, "--log-level=warn"], setup_logging=True)
    exported = {}
    with Registry(database).cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        for addon in addons():
            buffer = io.BytesIO()
            trans_export(None, [addon], buffer, "po", env)
            exported[addon] = without_strays(polib.pofile(buffer.getvalue().decode()))
    return exported


def is_mark(node):
    """:return: whether a node of Python code calls a function of translation"""
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    return name in ("_", "_lt")


@functools.cache
def sentences(path):
    """:return: set of the sentences that a Python file marks; those of tests count for nothing"""
    if "tests" in path.relative_to(ROOT).parts:
        return frozenset()
    return frozenset(
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if is_mark(node) and node.args and isinstance(node.args[0], ast.Constant)
    )


def without_strays(terms):
    """Odoo's collector takes the string in the bracket after a marked sentence, too, such as a
    name in the code: nobody reads it.

    :param terms: polib's entries
    :return: list of those that people read"""
    kept = []
    for entry in terms:
        places = [place for place, line in entry.occurrences if not _is_stray(entry.msgid, place)]
        if not any(place.endswith(".py") for place in places):
            entry.comment = entry.comment.replace("\nodoo-python", "")
        entry.occurrences = [(place, line) for place, line in entry.occurrences if place in places]
        if places:
            kept.append(entry)
    return kept


def _is_stray(term, place):
    if not place.startswith("code:") or not place.endswith(".py"):
        return False
    return term not in sentences(ROOT / place.removeprefix("code:addons/"))


# ---------------------------------------------------------------------- writing


def in_order(addon, terms, known, language=None):
    """:param terms: polib's entries, as Odoo collected them
    :param dict known: term → translation
    :return: text of the file: sorted, without dates"""
    made = polib.POFile()
    made.header = (
        "Translation of Odoo Server.\n"
        "This file contains the translation of the following modules:\n"
        f"\t* {addon}\n"
    )
    made.metadata = HEAD | ({"Language": language} if language else {})
    for entry in sorted(terms, key=lambda entry: entry.msgid):
        made.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=known.get(entry.msgid, ""),
                comment=entry.comment,
                occurrences=sorted(entry.occurrences),
            )
        )
    return f"{made}"


def files(exported):
    """:return: dict of path → what shall stand in it"""
    result = {}
    for addon, terms in exported.items():
        result[catalogue(addon, addon)] = in_order(addon, terms, {})
    for language in LANGUAGES:
        own = {addon: translations(addon, language) for addon in exported}
        # A term that another addon has, too, is translated once.
        shared = {term: text for known in own.values() for term, text in known.items()}
        for addon, terms in exported.items():
            known = shared | own[addon]
            result[catalogue(addon, language)] = in_order(addon, terms, known, language)
    return result


def refresh(database, check):
    """:return: exit status: 1 when files had to change and ``check`` forbids it"""
    late = 0
    for path, text in files(export(database)).items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        late += 1
        print(f"{'not in step: ' if check else ''}{path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for language, name in LANGUAGES.items():
        lacking = sum(len(missing(addon, language)) for addon in addons())
        print(f"{name}: {lacking} terms without a translation")
    if late and check:
        print("Run make i18n, and translate what tools/i18n --missing LANGUAGE prints.")
    return 1 if late and check else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--missing", choices=sorted(LANGUAGES))
    parser.add_argument("names", nargs="*", help="a database; with --missing: addons [all]")
    given = parser.parse_args()
    if given.missing:
        lacking = {a: missing(a, given.missing) for a in given.names or addons()}
        lists = {addon: dict.fromkeys(terms, "") for addon, terms in lacking.items() if terms}
        print(json.dumps(lists, ensure_ascii=False, indent=1))
        return 0
    if len(given.names) != 1:
        parser.error("name the database")
    return refresh(given.names[0], given.check)


if __name__ == "__main__":
    sys.exit(main())
