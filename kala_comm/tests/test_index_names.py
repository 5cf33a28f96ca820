"""Comments name the indexes beside each statement: as PostgreSQL has them, or who looks for one in
a plan, or removes it, does not find who uses it."""

import re
from pathlib import Path

from odoo.modules.module import get_module_path
from odoo.tests import TransactionCase, tagged

#: A name between backticks that ends as those of indexes do, its beginning left out or not.
NAMED = re.compile(r"``([a-z0-9_]+_(?:idx|uniq|index|pkey))``")


@tagged("post_install", "-at_install")
class TestIndexNames(TransactionCase):
    def _sources(self):
        """:yield: (path, text) of the Python files of our addons that are installed"""
        ours = self.env["ir.module.module"].search(
            [("name", "=like", "kala_comm%"), ("state", "=", "installed")]
        )
        for name in ours.mapped("name"):
            root = Path(get_module_path(name))
            for path in sorted(root.rglob("*.py")):
                if "tests" not in path.relative_to(root).parts:
                    yield path.relative_to(root.parent), path.read_text(encoding="utf-8")

    def test_each_name_is_an_index(self):
        self.env.cr.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema")
        indexes = {name for (name,) in self.env.cr.fetchall()}
        count, unknown = 0, []
        for path, text in self._sources():
            for found in NAMED.finditer(text):
                count += 1
                if found[1] not in indexes:
                    line = text.count("\n", 0, found.start()) + 1
                    unknown.append(f"{path}:{line}: {found[1]}")
        self.assertFalse(unknown, "\n".join(unknown))
        self.assertGreater(count, 100, "the pattern finds the names")
