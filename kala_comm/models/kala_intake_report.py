from datetime import timedelta

from odoo import api, fields, models

#: A report may overtake the answer to our send: it waits this long, then it is not ours
#: (DESIGN 3.2). Seconds after the event at which it is looked at again.
LOOKS = (5, 30, 120, 900)


class KalaIntake(models.AbstractModel):
    """Delivery reports (DE1)."""

    _inherit = "kala.intake"

    @api.model
    def _take_reports(self, company, items):
        """Move the states of the messages that a set of reports is about."""
        reports = {item: item._parsed() for item in items}
        found = self._messages_of(reports)
        rows, changed = [], {}
        for item, report in reports.items():
            communication_id = found.get(item)
            if not communication_id:
                self._look_later(item)
                continue
            changed[item.id] = communication_id
            rows.append(self._report_row(communication_id, report))
        self.env["kala.communication"]._apply_states(rows)
        self._finish_reports(changed)

    @api.model
    def _messages_of(self, reports):
        """:param dict reports: item → DeliveryReport
        :return: dict item → communication id"""
        communications = self.env["kala.communication"]
        by_key = communications._find_by_echo_keys([r.key for r in reports.values() if r.key])
        by_uid = communications._find_by_uids(
            {(item.connection_id.id, r.uid) for item, r in reports.items() if r.uid}
        )
        found = {}
        for item, report in reports.items():
            found[item] = by_uid.get((item.connection_id.id, report.uid)) or by_key.get(report.key)
        return found

    @api.model
    def _report_row(self, communication_id, report):
        return {
            "id": communication_id,
            "state": report.state,
            "provider_uid": report.uid,
            "failure_kind": report.failure_kind,
            "failure_reason": report.failure_reason,
            "code": report.code,
            "tries": report.tries,
        }

    @api.model
    def _look_later(self, item):
        now = fields.Datetime.now()
        later = [item.event_id.date + timedelta(seconds=s) for s in LOOKS]
        due = next((moment for moment in later if moment > now), None)
        if due is None:
            item.write({"state": "done", "result": "not ours"})
            return
        item.write({"due": due, "attempts": 0})
        self.env.ref("kala_comm.ir_cron_inbox")._trigger(at=due)

    @api.model
    def _finish_reports(self, changed):
        """Index: primary key."""
        self.env["kala.inbound.item"].flush_model()
        self.env.cr.execute(
            """UPDATE kala_inbound_item i
                  SET state = 'done', result = 'report', error = NULL, communication_id = n.c
                 FROM unnest(%s::int[], %s::int[]) AS n(id, c) WHERE i.id = n.id""",
            [list(changed), list(changed.values())],
        )
        self.env["kala.inbound.item"].invalidate_model(flush=False)
