from odoo import api, fields, models
from odoo.exceptions import UserError


class KalaMassSend(models.Model):
    """Files that go along with each message of a mass send (BR1), on channels that take files."""

    _inherit = "kala.mass.send"

    attachment_ids = fields.Many2many("ir.attachment", string="Files", copy=False)
    takes_files = fields.Boolean(compute="_compute_takes_files")

    @api.depends("channel", "line_id", "template_id", "company_id", "user_id")
    def _compute_takes_files(self):
        for mass in self:
            provider = mass._line().sudo().connection_id._provider()
            mass.takes_files = provider is not None and bool(provider._max_files)

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
        """Give each message a copy of the files that belongs to its record: who may read the record
        may read them, and they outlive the mass send. The content is stored once for all copies.

        Index: primary key.

        :param dict written: of :meth:`_insert_rows`
        """
        if not written or not self.attachment_ids:
            return
        self.env["ir.attachment"].flush_model()
        self.env.cr.execute(
            """WITH copied AS (
                   INSERT INTO ir_attachment
                          (name, type, url, store_fname, db_datas, file_size, checksum, mimetype,
                           company_id, public, res_model, res_id,
                           create_uid, create_date, write_uid, write_date)
                   SELECT a.name, a.type, a.url, a.store_fname, a.db_datas, a.file_size, a.checksum,
                          a.mimetype, a.company_id, FALSE, %(model)s, n.record_id,
                          %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                     FROM ir_attachment a CROSS JOIN unnest(%(records)s::int[]) AS n(record_id)
                    WHERE a.id = ANY(%(files)s)
                RETURNING id, res_id)
               INSERT INTO ir_attachment_kala_communication_rel
                      (kala_communication_id, ir_attachment_id)
               SELECT n.id, copied.id
                 FROM copied JOIN unnest(%(ids)s::int[], %(records)s::int[]) AS n(id, record_id)
                   ON n.record_id = copied.res_id""",
            {
                "model": self.model,
                "user": self.user_id.id,
                "files": self.attachment_ids.ids,
                "ids": list(written.values()),
                "records": [record_id for _kind, _value, record_id in written],
            },
        )
