from odoo import api, models
from odoo.exceptions import UserError


class KalaTemplate(models.Model):
    """A template that rules write with (EM3): it stays as long as one of them does."""

    _inherit = "kala.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_rules_use_it(self):
        steps = self.env["kala.rule.action"].sudo().search([("template_id", "in", self.ids)])
        if steps:
            # A shared template is used by rules of other companies, too: they keep their names.
            names = steps.rule_id.with_env(self.env).mapped("display_name")
            rules = ", ".join(dict.fromkeys(names))
            raise UserError(
                self.env._(
                    "“%(template)s” is used by these rules: %(rules)s. Choose another template "
                    "there first, or archive this one.",
                    template=steps[0].template_id.name,
                    rules=rules,
                )
            )
