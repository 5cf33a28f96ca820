from odoo import api, fields, models

from ..tools import const
from ..tools.stopwords import answer_of

#: Channels on which a stop word counts (CO2).
STOP_CHANNELS = ("sms", "whatsapp")


class KalaIntake(models.AbstractModel):
    """Stop words of contacts (CO2)."""

    _inherit = "kala.intake"

    @api.model
    def _log(self, company, entries, matches, records, users):
        communications = super()._log(company, entries, matches, records, users)
        for communication in communications:
            answer = answer_of(communication.body) if communication.kind == "text" else None
            if answer is not None and communication.channel in STOP_CHANNELS:
                self._take_answer(company, communication, answer)
        return communications

    @api.model
    def _take_answer(self, company, communication, allowed):
        """Record the answer for the channel, and confirm an opt-out once."""
        if not communication.contact_value:
            return
        changed = self.env["kala.contact.permission"]._set(
            company,
            communication._key(),
            [communication.channel],
            allowed,
            self.env._("The contact wrote “%s”.", (communication.body or "").strip()[:40]),
        )
        if changed and not allowed:
            self._confirm_optout(company, communication)

    @api.model
    def _confirm_optout(self, company, communication):
        lang = communication.partner_id.lang or company.partner_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        line = communication.line_id
        if not line or line.connection_id.state == "draft":
            return
        self.env["kala.outbox"]._queue(
            [
                {
                    "channel": communication.channel,
                    "direction": "out",
                    "state": "queued",
                    "company_id": company.id,
                    "line_id": line.id,
                    "connection_id": line.connection_id.id,
                    "contact_kind": communication.contact_kind,
                    "contact_value": communication.contact_value,
                    "body": env._(
                        "You will get no more messages from %s here. Write START to get them "
                        "again.",
                        company.name,
                    ),
                    "is_service": True,
                    "ignore_window": True,
                    "priority": const.PRIORITY_AUTOMATION,
                    "origin": "optout",
                    "send_after": fields.Datetime.now(),
                    "send_key": self.env["kala.communication"]._generate_send_key(),
                    **self.env["kala.communication"]._attach_vals(communication._record()),
                }
            ]
        )
