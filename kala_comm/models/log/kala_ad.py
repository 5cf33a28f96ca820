from odoo import api, fields, models

from ...tools.text import one_line


class KalaAd(models.Model):
    """An advertisement that people came from, and what it says of their leads (RE1). It appears
    with the first message that names it."""

    _name = "kala.ad"
    _description = "Advertisement"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "id DESC"

    name = fields.Char(string="Headline", required=True)
    external_id = fields.Char(
        string="Provider's id",
        required=True,
        copy=False,
        help="How the provider names this advertisement in its events.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    source_id = fields.Many2one("utm.source", help="Of new leads; empty: the line's.")
    medium_id = fields.Many2one("utm.medium", help="Of new leads; empty: the line's.")
    campaign_id = fields.Many2one("utm.campaign", help="Of new leads; empty: the line's.")

    _external_uniq = models.UniqueIndex(
        "(company_id, external_id)", "This advertisement is in the list already."
    )

    @api.model
    def _find_or_create(self, company, entries):
        """Find the advertisements that messages came from; those that are not known yet become new
        ones, each with a source of its name. Index: ``kala_ad_external_uniq``.

        :param list entries: of what has ``ad_id`` and ``ad_name``
        :return: dict provider's id → ``kala.ad``
        """
        names = {}
        for entry in entries:
            if entry.ad_id:
                names.setdefault(entry.ad_id, one_line(entry.ad_name, 100) or entry.ad_id)
        if not names:
            return {}
        ads = self.sudo().search(
            [("company_id", "=", company.id), ("external_id", "in", list(names))]
        )
        known = set(ads.mapped("external_id"))
        ads += self.sudo().create(
            [
                {
                    "name": name,
                    "external_id": ad_id,
                    "company_id": company.id,
                    "source_id": self._source_of(name, ad_id).id,
                }
                for ad_id, name in names.items()
                if ad_id not in known
            ]
        )
        return {ad.external_id: ad for ad in ads}

    @api.model
    def _source_of(self, name, ad_id):
        """:return: ``utm.source``; headlines repeat ("Chat with us"), so the id is in its name"""
        name = name if name == ad_id else f"{name} ({ad_id})"
        return self.env["utm.mixin"].sudo()._find_or_create_record("utm.source", name)

    def _utm_vals(self):
        """:return: values of a new lead that this advertisement decides"""
        names = ("source_id", "medium_id", "campaign_id")
        return {name: self[name].id for name in names if self[name]}
