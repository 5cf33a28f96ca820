from odoo import api, fields, models

from ..models.kala_matcher import Sender
from ..models.kala_responsible import LEAD_RULES, TASK_RULES, Case
from ..tools import const
from ..tools.phone import email_key, format_phone, phone_key


class KalaExplain(models.TransientModel):
    """Shows step by step where a message of a contact would go, and whose it would be: the same
    matcher and the same rules as the inbox, with nothing written."""

    _name = "kala.explain"
    _description = "Explain Matching"

    contact = fields.Char(string="Phone or e-mail", required=True)
    channel = fields.Selection(const.CHANNELS, required=True, default="whatsapp")
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
        company = self.line_id.company_id or self.company_id
        key = email_key(self.contact) or phone_key(self.contact, company._kala_region())
        family = const.CHANNEL_FAMILY[self.channel]
        sender = Sender(
            keys=((key, 0),) if key else (),
            date=fields.Datetime.now(),
            family=family,
            missed=self.is_missed,
        )
        match = self.env["kala.matcher"].sudo()._match(company, [sender])[0]
        chosen = (match.model, match.res_id)
        return {
            "key": key,
            "key_text": key and format_phone(key.value),
            "kind": key and dict(const.CONTACT_KINDS)[key.kind],
            "candidates": [
                self._candidate(company, row, (row["model"], row["id"]) == chosen)
                for row in match.candidates
            ],
            "match": self._match_words(match),
            "chain": self._chain(company, family, key, match),
            "days": company.kala_match_days,
        }

    @api.depends("contact")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Explain")

    # ------------------------------------------------------------------ matching

    def _candidate(self, company, row, chosen):
        record = self.env[row["model"]].browse(row["id"])
        readable = record.has_access("read")
        return {
            "name": record.display_name if readable else self.env._("a record you may not read"),
            "kind": self.env["ir.model"]._get(row["model"]).name,
            "date": fields.Datetime.to_datetime(row["recency"]),
            "ok": row["verdict"] == "ok",
            "verdict": not chosen
            and self.env["kala.matcher"]._verdict_words(company)[row["verdict"]],
        }

    def _match_words(self, match):
        words = self.env["kala.matcher"]._words()
        record = match.model and self.env[match.model].browse(match.res_id)
        name = record.display_name if record and record.has_access("read") else False
        return {"name": name, "rule": words.get(match.rule, match.rule)}

    # ------------------------------------------------------------------ responsible

    def _chain(self, company, family, key, match):
        """:return: list of dicts ``rule, user, verdict`` of the chain, up to the one that
        decides"""
        record = self.env[match.model].sudo().browse(match.res_id) if match.model else None
        case = Case(
            n=0,
            family=family,
            line=self.line_id.sudo(),
            key=key,
            record=record if record is not None else self.env["crm.lead"],
            partner=self.env["res.partner"].sudo().browse(match.partner_id or ()),
            extension=self.extension or "",
            date=fields.Datetime.now(),
            connection=self._connection(company),
        )
        rules = TASK_RULES[family] if match.model else LEAD_RULES
        responsible = self.env["kala.responsible"].sudo()
        words = responsible._words()
        steps = []
        for rule in rules:
            user = getattr(responsible, f"_rule_{rule}")(company, [case]).get(0)
            usable = bool(user) and responsible._is_usable(company, user, case.record)
            steps.append({"rule": words[rule], "user": user and user.name, "usable": usable})
            if usable:
                break
        return steps

    def _connection(self, company):
        """:return: ``kala.connection`` of the line, else the one that has the extension"""
        extensions = self.env["kala.extension"].sudo()
        if self.line_id or not self.extension:
            return self.line_id.sudo().connection_id
        return extensions.search(
            [("number", "=", self.extension), ("company_id", "=", company.id)], limit=1
        ).connection_id
