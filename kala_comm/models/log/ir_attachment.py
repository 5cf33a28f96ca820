from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

#: Models whose records companies may share.
SHARED = ("res.partner", "crm.lead")


class IrAttachment(models.Model):
    """Files that came in belong to the record, so that they are listed on it (WA4). Companies may
    share a customer; what he sent to one of them is not the others' (LO8)."""

    _inherit = "ir.attachment"

    def _check_access(self, operation):
        refused = super()._check_access(operation)
        forbidden = refused[0] if refused else self.browse()
        others = (self - forbidden)._kala_of_other_companies()
        if not others:
            return refused
        return forbidden | others, self._kala_make_company_error

    def _kala_of_other_companies(self):
        """:return: those of self that came in to other companies, and not to the user's"""
        shared = self.sudo().filtered(lambda file: file.res_model in SHARED)
        if self.env.su or not shared:
            return self.browse()
        shared.flush_recordset()
        self.env["kala.communication"].flush_model(["attachment_ids", "company_id"])
        ids = SQL("a.id = ANY(%s)", shared.ids)
        hidden = SQL("SELECT a.id FROM ir_attachment a WHERE %s AND %s", ids, self._kala_elses("a"))
        self.env.cr.execute(hidden)
        return self.browse(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _kala_elses(self, alias):
        """Indexes: primary keys.

        :param str alias: of the table of files in the statement
        :return: SQL: whether a file came in, and all its messages are of other companies; a
            document of the card that somebody sent stays everybody's"""
        return SQL(
            """(%(file)s.res_model = ANY(%(models)s) AND (
                SELECT bool_and(c.company_id <> ALL(%(companies)s)) AND bool_or(c.direction = 'in')
                  FROM ir_attachment_kala_communication_rel r
                  JOIN kala_communication c ON c.id = r.kala_communication_id
                 WHERE r.ir_attachment_id = %(file)s.id) IS TRUE)""",
            file=SQL.identifier(alias),
            models=list(SHARED),
            companies=self.env.companies.ids,
        )

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not self.env.su and not bypass_access:
            own = Domain.custom(
                to_sql=lambda files, alias, query: SQL("NOT %s", self._kala_elses(alias)),
                predicate=lambda file: not file.sudo(False)._kala_of_other_companies(),
            )
            domain = Domain(domain) & own
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    @api.model
    def _kala_make_company_error(self):
        return AccessError(
            self.env._("You may not see this file: it came in with a message to another company.")
        )
