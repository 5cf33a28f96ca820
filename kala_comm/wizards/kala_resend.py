from datetime import timedelta

from odoo import api, fields, models

from ..tools import const

#: Days: what failed longer ago is old news, and is sent again only if somebody asks for it.
RECENT_DAYS = 7


class KalaResend(models.TransientModel):
    """Send everything again that failed on some lines, after what was wrong was mended (DE4)."""

    _name = "kala.resend"
    _description = "Resend All Failed"
    _inherit = ["kala.given"]

    line_ids = fields.Many2many("kala.line", string="Lines", required=True, readonly=True)
    period = fields.Selection(
        [("1", "24 hours"), ("7", "7 days"), ("30", "30 days"), ("0", "ever")],
        string="Failed in the last",
        required=True,
        default=str(RECENT_DAYS),
    )
    summary = fields.Html(compute="_compute_summary", sanitize=False)
    count = fields.Integer(compute="_compute_summary")

    @api.model
    def _domain(self, lines, days):
        """What failed on these lines. Index: ``kala_communication_trouble_idx``.

        :param int days: not longer ago than that; 0: ever
        """
        since = fields.Datetime.now() - timedelta(days=days)
        return [
            ("company_id", "in", lines.company_id.ids),
            ("line_id", "in", lines.ids),
            ("direction", "=", "out"),
            ("state", "=", const.FAILED),
            *([("date", ">=", since)] if days else []),
        ]

    @api.model
    def _counts(self, lines):
        """Count what failed lately and can be sent again, for the banners of forms.

        :return: dict line → count
        """
        domain = [
            *self._domain(lines, RECENT_DAYS),
            ("failure_kind", "not in", const.FINAL_KINDS),
        ]
        communications = self.env["kala.communication"]
        return dict(communications._read_group(domain, ["line_id"], ["__count"]))

    @api.depends("line_ids", "period")
    def _compute_summary(self):
        kinds = dict(
            self.env["kala.communication"]._fields["failure_kind"]._description_selection(self.env)
        )
        for wizard in self:
            counts = self.env["kala.communication"]._read_group(
                self._domain(wizard.line_ids._origin, int(wizard.period)),
                ["failure_kind"],
                ["__count"],
                order="__count DESC",
            )
            rows = [
                {
                    "name": kinds.get(kind) or self.env._("No reason was given"),
                    "count": count,
                    "again": kind not in const.FINAL_KINDS,
                }
                for kind, count in counts
            ]
            wizard.count = sum(row["count"] for row in rows if row["again"])
            wizard.summary = self.env["ir.qweb"]._render(
                "kala_comm.resend_summary",
                {
                    "again": [row for row in rows if row["again"]],
                    "final": [row for row in rows if not row["again"]],
                },
            )

    def action_resend(self):
        """Send it again; who presses twice sends it once.

        :return: dict: a notification that says how many leave
        """
        self.ensure_one()
        failed = self.env["kala.communication"].search(
            [
                *self._domain(self.line_ids, int(self.period)),
                ("failure_kind", "not in", const.FINAL_KINDS),
            ]
        )
        count = len(failed._resend_failed())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "info",
                "message": self.env._("Messages on their way again: %s.", count)
                if count
                else self.env._("Nothing was left to send again."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
