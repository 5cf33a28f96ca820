"""The documents say what is so: the examples of ``docs/api.md`` are run, the names of the contract
are asked for, and what code and tests cite is there."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import tokenize
from typing import NamedTuple

import pytest

from .conftest import set_up_company
from .support.client import Odoo
from .support.database import ROOT
from .support.kits import KITS
from .support.kits.base import new_phone
from .support.waiting import until

DOCS = ROOT / "docs"
#: Seconds that all examples together may take.
PATIENCE = 300
#: In a shown answer: whatever stands there.
ANYTHING = "…"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------------- what is cited

#: Group of ids, as the specification's headings have them.
GROUPS = re.findall(r"^## ([A-Z]{2}) ", read("docs/specification.md"), re.M)
SPECIFIED = re.findall(r"^- \*\*([A-Z]{2}\d+)\*\*", read("docs/specification.md"), re.M)
_ID = rf"(?:{'|'.join(GROUPS)})\d{{1,2}}"
#: ``MA1–MA12`` and ``MA1``, not a part of another word.
CITED_ID = re.compile(rf"(?<![\w\"'])({_ID})(?:[–-]({_ID}))?(?![\w\"'])")
#: ``docs/providers.md, 1.2, 1.5``, perhaps over two lines of a comment.
CITED_PAGE = re.compile(r"docs/(\w[\w-]*\.md),[\s#:]+(\d+(?:\.\d+)?(?:,[\s#:]+\d+(?:\.\d+)?)*)")
SOURCES = sorted(
    path
    for folder in (*ROOT.glob("kala_*"), ROOT / "tests", ROOT / "benchmarks", ROOT / "tools")
    for path in folder.rglob("*.py")
)


def words_of(path):
    """:return: comments and docstrings of a Python file, one text"""
    source = path.read_text(encoding="utf-8")
    found = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(ast.get_docstring(node) or "")
    return "\n".join(found)


def spread(match):
    """:return: list of the ids of ``MA1–MA4`` or of ``MA1``"""
    first, last = match.group(1), match.group(2) or match.group(1)
    return [f"{first[:2]}{n}" for n in range(int(first[2:]), int(last[2:]) + 1)]


def sections(name):
    """:return: set of the numbers of a page's headings"""
    return set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", read(f"docs/{name}"), re.M))


def test_ids_are_specified_once():
    assert len(SPECIFIED) == len(set(SPECIFIED)) > 100
    assert {one[:2] for one in SPECIFIED} == set(GROUPS)


def test_readme_tells_of_every_id():
    """The feature table has each id of the specification in one row, and no others; one row speaks
    of all measurements."""
    table = read("README.md").split("## What works today")[1].split("\n## ")[0]
    told = [
        one
        for row in re.findall(r"^\| ([^|]+) \|", table, re.M)
        for match in CITED_ID.finditer(row)
        for one in spread(match)
    ]
    assert sorted(told) == sorted(one for one in SPECIFIED if not one.startswith("QU"))


def test_cited_ids_are_specified():
    unknown = {
        (one, str(path.relative_to(ROOT)))
        for path in SOURCES
        for match in CITED_ID.finditer(words_of(path))
        for one in spread(match)
        if one not in SPECIFIED
    }
    assert not unknown


def test_cited_sections_are_there():
    """Whatever page is cited, by code or by another page."""
    known = {path.name: sections(path.name) for path in DOCS.glob("*.md")}
    missing = set()
    for path in [*SOURCES, *DOCS.glob("*.md")]:
        words = words_of(path) if path.suffix == ".py" else path.read_text(encoding="utf-8")
        for page, numbers in CITED_PAGE.findall(words):
            for number in re.findall(r"\d+(?:\.\d+)?", numbers):
                if number not in known.get(page, ()):
                    missing.add((page, number, str(path.relative_to(ROOT))))
    assert not missing


