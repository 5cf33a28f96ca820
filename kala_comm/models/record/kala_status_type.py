from itertools import count

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ...tools import const


class KalaStatusType(models.Model):
    """What a status means, whatever it is called (ST1). Settings and automations look here."""

    _name = "kala.status.type"
    _description = "Status Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Technical name; it does not change.")
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "Two status types cannot have the same code.")

    @api.model
    @ormcache("code")
    def _id_of(self, code):
        """:return: id of a delivered status type"""
        return self.with_context(active_test=False).search([("code", "=", code)], limit=1).id

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def copy_data(self, default=None):
        """A copy is one of the company's own: it has another code."""
        copies = super().copy_data(default)
        if "code" in (default or {}):
            return copies
        types = self.with_context(active_test=False).search([("code", "!=", False)])
        taken = set(types.mapped("code"))
        for copied in copies:
            free = (f"{copied['code']}_{n}" for n in count(2))
            copied["code"] = next(code for code in free if code not in taken)
            taken.add(copied["code"])
        return copies

    def write(self, vals):
        if "code" in vals and any(
            status.code in const.STATUS_TYPES and status.code != vals["code"] for status in self
        ):
            raise UserError(
                self.env._(
                    "The code of a delivered status type cannot change: settings rely on it. "
                    "Change its name, or add a status type of your own."
                )
            )
        self.env.registry.clear_cache()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_delivered(self):
        if any(status.code in const.STATUS_TYPES for status in self):
            raise UserError(
                self.env._(
                    "Delivered status types cannot be deleted: settings rely on them. "
                    "Archive the ones that you do not use."
                )
            )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
