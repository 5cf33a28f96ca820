from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Those who may read secrets.
SYSTEM = "base.group_system"


class KalaGuarded(models.AbstractModel):
    """A model some of whose fields only our buttons and jobs move (SC4).

    Those fields are declared ``readonly=True``. For Odoo that is a matter of the form alone: over
    RPC everybody who may write the record may write them, too. Here it is refused. Our own code
    checks the user's rights first, then writes with ``sudo()``.

    And what administrators alone may read, secrets above all, is in no export (SC2): files are
    passed on.
    """

    _name = "kala.guarded"
    _description = "Record with Fields that Buttons Move"

    @api.model
    def _moved_fields(self):
        """:return: set of the names of the stored fields that no user writes himself"""
        return {
            name
            for name, field in self._fields.items()
            if field.store and field.readonly and name not in models.MAGIC_COLUMNS
        }

    @api.model_create_multi
    def create(self, vals_list):
        moved = self._moved_fields()
        for vals in vals_list:
            self._check_moved(vals, moved)
        return super(KalaGuarded, self._without_defaults(moved)).create(vals_list)

    def write(self, vals):
        self._check_moved(vals, self._moved_fields())
        result = super().write(vals)
        if not self.env.su and any(self._fields[name].relational for name in vals):
            # Odoo looks at what a record was, not at what it becomes: another company's, say.
            self.check_access("write")
        return result

    def copy_data(self, default=None):
        """What happened to a record did not happen to its copy."""
        moved = self._moved_fields().difference(default or ())
        return [
            {name: value for name, value in vals.items() if name not in moved}
            for vals in super().copy_data(default)
        ]

    @api.model
    def _sealed_fields(self):
        """:return: set of the names of the fields that are in no export"""
        return {
            name
            for name, field in self._fields.items()
            if field.groups in (SYSTEM, fields.NO_ACCESS)
        }

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """The dialog of an export does not offer them."""
        described = super().fields_get(allfields, attributes)
        if attributes is None or "exportable" in attributes:
            for name in self._sealed_fields().intersection(described):
                described[name]["exportable"] = False
        return described

    def _export_rows(self, paths, **options):
        """Odoo looks at the dialog alone. Also called for the records that those of another model
        point to."""
        sealed = self._sealed_fields().intersection(path[0] for path in paths if path)
        if sealed:
            raise UserError(
                self.env._(
                    "“%s” is a secret, which is in no export. Take it out of the list.",
                    self._fields[min(sealed)]._description_string(self.env),
                )
            )
        return super()._export_rows(paths, **options)

    @api.model
    def _check_moved(self, vals, moved):
        """:raise AccessError: if a user writes what only buttons and jobs move"""
        if self.env.su or moved.isdisjoint(vals):
            return
        name = next(name for name in vals if name in moved)
        raise AccessError(
            self.env._(
                "“%(field)s” of a record of “%(model)s” is written by its buttons and jobs only. "
                "Press the button for it instead.",
                field=self._fields[name]._description_string(self.env),
                model=self._description,
            )
        )

    def _without_defaults(self, moved):
        """A client's context proposes values for what is created: not for these, not even where
        our own code creates the record for him."""
        refused = {f"default_{name}" for name in moved}
        context = self.env.context
        if refused.isdisjoint(context):
            return self
        kept = {k: v for k, v in context.items() if k not in refused}
        return self.with_context(kept)  # pylint: disable=context-overridden
