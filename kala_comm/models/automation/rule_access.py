from odoo import api, models
from odoo.exceptions import AccessError

from ...tools.literals import literal


class KalaRule(models.Model):
    """What a rule may ask of its records. The job reads them as superuser, so who makes the rule
    could learn by it what he may not read: a condition on a field answers by what it lets through,
    and an address of a record is shown in the log. So a rule asks what its maker may read (SC4)."""

    _inherit = "kala.rule"

    def _maker(self):
        """:return: environment of who may make this rule; of the superuser for all others, who only
        look at it; while it runs, that of its owner for the jobs"""
        self.ensure_one()
        if self.env.su and self.state == "running":
            return self._actor_env()
        return self.env if self.env.su or self.has_access("write") else self.sudo().env

    def _conditions(self):
        """:return: list: the domain of the records that it is about
        :raise ValueError: if it is anything but data (SC3)"""
        return literal(self.domain or "[]")

    def _lacks_of_access(self):
        """:return: list of sentences: what who makes the rule may not read"""
        model = self._maker()[self.model_name]
        named = self.model_id.sudo().name
        if not model.has_access("read"):
            return [
                self.env._(
                    "You may not read records of “%s”. Choose others, or ask an administrator.",
                    named,
                )
            ]
        chosen = self.sudo()
        chosen = chosen.date_field_id + chosen.performer_field_id + chosen.changed_field_ids
        names = chosen.mapped("name")
        return [
            self._refuse_field(model._fields[name])
            for name in names
            if name in model._fields and not model._has_field_access(model._fields[name], "read")
        ]

    def _lacks_of_domain(self):
        try:
            self._maker()[self.model_name].search(self._conditions(), limit=1)
        except AccessError:
            return [
                self.env._(
                    "The conditions ask for something that you may not read. Choose other ones, or "
                    "ask an administrator."
                )
            ]
        except Exception:  # pylint: disable=broad-except
            # A domain is a text: anything may stand in it.
            return [self.env._("The conditions cannot be read. Choose them again.")]
        return []

    def _refuse_field(self, field):
        return self.env._(
            "You may not read “%s”. Choose another field, or ask an administrator.",
            field._description_string(self.env),
        )


class KalaRuleAction(models.Model):
    _inherit = "kala.rule.action"

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_running()
        return steps

    def write(self, vals):
        result = super().write(vals)
        self._check_running()
        return result

    def _check_running(self):
        """A step that a running rule gets, or that changes under it, is asked the same as when the
        rule is started.

        :raise UserError: with what is missing
        """
        if self.env.su:
            return
        for rule in self.rule_id:
            if rule.state == "running":
                rule._take_over()
                rule._check_complete()

    def _path_fits(self, model):
        """:return: whether each path leads to a value that who makes the rule may read"""
        return all(self._one_path_fits(model, path) for path in self._paths())

    def _one_path_fits(self, model, path):
        model = self.rule_id._maker()[model._name]
        for name in path.split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None or not model._has_field_access(field, "read"):
                return False
            model = model.env[field.comodel_name] if field.relational else None
            if model is not None and not model.has_access("read"):
                return False
        return model is None
