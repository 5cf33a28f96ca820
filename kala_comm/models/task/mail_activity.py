from odoo import fields, models


class MailActivity(models.Model):
    _name = "mail.activity"
    _inherit = ["mail.activity", "kala.given"]

    kala_contact = fields.Char(
        string="Contact",
        readonly=True,
        help="The contact whose messages wait for an answer.",
    )
    kala_kind = fields.Selection(
        [
            ("text", "Message"),
            ("email", "E-mail"),
            ("missed_call", "Missed call"),
            ("answered_call", "Answered call"),
        ],
        string="Waits for",
        readonly=True,
    )
    kala_company_id = fields.Many2one(
        "res.company", string="Company of the message", readonly=True, ondelete="set null"
    )
    kala_count = fields.Integer(
        string="Count", readonly=True, help="How many messages or calls it stands for."
    )
    kala_communication_id = fields.Many2one(
        "kala.communication", string="Last message", readonly=True, ondelete="set null"
    )
    kala_answer_id = fields.Many2one(
        "kala.communication",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The message of ours that marked it as done (TA3).",
    )
    kala_told_deadline = fields.Date(
        readonly=True, copy=False, help="The due date of which its user was told (NO1)."
    )
    kala_escalated_date = fields.Datetime(
        string="Escalated",
        readonly=True,
        help="When it had waited too long and went to the team leader.",
    )

    _kala_open_uniq = models.UniqueIndex(
        "(res_model, res_id, kala_contact, kala_kind, COALESCE(user_id, 0)) "
        "WHERE kala_contact IS NOT NULL AND active",
        "The contact already has an open task of this user on this record.",
    )
    _kala_contact_idx = models.Index("(kala_contact) WHERE kala_contact IS NOT NULL AND active")
    _kala_waiting_idx = models.Index(
        "(create_date) WHERE active IS TRUE AND kala_count > 0 AND kala_escalated_date IS NULL"
    )

    def write(self, vals):
        tasks = self
        if "user_id" in vals:
            # Where all of them fold into others, nothing is left whose rights Odoo would look at.
            self.check_access("write")
            tasks = self.env["kala.task"]._make_room(self, vals["user_id"])
        result = super(MailActivity, tasks).write(vals)
        if not {"active", "user_id"}.isdisjoint(vals):
            # Defined where conversations are listed: conversation/waiting_news.py.
            ours = tasks.sudo().filtered("kala_count")
            self.env["kala.communication"]._note_tasks(ours, vals.get("active"))
        return result

    def _kala_place(self):
        """:return: tuple of what the task is about, as :meth:`kala.task._place_of` has it"""
        self.ensure_one()
        return (self.res_model, self.res_id, self.kala_contact, self.kala_kind)

    def action_kala_take(self):
        """Make the selected tasks the user's own (TA5); others are given by editing the column."""
        self.write({"user_id": self.env.uid})
        return True
