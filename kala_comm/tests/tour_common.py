from odoo import SUPERUSER_ID, fields
from odoo.tests import HttpCase

from odoo.addons.bus.websocket import _websocket_instances

from .common import DANA, KalaCommon


class TourCommon(KalaCommon, HttpCase):
    """What people click, in a real browser. Nothing is committed here, so neither the scheduler
    nor PostgreSQL's NOTIFY can do their part: jobs run when they are woken, and the websockets
    look when something was said. ``tests/`` does the same with a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Once for all tours; else the first page of each builds them while others wait.
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def setUp(self):
        super().setUp()
        self.env["crm.lead"].search([]).unlink()
        self.dana = self.customer("Dana Levi", phone=DANA, user_id=self.manager.id)
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.manager.id)

    def tour(self, path, name):
        self._keep_quiet()
        self._run_jobs_when_woken()
        self._dispatch_bus()
        self.start_tour(path, name, login=self.manager.login, timeout=400)
        self.env.invalidate_all()

    def _keep_quiet(self):
        """What the test has made is no news: a card of it would come before that of the tour, or
        after it, depending on how soon the page asks."""
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()

    def _run_jobs_when_woken(self):
        test = self

        def wake_inbox(inbox):
            inbox.with_user(SUPERUSER_ID).with_context(clean=True)._cron_run(linger=0)

        def wake_dispatcher(dispatcher, at=None):
            if at is None or at <= fields.Datetime.now():
                test._make_due(dispatcher.env)
                dispatcher.with_user(SUPERUSER_ID)._cron_run(2)

        self.patch(type(self.env["kala.inbox"]), "_wake", wake_inbox)
        self.patch(type(self.env["kala.dispatcher"]), "_wake", wake_dispatcher)

    def _make_due(self, env):
        """``now()`` stands still in a test: what is due by the clock is due by the database."""
        env.flush_all()
        env.cr.execute(
            """UPDATE kala_communication SET send_after = now() AT TIME ZONE 'UTC'
                WHERE state IN ('scheduled', 'queued')
                  AND send_after <= clock_timestamp() AT TIME ZONE 'UTC'"""
        )
        env.invalidate_all()

    def _dispatch_bus(self):
        """Let the websockets look for what was said once the request has ended."""
        bus = type(self.env["bus.bus"])
        create = bus.create

        def create_and_dispatch(records, vals_list):
            result = create(records, vals_list)
            for websocket in list(_websocket_instances):
                websocket.trigger_notification_dispatching()
            return result

        self.patch(bus, "create", create_and_dispatch)
