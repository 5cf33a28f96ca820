from datetime import timedelta

from odoo import api, fields, models

from ...tools import const

#: A report may overtake the answer to our send: it waits this long, then it is not ours
#: (docs/architecture.md, 3.2). Seconds after the event at which it is looked at again.
LOOKS = (5, 30, 120, 900)


class KalaIntake(models.AbstractModel):
    """Delivery reports (DE1)."""

    _inherit = "kala.intake"

    @api.model
    def _take_reports(self, company, items):
        """Move the states of the messages that a set of reports is about."""
        reports = {item: item._parsed() for item in items}
        attempts = self.env["kala.attempt"]
        found = attempts._find_reported(
            {item: (item.connection_id.id, r.key, r.uid) for item, r in reports.items()}
        )
        self._look_later(items - items.browse([item.id for item in found]))
        self.env["kala.communication"]._apply_states(
            [attempts._report_row(*place, reports[item]) for item, place in found.items()]
        )
        self._note_other_channels({place[0]: reports[item] for item, place in found.items()})
        self._finish_reports({item.id: place[0] for item, place in found.items()})

    @api.model
    def _note_other_channels(self, reports):
        """What the provider sent on another channel says so (ME3).

        :param dict reports: communication id → DeliveryReport
        """
        by_channel = {}
        for communication_id, report in reports.items():
            if report.sent_as and report.state in const.SENT_STATES:
                by_channel.setdefault(report.sent_as, []).append(communication_id)
        log = self.env["kala.communication"]
        log._note_sent_as({code: log.browse(ids) for code, ids in by_channel.items()})

    @api.model
    def _look_later(self, items):
        now, due = fields.Datetime.now(), {}
        for item in items:
            later = [item.event_id.date + timedelta(seconds=s) for s in LOOKS]
            moment = next((moment for moment in later if moment > now), None)
            due.setdefault(moment, []).append(item.id)
        foreign = items.browse(due.pop(None, []))
        foreign.write({"state": "done", "result": "not ours"})
        for moment, ids in due.items():
            items.browse(ids)._put_off(moment)

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
