from odoo import api, fields, models


class KalaLineAlias(models.Model):
    """A number that a line had before (WA3): what still comes in for it is the line's."""

    _name = "kala.line.alias"
    _description = "Earlier Number of a Line"
    _inherit = ["kala.hidden.name"]
    _order = "id DESC"

    line_id = fields.Many2one("kala.line", required=True, index=True, ondelete="cascade")
    connection_id = fields.Many2one("kala.connection", index=True, ondelete="cascade")
    channel = fields.Char(required=True)
    address = fields.Char()
    external_id = fields.Char()

    @api.model
    def _domain(self, connection, channel, external_id, address):
        """:return: domain of the aliases that an event with these names, by either of them"""
        names = [
            (name, "=", value)
            for name, value in (("external_id", external_id), ("address", address))
            if value
        ]
        return [
            ("connection_id", "=", connection.id),
            ("channel", "=", channel),
            *["|"] * (len(names) - 1),
            *names,
        ]

    @api.model
    def _line_of(self, connection, channel, external_id, address):
        """:return: the ``kala.line`` that had this number; empty where none had"""
        found = self.sudo().search(self._domain(connection, channel, external_id, address), limit=1)
        return found.line_id.sudo(self.env.su)

    @api.model
    def _keep(self, line):
        """Remember the present number of a line."""
        self.sudo().create(
            {
                "line_id": line.id,
                "connection_id": line.connection_id.id,
                "channel": line.channel,
                "address": line.address,
                "external_id": line.external_id,
            }
        )

    @api.model
    def _forget(self, connection, channel, external_id, address):
        """The number is in use again: it is no earlier one any more."""
        self.sudo().search(self._domain(connection, channel, external_id, address)).unlink()
