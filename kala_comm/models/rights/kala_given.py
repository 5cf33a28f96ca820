from odoo import api, models

#: Fields that name records.
RELATIONAL = ("many2one", "many2many", "one2many", "reference")


class KalaGiven(models.AbstractModel):
    """A model that takes from a user only records that he may read (docs/architecture.md, 3.15).

    What it computes of them, often as superuser, is then no news to him. A wizard checks all that
    it is given; other models the communications, references, and what :attr:`_given_models` names.
    """

    _name = "kala.given"
    _description = "Takes Only What Its User May Read"
    #: Models of which a user names only records that he may read.
    _given_models = ("kala.communication",)

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        names = set(self._given_defaults()).union(*vals_list)
        made = super().create(vals_list)
        made._check_given(names)
        return made

    def write(self, vals):
        result = super().write(vals)
        self._check_given(set(vals))
        return result

    def onchange(self, values, field_names, fields_spec):
        """Look at what the browser says before anything is computed from it."""
        given = {name: values[name] for name in self._given_names() if name in values}
        self.new({**self._given_defaults(), **given})._check_given(set(self._given_names()))
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _given_names(self):
        """:return: list of the fields that name records which must be readable"""
        return [
            name
            for name, field in self._fields.items()
            if field.type in RELATIONAL
            and (field.store or field.inverse)
            and (
                self._transient
                or field.type == "reference"
                or field.comodel_name in self._given_models
            )
            and name not in models.MAGIC_COLUMNS
        ]

    @api.model
    def _given_defaults(self):
        """:return: dict of the values that the context or the user's own defaults give"""
        return self.default_get(self._given_names())

    def _check_given(self, names):
        """
        :param set names: fields that were given
        :raise AccessError: if the user may not read a record that one of them names
        """
        if self.env.su:
            return
        given = {}
        # As superuser: read as the user, a list leaves out what he may not read.
        for record in self.sudo():
            for name in names.intersection(self._given_names()):
                for named in record[name] or ():
                    given.setdefault(named._name, set()).add(named._origin.id)
        for model, ids in given.items():
            self.env[model].with_user(self.env.uid).browse(ids - {False}).check_access("read")
