from odoo import models


class KalaRule(models.Model):
    """Of a task Odoo keeps a history of its stages: the dry run asks it (AU5)."""

    _inherit = "kala.rule"

    def _tracked_status(self):
        is_of_tasks = self.model_id.model == "project.task"
        return "stage_id" if is_of_tasks else super()._tracked_status()
