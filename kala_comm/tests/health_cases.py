"""WA5, of each provider: what it answers → how its connection is doing. Addons of providers give
their own table."""

import json
from unittest.mock import patch

from odoo.addons.kala_comm.models.health.health_watch import MISSES
from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.messages import HttpAnswer

from .common import KalaCommon


class ProviderHealth(KalaCommon):
    """``look(connection, answers)`` asks as the job does, and gives (state, whether it receives,
    the first step that mends it). ``answers``: part of an address → (HTTP status, what the
    provider answers), or an exception; in the texts, ``OUR_ADDRESS`` is our webhook address."""

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        self.env["kala.fingerprint"]._remember()

    def look(self, connection, answers):
        def perform(request):
            answer = next(said for part, said in answers.items() if part in request.url)
            if isinstance(answer, Exception):
                raise answer
            status, values = answer
            body = json.dumps(values).replace("OUR_ADDRESS", connection.webhook_url)
            return HttpAnswer(status, {}, body)

        with patch.object(http, "perform", perform):
            for _n in range(MISSES):
                with self.job() as env:
                    env["kala.connection"].browse(connection.id)._check_login()
        self.env.invalidate_all()
        steps = connection.health_plan or [{"text": ""}]
        return connection.state, connection.receives, steps[0]["text"]

    def check_table(self, connection, cases):
        """
        :param list cases: of (name, answers, state, receives, words of the first step that mends
            it, or of the reason where nothing leaves)
        """
        for name, answers, state, receives, words in cases:
            connection.write({"hook_fault": False, "health_misses": 0, "trouble_kind": False})
            connection._set_state("connected")
            with self.subTest(case=name):
                found, heard, step = self.look(connection, answers)
                self.assertEqual((found, heard), (state, receives))
                self.assertIn(words, step if state == "connected" else connection.state_reason)
