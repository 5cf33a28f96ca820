"""What Meta refuses has a kind, by its code (DE2, providers.md 1.2)."""

from odoo.tests import BaseCase

from odoo.addons.kala_comm.tools.const import FAILURE_KINDS

from ..const import META_FAILURE_KINDS
from ..tools.meta import failure_kind, failure_reason, read_error

KINDS = {
    "connection": [0, 3, 10, 104, 190, 200, 250, 299, 368, 131005, 131031],
    "credit": [131042],
    "consent": [131050],
    "window": [131047],
    "address": [131021, 131026, 131030, 131062],
    "sender": [33, 131037, 131045, 131048, 133010, 133016],
    "limit": [4, 613, 80007, 80008, 130429, 131056],
    "temporary": [1, 2, 131000, 131016, 131057, 133004, 134101],
    "rejected": [
        100,
        300,
        131008,
        131009,
        131043,
        131049,
        130472,
        130497,
        131051,
        132000,
        132001,
        132015,
        135000,
        137000,
        999999,
        "?",
        None,
        True,
    ],
}

REASONS = [
    (
        {"code": 131047, "title": "Re-engagement", "error_data": {"details": "24 h"}},
        "(131047) Re-engagement – 24 h",
    ),
    (
        {
            "code": 131047,
            "title": "Re-engagement message",
            "message": "Re-engagement message",
        },
        "(131047) Re-engagement message",
    ),
    (
        {
            "code": 131056,
            "message": "(#131056) Pair rate limit",
            "error_data": {"details": "Too many messages to this number."},
        },
        "(#131056) Pair rate limit – Too many messages to this number.",
    ),
    # Older forms have a plain text there.
    ({"code": 100, "message": "Bad", "error_data": "old form"}, "(100) Bad – old form"),
    ({"code": 1}, "(1) Meta gave no reason"),
    ({}, "Meta gave no reason"),
]


class TestMetaFailures(BaseCase):
    def test_kinds(self):
        """DE2: the code decides, not the title and not the HTTP status."""
        for kind, codes in KINDS.items():
            for code in codes:
                with self.subTest(kind=kind, code=code):
                    self.assertEqual(failure_kind({"code": code}), kind)
        for code in KINDS["limit"]:
            self.assertEqual(failure_kind({"code": str(code)}), "limit")

    def test_kinds_are_the_cores(self):
        self.assertLessEqual(set(META_FAILURE_KINDS.values()), set(dict(FAILURE_KINDS)))

    def test_transient(self):
        """An unknown code that Meta itself calls transient comes again."""
        self.assertEqual(failure_kind({"code": 777, "is_transient": True}), "temporary")
        self.assertEqual(failure_kind({"code": 190, "is_transient": True}), "connection")

    def test_reasons(self):
        for error, reason in REASONS:
            with self.subTest(error=error):
                self.assertEqual(failure_reason(error), reason)

    def test_no_envelope(self):
        """Only Meta's own envelope is its error; all else may be a broken proxy."""
        for body in (None, [], "x", {}, {"error": "x"}, {"error": {"message": "x"}}):
            with self.subTest(body=body):
                self.assertIsNone(read_error(body))
