from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationImporter

#: What people may change of a template that comes with the addon: an upgrade brings its texts anew.
_MAY_CHANGE = frozenset(("active", "sequence", "line_id"))
MODULE = "kala_comm"


class KalaTemplate(models.Model):
    """The library of e-mails (EM3): designed and basic ones come with the addon, and an upgrade
    brings their better versions; who wants another text makes a copy of his own."""

    _inherit = "kala.template"

    library = fields.Selection(
        [("designed", "Designed"), ("basic", "Basic")],
        string="From the library",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="It comes with Kala Communication and is brought anew by each upgrade. Empty: your "
        "own.",
    )

    def _check_library(self, vals):
        """:param vals: names of what is written"""
        if self.env.su:
            return
        if "library" in vals or not _MAY_CHANGE.issuperset(vals) and any(self.mapped("library")):
            raise UserError(
                self.env._(
                    "A template of the library stays as it is, since each upgrade brings it anew. "
                    "Make a copy of it with “Make it my own”, and change the copy."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_library(self):
        if not self.env.su and any(self.mapped("library")):
            raise UserError(
                self.env._(
                    "A template of the library cannot be deleted, since an upgrade would bring it "
                    "back. Archive it instead."
                )
            )

    def action_make_own(self):
        """Copy a template, in all its languages, to change the copy (EM3).

        :return: action that opens the copy
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.make_own(),
            "view_mode": "form",
            "views": [[False, "form"]],
        }

    def make_own(self):
        """:return: id of a copy of the template that the user may change (TE5)
        :raise AccessError: if he may not read it, or make templates"""
        self.ensure_one()
        self.check_access("read")
        return self.copy({"user_id": self._default_user_id() and self.env.uid}).id

    @api.model
    def _load_library_terms(self, langs):
        """:param langs: codes of languages, such as he_IL"""
        ours = self.with_context(active_test=False).search([("library", "!=", False)])
        names = set(ours.get_external_id().values())
        importer = TranslationImporter(self.env.cr, verbose=False)
        for lang in langs:
            for base in dict.fromkeys((lang.split("_")[0], lang)):
                try:
                    path = file_path(f"{MODULE}/i18n/{base}.po")
                except FileNotFoundError:
                    continue
                importer.load_file(path, lang, xmlids=names)
        importer.save(overwrite=True, force_overwrite=True)
        ours.invalidate_recordset(["name", "subject", "body"])


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        """The library is the addon's in each language: a translation of an older version does not
        stay beside a new text."""
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if MODULE in modules:
            self.env["kala.template"].sudo()._load_library_terms(langs)
        return result
