from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.mail import formataddr

from ...tools.phone import email_key
from ...tools.text import one_line

#: What makes an address this address: it is verified for exactly that.
FIXED = ("email", "company_id")


class KalaSender(models.Model):
    """An address that e-mails of rules come from (EM). Who adds it shows by a code that its mailbox
    is his (EM4, ``kala_sender_code.py``); then it is verified everywhere."""

    _name = "kala.sender"
    _description = "Verified Sender"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "company_id, email, id"
    _rec_name = "email"
    _rec_names_search = ("email", "name")

    email = fields.Char(
        string="Address", required=True, help="Only who reads this mailbox can verify it."
    )
    name = fields.Char(
        string="From name",
        required=True,
        default=lambda self: self.env.company.name,
        help="What recipients see as the sender. A fixed text: placeholders do not count here.",
    )
    state = fields.Selection(
        [("pending", "Not verified yet"), ("verified", "Verified"), ("unverified", "Refused")],
        required=True,
        readonly=True,
        default="pending",
    )
    notice = fields.Char(readonly=True, copy=False, help="What happened last, and what to do.")
    code_date = fields.Datetime(string="Last code mailed", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete="cascade",
    )
    shared = fields.Selection(
        [("own", "The owner alone"), ("team", "The owner's sales teams"), ("company", "Everybody")],
        string="Used by",
        required=True,
        default="own",
        help="Who may choose it as the sender of an e-mail. Managers may choose every one.",
    )
    footer_name = fields.Char(
        string="Company name", default=lambda self: self._default_footer()["footer_name"]
    )
    footer_address = fields.Char(
        string="Company address", default=lambda self: self._default_footer()["footer_address"]
    )
    footer_phone = fields.Char(
        string="Company phone", default=lambda self: self._default_footer()["footer_phone"]
    )
    footer_website = fields.Char(
        string="Company website", default=lambda self: self._default_footer()["footer_website"]
    )

    _address_uniq = models.UniqueIndex(
        "(company_id, email)",
        "This address is in the list already. Choose it there, or ask its owner to share it.",
    )

    @api.model
    def _default_footer(self):
        """EM4: the details in the footer are those of the company, until somebody changes them."""
        company = self.env.company
        place = " ".join(filter(None, [company.zip, company.city]))
        parts = [company.street, company.street2, place, company.country_id.name]
        return {
            "footer_name": company.name,
            "footer_address": ", ".join(filter(None, parts)),
            "footer_phone": company.phone,
            "footer_website": company.website,
        }

    @api.constrains("name")
    def _check_name(self):
        for sender in self:
            if not sender.name.strip() or "{{" in sender.name or "\n" in sender.name:
                raise ValidationError(
                    self.env._(
                        "The from name is a fixed text in one line. Placeholders can stand in the "
                        "subject and in the text only."
                    )
                )

    # ------------------------------------------------------------------ keep

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [
                {**vals, "email": self._read_address(vals["email"])} if "email" in vals else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        for name in FIXED:
            if name in vals and any(self._differs(sender, name, vals[name]) for sender in self):
                raise UserError(
                    self.env._(
                        "“%s” of a sender cannot be changed, since it was verified for it. Add "
                        "another sender instead.",
                        self._fields[name]._description_string(self.env),
                    )
                )
        return super().write(vals)

    @api.model
    def _differs(self, sender, name, value):
        if name == "email":
            return self._read_address(value) != sender.email
        return sender[name].id != value

    @api.model
    def _read_address(self, text):
        """:return: the address as it is kept
        :raise UserError: if it is none"""
        key = email_key(text)
        if not key:
            raise UserError(
                self.env._("“%s” is not an e-mail address. Write it like dana@example.com.", text)
            )
        return key.value

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_used(self):
        """EM6: a sender of a rule stays until the rule has another one."""
        for sender in self:
            # Defined where the rules are: automation/sender_use.py.
            rules = sender.sudo()._rules_that_use()
            if rules:
                raise UserError(
                    self.env._(
                        "“%(sender)s” cannot be removed: these rules send from it: %(rules)s. "
                        "Choose another sender in them first.",
                        sender=sender.email,
                        rules=", ".join(rules),
                    )
                )

    def action_open_remove(self):
        """Ask for the word by which a removal is confirmed (EM6)."""
        self.ensure_one()
        self.check_access("unlink")
        wizard = self.env["kala.sender.remove"].create({"sender_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remove a Sender"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------------ use

    def _from(self, name=None):
        """:param str name: in the place of its own (EM1)
        :return: the header From of e-mails from it"""
        self.ensure_one()
        return formataddr((one_line(name or self.name, 100), self.email))

    def _footer(self):
        """:return: Markup: the company details under each mail (EM4), empty where there are none"""
        lines = [escape(text) for text in self._footer_lines()]
        if not lines:
            return Markup("")
        return Markup(
            '<div dir="auto" style="margin-top:24px;padding-top:12px;border-top:1px solid #dddddd;'
            'color:#6c757d;font-size:12px;line-height:18px">%s</div>'
        ) % Markup("<br/>").join(lines)

    def _footer_lines(self):
        """:return: list of texts: the company details under each mail (EM4)"""
        shown = [self.footer_name, self.footer_address, self.footer_phone, self.footer_website]
        return [text.strip() for text in shown if (text or "").strip()]

    def _refusal(self):
        """:return: why nothing may leave from it, empty where it may"""
        self.ensure_one()
        if self.state == "verified":
            return ""
        return self.env._(
            "The sender %s is not verified. Verify it under Communication, Configuration, Verified "
            "Senders, or choose another one.",
            self.email,
        )
