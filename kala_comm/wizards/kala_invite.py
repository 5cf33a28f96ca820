import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import channels, const


class KalaInvite(models.TransientModel):
    """Invite a contact to a channel that knows people by ids alone (MA8, ME2): a link to send him,
    and the same as a QR code. Who follows it is the contact of the record."""

    _name = "kala.invite"
    _description = "Invite to a Channel"
    _inherit = ["kala.given"]

    res_model = fields.Char(
        required=True, default=lambda self: getattr(self._default_record(), "_name", False)
    )
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        default=lambda self: getattr(self._default_record(), "id", False),
    )
    record_name = fields.Char(compute="_compute_record_name")
    connection_id = fields.Many2one(
        "kala.connection",
        string="To",
        required=True,
        domain="[('id', 'in', inviting_ids)]",
        default=lambda self: self._default_connection_id(),
    )
    inviting_ids = fields.Many2many("kala.connection", compute="_compute_inviting_ids")
    link = fields.Char(readonly=True)
    qr_code = fields.Binary(compute="_compute_qr_code", string="QR code")

    @api.model
    def _record_of(self, model, res_id):
        """:return: the record, which the user may write to: he sends it messages by this
        :raise UserError: if it is no record that has communications"""
        if model not in const.RECORD_MODELS:
            raise UserError(
                self.env._("Only leads, orders and customers are invited. Open one of them.")
            )
        record = self.env[model].browse(res_id)
        if not self._is_own(record):
            record.check_access("write")
        return record

    def _given_record(self):
        """:return: the record, empty before one was given"""
        if self.res_model and self.res_id:
            return self._record_of(self.res_model, self.res_id)
        return self.env["res.partner"]

    @api.model
    def _is_own(self, record):
        """:return: whether it is the user himself"""
        return record == self.env.user.partner_id

    @api.model
    def _company_of(self, record):
        return self.env.company if self._is_own(record) else record._kala_send_company()

    def _default_record(self):
        """:return: the record that the dialog was opened on, perhaps empty"""
        context = self.env.context
        model = context.get("default_res_model") or context.get("active_model")
        res_id = context.get("default_res_id") or context.get("active_id")
        return self._record_of(model, res_id) if model in const.RECORD_MODELS and res_id else None

    def _default_connection_id(self):
        """The first channel there is."""
        record = self._default_record()
        if record is None:
            return False
        connections = self.env["kala.invitation"]._inviting(self._company_of(record))
        if not connections:
            raise UserError(
                self.env._(
                    "No connection here can invite people. A manager connects one first, such as a "
                    "bot."
                )
            )
        return connections[:1].id

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for wizard in self:
            wizard.record_name = wizard._given_record().display_name

    @api.depends("res_model", "res_id")
    def _compute_inviting_ids(self):
        for wizard in self:
            record = wizard._given_record()
            company = self._company_of(record) if record else self.env.company
            wizard.inviting_ids = self.env["kala.invitation"]._inviting(company).ids

    @api.depends("link")
    def _compute_qr_code(self):
        for wizard in self:
            wizard.qr_code = (
                base64.b64encode(
                    self.env["ir.actions.report"].barcode("QR", wizard.link, width=240, height=240)
                )
                if wizard.link
                else False
            )

    @api.model_create_multi
    def create(self, vals_list):
        """A link is made by :meth:`action_make`; nobody brings his own."""
        return super().create([{**vals, "link": False} for vals in vals_list])

    def write(self, vals):
        return super().write({name: value for name, value in vals.items() if name != "link"})

    def action_make(self):
        """Make the link and show it.

        :raise UserError: where the connection cannot invite
        """
        self.ensure_one()
        record = self._record_of(self.res_model, self.res_id)
        connection = self.connection_id.sudo()
        if connection not in self.env["kala.invitation"]._inviting(self._company_of(record)):
            raise UserError(
                self.env._("“%s” cannot invite people. Choose another one.", connection.name)
            )
        link = self.env["kala.invitation"]._invite(record, connection)
        if not link:
            raise UserError(
                self.env._(
                    "“%s” does not know its own name yet. A manager presses Connect on it, and "
                    "you try again.",
                    connection.name,
                )
            )
        self._keep_link(link)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invitation"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _keep_link(self, link):
        self.env.cr.execute("UPDATE kala_invite SET link = %s WHERE id = %s", [link, self.id])
        self.invalidate_recordset(["link", "qr_code"])

    def action_send(self):
        """Open the message that brings the link to the contact, on the first channel that reaches
        him; nothing leaves yet.

        :raise UserError: if no channel does
        """
        self.ensure_one()
        record = self._record_of(self.res_model, self.res_id)
        ways = [row.code for row in channels.offered(self.env) if row.button and record[row.button]]
        if not ways:
            raise UserError(
                self.env._(
                    "There is no other way to write to “%s”. Let the contact scan the QR code, or "
                    "copy the link.",
                    record.display_name,
                )
            )
        action = record.with_context(kala_channel=ways[0]).action_kala_compose()
        [code] = self.connection_id.sudo()._provider()._channels[:1]
        label = self.env._(channels.get(code).label)
        self.env["kala.composer"].browse(action["params"]["composer"]).body = self.env._(
            "Write to us on %(channel)s: %(link)s", channel=label, link=self.link
        )
        return action
