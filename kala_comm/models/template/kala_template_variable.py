from odoo import api, fields, models

from ...tools import const, placeholders
from ...tools.text import one_line

#: Characters that the text of one variable may have.
VALUE_LIMIT = 1000


def label(name):
    """:return: the variable as the provider's text has it"""
    return f"{{{{{name}}}}}"


class KalaTemplateVariable(models.Model):
    """A variable of a template that a provider keeps, and what stands for it."""

    _name = "kala.template.variable"
    _description = "Template Variable"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "template_id, id"

    template_id = fields.Many2one(
        "kala.template", required=True, index=True, ondelete="cascade", readonly=True
    )
    part = fields.Selection(const.TEMPLATE_PARTS, required=True, readonly=True)
    place = fields.Integer(readonly=True, help="Which button, from 0.")
    name = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [("text", "Text"), ("code", "Code to copy")], required=True, readonly=True, default="text"
    )
    example = fields.Char(readonly=True)
    value = fields.Char(string="What stands for it", help="A text with placeholders.")

    _name_uniq = models.UniqueIndex("(template_id, part, place, name)")

    @api.constrains("value")
    def _check_value(self):
        names = self.env["kala.placeholder"]._names()
        for variable in self:
            self.env["kala.template"]._check_text(variable.value, names)

    @api.depends("part", "place", "name")
    def _compute_display_name(self):
        return super()._compute_display_name()

    def _set_full_names(self):
        parts = dict(self._fields["part"]._description_selection(self.env))
        for variable in self:
            place = f" {variable.place + 1}" if variable.part == "button" else ""
            variable.display_name = (
                f"{parts.get(variable.part) or ''}{place} {label(variable.name)}"
            )

    def write(self, vals):
        result = super().write(vals)
        if "value" in vals:
            self.template_id._write_body()
            self.template_id._rules_follow(["variable_ids"])
        return result

    def _render(self, names):
        """:return: one line: providers refuse line breaks in a variable"""
        return one_line(placeholders.render(self.value or "", names), VALUE_LIMIT)
