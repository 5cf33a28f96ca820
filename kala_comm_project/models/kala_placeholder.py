from odoo import api, models


class KalaPlaceholder(models.AbstractModel):
    """What templates may name of a task (TE1)."""

    _inherit = "kala.placeholder"

    @api.model
    def _groups(self):
        names = [
            ("task_name", self.env._("Name of the task")),
            ("task_project", self.env._("Project of the task")),
            ("task_deadline", self.env._("Deadline of the task")),
        ]
        return [*super()._groups(), (self.env._("Task"), names)]

    @api.model
    def _starts_of_models(self):
        return {**super()._starts_of_models(), "task_": "project.task"}

    @api.model
    def _preparers(self):
        return [*super()._preparers(), (("task_",), "_task_values")]

    @api.model
    def _task_values(self, record):
        if record._name != "project.task":
            return {}
        deadline = record.date_deadline
        return {
            "task_name": record.name or "",
            "task_project": record.project_id.name or "",
            "task_deadline": self._date(self._local(record, deadline)) if deadline else "",
        }
