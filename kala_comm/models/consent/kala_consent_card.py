from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...tools import channels
from ...tools.phone import ContactKey, format_phone

#: Records that have the card; an order's addresses are those of its customers.
MODELS = ("crm.lead", "res.partner")
#: Proofs that the card shows at first.
SHOWN = 20


class KalaConsentCard(models.AbstractModel):
    """May we write to the addresses of a record? The answers as a person reads them, and how they
    came about (CO1, CO2)."""

    _name = "kala.consent.card"
    _description = "May We Write?"

    @api.model
    @api.readonly
    def facts(self, model, res_id, is_all=False):
        """What the card of a record shows (CO1, CO2).

        :param str model: ``crm.lead`` or ``res.partner``
        :param bool is_all: all proofs, not the newest only
        :return: dict: ``company`` (whose answers they are), ``required`` (consent is required),
            ``may_change``, ``addresses`` (list of dicts ``kind``, ``value``, ``name``,
            ``kind_name``, ``channels``), ``history`` (the newest proofs), ``more`` (there are
            older ones)
        :raise AccessError: if the user may not read the record
        """
        record = self._record(model, res_id)
        company = record._kala_send_company()
        keys = self._keys(record)
        shown = None if is_all else SHOWN
        history = self._proofs(company, keys, shown and shown + 1)
        return {
            "company": company.name,
            "required": company.sudo().kala_consent_required,
            "may_change": record.has_access("write"),
            "addresses": self._addresses(record, company, keys),
            "history": [self._proof(proof, company) for proof in history[:shown]],
            "more": not is_all and len(history) > SHOWN,
        }

    @api.model
    def _record(self, model, res_id):
        """:return: the record, which the user may read"""
        if not self.env.user.has_group("kala_comm.group_user"):
            raise AccessError(
                self.env._("Only communication users see consents. Ask an administrator.")
            )
        record = self.env[model].browse(res_id).exists() if model in MODELS else None
        if not record:
            raise UserError(self.env._("That record does not exist any more. Reload the page."))
        record.with_user(self.env.uid).check_access("read")
        return record

    @api.model
    def _keys(self, record):
        """:return: list of the ContactKeys of a record and of its customer, each once"""
        return list(dict.fromkeys(key for key, _c in record._kala_points()[record.id]))

    # ------------------------------------------------------------------ answers

    @api.model
    def _addresses(self, record, company, keys):
        permissions = self.env["kala.contact.permission"]
        answers = permissions._allowed_channels(company, keys)
        adverts = permissions._allowed_channels(company, keys, "marketing")
        listed = permissions._blacklisted(keys)
        labels = dict(
            self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
        )
        kinds = dict(
            self.env["kala.consent"]._fields["contact_kind"]._description_selection(self.env)
        )
        return [
            {
                "kind": key.kind,
                "value": key.value,
                "name": self._name_of(key, company),
                "kind_name": kinds[key.kind],
                "channels": [
                    {
                        "channel": channel,
                        "label": labels[channel],
                        "state": self._state(
                            company, key, channel, answers.get((key, channel)), key in listed
                        ),
                        "advertising": adverts.get((key, channel)) is not False,
                    }
                    for channel in self._channels(record, key)
                ],
            }
            for key in keys
        ]

    @api.model
    def _state(self, company, key, channel, answer, is_listed):
        """:return: ``yes``, ``no``, ``listed`` (an opt-out in Odoo's own blacklist), ``open``
        (never asked, may be written to) or ``missing`` (never asked, so not written to)"""
        if answer is False:
            return "no"
        feeds = self.env["kala.contact.permission"]._feeds(key, channel)
        if is_listed and (feeds or not answer):
            return "listed"
        if answer:
            return "yes"
        return "missing" if company.sudo().kala_consent_required else "open"

    @api.model
    def _channels(self, record, key):
        """:return: list of the channels on which an address can be written to"""
        writable = (row.code for row in channels.offered(self.env, *channels.WRITTEN))
        return [c for c in writable if record._kala_usable(c, [(key, False)])]

    @api.model
    def _name_of(self, key, company):
        return format_phone(key.value, company._kala_region()) if key.kind == "phone" else key.value

    # ------------------------------------------------------------------ proofs

    @api.model
    def _proofs(self, company, keys, limit):
        """Read them of a record that the user may read; all proofs together would tell him the
        addresses of everybody (SC4). Index: ``kala_consent_contact_idx``."""
        domain = [
            ("company_id", "=", company.id),
            ("contact_kind", "in", [key.kind for key in keys]),
            ("contact_value", "in", [key.value for key in keys]),
        ]
        return self.env["kala.consent"].sudo().search(domain, limit=limit)

    @api.model
    def _proof(self, proof, company):
        by_person = proof.user_id and not proof.sudo().user_id._is_superuser()
        return {
            "id": proof.id,
            "date": proof.date,
            "name": self._name_of(ContactKey(proof.contact_kind, proof.contact_value), company),
            "channel": proof.channel,
            "allowed": proof.allowed,
            "origin": proof.origin or "",
            "user": proof.sudo().user_id.name if by_person else "",
        }
