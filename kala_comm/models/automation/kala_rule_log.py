from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import const

WAITING, SENT, LEFT_OUT, CANCELLED, FAILED = "waiting", "sent", "left_out", "cancelled", "failed"


class KalaRuleLog(models.Model):
    """What a rule did, does not do, or is going to do, for one record and event: also the steps
    that wait (AU3, AU7). That a row is unique is what makes a rule fire once (AU4).

    Who sees it: who may read its record, as of communications (docs/architecture.md, 3.9).
    """

    _name = "kala.rule.log"
    _description = "Log of Notification Rules"
    _inherit = ["kala.hidden.name", "kala.of.record"]
    _internal_fields = (*("dry", "event", "place", "res_id", "res_model", "source_id"),)
    _order = "due DESC, id DESC"
    _rec_name = "step"
    # The step is not in the database.
    _rec_names_search = ("recipient", "reason")

    rule_id = fields.Many2one("kala.rule", required=True, readonly=True, ondelete="cascade")
    action_id = fields.Many2one(
        "kala.rule.action",
        readonly=True,
        ondelete="set null",
        index=True,
        string="Step of the rule",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="cascade", index="btree_not_null")
    order_id = fields.Many2one(
        "sale.order", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    record_name = fields.Char(compute="_compute_record_name", string="Record")
    step = fields.Char(compute="_compute_step")
    event = fields.Char(required=True, readonly=True, help="Which event it was.")
    source_id = fields.Integer(readonly=True, help="The activity or communication it is about.")
    status = fields.Char(readonly=True, help="The record's status when it happened.")
    date = fields.Datetime(string="Happened", required=True, readonly=True)
    due = fields.Datetime(string="Leaves", required=True, readonly=True)
    done = fields.Datetime(readonly=True)
    place = fields.Integer(readonly=True, default=0, help="Which one of several recipients.")
    recipient = fields.Char(readonly=True)
    state = fields.Selection(
        [
            (WAITING, "Waiting"),
            (SENT, "Queued"),
            (LEFT_OUT, "Left out"),
            (CANCELLED, "Cancelled"),
            (FAILED, "Failed"),
        ],
        string="Outcome",
        required=True,
        readonly=True,
        default=WAITING,
    )
    reason = fields.Char(readonly=True)
    dry = fields.Boolean(readonly=True, help="It did not happen: a dry run told it.")
    communication_id = fields.Many2one(
        "kala.communication",
        string="Message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    message_state = fields.Selection(related="communication_id.state", string="Message state")

    # Once for a rule's step, a record and an event (AU4).
    _once_uniq = models.UniqueIndex(
        "(action_id, res_id, event, place) WHERE NOT dry",
        "The rule has fired for this event already.",
    )
    _due_idx = models.Index("(due, id) WHERE state = 'waiting'")
    _rule_idx = models.Index("(rule_id, due DESC, id DESC)")
    _done_idx = models.Index("(rule_id, done) WHERE state = 'sent'")
    _record_idx = models.Index("(rule_id, res_id, event)")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_record_name(self):
        for model, rows in self._narrow().grouped("res_model").items():
            if not model:
                rows.record_name = False
                continue
            names = self.env["kala.hidden.name"]._names_of(model, rows.mapped("res_id"))
            for row in rows:
                row.record_name = names.get(row.res_id)

    @api.depends("action_id")
    @api.depends_context("lang")
    def _compute_step(self):
        for row in self:
            row.step = row.action_id.sudo().sentence or row.event

    # ------------------------------------------------------------------ who sees it

    @api.model
    def _readable_domain(self):
        # The fields that name the record are called the same there.
        visible = self.env["kala.communication"]._readable_domain()
        rules = self.env["kala.rule"].sudo().with_context(active_test=False)
        for model in {model.model for (model,) in rules._read_group([], ["model_id"])}:
            if model in const.RECORD_MODELS:
                continue
            if model in self.env and self.env[model].has_access("read"):
                readable = self.env[model].with_context(active_test=False)._search([])
                visible |= Domain("res_model", "=", model) & Domain("res_id", "in", readable)
        return visible

    # ------------------------------------------------------------------ cancel

    def action_cancel(self):
        """Cancel steps that wait (AU7): who may change the record may.

        :raise AccessError: if the user may not change the record
        """
        self.check_access("read")
        for model, rows in self.grouped("res_model").items():
            self.env[model].browse(rows.mapped("res_id")).check_access("write")
        reason = self.env._("%s cancelled it.", self.env.user.name)
        self.sudo()._cancel([("id", "in", self.ids)], reason)
        return True

    @api.model
    def _cancel(self, domain, reason):
        """Cancel what waits: one statement, however many rows they are.

        :return: number of the steps that do not leave any more
        """
        self.flush_model()
        query = self._search([*domain, ("state", "=", WAITING), ("dry", "=", False)])
        self.env.cr.execute(
            SQL(
                "UPDATE kala_rule_log SET state = %s, reason = %s, done = now() AT TIME ZONE 'UTC'"
                " WHERE state = %s AND id IN (%s)",
                CANCELLED,
                reason,
                WAITING,
                query.subselect(),
            )
        )
        self.invalidate_model(flush=False)
        return self.env.cr.rowcount

    @api.autovacuum
    def _gc_dry(self):
        """What a dry run told is old after a day."""
        old = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.search([("dry", "=", True), ("create_date", "<", old)], limit=10_000).unlink()

    # ------------------------------------------------------------------ rows

    @api.model
    def _insert(self, rule, rows, dry=False):
        """Write the rows of all steps of a rule for some events, by one statement. An event that is
        known already writes nothing.

        Index: ``kala_rule_log_once_uniq``.

        :param list rows: of tuples (record id, event, source id, status, moment: naive UTC)
        """
        if not rows or not rule.action_ids:
            return
        model = rule.model_id.model
        column, links = rule._links(model, [row[0] for row in rows])
        leaves = rule.action_ids._leaves({row[4] for row in rows})
        self.env.cr.execute(
            SQL(
                """INSERT INTO kala_rule_log (
                       rule_id, action_id, company_id, res_model, res_id, %(column)s, event,
                       source_id, status, date, due, place, state, dry, create_uid, create_date)
                   SELECT %(rule)s, a.id, %(company)s, %(model)s, r.res_id, r.link, r.event,
                          r.source_id, r.status, r.moment, a.due, 0, 'waiting', %(dry)s,
                          %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM unnest(%(ids)s::int[], %(events)s::text[], %(sources)s::int[],
                                 %(statuses)s::text[], %(moments)s::timestamp[], %(links)s::int[])
                          AS r(res_id, event, source_id, status, moment, link)
                     JOIN unnest(%(of)s::timestamp[], %(actions)s::int[], %(dues)s::timestamp[])
                          AS a(moment, id, due) USING (moment)
                    ORDER BY a.due, r.res_id
                       ON CONFLICT DO NOTHING""",
                column=SQL.identifier(column),
                rule=rule.id,
                company=rule.company_id.id,
                model=model,
                dry=dry,
                uid=self.env.uid,
                **{
                    name: list(values)
                    for name, values in zip(
                        ("ids", "events", "sources", "statuses", "moments"),
                        zip(*rows, strict=True),
                        strict=True,
                    )
                },
                links=[links.get(row[0]) for row in rows],
                of=[moment for moment, _action, _due in leaves],
                actions=[action.id for _moment, action, _due in leaves],
                dues=[due for _moment, _action, due in leaves],
            ),
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)
