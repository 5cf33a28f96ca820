import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.outbound.kala_outbox import SUBJECT_LIMIT
from ..tools import const
from ..tools.outgoing import Stop, Wait
from ..tools.text import clean_text, one_line


class KalaChange(models.TransientModel):
    """Change a message that has not left: its text and its time (WI4)."""

    _name = "kala.change"
    _description = "Change a Waiting Message"
    _inherit = ["kala.given"]

    communication_id = fields.Many2one("kala.communication", required=True, readonly=True)
    channel = fields.Selection(related="communication_id.channel")
    is_approved = fields.Boolean(compute="_compute_is_approved")
    is_designed = fields.Boolean(compute="_compute_is_approved")
    subject = fields.Char()
    body = fields.Text(string="Text")
    send_when = fields.Selection(
        [("now", "As soon as possible"), ("later", "At a chosen time")],
        string="Send",
        required=True,
        default="later",
    )
    send_after = fields.Datetime(string="Not before")

    @api.depends("communication_id")
    def _compute_is_approved(self):
        """What a provider approved is sent as it is (WA1). The design of an e-mail is ours: another
        text stands in it (EM3)."""
        for wizard in self:
            values = wizard.communication_id.sudo().template_values or {}
            wizard.is_designed = wizard.channel == "email" and "source" in values
            wizard.is_approved = bool(values) and not wizard.is_designed

    def action_save(self):
        """Write the new text and time, unless the message has left meanwhile.

        :raise UserError: if it has left, or may not leave like this
        """
        self.ensure_one()
        communication = self.communication_id
        communication._check_outbox_right()
        vals = self._prepare_vals()
        # Whether it is still there decides the same statement that changes it.
        if not communication.sudo()._change(vals):
            raise UserError(
                self.env._("The message has left already, or is leaving now. It was not changed.")
            )
        return {"type": "ir.actions.act_window_close"}

    def _prepare_vals(self):
        """:return: dict of the columns that change"""
        communication = self.communication_id.sudo()
        moment = self._moment()
        vals = {
            "send_after": moment,
            "not_before": moment,
            "state": const.QUEUED,
            "wait_reason": None,
        }
        if not self.is_approved:
            vals.update(self._prepare_text_vals(communication))
        if moment > fields.Datetime.now():
            vals.update(state=const.SCHEDULED, wait_reason="person")
        verdict = self.env["kala.gate"].sudo()._judge(communication._outgoing(moment)).get(0)
        if isinstance(verdict, Stop):
            raise UserError(verdict.reason)
        if isinstance(verdict, Wait):
            vals.update(state=const.SCHEDULED, wait_reason="window", send_after=verdict.until)
        return vals

    def _prepare_text_vals(self, communication):
        body = clean_text(self.body or "")
        if not body.strip() and not communication.attachment_ids:
            raise UserError(self.env._("Write a text before sending."))
        vals = {"body": body}
        if communication.channel == "email":
            self.env["kala.outbox"]._check_subject("email", self.subject)
            vals["subject"] = one_line(self.subject, SUBJECT_LIMIT)
        if self.is_designed:
            vals["template_values"] = json.dumps(self._prepare_design_vals(communication, vals))
        return vals

    @api.model
    def _prepare_design_vals(self, communication, vals):
        """:return: dict: what the design of an e-mail is made of, with its new text and subject; a
        text that nobody touched keeps its marks: titles, rows, buttons"""
        values = communication.template_values
        if vals["body"].strip() != communication.body.strip():
            values = self.env["kala.template"]._with_text(values, vals["body"])
        return {**values, "title": vals["subject"]}

    def _moment(self):
        now = fields.Datetime.now()
        if self.send_when == "now":
            return now
        if not self.send_after or self.send_after <= now:
            raise UserError(
                self.env._("Choose a time that is still to come, or “As soon as possible”.")
            )
        return self.send_after
