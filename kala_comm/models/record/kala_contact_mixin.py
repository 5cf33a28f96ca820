from odoo import api, fields, models, tools

from ...tools.phone import email_key, phone_key, phone_keys


class KalaContactMixin(models.AbstractModel):
    """A record that owns contact points by its own fields: leads and customers (MA6).

    The keys are one stored computed field: what changes a phone or an e-mail, by whatever way
    (an import, another record's write, a merge), changes the points (docs/architecture.md, 3.7).
    """

    _name = "kala.contact.mixin"
    _description = "Owner of Contact Points"

    kala_phone2 = fields.Char(string="Additional phone")
    kala_contact_keys = fields.Char(
        compute="_compute_kala_contact_keys",
        store=True,
        export_string_translation=False,
    )

    @api.model
    def _kala_phone_fields(self):
        return ["phone", "kala_phone2"]

    @api.model
    def _kala_email_field(self):
        return "email"

    @api.model
    def _kala_contact_depends(self):
        return [
            *self._kala_phone_fields(),
            self._kala_email_field(),
            "country_id",
            "company_id",
        ]

    @api.depends(lambda self: self._kala_contact_depends())
    def _compute_kala_contact_keys(self):
        keys_by_id = {}
        for record in self:
            keys = record._kala_own_keys()
            record.kala_contact_keys = self._kala_keys_text(keys)
            if isinstance(record.id, int):
                keys_by_id[record.id] = keys
        self._kala_sync_points(keys_by_id)

    def _kala_backfill_values(self):
        """Bring the points up to date.

        :return: dict record id → value of ``kala_contact_keys``, for :meth:`kala.backfill`
        """
        keys_by_id = {record.id: record._kala_own_keys() for record in self}
        self._kala_sync_points(keys_by_id)
        return {i: self._kala_keys_text(keys) or None for i, keys in keys_by_id.items()}

    @api.model
    def _kala_keys_text(self, keys):
        return " ".join(f"{k.kind}:{k.value}" for k in keys) or False

    @api.model
    def _kala_sync_points(self, keys_by_id):
        if keys_by_id:
            self.env["kala.contact.point"].sudo()._sync(self._name, keys_by_id)
            # Defined where the log is known: log/recency_marks.py.
            self._kala_mark_recency(list(keys_by_id))

    def _kala_keep_phone(self, others):
        """Show a phone number of merged records on the card, where there is room for it (MA12)."""
        own = set(self._kala_own_keys())
        for other in others:
            for name in other._kala_phone_fields():
                key = phone_key(other[name], other._kala_region())
                if key and key not in own and not self.kala_phone2:
                    self.kala_phone2 = other[name]

    def _kala_own_keys(self):
        """:return: list of ContactKey of the record's own phones and e-mails, without repeats"""
        region = self._kala_region()
        keys = [key for name in self._kala_phone_fields() for key in phone_keys(self[name], region)]
        keys += [
            email_key(address)
            for address in tools.email_split(self[self._kala_email_field()] or "")
        ]
        return list(dict.fromkeys(key for key in keys if key))

    def _kala_region(self):
        """Country in which the record's local numbers are read: its own, its company's, the
        main company's; never the current user's."""
        return self.country_id.code or self.company_id._kala_region()
