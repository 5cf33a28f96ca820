from odoo import api, fields, models

from ...tools import channels
from ..connection.channel_fields import WrittenChannelField
from .kala_rule import UNITS

AUDIENCES = [
    ("customer", "the customer"),
    ("responsible", "the responsible"),
    ("performer", "the performer"),
    ("creator", "the creator"),
    ("team_leader", "the team leader"),
    ("followers", "the followers"),
    ("fields", "an address of the record"),
    ("typed", "these addresses"),
]


class KalaRuleAction(models.Model):
    """One audience by one channel; it waits for the steps before it (AU2, AU7)."""

    _name = "kala.rule.action"
    _description = "Step of a Notification Rule"
    _inherit = ["kala.guarded", "kala.hidden.name", "kala.given"]
    _given_models = ("kala.rule", "kala.sender", "kala.template")
    _internal_fields = (*("model_name", "sequence"),)
    _order = "sequence, id"
    _rec_name = "sentence"
    # The sentence is not in the database.
    _rec_names_search = ("template_id.name", "typed")

    rule_id = fields.Many2one("kala.rule", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rule_id.company_id")
    model_name = fields.Char(related="rule_id.model_id.model", string="Model")
    sequence = fields.Integer(default=10)
    audience = fields.Selection(AUDIENCES, string="Tell", required=True, default="customer")
    channel = WrittenChannelField(string="By", required=True, default=channels.DEFAULT)
    template_id = fields.Many2one(
        "kala.template",
        ondelete="restrict",
        index=True,
        domain="[('channel', '=', channel), ('company_id', 'in', (False, company_id)), "
        "('user_id', '=', False)]",
    )
    wait = fields.Integer(help="After the step before it; 0: at once.")
    wait_unit = fields.Selection(UNITS, required=True, default="days")
    only_if = fields.Selection(
        [
            ("always", "in any case"),
            ("not_answered", "only if there is no answer"),
            ("not_read", "only if the message before was not read"),
        ],
        required=True,
        default="always",
    )
    sender_id = fields.Many2one(
        "kala.sender",
        string="Sent from",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('state', '=', 'verified'), ('company_id', '=', company_id)]",
        default=lambda self: self._default_sender(),
    )
    field_path = fields.Char(
        string="Field", help="Of the record, or of a record that it points to: partner_id.email."
    )
    typed = fields.Char(string="Addresses", help="With commas between them.")
    sentence = fields.Char(compute="_compute_sentence")
    preview = fields.Text(compute="_compute_preview", string="Text")

    _check_wait = models.Constraint("CHECK(wait >= 0)", "The wait cannot be negative.")

    @api.model
    def _default_sender(self):
        """EM1: prefilled where there is a verified one."""
        verified = [("state", "=", "verified"), ("company_id", "=", self.env.company.id)]
        return self.env["kala.sender"].search(verified, limit=1)

    @api.onchange("channel")
    def _onchange_channel(self):
        if self.template_id.channel != self.channel:
            self.template_id = False

    @api.depends("template_id.body")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_preview(self):
        for action in self:
            action.preview = action._readable_template().body

    def _readable_template(self):
        """:return: its template; none where the reader may not read it: a colleague's own, say"""
        return self.template_id._origin._filtered_access("read")

    @api.depends("audience", "channel", "wait", "wait_unit", "only_if", "typed", "field_path")
    @api.depends_context("lang")
    def _compute_sentence(self):
        words = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("audience", "channel", "wait_unit", "only_if")
        }
        for action in self:
            parts = []
            if action.wait:
                parts.append(action._wait_words(words["wait_unit"].get(action.wait_unit)))
            if action.only_if != "always":
                parts.append(words["only_if"].get(action.only_if))
            told = self.env._(
                "%(audience)s by %(channel)s",
                audience=action.typed
                if action.audience == "typed" and action.typed
                else words["audience"].get(action.audience),
                channel=words["channel"].get(action.channel),
            )
            action.sentence = ", ".join([*parts, told])

    def _wait_words(self, unit):
        if self.wait > 1:
            return self.env._("wait %(n)s %(unit)s", n=self.wait, unit=unit)
        return {
            "minutes": self.env._("wait 1 minute"),
            "hours": self.env._("wait 1 hour"),
            "days": self.env._("wait 1 day"),
            "working_days": self.env._("wait 1 working day"),
        }[self.wait_unit or "days"]

    def _leaves(self, moments):
        """Say when the steps of one rule leave, each after those before it.

        :param moments: of events, naive UTC
        :return: list of (moment, step, when it leaves, naive UTC)
        """
        leaves = []
        for moment in moments:
            due = moment
            for action in self.sorted():
                due = action.rule_id._later(due, action.wait, action.wait_unit)
                leaves.append((moment, action, due))
        return leaves
