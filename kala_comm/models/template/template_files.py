from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KalaTemplate(models.Model):
    """Files that a template of ours brings along (TE5). They belong to the template: who may use
    it may read them, nobody else may; each message gets copies."""

    _inherit = "kala.template"

    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Files",
        bypass_search_access=True,
        help="They go along with each message; in a single message they can be taken out.",
    )
    takes_files = fields.Boolean(compute="_compute_takes_files")

    @api.depends("channel", "line_id", "company_id", "connection_id", "attachment_ids")
    def _compute_takes_files(self):
        """Whether some line of the channel takes files; what a provider keeps has its own."""
        for template in self:
            may = not template.connection_id and any(
                provider._max_files for provider in template._file_providers()
            )
            template.takes_files = may or bool(template.attachment_ids)

    def _file_providers(self):
        """:return: list of the providers that may send it: its own line's, else those of all
        connected lines of its channel"""
        lines = self.sudo().line_id
        if not lines:
            domain = [("channel", "=", self.channel), ("connection_id.state", "!=", "draft")]
            if self.company_id:
                domain.append(("company_id", "=", self.company_id.id))
            lines = lines.search(domain)
        providers = [connection._provider() for connection in lines.connection_id]
        return [provider for provider in providers if provider is not None]

    def _instead_of_files(self, files):
        """
        :param files: ``ir.attachment`` that were to go along, as the user
        :return: the same with this template's (TE5): those of another template go
        """
        lent = files.sudo().filtered(lambda file: file.res_model == self._name)
        return (files - lent.sudo(False)) | self.attachment_ids

    def _keep_files(self):
        """Files that were uploaded in the form belong to the template from now on; of a file that
        belongs to something else the template gets a copy.

        :raise AccessError: if the user may not read a file: nobody sends one that he may not read
            (SC4)
        """
        for template in self.sudo():
            files = template.attachment_ids
            if not self.env.su:
                files.sudo(False).check_access("read")
            for file in files:
                is_of_mine = file.res_model == self._name
                if is_of_mine and not file.res_id:
                    file.res_id = template.id
                elif not is_of_mine or file.res_id != template.id:
                    home = {"res_model": self._name, "res_id": template.id}
                    template.attachment_ids = [(3, file.id), (4, file.copy(home).id)]

    @api.constrains("attachment_ids", "body", "channel", "company_id", "line_id", "connection_id")
    def _check_files(self):
        """What no line of the channel can send is told when it is saved (TE5)."""
        for template in self.filtered("attachment_ids"):
            files = template.sudo().attachment_ids
            if template.connection_id:
                raise ValidationError(
                    self.env._(
                        "“%s” is kept by its provider, which says what file it begins with. Take "
                        "the files out.",
                        template.name,
                    )
                )
            refusals = [
                provider._file_refusal(template.channel, files, template.body or "")
                for provider in template._file_providers()
            ]
            if refusals and all(refusals):
                raise ValidationError(refusals[0])
