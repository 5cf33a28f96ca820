"""The architecture, executable: which room of ``models/`` may call which, and that no behaviour
depends on the order in which files are imported (docs/architecture.md, 1)."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from odoo.tests import BaseCase, tagged

ADDON = Path(__file__).parents[1]
MODELS = ADDON / "models"

#: Room → rooms that it may call: those it builds on. All may ask who may read what (rights), log
#: in steps (kala.job) and use the plain Python of ``tools/``.
MAY_CALL = {
    "rights": (),
    "connection": (),
    "record": ("connection",),
    "log": ("connection", "record"),
    "consent": ("connection", "record", "log"),
    "template": ("connection", "record", "log"),
    "notify": ("connection", "record", "log"),
    "task": ("connection", "record", "log", "notify"),
    "outbound": ("connection", "record", "log", "consent", "template", "notify", "task"),
    "inbound": ("connection", "record", "log", "consent", "notify", "task", "outbound"),
    "call": ("connection", "record", "log", "notify", "task", "outbound", "inbound"),
    "email": (
        *("connection", "record", "log", "consent", "template"),
        *("notify", "task", "outbound", "inbound"),
    ),
    "mass": (
        *("connection", "record", "log", "consent", "template"),
        *("notify", "outbound", "email"),
    ),
    "health": (
        *("connection", "record", "log", "template", "notify"),
        *("outbound", "inbound", "mass", "email"),
    ),
    "first": ("connection", "record", "log", "outbound", "inbound", "health"),
    "dashboard": ("connection", "record", "log", "notify", "task"),
    "automation": (
        *("connection", "record", "log", "template"),
        *("task", "notify", "outbound", "email"),
    ),
    "conversation": ("connection", "record", "log", "consent", "notify", "task", "outbound"),
}
#: Rooms that open wizards: those that people push buttons in.
MAY_OPEN_WIZARDS = ("outbound", "inbound", "email", "mass", "health", "first")

#: Values that go from step to step → the one place where each is put together.
MADE = {
    "Case": "inbound/values.py",
    "Entry": "inbound/values.py",
    "Sender": "inbound/values.py",
    "NewCall": "call/values.py",
    "Outgoing": "outbound/kala_gate.py",
    "Request": "outbound/kala_outbox.py",
}

NAMED = re.compile(r'env\[\s*"(kala\.[a-z_.]+)"')
IMPORTED = re.compile(r"^from \.\.([a-z_]+)(?:\.[a-z_]+)? import", re.MULTILINE)


class Definition:
    """A class of a model in one file."""

    def __init__(self, path, node):
        values = {
            target.id: ast.literal_eval(statement.value)
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name) and target.id in ("_name", "_inherit")
        }
        inherits = values.get("_inherit") or ()
        self.path = path
        self.inherits = [inherits] if isinstance(inherits, str) else list(inherits)
        self.model = values.get("_name") or next(iter(self.inherits), None)
        self.is_new = bool(self.model) and self.model not in self.inherits
        self.methods = [n.name for n in node.body if isinstance(n, ast.FunctionDef)]


def definitions(*folders):
    return [
        Definition(path, node)
        for folder in folders
        for path in sorted((ADDON / folder).rglob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    ]


def room_of(path):
    """:return: name of the room; "" of a file that stands in none"""
    parts = path.relative_to(MODELS).parts
    return parts[0] if len(parts) > 1 else ""


def made(tree, owner=None):
    """:return: generator of the names of the values that a module puts together"""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = owner if node.func.id == "cls" else node.func.id
            if name in MADE:
                yield name
        yield from made(node, node.name if isinstance(node, ast.ClassDef) else owner)


@tagged("-at_install", "post_install")
class TestRooms(BaseCase):
    def test_every_room_is_in_the_table_and_says_what_goes_in_and_out(self):
        rooms = {path.name for path in MODELS.iterdir() if (path / "__init__.py").is_file()}
        self.assertEqual(rooms, set(MAY_CALL))
        for room in rooms:
            text = ast.get_docstring(ast.parse((MODELS / room / "__init__.py").read_text())) or ""
            self.assertRegex(text, r"(?s)^In: .+\nOut: .+", room)

    def test_a_room_calls_only_those_it_builds_on(self):
        home = {d.model: room_of(d.path) for d in definitions("models") if d.is_new}
        wizards = {d.model for d in definitions("wizards") if d.is_new}
        wrong = defaultdict(set)
        for path in sorted(MODELS.rglob("*.py")):
            room = room_of(path)
            if not room:
                continue
            text = path.read_text()
            called = {home[name] for name in NAMED.findall(text) if name in home}
            called |= set(IMPORTED.findall(text)) - {"kala_job"}
            if wizards.intersection(NAMED.findall(text)) and room not in MAY_OPEN_WIZARDS:
                wrong[room].add(f"wizard, in {path.name}")
            for other in called - {"", "rights", room, *MAY_CALL[room]}:
                wrong[room].add(f"{other}, in {path.name}")
        self.assertFalse(dict(wrong), "These rooms call rooms that build on them.")

    def test_the_table_has_no_circle(self):
        order = list(MAY_CALL)
        for room, others in MAY_CALL.items():
            for other in others:
                self.assertLess(order.index(other), order.index(room), f"{room} calls {other}")

    def test_each_method_of_a_model_is_written_once(self):
        """Of two in one addon the order of imports would decide which one calls the other."""
        places = defaultdict(list)
        for definition in definitions("models", "wizards"):
            for method in definition.methods:
                places[definition.model, method].append(definition.path.name)
        self.assertFalse({key: where for key, where in places.items() if key[0] and len(where) > 1})

    def test_a_value_is_put_together_in_one_place(self):
        """A fact that a value gets reaches all who read it: nobody packs it by hand."""
        places = defaultdict(list)
        for path in sorted(ADDON.parent.glob("kala_comm*/**/*.py")):
            if "tests" not in path.parts:
                for name in made(ast.parse(path.read_text())):
                    places[name].append(path)
        self.assertEqual(dict(places), {name: [MODELS / place] for name, place in MADE.items()})

    def test_a_file_of_one_model_is_named_after_it_and_others_after_their_feature(self):
        models = defaultdict(set)
        for definition in definitions("models", "wizards"):
            if definition.model:
                models[definition.path].add(definition.model.replace(".", "_"))
        for path, names in models.items():
            if len(names) > 1:
                self.assertNotIn(path.stem, names, f"{path.name} is of {len(names)} models.")
