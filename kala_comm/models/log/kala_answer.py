from odoo import api, fields, models
from odoo.fields import Domain

from ..connection.channel_fields import ChannelField


class KalaAnswer(models.Model):
    """When a contact asked something, and when a person of ours answered (LO12): one narrow row for
    each first message or call since the last answer on its record, and for each missed call.

    A job makes the rows of a record anew from its log (``kala_answer_count.py``). So a row is right
    although a report came late, a message was attached to another record, or records were merged.
    """

    _name = "kala.answer"
    _inherit = ["kala.hidden.name", "kala.of.record", "kala.log.fill"]
    _description = "Answer Time"
    _internal_fields = ("res_id", "res_model", "communication_id", "answer_id", "is_turn")
    _log_access = False
    _order = "asked_date DESC, id DESC"
    _rec_name = "communication_id"

    communication_id = fields.Many2one(
        "kala.communication", string="Message", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(readonly=True, model_field="res_model")
    record_name = fields.Char(compute="_compute_record_name", string="Record")
    channel = ChannelField(readonly=True)
    line_id = fields.Many2one("kala.line", readonly=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="set null",
        help="Who answered. While nobody has: whose the message is.",
    )
    team_id = fields.Many2one(
        related="user_id.sale_team_id", string="Sales Team", help="The team of the user."
    )
    asked_date = fields.Datetime(string="Asked", required=True, readonly=True)

    is_turn = fields.Boolean(
        readonly=True, help="The first message or call since the last answer of ours."
    )
    is_first = fields.Boolean(
        string="First answer", readonly=True, help="Nobody had answered on the record before."
    )
    answer_id = fields.Many2one(
        "kala.communication", readonly=True, index="btree_not_null", ondelete="set null"
    )
    answer_date = fields.Datetime(string="Answered on", readonly=True)
    is_answered = fields.Boolean(string="Question answered", readonly=True)
    seconds = fields.Integer(
        string="Time to answer", readonly=True, aggregator="avg", help="In seconds."
    )
    work_seconds = fields.Integer(
        string="Time to answer in working hours",
        readonly=True,
        aggregator="avg",
        help="In seconds, by the working hours of the company as they were when it was counted.",
    )

    is_missed = fields.Boolean(string="Missed call", readonly=True)
    back_date = fields.Datetime(string="Called back on", readonly=True)
    back_seconds = fields.Integer(
        string="Time to call back", readonly=True, aggregator="avg", help="In seconds."
    )

    _line_uniq = models.UniqueIndex(
        "(communication_id)", "The answer to a message is counted once."
    )
    _place_idx = models.Index("(res_model, res_id)")
    _company_idx = models.Index("(company_id, asked_date)")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_record_name(self):
        for model, answers in self._narrow().grouped("res_model").items():
            if not model:
                answers.record_name = False
                continue
            names = self.env["kala.hidden.name"]._names_of(model, answers.mapped("res_id"))
            for answer in answers:
                answer.record_name = names.get(answer.res_id)

    @api.model
    def _readable_domain(self):
        """What is attached to no record is the managers' (LO8)."""
        readable = super()._readable_domain()
        if self.env.user.has_group("kala_comm.group_manager"):
            readable |= Domain("res_model", "=", False)
        return readable

    def action_open_record(self):
        """Open the message in its record's form, or alone where it is attached to none."""
        self.ensure_one()
        communication = self.communication_id
        if communication.res_id:
            return communication.action_open_record()
        return {
            "type": "ir.actions.act_window",
            "res_model": communication._name,
            "res_id": communication.id,
            "views": [(False, "form")],
        }
