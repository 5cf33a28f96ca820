from odoo import api, fields, models

from .kala_rule_log import LEFT_OUT, WAITING


class KalaRule(models.Model):
    """The hourly limit (AU4): a rule that would send more stops before it sends, and says so."""

    _inherit = "kala.rule"

    @api.model
    def _stop_those_over_limit(self):
        """AU4: a rule that would send more than its limit within an hour stops before it sends."""
        over = self._over_limit()
        if over:
            # What is not told of does not count, and so says nothing about itself.
            over._leave_out_hidden()
            over = self._over_limit()
        for rule in over:
            rule._stop_and_tell(
                self.env._(
                    "It would have sent more than %s messages within an hour. Check its "
                    "conditions, or allow more, then start it again.",
                    rule.hourly_limit,
                )
            )

    @api.model
    def _over_limit(self):
        """:return: running rules that would send more than their limit within an hour

        Indexes: ``kala_rule_log_rule_idx``, ``kala_rule_log_done_idx``.
        """
        self.env["kala.rule.log"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            """SELECT r.id FROM kala_rule r
                WHERE r.state = 'running' AND r.hourly_limit > 0
                  AND (SELECT count(*) FROM (
                           SELECT 1 FROM kala_rule_log l
                            WHERE l.rule_id = r.id AND l.state = 'waiting' AND NOT l.dry
                              AND l.due <= %(now)s
                            LIMIT r.hourly_limit + 1) due)
                    + (SELECT count(*) FROM kala_rule_log l
                        WHERE l.rule_id = r.id AND l.state = 'sent' AND NOT l.dry
                          AND l.done > %(now)s - interval '1 hour')
                    > r.hourly_limit""",
            {"now": fields.Datetime.now()},
        )
        found = self.browse([row[0] for row in self.env.cr.fetchall()])
        waits = [("state", "=", WAITING), ("dry", "=", False)]
        rows = self.env["kala.rule.log"]
        return found.filtered(
            lambda rule: rows.search_count([("rule_id", "=", rule.id), *waits], limit=1)
        )

    def _leave_out_hidden(self):
        """Leave out what is due about records that the owner may not read."""
        self._stop_without_owner()
        for rule in self.filtered(lambda rule: rule.state == "running"):
            due = [("rule_id", "=", rule.id), *self.env["kala.rule.log"]._due_domain()]
            rows = self.env["kala.rule.log"].search(due)
            records = self.env[rule.model_id.model].browse(set(rows.mapped("res_id"))).exists()
            reasons = rule._hidden_reasons(records)
            rows._end(LEFT_OUT, {r: reasons[r.res_id] for r in rows if r.res_id in reasons})