def test_pages_are_cited_by_their_path():
    """Not by a name that only somebody knows."""
    bare = re.compile(r"\bDESIGN\b|(?<!docs/)\bproviders\.md\b")
    assert not [str(p) for p in SOURCES if p.name != "test_docs.py" and bare.search(words_of(p))]


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    """Files of the repository that a page links to, or names in code, are there."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    linked = [
        (page.parent / target.split("#")[0]).resolve()
        for target in re.findall(r"\]\(([^)\s]+)\)", text)
        if not re.match(r"[a-z]+:|#", target)
    ]
    named = [
        ROOT / name
        for name in re.findall(
            r"`((?:kala_comm\w*|tests|tools|docs|benchmarks|migrations)/[\w./-]+)`", text
        )
    ]
    assert not [str(path) for path in [*linked, *named] if not path.exists()]


# ---------------------------------------------------------------------- the house


def test_rooms_of_the_core():
    """``docs/architecture.md``, 1 has a row for each room, and for nothing else."""
    table = read("docs/architecture.md").split("| room |")[1].split("\n\n")[0]
    rooms = {path.parent.name for path in (ROOT / "kala_comm" / "models").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == rooms


# ---------------------------------------------------------------------- the contract


def contract_rows():
    """:return: list of (model, field) of the table in ``docs/architecture.md``, 4"""
    section = read("docs/architecture.md").split("\n## 4. ")[1].split("\n## ")[0]
    rows = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            models = re.findall(r"`([\w.]+)`", cells[0])
            rows += [(model, name) for model in models for name in cells[2].strip("`").split()]
    of_connection = section.split("Fields of single providers")[1].split("\n\n")[0]
    names = [n for part in re.findall(r"`([^`]+)`", of_connection) for n in part.split()]
    rows += [("kala.connection", name) for name in names if "_" in name]
    settings = section.split("**Settings**")[1].split("\n\n")[0]
    rows += [("res.company", name) for name in re.findall(r"kala_\w+", settings)]
    return rows


def test_contract_is_kept(odoo):
    """``docs/architecture.md``, 4: each field that others rely on is there."""
    rows = contract_rows()
    assert len(rows) > 150
    models = {model for model, _name in rows}
    fields = {model: set(odoo.call(model, "fields_get")) for model in models}
    assert not [row for row in rows if row[1] not in fields[row[0]]]


def test_values_of_the_contract(odoo):
    """``docs/architecture.md``, 4: the words that a field may have."""
    section = read("docs/architecture.md").split("| words | values |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (`[^|]+) \| `([^`]+)` \|$", section, re.M)
    assert len(rows) > 5
    for places, values in rows:
        for place in re.findall(r"`([\w.]+)`", places):
            model, _dot, name = place.rpartition(".")
            facts = odoo.call(model, "fields_get", [name])[name]
            assert [value for value, _label in facts["selection"]] == values.split(), place


# ---------------------------------------------------------------------- the examples


class Example(NamedTuple):
    """:ivar str language: of the block: ``bash`` or ``python``
    :ivar str shown: the answer that the page shows, empty where it shows none"""

    language: str
    code: str
    shown: str
    shown_as: str


def examples(name):
    """:return: list of Example, in order; an answer stands right behind its example"""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", read(name), re.M | re.S)
    found = []
    for language, text in blocks:
        if language in ("json", "text"):
            assert found and not found[-1].shown, f"an answer to nothing: {text}"
            found[-1] = found[-1]._replace(shown=text, shown_as=language)
        else:
            found.append(Example(language, text, "", ""))
    return found


def decoded(text):
    """:return: list of the JSON values that stand one after the other in a text"""
    decoder, values, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values


def is_as_shown(shown, answer):
    """Whether an answer is as the page shows it: the ids are those of the reader's database."""
    if isinstance(shown, dict):
        return (
            isinstance(answer, dict)
            and shown.keys() == answer.keys()
            and all(k == "id" or is_as_shown(v, answer[k]) for k, v in shown.items())
        )
    if isinstance(shown, list) and shown and all(type(value) is int for value in shown):
        # Ids, as well.
        return isinstance(answer, list) and [*map(type, shown)] == [*map(type, answer)]
    if isinstance(shown, list):
        return (
            isinstance(answer, list)
            and len(shown) == len(answer)
            and all(map(is_as_shown, shown, answer))
        )
    if shown == ANYTHING:
        return isinstance(answer, str) and bool(answer)
    return shown == answer and type(shown) is type(answer)


def api_key(odoo):
    """:return: an API key of the administrator, made as a person makes it"""
    wizard = odoo.create("res.users.apikeys.description", name="docs", duration="1")
    check = odoo.call("res.users.apikeys.description", "make_key", [wizard])
    password = {"context": {"password": "admin"}}
    made = odoo.call("res.users.identitycheck", "run_check", [check["res_id"]], **password)
    return made["context"]["default_key"]


def new_line(odoo, provider, channel, **values):
    """:return: (webhook address of a new connection, id of its line)"""
    connection = odoo.create("kala.connection", name=f"{provider} of the docs", provider=provider)
    line = odoo.create(
        "kala.line",
        name=f"{provider} of the docs",
        channel=channel,
        connection_id=connection,
        **values,
    )
    url = odoo.read("kala.connection", connection, "webhook_url")["webhook_url"]
    return url, line


