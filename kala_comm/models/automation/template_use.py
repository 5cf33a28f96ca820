from odoo import api, fields, models
from odoo.exceptions import UserError

#: Written to a template, these change nothing of what a rule says.
HARMLESS = {"active", "color", "design", "font", "name", "preview_record", "sequence"}


class KalaTemplate(models.Model):
    """A template that rules write with (EM3): it stays as long as one of them does, and who changes
    its text answers for what they say."""

    _inherit = "kala.template"

    running_rules = fields.Char(
        compute="_compute_running_rules", help="Those that the reader may read."
    )

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_running_rules(self):
        languages = self._in_all_languages()
        every = self.browse().union(*languages.values())
        running = [("template_id", "in", every.ids), ("rule_id.state", "=", "running")]
        groups = self.env["kala.rule.action"]._read_group(
            running, ["template_id"], ["rule_id:recordset"]
        )
        rules = dict(groups)
        for template in self:
            found = [rules[t] for t in languages.get(template._origin, ()) if t in rules]
            names = self.env["kala.rule"].union(*found).mapped("name")
            template.running_rules = ", ".join(names) or False

    def _in_all_languages(self):
        """:return: dict template → itself and the same in other languages: a contact who speaks one
        of these gets that one in its place (TE4). Index: ``kala_template__connection_id_index``
        """
        kept = self._origin.sudo().filtered("connection_id")
        same = kept.with_context(active_test=False).search(
            [
                ("connection_id", "in", kept.connection_id.ids),
                ("external_name", "in", kept.mapped("external_name")),
            ]
        )
        by_name = same.grouped(lambda t: (t.connection_id, t.external_name))
        languages = {template: template for template in self._origin}
        for template in kept:
            languages[template] = by_name[template.connection_id, template.external_name]
        return languages

    def _rules_follow(self, names):
        """Who changes what a running rule says is whose rights the rule acts with, as with its
        steps (LO8): he could else have values of records that he may not read put into a message
        that he gets.

        :param names: of the fields that were written
        :raise UserError: where he may not change the rule, or it cannot run like that
        """
        if self.env.su or HARMLESS.issuperset(names):
            return
        sent = self.browse().union(*self._in_all_languages().values())
        running = [("template_id", "in", sent.ids), ("rule_id.state", "=", "running")]
        rules = self.env["kala.rule.action"].sudo().search(running).rule_id
        # He may look at one of his companies alone just now.
        companies = self.env.user.company_ids.ids
        rules = rules.sudo(False).with_context(allowed_company_ids=companies)
        if rules - rules._filtered_access("write"):
            raise UserError(
                self.env._(
                    "“%s” is sent by running rules that you may not change. Make a copy and change "
                    "the copy, or ask who may change the rules.",
                    self[:1].name,
                )
            )
        for rule in rules:
            rule._take_over()
            rule._check_complete()

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


class IrAttachment(models.Model):
    """A file of a template is sent with its text: who may change the template may change the file,
    too, and answers for it likewise."""

    _inherit = "ir.attachment"

    def write(self, vals):
        templates = self._kala_templates()
        result = super().write(vals)
        templates._rules_follow(["attachment_ids"])
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_kala_files(self):
        self._kala_templates()._rules_follow(["attachment_ids"])

    def _kala_templates(self):
        """:return: those that these files belong to; our own code moves files as superuser"""
        templates = self.env["kala.template"]
        if self.env.su:
            return templates
        mine = self.sudo().filtered(lambda file: file.res_model == templates._name and file.res_id)
        return templates.browse(set(mine.mapped("res_id"))).exists()
