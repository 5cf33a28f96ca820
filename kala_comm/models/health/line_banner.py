from odoo import api, models

from .kala_health import ILL

#: Names that one sentence has.
NAMES = 3


class KalaLine(models.Model):
    """What the users of a line are told in their Inbox while it does not work (WA5)."""

    _inherit = "kala.line"

    @api.model
    @api.readonly
    def troubles(self):
        """The lines of the reader's companies that he may send from and that do not work. The
        number of queries does not grow with the lines.

        :return: list of dicts ``words``, ``connection`` (id, to mend it; False for who may not)
        """
        if not self.env.user.has_group("kala_comm.group_user"):
            return []
        is_manager = self.env.user.has_group("kala_comm.group_manager")
        lines = self.search(
            [
                ("company_id", "in", self.env.companies.ids),
                *("|", "|", ("connection_id.state", "in", ("paused", "error"))),
                *(("connection_id.health_told", "in", ILL), ("health_told", "in", ILL)),
            ]
        )
        lines = lines.filtered(lambda line: is_manager or line._may_send(self.env.user))
        return [
            {
                "words": lines._trouble_sentence(of_kind, kind),
                "connection": connection.id if is_manager else False,
            }
            for (connection, kind), of_kind in lines.grouped(
                lambda line: (line.connection_id, line._trouble_kind())
            ).items()
            if kind
        ]

    def _trouble_kind(self):
        """:return: why the line does not work; "" where it does again"""
        connection = self.connection_id
        if connection.state in ("paused", "error"):
            return connection.state
        for record in (connection, self):
            if record.health_told in ILL and record.health in ILL:
                return record.health
        return ""

    @api.model
    def _trouble_sentence(self, lines, kind):
        names = lines.mapped("display_name")
        said = ", ".join(names[:NAMES])
        if len(names) > NAMES:
            said = self.env._("%(names)s and %(count)s more", names=said, count=len(names) - NAMES)
        return {
            "paused": self.env._("%s: paused. Messages are kept until somebody resumes it.", said),
            "error": self.env._(
                "%s: does not work at the moment. Messages are kept and leave when it works again.",
                said,
            ),
            "in_only": self.env._("%s: does not send at the moment.", said),
            "out_only": self.env._(
                "%s: sends, but does not receive at the moment: answers do not arrive here.", said
            ),
            "neither": self.env._("%s: neither sends nor receives at the moment.", said),
        }[kind]


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    def _state_changed(self):
        """Called by ``_set_state``: open inboxes look again which lines work."""
        self.env["kala.live"]._tell_lines(self.company_id.ids)
