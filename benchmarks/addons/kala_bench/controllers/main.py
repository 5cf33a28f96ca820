from odoo import http
from odoo.http import request


class BenchController(http.Controller):
    """The least that a webhook can do: store what came, and answer."""

    def _store(self):
        request.env.cr.execute(
            "INSERT INTO kala_bench_row (payload, done) VALUES (%s, FALSE)",
            [request.httprequest.get_data().decode()],
        )

    @http.route(
        "/kala_bench/row",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def row(self):
        """QU1: one row."""
        self._store()
        return http.Response(status=200)

    @http.route(
        "/kala_bench/poke",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def poke(self):
        """QU13: one row, and a job that has nothing to do but to tell about it."""
        self._store()
        request.env.ref("kala_bench.ir_cron_tell").sudo()._trigger()
        return http.Response(status=200)
