from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import const

#: Days after a mass send within which what a recipient says is an answer to it.
DAYS = 14


class KalaMassSend(models.Model):
    """Lists of who gets it and who does not, and what came of it (BR2)."""

    _inherit = "kala.mass.send"

    started_at = fields.Datetime(string="Started", readonly=True, copy=False)
    answered = fields.Integer(
        compute="_compute_outcome",
        help="Recipients who wrote or called within 14 days after they got it.",
    )
    opted_out = fields.Integer(
        compute="_compute_outcome",
        help="Recipients who objected to further messages within 14 days after they got it.",
    )

    @api.depends_context("uid")
    def _compute_outcome(self):
        answered, opted_out = self._answered_ids(), self._opted_out_ids()
        for mass in self:
            mass.answered = len(answered.get(mass._origin.id, ()))
            mass.opted_out = len(opted_out.get(mass._origin.id, ()))

    def _answered_ids(self):
        """Index: ``kala_communication_company_idx``, ``kala_communication_mass_address_uniq``.

        :return: dict id of a mass send → ids of the records whose contact answered
        """
        return self._who_came_back(
            SQL("JOIN kala_communication i ON i.company_id = m.company_id AND i.direction = 'in'")
        )

    def _opted_out_ids(self):
        """Index: ``kala_communication_mass_address_uniq``.

        :return: dict id of a mass send → ids of the records whose contact objected
        """
        return self._who_came_back(
            SQL("JOIN kala_consent i ON i.company_id = m.company_id AND NOT i.allowed"),
            SQL("AND o.channel = i.channel"),
        )

    def _who_came_back(self, what, also=None):
        """
        :param SQL what: the table ``i`` of what contacts said, joined to ``m``
        :param SQL also: more conditions
        """
        self.env["kala.communication"].flush_model()
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id, array_agg(DISTINCT o.res_id)
                     FROM kala_mass_send m
                     %s
                      AND i.date >= COALESCE(m.started_at, m.create_date)
                      AND i.date < COALESCE(m.started_at, m.create_date) + %s * interval '1 day'
                     JOIN kala_communication o
                       ON o.mass_send_id = m.id AND o.contact_kind = i.contact_kind
                      AND o.contact_value = i.contact_value AND o.date <= i.date
                      AND o.state = ANY(%s) AND o.res_model = m.model %s
                    WHERE m.id = ANY(%s) AND m.state <> 'draft'
                    GROUP BY m.id""",
                what,
                DAYS,
                list(const.SENT_STATES),
                also or SQL(),
                self.ids,
            )
        )
        return dict(rows)

    # ------------------------------------------------------------------ lists

    def action_open_communications(self):
        """Open its messages: what became of each."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kala_comm.kala_communication_action"
        )
        action["name"] = self.env._("Messages of “%s”", self.name)
        action["domain"] = [("mass_send_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_failed(self):
        """Open its messages that did not arrive, or perhaps not."""
        action = self.action_open_communications()
        action["name"] = self.env._("What failed")
        action["domain"] += [("state", "in", [const.FAILED, const.UNKNOWN])]
        return action

    def action_open_skipped(self):
        """Open the list of those who do not get it, with the reasons."""
        return self.action_open_counted("skipped")

    def action_open_counted(self, which):
        """Open a list of what was counted.

        :param str which: ``ok``: who gets it; ``else``: of these, whom the first channel does not
            reach; ``skipped``: who does not get it; a reason of ``kala.mass.skip``: for which
        """
        self.ensure_one()
        self.check_access("read")
        domain = [("mass_send_id", "=", self.id)]
        gets_it = which in ("ok", "else")
        if which == "else":
            domain += [("channel", "!=", self.channel)]
        elif not gets_it and which != "skipped":
            domain += [("reason", "=", which)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who gets it") if gets_it else self.env._("Who does not get it"),
            "res_model": "kala.mass.seen" if gets_it else "kala.mass.skip",
            "views": [(False, "list")],
            "domain": domain,
        }

    def action_open_answered(self):
        """Open the records whose contacts answered: their conversations are there."""
        return self._open_records(self.env._("Who answered"), self._answered_ids())

    def action_open_opted_out(self):
        """Open the records whose contacts objected to further messages."""
        return self._open_records(self.env._("Who objected"), self._opted_out_ids())

    def _open_records(self, name, ids):
        """:param dict ids: of :meth:`_who_came_back`. Odoo shows those that the user may read."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self.model,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", ids.get(self.id, []))],
        }
