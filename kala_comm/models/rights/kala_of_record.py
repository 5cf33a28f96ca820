import functools

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...tools import const


class KalaOfRecord(models.AbstractModel):
    """Rows about a record (``res_model``, ``res_id``): who may not read the record neither reads
    nor finds nor counts them (LO8)."""

    _name = "kala.of.record"
    _description = "Seen With Its Record"

    @api.model
    def _readable_domain(self):
        """:return: Domain of the rows whose record the user may read"""
        readable = Domain.FALSE
        for name in const.RECORD_MODELS:
            model = self.env[name].with_context(active_test=False)
            if model.has_access("read"):
                of_model = Domain("res_model", "=", name)
                readable |= of_model & Domain("res_id", "in", model._search([]))
        return readable

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not self.env.su and not bypass_access:
            domain = Domain(domain) & self._readable_domain()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not any(self._ids):
            return result
        forbidden = result[0] if result else self.browse()
        hidden = (self - forbidden)._hidden_by_record()
        if not hidden:
            return result
        return forbidden | hidden, functools.partial(hidden._make_hidden_error, operation)

    def _hidden_by_record(self):
        """:return: those of self whose record the user may not read"""
        return self and self - self.search([("id", "in", self.ids)])

    def _make_hidden_error(self, operation):
        return AccessError(
            self.env._(
                "You may not see this line, since you may not see the record it is about. Ask a "
                "communication manager."
            )
        )
