from odoo import api, models

#: What the web client reads to know where a field is offered.
_OFFERS = {"searchable", "sortable", "groupable", "exportable", "aggregator"}


class KalaHiddenName(models.AbstractModel):
    """A record whose name is told only to who may read it (docs/architecture.md, 3.15).

    Odoo computes the name of a many2one as superuser: whoever may write, read or export any
    field that points here would else learn it. The user survives ``sudo()``, so it is he who is
    asked. The jobs' user reads everything, so that what a job writes has full names.
    """

    _name = "kala.hidden.name"
    _description = "Record with a Hidden Name"
    #: Fields that mean something to the code alone: nobody is offered them where people choose
    #: fields for a filter, a group, a measure or an export.
    _internal_fields = ()

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_display_name(self):
        mine = self._filtered_readable()
        mine._set_full_names()
        for record in self - mine:
            record.display_name = record.sudo()._narrow()._neutral_name()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        described = super().fields_get(allfields, attributes)
        for name in self._internal_fields:
            if name in described and attributes is None:
                described[name].update(dict.fromkeys(_OFFERS, False))
            elif name in described:
                described[name].update(dict.fromkeys(_OFFERS & set(attributes), False))
        return described

    def _narrow(self):
        """:return: the same records; what is read of one of them brings no other field of its row
        into the cache, where its user would find it, too"""
        return self.with_context(prefetch_fields=False)

    def _check_access(self, operation):
        """Odoo's rules read the whole row as superuser, also of who is then refused."""
        refused = super(KalaHiddenName, self._narrow())._check_access(operation)
        return refused and (refused[0].with_env(self.env), refused[1])

    def _filtered_readable(self):
        """:return: those of self that the user behind the environment may read, superuser mode or
        not; a new record is as readable as the one that it stands for"""
        reader = self._origin.with_user(self.env.uid)
        readable = set(reader._filtered_access("read").ids)
        return self.filtered(lambda record: not record._origin or record._origin.id in readable)

    def _set_full_names(self):
        """Write the names of records that the user may read; others extend this instead of
        ``_compute_display_name``."""
        return super()._compute_display_name()  # pylint: disable=super-method-mismatch

    def _neutral_name(self):
        """:return: str: what somebody is told who may not read the record"""
        return self._neutral_name_of(self._name)

    @api.model
    def _neutral_name_of(self, model):
        return self.env._("%s (hidden)", self.env["ir.model"]._get(model).name)

    @api.model
    def _names_of(self, model, ids):
        """Name records of other models, which do not hide their names themselves.

        :return: dict id → name, of those that are there and that the user may read
        """
        records = self.env[model].with_user(self.env.uid).browse(ids).exists()
        readable = records.with_context(prefetch_fields=False)._filtered_access("read")
        return {record.id: record.display_name for record in readable.with_env(records.env)}