@pytest.fixture
def shop(make_server):
    """A server of its own, with what the page supposes.

    :return: dict of the page's variables
    """
    server = make_server("docs")
    odoo = Odoo(server)
    set_up_company(odoo)
    sandbox = KITS["sandbox"](odoo).connect()
    odoo.write("kala.line", sandbox.line_id, is_default=True)
    lead = odoo.create(
        "crm.lead", name="Trip to Eilat", contact_name="Dana Levi", phone="+972502345678"
    )
    other = odoo.create("crm.lead", name="Trip to Haifa", phone=new_phone())
    landline = odoo.create("crm.lead", name="Office", phone="+97235123456")
    sandbox.post(sandbox.incoming("+972502345678", "Is the 12th still free?"))
    pbx, _line = new_line(odoo, "pbx", "voice", address="+97237654321")
    gateway, _line = new_line(odoo, "http", "sms", address="+972529876543")
    # A dead letter: authentic, and no event.
    subprocess.run(["curl", "-sS", pbx, "-d", "[1]"], check=True, stdout=subprocess.DEVNULL)
    until(
        lambda: (
            odoo.search("kala.inbound.item", ("state", "=", "dead"))
            and odoo.search("kala.communication", ("lead_id", "=", lead))
        ),
        60,
        "the first message and the dead letter",
    )
    yield {
        "ODOO": server.url,
        "DB": server.database.name,
        "KEY": api_key(odoo),
        "LOGIN": "admin",
        "LEAD": str(lead),
        "OTHER_LEAD": str(other),
        "LANDLINE_LEAD": str(landline),
        "PBX": pbx,
        "GATEWAY": gateway,
        "SANDBOX": sandbox.url,
    }
    sandbox.stop()


def test_examples_of_the_api(shop, tmp_path):
    """``docs/api.md``: each example is run as it stands there, one shell for all; each answer is as
    the page shows it."""
    page = examples("docs/api.md")
    assert len(page) > 25
    variables = set(re.findall(r"^\| (`[A-Z_`, ]+) \|", read("docs/api.md"), re.M))
    assert shop.keys() == {n for row in variables for n in re.findall(r"[A-Z_]+", row)}
    answers = run_all(page, {**os.environ, **shop}, tmp_path)
    wrong = []
    for example, answer in zip(page, answers, strict=True):
        if example.shown_as == "text":
            fits = example.shown.strip() == answer.strip()
        else:
            fits = is_as_shown(decoded(example.shown), decoded(answer))
        if not fits:
            wrong.append(f"{example.code}\nshown: {example.shown}\nanswered: {answer}")
    assert not wrong, "\n\n".join(wrong)


def run_all(page, environment, folder):
    """:return: list of what the examples print"""
    script = ["set -u"]
    for n, example in enumerate(page):
        code = example.code
        if example.language == "python":
            (folder / f"{n}.py").write_text(code, encoding="utf-8")
            code = f"{sys.executable} {folder}/{n}.py\n"
        script.append(f"{{\n{code}}} >{folder}/{n}.out\n")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    answers = [(folder / f"{n}.out").read_text(encoding="utf-8") for n in range(len(page))]
    assert not done.stderr, f"{done.stderr}\n{answers}"
    return answers


def test_answers_are_told_apart():
    """The comparison itself: what differs from the page is seen."""
    assert is_as_shown([{"id": 1, "a": "…"}], [{"id": 2, "a": "x"}])
    for answer in ([], [{"id": 2}], [{"id": 2, "a": ""}], [{"id": 2, "a": False}], {"id": 2}):
        assert not is_as_shown([{"id": 1, "a": "…"}], answer)
    assert not is_as_shown([True], [1])
    assert is_as_shown([42], [7])
    assert not is_as_shown([42], [7, 8])


# ---------------------------------------------------------------------- write a provider


def test_every_hook_of_a_provider_is_told_of():
    """``docs/write-a-provider.md``, 4 names what a provider must and may say, all of it."""
    hooks = set()
    for name in ("kala_provider.py", "kala_provider_login.py"):
        path = ROOT / "kala_comm/models/connection" / name
        tree = ast.parse(path.read_text("utf-8"))
        [provider] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        hooks |= {node.name for node in provider.body if isinstance(node, ast.FunctionDef)}
        hooks |= {
            target.id
            for node in provider.body
            if isinstance(node, ast.Assign)
            for target in node.targets
        }
    # Odoo's own.
    hooks -= {"_name", "_description", "_inherit"}
    page = read("docs/write-a-provider.md").split("## 4. ")[1].split("## 5. ")[0]
    told = set(re.findall(r"`(_\w+)", page))
    assert len(hooks) > 40
    assert told == hooks


def test_example_of_a_provider_is_the_sandbox():
    """The lines that the page shows of the sandbox stand in it."""
    source = read("kala_comm/models/connection/kala_provider_sandbox.py")
    page = read("docs/write-a-provider.md").split("The sandbox has all")[1].split("A real one")[0]
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S):
        for line in block.splitlines():
            assert line.strip() == "…" or line in source, line
