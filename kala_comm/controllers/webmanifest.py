from odoo.http import request
from odoo.tools import file_open

from odoo.addons.mail.controllers import webmanifest


class WebManifest(webmanifest.WebManifest):
    def _get_service_worker_content(self):
        """Our part stands before Odoo's: what is ours is opened by ours (NO4)."""
        body = super()._get_service_worker_content()
        if request.env.user._is_internal():
            with file_open("kala_comm/static/worker/notifications.js") as ours:
                body = ours.read() + body
        return body
