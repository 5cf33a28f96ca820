from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import channels, const
from ...tools.literals import ids_of, literal
from ..connection.channel_fields import WrittenChannelField

#: What a mass send is; it does not change any more once it has started.
_CONTENT = frozenset(
    "model domain record_ids channel line_id template_id subject body send_after company_id "
    "user_id attachment_ids fallback_channel fallback_template_id".split()
)
#: Whose rights it has, and what it uses: nobody takes what belongs to somebody else.
_OF_ITS_USER = ("user_id", "template_id", "line_id", "fallback_template_id")
#: What decides who gets what. Who starts a mass send becomes its user: that alone changes nothing.
_DECIDING = _CONTENT - {"user_id"}


class KalaMassSend(models.Model):
    """One text to many records (BR). Recipients are prepared in chunks by a job, with the
    creator's rights; each becomes a ``kala.communication``, and each address gets it once.

    Here: what it is, and its start. The job that prepares it: ``kala_mass_send_job.py``; who gets
    what: ``kala_mass_send_recipients.py``; counts: ``kala_mass_send_progress.py``; lists of who
    gets it, and of what came of it: ``kala_mass_send_outcome.py``; pausing and cancelling:
    ``kala_mass_send_pause.py``; bars that move: ``kala_mass_send_live.py``.
    """

    _name = "kala.mass.send"
    _description = "Mass Send"
    _inherit = ["kala.guarded", "mail.thread", "kala.hidden.name"]
    _internal_fields = (
        *("check_counts", "check_details", "check_lines", "check_position", "check_state"),
        *("domain",),
        *("is_prepared", "needs_approval", "position", "record_ids"),
        *("takes_fallback", "takes_files"),
    )
    _order = "id DESC"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Creator",
        required=True,
        copy=False,
        default=lambda self: self.env.user,
        tracking=True,
    )
    model = fields.Selection(
        [("res.partner", "Customers"), ("crm.lead", "Leads"), ("sale.order", "Orders")],
        string="Sent to",
        required=True,
        default="res.partner",
    )
    domain = fields.Char(default="[]", help="Who gets it, when no records were selected.")
    record_ids = fields.Json(help="Ids of the selected records.")
    channel = WrittenChannelField(required=True, default=channels.DEFAULT)
    line_id = fields.Many2one("kala.line", check_company=True)
    template_id = fields.Many2one("kala.template", ondelete="restrict", check_company=True)
    subject = fields.Char(
        compute="_compute_subject",
        store=True,
        readonly=False,
        help="Of an e-mail. Placeholders work here too.",
    )
    body = fields.Text()
    send_after = fields.Datetime(string="Send from")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("preparing", "Preparing"),
            ("sending", "Sending"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    selected_count = fields.Integer(compute="_compute_selected_count")
    position = fields.Integer(readonly=True, copy=False)
    is_prepared = fields.Boolean(readonly=True, copy=False)

    # ------------------------------------------------------------------ ORM

    @api.model_create_multi
    def create(self, vals_list):
        masses = super().create([self._read_record_ids(vals) for vals in vals_list])
        # Default values that the context gives count, too.
        for mass in masses:
            self._check_creator({name: mass[name].id for name in _OF_ITS_USER})
        masses._keep_files()
        return masses

    def write(self, vals):
        vals = self._read_record_ids(vals)
        self._check_creator(vals)
        if not _CONTENT.isdisjoint(vals) and any(mass.state != "draft" for mass in self):
            raise UserError(
                self.env._("A mass send that was started cannot be changed. Make a new one.")
            )
        if not _CONTENT.isdisjoint(vals):
            vals = self._take_over_vals(vals)
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._keep_files()
        if not _DECIDING.isdisjoint(vals):
            # Counted anew before it is sent (BR2).
            self.sudo().check_state = False
            self._forget_check()
            self._forget_approval()
        if "state" in vals:
            self._tell_screens()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        """Its messages would wait for ever, or leave with nobody to stop them (BR2)."""
        for mass in self:
            if mass.state in ("preparing", "sending", "paused"):
                raise UserError(
                    self.env._("“%s” is under way. Cancel it first, then delete it.", mass.name)
                )

    def unlink(self):
        """What still waits would leave with nobody to stop it (BR2)."""
        self.check_access("unlink")
        self._take_back_emails()
        self._move_waiting(const.CANCELLED, None)
        return super().unlink()

    def _read_record_ids(self, vals):
        """Take the ids as a list, or as its text over RPC. An empty list is nobody: without this
        it would be kept as no list at all, and the filter would count, which finds everybody.

        :raise UserError: if they are no ids
        """
        if vals.get("record_ids") in (None, False):
            return vals
        ids = ids_of(vals["record_ids"])
        if ids is None:
            raise UserError(
                self.env._(
                    "“%s” is no list of records. Write their ids as [7, 8].", vals["record_ids"]
                )
            )
        if not ids:
            raise UserError(self.env._("No record is chosen. Choose at least one to write to."))
        return dict(vals, record_ids=ids)

    def _check_creator(self, vals):
        """It reads with the rights of its creator (BR3): nobody borrows those of somebody else."""
        if not self.env.su and vals.get("user_id") not in (None, self.env.uid):
            raise AccessError(
                self.env._("A mass send has the rights of the user who makes it: that is you.")
            )
        # The subject is taken from the template without a look at the rights of its user.
        for name in _OF_ITS_USER[1:]:
            given = self.env[self._fields[name].comodel_name].browse(vals.get(name) or ())
            given.check_access("read")

    def _take_over_vals(self, vals):
        """Who changes or starts the draft of somebody else becomes its user: from then on his own
        rights count (BR3)."""
        return vals if self.env.su else {**vals, "user_id": self.env.uid}

    # ------------------------------------------------------------------ computed

    @api.depends("template_id")
    def _compute_subject(self):
        """The template's, to be edited (TE1)."""
        for mass in self:
            mass.subject = mass.template_id.subject or mass.subject

    @api.depends("record_ids")
    def _compute_selected_count(self):
        for mass in self:
            mass.selected_count = len(mass.record_ids or ())

    # ------------------------------------------------------------------ checks

    @api.constrains("body", "subject")
    def _check_body(self):
        names = self.env["kala.placeholder"]._names()
        for mass in self:
            self.env["kala.template"]._check_text(mass.body, names)
            self.env["kala.template"]._check_text(mass.subject, names)

    @api.constrains("domain", "model")
    def _check_domain(self):
        for mass in self:
            try:
                self.env[mass.model].search(mass._domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._("The filter of the recipients cannot be read: %s", error)
                ) from error

    def _domain(self):
        """:return: the filter: data, of which nothing is ever run as code (SC3)
        :raise ValueError: if it is none"""
        domain = literal(self.domain or "[]")
        if not isinstance(domain, list | tuple):
            raise ValueError(self.domain)
        return list(domain)

    def _check_startable(self):
        self.ensure_one()
        self._check_fallback()
        if not (self.body or self.template_id or self.attachment_ids):
            raise UserError(self.env._("Write a text or choose a template before starting."))
        if self.channel == "email" and not (self.subject or "").strip():
            raise UserError(self.env._("Write a subject before starting."))
        line = self._line().sudo()
        if not line or line.connection_id.state == "draft":
            raise UserError(
                self.env._("No line for this channel is connected. Connect one, then start again.")
            )
        if line.channel != self.channel or not line._may_send(self.user_id):
            raise UserError(
                self.env._(
                    "“%s” is of another channel, or you may not send from it. Choose another line.",
                    line.display_name,
                )
            )
        self._check_files()

    def _line(self):
        """:return: the line it goes out on: once it was started always the same one; before that
        the template's, its own, the channel's default"""
        lines = self.env["kala.line"]
        if self.state != "draft" and self.line_id:
            return self.line_id
        line = self.template_id.line_id or self.line_id
        if line:
            return line
        return lines._choose_all(
            self.channel, self.user_id, [(self.company_id, None)], self.template_id.connection_id
        )[0]

    # ------------------------------------------------------------------ buttons

    def action_start(self):
        """Prepare the recipients in the background and send."""
        for mass in self:
            if mass.state != "draft":
                raise UserError(self.env._("“%s” was started already.", mass.name))
            mass.write(mass._take_over_vals({}))
            mass._check_startable()
            mass._check_approval()
            mass.sudo().write(
                {
                    "state": "preparing",
                    "line_id": mass._line().id,
                    "record_count": len(mass.record_ids or ()) or mass._count_found(),
                    "started_at": fields.Datetime.now(),
                }
            )
            # Those who do not get it are listed anew, as it is prepared.
            mass._forget_check()
        self._wake()
        return True

    def _count_found(self):
        """:return: how many records the filter finds for the creator"""
        return self._creators_model().search_count(self._domain())

    @api.model
    def _action_from_list(self, records):
        """Open a new mass send to the records that are selected in a list, or to all that it has
        found (BR1), on the channel of the context key ``kala_channel``."""
        vals = {"model": records._name, **self._prepare_chosen_vals(records)}
        channel = self.env.context.get("kala_channel")
        if channel:
            vals["channel"] = channel
        mass = self.create(vals)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": mass.id,
            "views": [(False, "form")],
        }

    @api.model
    def _prepare_chosen_vals(self, records):
        """Where all records of a long list are chosen, Odoo gives us only some of them, and the
        filter of the list."""
        domain = self.env.context.get("active_domain")
        limit = self.env["ir.config_parameter"].sudo().get_param("web.active_ids_limit", "20000")
        if domain and len(records) >= int(limit):
            found = self.env[records._name].search_count(domain)
            name = self.env._("Message to %s records", found)
            return {"name": name, "domain": repr(domain)}
        return {
            "name": self.env._("Message to %s records", len(records)),
            "record_ids": records.ids,
        }
