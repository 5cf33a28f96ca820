from lxml import etree

from odoo import api, models

from ...tools import channels, const


class KalaCommunication(models.Model):
    """The filters of the report that are those of a channel (LO5)."""

    _inherit = "kala.communication"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Before the filter of calls stand two of each channel of texts: what was sent on it, and
        all of it."""
        arch, view = super()._get_view(view_id, view_type, **options)
        for calls in arch.xpath("//filter[@name='calls']") if view_type == "search" else ():
            for row in channels.offered(self.env, channels.TEXT):
                for wanted in self._filters_of(row):
                    calls.addprevious(etree.Element("filter", wanted))
        return arch, view

    @api.model
    def _filters_of(self, row):
        """:param Channel row:
        :return: list of the attributes of its filters"""
        label = self.env._(row.label)
        on_it = ("channel", "=", row.code)
        sent = [on_it, ("direction", "=", "out"), ("state", "in", const.SENT_STATES)]
        return [
            {
                "name": f"sent_{row.code}",
                "string": self.env._("Sent %s", label),
                "domain": repr(sent),
            },
            {"name": row.code, "string": label, "domain": repr([on_it])},
        ]
