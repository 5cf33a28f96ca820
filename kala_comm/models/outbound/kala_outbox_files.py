from odoo import api, models

#: Files of these models are lent to a message: it gets copies.
LENT = ("kala.template",)


class KalaOutbox(models.AbstractModel):
    """Files that go along with messages (SE3, TE5, BR1)."""

    _inherit = "kala.outbox"

    @api.model
    def _given_files(self, attachments):
        """:param attachments: ``ir.attachment`` or ids; None: those of the template go along
        :return: dict of values of a message
        :raise AccessError: if the user may not read one: nobody sends such a file (SC4)
        """
        if attachments is None:
            return {}
        if not isinstance(attachments, models.BaseModel):
            attachments = self.env["ir.attachment"].browse(attachments)
        attachments.check_access("read")
        return {"attachment_ids": [(6, 0, attachments.ids)]}

    @api.model
    def _template_files(self, request):
        """:return: dict of values of a message: the files of the template (TE5), on its channel;
        on another one it is a text (SE5)"""
        template = request.template.sudo()
        fits = template.channel == request.channel
        return {"attachment_ids": [(6, 0, template.attachment_ids.ids if fits else [])]}

    @api.model
    def _own_lent_files(self, communications):
        """Messages get copies of what belongs to a template: who may read the record may read
        them, nobody else may, and they outlive the template.

        :param communications: in superuser mode
        """
        by_files = communications.grouped(
            lambda c: c.attachment_ids.filtered(lambda f: f.res_model in LENT)
        )
        by_files.pop(self.env["ir.attachment"], None)
        for lent, of_them in by_files.items():
            self._copy_files(lent, of_them._homes_of_files())
            self.env.cr.execute(
                """DELETE FROM ir_attachment_kala_communication_rel
                    WHERE kala_communication_id = ANY(%s) AND ir_attachment_id = ANY(%s)""",
                [of_them.ids, lent.ids],
            )
            of_them.invalidate_recordset(["attachment_ids"])

    @api.model
    def _copy_files(self, files, homes):
        """Give messages copies of files. The content is stored once for all copies.

        Index: primary key.

        :param files: ``ir.attachment``
        :param homes: list of (id of a message, model, id): the record that its copies belong to
        """
        if not files or not homes:
            return
        self.env["ir.attachment"].flush_model()
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """WITH wanted AS (
                   SELECT nextval(pg_get_serial_sequence('ir_attachment', 'id')) AS id,
                          n.id AS message_id, n.model, n.res_id, f.id AS file_id
                     FROM unnest(%(ids)s::int[], %(models)s::text[], %(res_ids)s::int[])
                          AS n(id, model, res_id)
                    CROSS JOIN unnest(%(files)s::int[]) AS f(id)),
               copied AS (
                   INSERT INTO ir_attachment
                          (id, name, type, url, store_fname, db_datas, file_size, checksum,
                           mimetype, company_id, public, res_model, res_id,
                           create_uid, create_date, write_uid, write_date)
                   SELECT w.id, a.name, a.type, a.url, a.store_fname, a.db_datas, a.file_size,
                          a.checksum, a.mimetype, a.company_id, FALSE, w.model, w.res_id,
                          %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                     FROM wanted w JOIN ir_attachment a ON a.id = w.file_id)
               INSERT INTO ir_attachment_kala_communication_rel
                      (kala_communication_id, ir_attachment_id)
               SELECT message_id, id FROM wanted""",
            {
                "user": self.env.uid,
                "files": files.ids,
                "ids": [home[0] for home in homes],
                "models": [home[1] for home in homes],
                "res_ids": [home[2] for home in homes],
            },
        )
