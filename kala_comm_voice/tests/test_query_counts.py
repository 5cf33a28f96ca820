from dataclasses import replace

from odoo import Command
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.query_counts import QueryCountCommon
from odoo.addons.kala_comm.tools.messages import CallEvent

from .common import VoiceCommon


@tagged("post_install", "-at_install")
class TestQueryCounts(VoiceCommon, QueryCountCommon):
    """docs/architecture.md, 3.12: 100 calls cost at most twice the queries of 10, whatever they
    are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pbx.notify_all = True

    def _check(self, prepare, after=lambda communications: None, connection=None):
        return super()._check(prepare, after, connection or self.pbx)

    def _calls(self, numbers, uids=None, **values):
        return [
            CallEvent(
                uid=uid,
                contact_value=number,
                line_address="+97237654321",
                **{"extension": "101", **values},
            )
            for number, uid in zip(numbers, uids or [f"c{n}" for n in numbers], strict=True)
        ]

    def test_missed_calls_of_strangers(self):
        """VO3, MA3: leads, tasks, chatter lines and notifications of missed calls."""
        self._check(
            lambda size: self._calls(self._numbers(size), event="ended", status="missed"),
            self._all_with_tasks,
        )

    def test_missed_calls_of_known_contacts(self):
        """VO3, RE4."""

        self._check(
            lambda size: self._calls(self._known_numbers(size), event="ended", status="missed"),
            self._all_with_tasks,
        )

    def test_outgoing_calls(self):
        """VO1: outgoing answered calls."""

        self._check(
            lambda size: self._calls(
                self._known_numbers(size),
                event="ended",
                status="answered",
                duration=9,
                direction="out",
            ),
            lambda calls: self.assertEqual(calls.user_id, self.salesman),
        )

    def test_calls_that_rang_and_were_missed(self):
        """VO1, VO3: later events of calls that are in the log."""

        def prepare(size):
            numbers = self._known_numbers(size)
            self._handle(self._calls(numbers, event="ringing"), self.pbx)
            return self._calls(numbers, event="ended", status="missed")

        self._check(prepare, self._all_with_tasks)

    def test_calls_that_rang_and_were_answered(self):
        """VO1, RE5: who answered becomes responsible."""
        # Odoo looks for another team, lead by lead, where the user is not of the lead's.
        team = self.env["crm.team"].create(
            {"name": "Phone", "member_ids": [Command.set(self.colleague.ids)]}
        )

        def prepare(size):
            numbers = self._known_numbers(size, user_id=self.manager.id, team_id=team.id)
            self._handle(self._calls(numbers, event="ringing"), self.pbx)
            ended = self._calls(numbers, event="ended", status="answered", extension="102")
            # Each lasted another time: no two are written alike.
            return [replace(event, duration=n + 1) for n, event in enumerate(ended)]

        def after(calls):
            self.assertEqual(len(set(calls.mapped("duration"))), len(calls))
            self.assertEqual(calls.lead_id.user_id, self.colleague)

        self._check(prepare, after)
