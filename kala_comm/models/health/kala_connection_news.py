from odoo import fields, models

from ...tools import states


class KalaConnection(models.Model):
    """What came and left over a connection last, and what is wrong with what came (AD3)."""

    _inherit = "kala.connection"

    last_in_date = fields.Datetime(compute="_compute_last_dates", string="Last received")
    last_out_date = fields.Datetime(compute="_compute_last_dates", string="Last sent")
    dead_count = fields.Integer(compute="_compute_dead_count", string="Dead letters")

    def _compute_last_dates(self):
        """Read from the log (docs/architecture.md, 3.10): index
        ``kala_communication_connection_idx``."""
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT c.id,
                      (SELECT max(date) FROM kala_communication
                        WHERE connection_id = c.id AND direction = 'in'),
                      (SELECT max(date) FROM kala_communication
                        WHERE connection_id = c.id AND direction = 'out'
                          AND {states.is_sent()})
                 FROM unnest(%s::int[]) AS c(id)""",
            [list(self._origin._ids)],
        )
        dates = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        for connection in self:
            last_in, last_out = dates.get(connection._origin.id, (None, None))
            connection.last_in_date = last_in
            connection.last_out_date = last_out

    def _compute_dead_count(self):
        counts = dict(
            self.env["kala.inbound.item"]
            .sudo()
            ._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "dead")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.dead_count = counts.get(connection, 0)

    # ------------------------------------------------------------------ buttons

    def action_open_communications(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kala_comm.kala_communication_action"
        )
        action["domain"] = [("connection_id", "in", self.ids)]
        return action

    def action_simulate(self):
        """Write what a customer would write, on this sandbox connection (AD2)."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_simulate_action")
        action["context"] = {"default_line_id": self.line_ids[:1].id}
        return action

    def action_open_dead(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kala_comm.kala_inbound_item_action")
        action["domain"] = [("connection_id", "in", self.ids)]
        return action
