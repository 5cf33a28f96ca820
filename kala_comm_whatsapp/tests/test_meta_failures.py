"""What Meta refuses has a kind, by its code (DE2, docs/providers.md, 1.2)."""

from odoo.tests import BaseCase

from odoo.addons.kala_comm.tools.const import FAILURE_KINDS, ONCE_MORE, RETRY_KINDS

from ..const import META_FAILURE_KINDS
from ..tools.meta_answers import (
    failure_kind,
    failure_reason,
    failure_tries,
    read_error,
    read_refusal,
)

#: Every row of docs/providers.md, 1.2: codes, kind, whether it comes again by itself.
AGAIN, ONCE, NEVER = "again", "once more", "never"
ROWS = [
    ([0, 190], "connection", NEVER),
    ([1, 131000], "temporary", AGAIN),
    ([2, 131016, 133004], "temporary", AGAIN),
    ([131057], "temporary", AGAIN),
    ([3, 10, *range(200, 300), 131005], "connection", NEVER),
    ([4, 613, 80007, 80008], "limit", AGAIN),
    ([130429], "limit", AGAIN),
    ([131056], "limit", AGAIN),
    ([131208], "limit", AGAIN),
    ([33], "sender", NEVER),
    ([100, 131008, 131009], "rejected", NEVER),
    ([131021], "address", NEVER),
    ([131026], "address", NEVER),
    ([131030], "address", NEVER),
    ([131043], "rejected", NEVER),
    ([131047], "window", NEVER),
    ([131048], "sender", NEVER),
    ([131049], "rejected", NEVER),
    ([131050], "consent", NEVER),
    ([130472], "rejected", NEVER),
    ([131051], "rejected", NEVER),
    ([131052, 131053], "temporary", ONCE),
    ([368], "connection", NEVER),
    ([130497], "rejected", NEVER),
    ([131031], "connection", NEVER),
    ([131037, 131045], "sender", NEVER),
    ([131042], "credit", NEVER),
    ([131062], "address", NEVER),
    ([131063, 131064], "rejected", NEVER),
    ([132000], "rejected", NEVER),
    ([132001], "rejected", NEVER),
    ([132005, 132007], "rejected", NEVER),
    ([132008, 132012], "rejected", NEVER),
    ([132015, 132016], "rejected", NEVER),
    ([132068], "rejected", NEVER),
    ([132069], "temporary", AGAIN),
    ([133010], "sender", NEVER),
    ([133000, 133005, 133006, 133008, 133009, 133015, 133016], "sender", NEVER),
    ([134101], "temporary", AGAIN),
    ([134102], "rejected", NEVER),
    ([135000, 137000], "rejected", NEVER),
]
#: Not in that table: a session key that is not valid any more; what nobody documents.
BESIDE = [
    ([104], "connection", NEVER),
    ([300, 999999, "?", None, True], "rejected", NEVER),
]

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
    def test_de2_every_row(self):
        """DE2: the code decides, not the title and not the HTTP status; as a number and as text,
        in an answer and in a status that is told later."""
        for codes, kind, retry in ROWS + BESIDE:
            for code in codes:
                with self.subTest(code=code):
                    self.assertEqual(failure_kind({"code": code}), kind)
                    self.assertEqual(failure_kind({"code": str(code)}), kind)
                    tries = failure_tries({"code": code})
                    self.assertEqual(tries, ONCE_MORE if retry == ONCE else 0)
                    self.assertEqual(kind in RETRY_KINDS, retry != NEVER)
                    if isinstance(code, int) and code is not True:
                        refused = read_refusal({"error": {"code": code}})
                        state = "failed" if retry == NEVER else "retry"
                        self.assertEqual((refused.state, refused.tries), (state, tries))

    def test_de2_no_code_beside(self):
        """Nothing in the code's own table is without a row."""
        known = {code for codes, _kind, _retry in ROWS + BESIDE for code in codes}
        self.assertLessEqual(set(META_FAILURE_KINDS), known)

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
