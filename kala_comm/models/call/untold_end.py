from datetime import timedelta

from odoo import api, fields, models

#: No telephone rings for longer than this.
LONGEST_RING = timedelta(hours=1)


class KalaCommunication(models.Model):
    _inherit = "kala.communication"

    _ringing_idx = models.Index("(date) WHERE call_status = 'ringing'")


class KalaIntake(models.AbstractModel):
    """Calls whose end is never told (VO1): the telephone system lost it, or was restarted."""

    _inherit = "kala.intake"

    @api.model
    def _end_untold_calls(self):
        """Let calls ring no longer whose end nobody told. How they went is not known: they make no
        task; an end that is told after all still counts.

        Index: ``kala_communication_ringing_idx``.
        """
        communications = self.env["kala.communication"]
        untold = communications.search(
            [
                ("call_status", "=", "ringing"),
                ("date", "<", fields.Datetime.now() - LONGEST_RING),
            ]
        )
        if not untold:
            return
        untold.call_status = "untold"
        for company, calls in untold.grouped("company_id").items():
            lang = company.partner_id.lang or self.env.lang
            handler = self.with_company(company).with_context(lang=lang)
            for call in calls:
                call.mail_message_id.body = handler._call_words(call)
        self.env["kala.live"]._changed(untold)
