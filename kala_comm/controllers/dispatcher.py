"""A route type whose handler gets the request's body as it came.

Odoo's own ``http`` type reads forms before the handler runs: the bytes are gone then, and
signatures are made over bytes. It also answers an oversized body with an error page, where we
want every refusal to look the same (SC1).
"""

import werkzeug.exceptions

from odoo import http


class WebhookDispatcher(http.HttpDispatcher):
    routing_type = "kala_webhook"

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        if isinstance(exc, werkzeug.exceptions.HTTPException) and exc.code:
            return refusal()
        return http.Response(status=503, headers={"Retry-After": "5"})


def refusal():
    """:return: the one answer to everything that is not for us: an empty 404"""
    return http.Response(b"", status=404, content_type="text/plain")
