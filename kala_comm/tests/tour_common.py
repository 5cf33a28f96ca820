import os
from pathlib import Path

from odoo import SUPERUSER_ID, fields
from odoo.tests import HttpCase
from odoo.tests.test_cursor import TestCursor

from odoo.addons.bus.websocket import _websocket_instances

from .common import DANA, KalaCommon

#: Screens that the tours of daily work run on, in both languages.
LAPTOP, PHONE = "1366x768", "390x844"
SCREENS = tuple((size, lang) for size in (LAPTOP, PHONE) for lang in ("en_US", "he_IL"))
#: axe-core, which looks for what people cannot read or reach; ``make setup`` installs it.
AXE = Path(os.environ.get("KALA_HOME", ""), "node/node_modules/axe-core/axe.min.js")


class TourCommon(KalaCommon, HttpCase):
    """What people click, in a real browser. Nothing is committed here, so neither the scheduler
    nor PostgreSQL's NOTIFY can do their part: jobs run when they are woken, and the websockets
    look when something was said. ``tests/`` does the same with a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Before the first page is asked for, which others would wait for; tools/test keeps them in
        # the database.
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def setUp(self):
        super().setUp()
        self.env["crm.lead"].search([]).unlink()
        self.dana = self.customer("Dana Levi", phone=DANA, user_id=self.manager.id)
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.manager.id)

    def tour(self, path, name, size=LAPTOP, lang="en_US", login=None, has_axe=False, **habits):
        """Run a tour.

        :param str size: width and height of the window, in pixels: ``LAPTOP``, ``PHONE``
        :param str lang: language of who clicks
        :param str login: who clicks; default: the manager
        :param bool has_axe: the tour looks for what people cannot read or reach
            (``isAccessible`` of ``add_tour.js``)
        :param habits: of who clicks, in ``res.users.settings``; the conversation and the first
            steps are closed, so that each tour opens what it needs
        """
        self._keep_quiet()
        self._run_jobs_when_woken()
        self._dispatch_bus()
        self._use_screen(size)
        login = login or self.manager.login
        self._speak(login, lang)
        clicker = self.env["res.users"].search([("login", "=", login)])
        settings = self.env["res.users.settings"]._find_or_create_for_user(clicker)
        settings.write({"kala_pane_open": False, "kala_first_hour": "closed", **habits})
        if has_axe:
            self._serve_axe()
        self.start_tour(path, name, login=login, timeout=400)
        self.env.invalidate_all()

    def _use_screen(self, size):
        """A browser is started for each tour."""
        self.browser_size = size
        self.touch_enabled = size == PHONE

    def _speak(self, login, lang):
        if not self.env["res.lang"]._get_data(code=lang):
            self.env["res.lang"]._activate_lang(lang)
        self.env["res.users"].search([("login", "=", login)]).lang = lang

    def _serve_axe(self):
        """Let the page find axe-core where ``isAccessible`` looks for it."""
        if not AXE.is_file():
            self.skipTest("axe-core is not here. `make setup` installs it.")
        name = "/kala_comm_axe.js"
        values = {"name": name, "url": name, "raw": AXE.read_bytes(), "public": True}
        files = self.env["ir.attachment"]
        if not files.search([("url", "=", name)]):
            files.create({**values, "mimetype": "application/javascript"})

    def _keep_quiet(self):
        """What the test has made is no news: a card of it would come before that of the tour, or
        after it, depending on how soon the page asks."""
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()

    def _run_jobs_when_woken(self):
        """A job runs as soon as what woke it is kept, as with the scheduler: a job commits, so it
        cannot run in the middle of a click."""
        test = self

        def run_inbox(inbox):
            inbox.with_user(SUPERUSER_ID).with_context(clean=True)._cron_run(linger=0)

        def run_dispatcher(dispatcher):
            test._make_due(dispatcher.env)
            dispatcher.with_user(SUPERUSER_ID)._cron_run(2)

        def wake_inbox(inbox):
            test._after_commit(inbox, run_inbox)

        def wake_dispatcher(dispatcher, at=None):
            if at is None or at <= fields.Datetime.now():
                test._after_commit(dispatcher, run_dispatcher)

        self.patch(type(self.env["kala.inbox"]), "_wake", wake_inbox)
        self.patch(type(self.env["kala.dispatcher"]), "_wake", wake_dispatcher)
        self._woken = {}
        self.patch(TestCursor, "commit", lambda cr: test._commit_and_run(cr))

    def _after_commit(self, job, run):
        """
        :param job: model that was woken
        :param run: function of the model, which does the job
        """
        if isinstance(job.env.cr, TestCursor):
            self._woken[run.__name__] = (job, run)
        else:
            run(job)

    def _commit_and_run(self, cr, commit=TestCursor.commit):
        """In place of Odoo's own, which forgets what was to be done afterwards."""
        commit(cr)
        while mine := [name for name, (job, _run) in self._woken.items() if job.env.cr is cr]:
            job, run = self._woken.pop(mine[0])
            run(job)
            commit(cr)

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
