from odoo import models

from odoo.addons.project.models.project_task import CLOSED_STATES


class ProjectTask(models.Model):
    """Who is who on a task, for the audiences of rules (AU2)."""

    _inherit = "project.task"

    _kala_responsible_field = "user_ids"
    _kala_performer_field = "user_ids"
    _kala_leader_path = "project_id.user_id"
    _kala_closed_fields = ("state",)
    _kala_closed_domain = [("state", "in", list(CLOSED_STATES))]
