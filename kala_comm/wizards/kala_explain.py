from odoo import api, fields, models

from ..models.connection.channel_fields import ChannelField
from ..models.inbound.kala_responsible import LEAD_RULES, TASK_RULES
from ..models.inbound.values import Arrival, Case, Sender
from ..tools import channels
from ..tools.phone import email_key, format_phone, phone_key


class KalaExplain(models.TransientModel):
    """Shows step by step where a message of a contact would go, and whose it would be: the same
    matcher and the same rules as the inbox, with nothing written."""

    _name = "kala.explain"
    _description = "Explain Matching"
    _inherit = ["kala.given"]

    contact = fields.Char(string="Phone or e-mail", required=True)
    channel = ChannelField(required=True, default=channels.DEFAULT)
    line_id = fields.Many2one(
        "kala.line", string="Came in on", domain="[('channel', '=', channel)]"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    extension = fields.Char()
    is_missed = fields.Boolean(string="Missed call")
    result = fields.Html(compute="_compute_result", sanitize=False)

    @api.depends("contact", "channel", "line_id", "company_id", "extension", "is_missed")
    def _compute_result(self):
        for wizard in self:
            wizard.result = wizard.contact and self.env["ir.qweb"]._render(
                "kala_comm.explain_result", wizard._explain()
            )

    def _explain(self):
        """:return: values of the template: key, candidates, match, steps of the rules"""
        company = self.line_id.company_id or self.company_id or self.env.company
        key = email_key(self.contact) or phone_key(self.contact, company._kala_region())
        arrival = Arrival(
            channel=self.channel,
            connection=self._connection(company),
            line=self.line_id.sudo(),
            key=key,
            date=fields.Datetime.now(),
            extension=self.extension or "",
        )
        sender = Sender.of(arrival, missed=self.is_missed)
        match = self.env["kala.matcher"].sudo()._match(company, [sender])[0]
        chosen = (match.model, match.res_id)
        return {
            "key": key,
            # Who has set no time zone reads the company's, as he does in his office.
            "tz": self.env.user.tz
            or company.resource_calendar_id.tz
            or company.partner_id.tz
            or "UTC",
            "key_text": key and format_phone(key.value),
            "kind": key and self.env._(dict(channels.contact_kinds(channels.every()))[key.kind]),
            "candidates": [
                self._candidate(company, row, (row["model"], row["id"]) == chosen)
                for row in match.candidates
            ],
            "match": self._match_words(match),
            "chain": self._chain(company, arrival, match),
            "makes_no_task": arrival.family == "call"
            and self.is_missed
            and company.kala_no_task_without_responsible,
        }

    @api.depends("contact")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Explain")

    # ------------------------------------------------------------------ matching

    def _name_of(self, model, res_id):
        record = self.env[model].browse(res_id)
        if record.has_access("read"):
            return record.display_name
        return self.env._("a record you may not read")

    def _link_to(self, model, res_id):
        """:return: address of the record's form; False where the reader may not read it"""
        record = self.env[model].browse(res_id)
        return record.has_access("read") and f"/odoo/{model}/{res_id}"

    def _candidate(self, company, row, chosen):
        return {
            "name": self._name_of(row["model"], row["id"]),
            "link": self._link_to(row["model"], row["id"]),
            "kind": self.env["ir.model"]._get(row["model"]).name,
            "date": fields.Datetime.to_datetime(row["recency"]),
            "ok": row["verdict"] == "ok",
            "verdict": not chosen
            and self.env["kala.matcher"]._verdict_words(company)[row["verdict"]],
        }

    def _match_words(self, match):
        customer_id = not match.model and match.partner_id
        return {
            "name": match.model and self._name_of(match.model, match.res_id),
            "link": match.model and self._link_to(match.model, match.res_id),
            "customer": customer_id and self._name_of("res.partner", customer_id),
            "customer_link": customer_id and self._link_to("res.partner", customer_id),
            "rule": self.env["kala.matcher"]._words()[match.rule],
        }

    # ------------------------------------------------------------------ responsible

    def _chain(self, company, arrival, match):
        """:return: list of dicts ``rule, is_on, users`` of the chain, up to the rule that decides;
        users are dicts ``name, link, obstacle``: why he is passed over, or False"""
        empty = self.env["crm.lead"]
        record = self.env[match.model].sudo().browse(match.res_id) if match.model else empty
        customer = self.env["res.partner"].sudo().browse(match.partner_id or ())
        case = Case.of(arrival, record, customer)
        responsible = self.env["kala.responsible"].sudo()
        words, obstacles = responsible._words(), responsible._obstacle_words()
        rules = TASK_RULES[arrival.family] if match.model else LEAD_RULES
        return [
            {
                "rule": words[rule],
                "is_on": responsible._is_on(company, rule),
                "users": [
                    {
                        "name": user.name,
                        "link": self._link_to("res.users", user.id),
                        "obstacle": obstacles.get(obstacle, False),
                    }
                    for user, obstacle in asked
                ],
            }
            for rule, asked in responsible._trace(company, case, rules)
        ]

    def _connection(self, company):
        """:return: ``kala.connection`` of the line, else the one that has the extension"""
        extensions = self.env["kala.extension"].sudo()
        if self.line_id or not self.extension:
            return self.line_id.sudo().connection_id
        return extensions.search(
            [("number", "=", self.extension), ("company_id", "=", company.id)], limit=1
        ).connection_id
