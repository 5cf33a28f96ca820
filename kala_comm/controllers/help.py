from odoo import http
from odoo.http import request

from ..tools import help_pages


class KalaHelp(http.Controller):
    @http.route("/kala/help/<path:page>", type="http", auth="user", readonly=True)
    def help_page(self, page):
        """To the page for people that explains a screen (AD1): all links of the screens are of this
        server, and one system parameter says where the pages are. The project's own are read in the
        user's language where there is one.

        :param str page: of ``docs/user``, without ``.md``"""
        base = request.env["ir.config_parameter"].sudo().get_param(help_pages.PARAMETER)
        address = help_pages.address(base, page, request.env.lang or "")
        if not address:
            raise request.not_found()
        return request.redirect(address, code=302, local=False)
