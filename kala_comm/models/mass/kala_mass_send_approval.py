from odoo import fields, models
from odoo.exceptions import UserError


class KalaMassSend(models.Model):
    """A second person for large mass sends: above a number of recipients [no limit] somebody else
    than who sends it must approve it first."""

    _inherit = "kala.mass.send"

    approver_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False, tracking=True
    )
    needs_approval = fields.Boolean(compute="_compute_needs_approval")

    def _compute_needs_approval(self):
        for mass in self:
            mass.needs_approval = (
                mass.state == "draft" and not mass._is_approved() and mass._is_large()
            )

    def _is_large(self):
        limit = self.company_id.sudo().kala_approve_above
        if not limit:
            return False
        if self.state != "draft":
            return self.record_count > limit
        return (len(self.record_ids or ()) or self._count_found()) > limit

    def _is_approved(self):
        """:return: whether somebody has approved it who neither sends it nor has written it"""
        return self.approver_id and self.approver_id not in self.user_id | self.create_uid

    def _forget_approval(self):
        """Another text, or other recipients, are not what was approved."""
        drafts = self.sudo().filtered(lambda mass: mass.approver_id and mass.state == "draft")
        drafts.approver_id = False

    def action_approve(self):
        """Say, as a second person, that this may be sent.

        :raise UserError: if it is one's own, or over
        """
        self.check_access("write")
        for mass in self:
            if mass.state != "draft":
                raise UserError(self.env._("“%s” was started already.", mass.name))
            if self.env.user in mass.user_id | mass.create_uid:
                raise UserError(
                    self.env._("You made “%s”. Ask another user to approve it.", mass.name)
                )
        self.sudo().approver_id = self.env.user
        return True

    def _check_approval(self):
        """:raise UserError: if it needs a second person, and nobody has approved it"""
        if self._is_large() and not self._is_approved():
            raise UserError(
                self.env._(
                    "A mass send to more than %s recipients needs a second person. Ask another "
                    "user to open it and to press Approve.",
                    self.company_id.sudo().kala_approve_above,
                )
            )
