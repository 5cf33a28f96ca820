from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import channels, const
from ..tools.phone import phone_key


class KalaLineReplace(models.TransientModel):
    """Give a line another number; its history, mapping, templates and rights stay (WA3)."""

    _name = "kala.line.replace"
    _description = "Replace the Number of a Line"
    _inherit = ["kala.given"]

    line_id = fields.Many2one("kala.line", required=True, readonly=True, ondelete="cascade")
    channel = fields.Selection(related="line_id.channel", related_sudo=False)
    old_address = fields.Char(
        related="line_id.address", related_sudo=False, string="Present number"
    )
    old_external_id = fields.Char(related="line_id.external_id", related_sudo=False)
    address = fields.Char(string="New number")
    external_id = fields.Char(
        string="Provider's id of the new number",
        help="The id by which the provider knows the number.",
    )
    has_window = fields.Boolean(compute="_compute_has_window")
    communication_count = fields.Integer(compute="_compute_counts")
    template_count = fields.Integer(compute="_compute_counts")
    waiting_count = fields.Integer(compute="_compute_counts")

    @api.depends("line_id")
    def _compute_has_window(self):
        """Whether free text is for those who wrote not long ago (WA6)."""
        for wizard in self:
            provider = wizard.line_id.connection_id.sudo()._provider()
            wizard.has_window = provider is not None and bool(
                provider._free_text_hours_of(wizard.channel)
            )

    @api.depends("line_id")
    def _compute_counts(self):
        communications = self.env["kala.communication"].sudo()
        # What is counted, and shown beside it, is of a line that the user may change.
        self.line_id.check_access("write")
        for wizard in self:
            domain = [("line_id", "=", wizard.line_id.id)]
            wizard.communication_count = communications.search_count(domain)
            wizard.waiting_count = communications.search_count(
                [*domain, ("direction", "=", "out"), ("state", "in", const.UNSENT_STATES)]
            )
            wizard.template_count = self.env["kala.template"].search_count(domain)

    def action_replace(self):
        """Replace the number; the old one stays known, for what still comes in for it.

        :raise UserError: if the number is wrong, the same, or another line's
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        address, external_id = self._new_number()
        aliases = self.env["kala.line.alias"]
        since = self._take_over(self._check_free(address, external_id))
        aliases._keep(line)
        aliases._forget(line.connection_id, line.channel, external_id, address)
        # Files that wait at the provider are known to the old number only.
        self.env["kala.upload"].sudo().search([("line_id", "=", line.id)]).unlink()
        line.sudo().number_since = since
        line.write({"address": address, "external_id": external_id})
        return {"type": "ir.actions.act_window_close"}

    def _new_number(self):
        """:return: (address, provider's id) as they are kept"""
        line, typed = self.line_id, (self.address or "").strip()
        if not typed:
            raise UserError(self.env._("Type the new number."))
        key = phone_key(typed, line.company_id._kala_region())
        if channels.get(line.channel).line_is_phone and (not key or key.kind != "phone"):
            raise UserError(
                self.env._(
                    "“%s” is not a phone number. Write it with the country code, for example "
                    "+972 50 234 5678.",
                    typed,
                )
            )
        address = line._normalise_address(typed, line.company_id)
        external_id = (self.external_id or "").strip() or False
        if line.external_id and not external_id:
            raise UserError(
                self.env._(
                    "The provider names its numbers by an id. Copy the id of the new number from "
                    "the provider's site."
                )
            )
        if address == line.address and external_id == line.external_id:
            raise UserError(self.env._("The line has this number already."))
        return address, external_id

    def _check_free(self, address, external_id):
        """:return: the line that an event made for the new number and nobody has set up;
            empty where there is none
        :raise UserError: if the number is another line's
        """
        line = self.line_id
        same = Domain("address", "=", address)
        if external_id:
            same |= Domain(
                [("connection_id", "=", line.connection_id.id), ("external_id", "=", external_id)]
            )
        others = (
            self.env["kala.line"]
            .sudo()
            .with_context(active_test=False)
            .search(same & Domain([("channel", "=", line.channel), ("id", "!=", line.id)]))
        )
        taken = others.filtered(
            lambda other: not other.is_new or other.connection_id != line.connection_id
        )
        if taken:
            mine = taken.filtered(lambda other: other.company_id in self.env.companies)
            name = mine[:1].display_name or self.env._("of another company")
            raise UserError(
                self.env._(
                    "This is the number of the line “%s”. Give that line another number first, "
                    "or type another one here.",
                    name,
                )
            )
        return others

    def _take_over(self, others):
        """What came in for the new number before anybody replaced it made a line to set up: its
        messages become this line's.

        :return: since when the number has been in use, naive UTC
        """
        if not others:
            return fields.Datetime.now()
        since = min(others.mapped("create_date"))
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            "UPDATE kala_communication SET line_id = %s WHERE line_id = ANY(%s)",
            [self.line_id.id, others.ids],
        )
        self.env["kala.communication"].invalidate_model(["line_id"], flush=False)
        others.unlink()
        return since
