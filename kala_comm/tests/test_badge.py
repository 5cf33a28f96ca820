from unittest.mock import MagicMock, patch

from psycopg2.pool import PoolError

from odoo.tests import tagged
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger

from odoo.addons.kala_comm.models.dashboard import kala_badge

from .test_notification import BusCommon


@tagged("post_install", "-at_install")
class TestBadge(BusCommon):
    """ST4: how many new leads wait, and who is told that it changed."""

    def setUp(self):
        super().setUp()
        self.env["crm.lead"].search([]).unlink()
        stages = self.env["crm.stage"].search([])
        self.new = stages.filtered(lambda s: s.kala_status_type_id == self.types["new"])[:1]
        self.open = stages.filtered(lambda s: s.kala_status_type_id == self.types["open"])[:1]

    def count(self, user):
        return self.env["crm.lead"].with_user(user).kala_count_new()["count"]

    def test_st4_counts_by_status_type(self):
        """ST4: leads in a status of type "new", whatever the stage is called; lost ones not."""
        self.lead("New", stage_id=self.new.id)
        self.lead("Open", stage_id=self.open.id)
        self.lead("Lost", stage_id=self.new.id).action_set_lost()
        self.assertEqual(self.count(self.colleague), 1)
        self.open.kala_status_type_id = self.types["new"]
        self.assertEqual(self.count(self.colleague), 2)

    def test_st4_those_the_user_may_see(self):
        """ST4: own documents only where the sales rules say so, and no other company's."""
        self.lead("Own", stage_id=self.new.id, user_id=self.salesman.id)
        self.lead("Another's", stage_id=self.new.id, user_id=self.colleague.id)
        self.lead("Foreign", stage_id=self.new.id, company_id=self.other_company.id)
        self.assertEqual(self.count(self.salesman), 1)
        self.assertEqual(self.count(self.colleague), 2)
        self.assertEqual(self.count(self.stranger), 1)

    def test_st4_limited_cost(self):
        """ST4: nobody needs to know how many thousands there are."""
        self.lead("One", stage_id=self.new.id)
        self.lead("Two", stage_id=self.new.id)
        self.lead("Three", stage_id=self.new.id)
        with patch("odoo.addons.kala_comm.models.dashboard.lead_saved.LIMIT", 2):
            self.assertEqual(
                self.env["crm.lead"].with_user(self.colleague).kala_count_new(),
                {"count": 2, "limit": 2},
            )

    def touched(self, what):
        """:return: set of company ids that a change announces after its commit"""
        self.env.cr.postcommit.clear()
        what()
        touched = self.env.cr.postcommit.data.get("kala_comm.badge", set())
        self.env.cr.postcommit.clear()
        return touched

    def test_st4_what_announces(self):
        """ST4: leads that come, go, move or change hands; nothing else."""
        own, other = self.company.id, self.other_company.id
        lead = self.lead("Lead", stage_id=self.new.id, company_id=own)
        team = self.env["crm.team"].create({"name": "Team", "company_id": False})
        cases = [
            ("created", lambda: self.lead("Another", company_id=own), {own}),
            ("moved", lambda: lead.write({"stage_id": self.open.id}), {own}),
            ("handed over", lambda: lead.write({"user_id": self.colleague.id}), {own}),
            ("renamed", lambda: lead.write({"name": "Renamed"}), set()),
            ("lost", lambda: lead.action_set_lost(), {own}),
            ("found again", lambda: lead.action_unarchive(), {own}),
            (
                "other company",
                lambda: lead.write({"user_id": False, "team_id": team.id, "company_id": other}),
                {own, other},
            ),
            ("deleted", lambda: lead.unlink(), {other}),
            (
                "stage's type",
                lambda: self.open.write({"kala_status_type_id": self.types["new"].id}),
                {False},
            ),
        ]
        for name, what, expected in cases:
            with self.subTest(name):
                self.assertEqual(self.touched(what), expected)

    def sent(self, company_ids):
        """:return: channels of the events that a round of sending made"""
        heard = self.heard("kala_comm/badge", lambda: self.env["kala.badge"]._send(company_ids))
        return [channel[1] for channel, _payload in heard]

    def test_st4_one_event_in_five_seconds(self):
        """docs/architecture.md, 3.10: one event per company in 5 s, whatever happens meanwhile."""
        own, other = self.company.id, self.other_company.id
        self.assertEqual(self.sent({own}), [f"kala_comm/badge/{own}"])
        self.assertEqual(self.sent({own}), [])
        self.assertEqual(self.sent({own, other}), [f"kala_comm/badge/{other}"])
        self.env.cr.execute("UPDATE kala_badge SET sent = sent - interval '5 seconds'")
        self.assertEqual(self.sent({own}), [f"kala_comm/badge/{own}"])

    def test_st4_all_companies(self):
        """A stage belongs to all companies."""
        companies = self.env["res.company"].search([])
        self.assertEqual(
            self.sent({False}), [f"kala_comm/badge/{id}" for id in sorted(companies.ids)]
        )

    def test_st4_asks_nobody_within_the_pause(self):
        """A process that has just sent an event does not touch the database again for it."""
        asked = []

        def _send(badge, company_ids):
            asked.append(company_ids)
            return list(company_ids)

        dbname = self.env.cr.dbname
        with (
            self.enter_registry_test_mode(),
            patch.object(type(self.env["kala.badge"]), "_send", _send),
            patch.dict(kala_badge._last_sent, clear=True),
        ):
            kala_badge._send_after_commit(dbname, {1})
            kala_badge._send_after_commit(dbname, {1})
            kala_badge._send_after_commit(dbname, {1, 2})
        self.assertEqual(asked, [{1}, {2}])

    def test_st4_fails_nobody(self):
        """ST4: what a badge is about is committed: whoever it was for must not fail, or do it
        again, because there is no connection left to tell of it."""
        with (
            mute_logger("odoo.addons.kala_comm.models.dashboard.kala_badge"),
            patch.object(kala_badge.Registry, "cursor", side_effect=PoolError("pool is full")),
            patch.dict(kala_badge._last_sent, clear=True),
        ):
            kala_badge._send_after_commit(self.env.cr.dbname, {1})
            self.assertFalse(kala_badge._last_sent)

    def test_st4_who_may_listen(self):
        """ST4: users listen to their own companies, portal users to none."""
        own, other = self.company.id, self.other_company.id
        portal = new_test_user(self.env, "kala_portal", groups="base.group_portal")
        asked = [f"kala_comm/badge/{own}", f"kala_comm/badge/{other}"]
        for user, expected in (
            (self.salesman, asked[:1]),
            (self.stranger, asked[1:]),
            (portal, []),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self.listened(user, asked), expected)

    def test_lo8_who_may_listen_to_a_record(self):
        """LO4, LO8: a screen follows a record only where its user may read it."""
        own = self.lead("Own", user_id=self.salesman.id)
        foreign = self.lead("Another's", user_id=self.colleague.id)
        asked = [f"kala_comm/crm.lead/{lead.id}" for lead in (own, foreign)]
        asked += ["kala_comm/crm.lead/999999999", "kala_comm/res.users/1", "kala_comm/x"]
        self.assertEqual(self.listened(self.salesman, asked), asked[:1])
        self.assertEqual(self.listened(self.colleague, asked), asked[:2])

    def listened(self, user, asked):
        """:return: those of our channels that a client of the user gets"""
        connection = MagicMock()
        connection.session.uid = user.id
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", new=connection):
            channels = self.env["ir.websocket"].with_user(user)._build_bus_channel_list(asked)
        return [c for c in channels if isinstance(c, str) and c.startswith("kala_comm/")]
