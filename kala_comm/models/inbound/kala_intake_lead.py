from odoo import api, models

from ...tools.phone import format_phone
from ...tools.text import one_line
from .kala_responsible import LEAD_RULES
from .values import Case

#: Characters of the title of a lead, and of the name in it.
TITLE_LENGTH, NAME_LENGTH = 60, 30


class KalaIntake(models.AbstractModel):
    """New leads of those who have no record (MA3, MA11)."""

    _inherit = "kala.intake"

    @api.model
    def _make_leads(self, company, wanted):
        """:param list wanted: of (Arrival, customer id or False)
        :return: (``crm.lead``, list of (user, rule) of their responsible users), in the same
            order"""
        leads = self.env["crm.lead"]
        if not wanted:
            return leads, []
        # Browsed together: what is read of one is read of all at once.
        partners = self.env["res.partner"]
        customers = {p.id: p for p in partners.browse({i for _entry, i in wanted if i})}
        wanted = [(entry, customers.get(i, partners)) for entry, i in wanted]
        users = self.env["kala.responsible"]._choose(
            company,
            [
                Case.of(entry, self.env["crm.lead"], customer, n)
                for n, (entry, customer) in enumerate(wanted)
            ],
            LEAD_RULES,
        )
        ads = self.env["kala.ad"]._find_or_create(company, [entry for entry, _c in wanted])
        chosen = [users.get(n, (self.env["res.users"], False)) for n in range(len(wanted))]
        vals_list = [
            self._prepare_lead_vals(company, entry, customer, user)
            for (entry, customer), (user, _rule) in zip(wanted, chosen, strict=True)
        ]
        for (entry, _customer), vals in zip(wanted, vals_list, strict=True):
            if entry.ad_id:
                vals.update(ads[entry.ad_id]._utm_vals())
        self._add_pipeline(vals_list)
        leads = (
            leads.with_context(
                default_user_id=False,
                mail_create_nosubscribe=True,
                mail_create_nolog=True,
                mail_auto_subscribe_no_notify=True,
                tracking_disable=True,
            )
            .create(vals_list)
            .with_context(clean=True)
        )
        return leads, chosen

    @api.model
    def _prepare_lead_vals(self, company, entry, customer, user):
        """Values of a new lead (MA11). The customer's own phone and e-mail are never touched
        (MA3): a lead with a customer gets neither."""
        line = entry.line
        vals = {
            "name": self._lead_title(company, entry, customer),
            "company_id": company.id,
            "partner_id": customer.id,
            "user_id": user.id,
            "source_id": line.source_id.id,
            "medium_id": line.medium_id.id,
            "campaign_id": line.campaign_id.id,
            "kala_origin": entry.channel,
        }
        if line.team_id:
            vals["team_id"] = line.team_id.id
        if not customer:
            vals["contact_name"] = one_line(entry.contact_name, 80) or False
            if entry.key and entry.key.kind == "phone":
                vals["phone"] = format_phone(entry.key.value)
            elif entry.key and entry.key.kind == "raw":
                vals["phone"] = entry.key.value
            elif entry.key and entry.key.kind == "email":
                vals["email_from"] = entry.key.value
        return vals

    @api.model
    def _lead_title(self, company, entry, customer):
        """A title that fits on a card, from sender and text: one line, cut at a word."""
        name = one_line(entry.contact_name, NAME_LENGTH)
        if not name and customer:
            name = one_line(customer.display_name, NAME_LENGTH)
        if not name and entry.key:
            name = entry.key.value
            if entry.key.kind == "phone":
                name = format_phone(name, company._kala_region())
        text = one_line(entry.text, TITLE_LENGTH)
        if not text:
            channels = dict(
                self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
            )
            text = channels[entry.channel]
        return one_line(f"{name or self.env._('Withheld number')}: {text}", TITLE_LENGTH)

    @api.model
    def _add_pipeline(self, vals_list):
        """Add the team and stage that Odoo would find for each lead: it searches them once per
        lead, we once per responsible and team."""
        leads = self.env["crm.lead"]
        defaults = leads.default_get(["type", "team_id", "stage_id"])
        uses = "use_leads" if defaults["type"] == "lead" else "use_opportunities"
        teams, stages = {False: False}, {}
        for vals in vals_list:
            user_id = vals["user_id"]
            if user_id not in teams:
                teams[user_id] = (
                    self.env["crm.team"]
                    ._get_default_team_id(user_id=user_id, domain=[(uses, "=", True)])
                    .id
                )
            team_id = vals.setdefault("team_id", defaults.get("team_id") or teams[user_id])
            if team_id not in stages:
                stages[team_id] = leads._stage_find(team_id, [("fold", "=", False)]).id
            vals["stage_id"] = defaults.get("stage_id") or stages[team_id]
