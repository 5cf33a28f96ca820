from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.connection.channel_fields import ChannelField, ContactKindField
from ..tools.phone import ContactKey


class KalaConsentChange(models.TransientModel):
    """Write down that somebody agreed or objected, and how we know (CO1, CO2)."""

    _name = "kala.consent.change"
    _description = "Change a Permission to Write"
    _inherit = ["kala.given"]

    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    kind = ContactKindField(required=True)
    value = fields.Char(required=True)
    channel = ChannelField(required=True, readonly=True)
    address_name = fields.Char(string="Address", compute="_compute_address")
    all_channels = fields.Boolean(
        string="For every channel of this address", help="One answer for all of them."
    )
    channel_count = fields.Integer(compute="_compute_address")
    is_listed = fields.Boolean(compute="_compute_address")
    feeds_blacklist = fields.Boolean(compute="_compute_feeds_blacklist")
    answer = fields.Selection(
        [("yes", "Yes, we may write"), ("no", "No, do not write")],
        string="May we write?",
        required=True,
    )
    origin = fields.Char(
        string="How do we know?",
        required=True,
        help="What you would answer if somebody asked why we write or do not write.",
    )

    @api.depends("res_model", "res_id", "kind", "value")
    def _compute_address(self):
        card = self.env["kala.consent.card"]
        for wizard in self:
            record, key = wizard._record(), wizard._key()
            wizard.address_name = card._name_of(key, record._kala_send_company())
            wizard.channel_count = len(card._channels(record, key))
            # Of an address that is none of the record's nothing is told.
            own = [key] if key in card._keys(record) else []
            wizard.is_listed = key in self.env["kala.contact.permission"]._blacklisted(own)

    @api.depends("kind", "value", "channel")
    def _compute_feeds_blacklist(self):
        for wizard in self:
            wizard.feeds_blacklist = self.env["kala.contact.permission"]._feeds(
                wizard._key(), wizard.channel
            )

    def _check_given(self, names):
        for wizard in self.filtered("res_model"):
            wizard._record()
        return super()._check_given(names)

    def _record(self):
        return self.env["kala.consent.card"]._record(self.res_model, self.res_id)

    def _key(self):
        return ContactKey(self.kind, self.value)

    def action_save(self):
        """Record the answer with its proof.

        :raise AccessError: if the user may not write to the record
        :raise UserError: if the address is not the record's, or no reason was given
        """
        self.ensure_one()
        record, key = self._record(), self._key()
        record.check_access("write")
        channels = self._channels(record, key)
        if not (self.origin or "").strip():
            raise UserError(self.env._("Say how we know, for example “agreed on the phone”."))
        self.env["kala.contact.permission"]._set(
            record._kala_send_company(), key, channels, self.answer == "yes", self.origin.strip()
        )
        return {"type": "ir.actions.act_window_close"}

    def _channels(self, record, key):
        card = self.env["kala.consent.card"]
        channels = card._channels(record, key) if key in card._keys(record) else []
        if self.channel not in channels:
            raise UserError(
                self.env._(
                    "%(address)s is not an address of “%(record)s” any more. Reload the page.",
                    address=self.value,
                    record=record.display_name,
                )
            )
        return channels if self.all_channels else [self.channel]
