from odoo import api, fields, models
from odoo.exceptions import UserError


class KalaMassSend(models.Model):
    """Files that go along with each message of a mass send (BR1), on channels that take files."""

    _inherit = "kala.mass.send"

    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        copy=False,
        compute="_compute_attachment_ids",
        store=True,
        readonly=False,
    )
    takes_files = fields.Boolean(compute="_compute_takes_files")

    @api.depends("channel", "line_id", "template_id", "company_id", "user_id")
    def _compute_takes_files(self):
        for mass in self:
            provider = mass._line().sudo().connection_id._provider()
            mass.takes_files = provider is not None and bool(provider._max_files)

    @api.depends("template_id")
    def _compute_attachment_ids(self):
        """The template's files come along, to be taken out (TE5); those of another one go."""
        for mass in self:
            mass.attachment_ids = mass.template_id._instead_of_files(mass.attachment_ids)

    def _keep_files(self):
        """Files that were uploaded in the form belong to the mass send from now on.

        :raise AccessError: if the user may not read a file: nobody sends one that he may not read
            (SC4)
        """
        for mass in self.sudo():
            files = mass.attachment_ids
            if not self.env.su:
                files.sudo(False).check_access("read")
            uploaded = files.filtered(lambda f: f.res_model == self._name and not f.res_id)
            uploaded.res_id = mass.id

    def _check_files(self):
        """
        :raise UserError: if the files cannot go along, with the reason
        :raise AccessError: if who sends them may not read them (SC4)
        """
        files = self.sudo().attachment_ids
        provider = self._line().sudo().connection_id._provider()
        if not files or provider is None:
            return
        files.with_user(self.user_id).check_access("read")
        template = self.template_id.sudo()
        body = self.body or template.body or ""
        refusal = template._files_refusal(provider, self.channel, files, body)
        if refusal:
            raise UserError(refusal)

    def _attach_files(self, written):
        """Give each message a copy of the files: who may read its record may read them, or, where
        other companies may read that record, who may read the message (LO8). They outlive the mass
        send.

        :param dict written: of :meth:`_insert_rows`
        """
        files = self.sudo().attachment_ids
        if written and files:
            messages = self.env["kala.communication"].sudo().browse(written.values())
            homes = messages._homes_of_files()
            self.env["kala.outbox"].with_user(self.user_id)._copy_files(files, homes)
