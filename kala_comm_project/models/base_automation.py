from odoo import api, models


class BaseAutomation(models.Model):
    """The status of a task is its stage (AU1)."""

    _inherit = "base.automation"

    @api.model
    def _selection_kala_statuses(self):
        stage = ("project.task.type", self.env._("Stage of tasks"))
        return [*super()._selection_kala_statuses(), stage]

    @api.model
    def _kala_status_fields(self):
        return {**super()._kala_status_fields(), "project.task": ("stage_id",)}

    @api.model
    def _kala_statuses(self):
        return {**super()._kala_statuses(), "project.task.type": ("stage_id", "project.task")}
