"""docs/channels.md says what the installed providers do."""

import re
from pathlib import Path

from odoo.tests import tagged

from ..models.connection import registry
from .common import KalaCommon

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"
ROW = re.compile(r"^\| `(\w+)` \|(.+)\|$", re.M)


@tagged("post_install", "-at_install")
class TestChannelPage(KalaCommon):
    def test_what_may_be_sent(self):
        """ME1–ME4, WA1, SM1: each provider that is installed has its row, and the row is true."""
        if not PAGE.exists():
            self.skipTest("The addons stand here without their pages.")
        rows = {code: _cells(row) for code, row in ROW.findall(PAGE.read_text(encoding="utf-8"))}
        for code, provider in registry.providers(self.env).items():
            if code != "sandbox":
                with self.subTest(provider=code):
                    self.assertEqual(rows.get(code), self._facts(provider))

    def _facts(self, provider):
        channel = provider._channels[0]
        return [
            ", ".join(provider._channels),
            _said(provider._text_length_of(channel)),
            _said(provider._max_files),
            _said(provider._can_quote and "yes"),
            _said(provider._can_react and "yes"),
            _said(provider._template_channel),
            _said(provider._free_text_hours_of(channel)),
            _said(provider._rate_per_second),
            _said(provider._pair_seconds),
        ]


def _cells(row):
    return [cell.strip() for cell in row.split("|")]


def _said(value):
    return f"{value:g}" if isinstance(value, float) and value else str(value or "–")
