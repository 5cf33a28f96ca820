"""How a user is told of news: each kind in a way of its own, with or without a sound, and not in
his quiet hours (NO1, NO3)."""

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Kinds of news: for each of them a user chooses how he is told.
KINDS = ("text", "call", "email", "lead", "order", "assigned", "task")
#: Ways to tell a user. Each one has those below it.
WAYS = [
    ("push", "Everywhere, also while Odoo is closed"),
    ("native", "In Odoo and by the browser"),
    ("in_app", "In Odoo only"),
    ("off", "Not at all"),
]
SOUNDS = [("on", "With a sound"), ("off", "Without a sound")]
#: Hours of a day.
DAY = 24


def _choice(string, sentence):
    """:return: field: how a user is told of one kind of news; empty: as his company says
    :param str string, sentence: title and help"""
    return fields.Selection(WAYS, string=string, help=sentence)


def _sound(string):
    """:return: field: whether one kind of news is heard; empty: as his company says"""
    return fields.Selection(SOUNDS, string=string)


def _usual():
    """:return: field: what an empty choice means, in words"""
    return fields.Char(compute="_compute_kala_usual")


def _default(string):
    """:return: field: how the users of a company are told of one kind who chose nothing"""
    return fields.Selection(WAYS, string=string, default="push", required=True)


class ResCompany(models.Model):
    """What holds for users who have not chosen."""

    _inherit = "res.company"

    kala_default_notify_text = _default("Incoming texts")
    kala_default_notify_call = _default("Incoming calls")
    kala_default_notify_email = _default("Incoming e-mails")
    kala_default_notify_lead = _default("New leads for you")
    kala_default_notify_order = _default("New orders for you")
    kala_default_notify_assigned = _default("Leads and orders given to you")
    kala_default_notify_task = _default("Tasks due")

    kala_default_sound_text = fields.Boolean()
    kala_default_sound_call = fields.Boolean()
    kala_default_sound_email = fields.Boolean()
    kala_default_sound_lead = fields.Boolean()
    kala_default_sound_order = fields.Boolean()
    kala_default_sound_assigned = fields.Boolean()
    kala_default_sound_task = fields.Boolean()


class ResUsers(models.Model):
    _inherit = "res.users"

    #: Kinds of news, for whoever extends them.
    _KALA_NOTIFY = KINDS

    kala_notify_text = _choice(
        "Incoming texts",
        "How you are told that a customer has written a text.",
    )
    kala_notify_call = _choice(
        "Incoming calls",
        "How you are told that somebody calls, and that a call was missed.",
    )
    kala_notify_email = _choice(
        "Incoming e-mails",
        "How you are told that an e-mail came in.",
    )
    kala_notify_lead = _choice(
        "New leads for you",
        "How you are told that a new lead is yours.",
    )
    kala_notify_order = _choice(
        "New orders for you",
        "How you are told that a new order is yours.",
    )
    kala_notify_assigned = _choice(
        "Leads and orders given to you",
        "How you are told that somebody, or a rule, gave you a lead or an order that "
        "was there before.",
    )
    kala_notify_task = _choice(
        "Tasks due",
        "How you are told in the morning which tasks are due that day.",
    )

    kala_sound_text = _sound("Incoming texts: sound")
    kala_sound_call = _sound("Incoming calls: sound")
    kala_sound_email = _sound("Incoming e-mails: sound")
    kala_sound_lead = _sound("New leads for you: sound")
    kala_sound_order = _sound("New orders for you: sound")
    kala_sound_assigned = _sound("Leads and orders given to you: sound")
    kala_sound_task = _sound("Tasks due: sound")

    kala_usual_text = _usual()
    kala_usual_call = _usual()
    kala_usual_email = _usual()
    kala_usual_lead = _usual()
    kala_usual_order = _usual()
    kala_usual_assigned = _usual()
    kala_usual_task = _usual()

    kala_quiet = fields.Boolean(
        string="Quiet hours",
        help="In these hours of your time zone nothing pops up and nothing sounds. Nothing is "
        "lost: what came in waits in your inbox and among your tasks.",
    )
    kala_quiet_from = fields.Float(string="Quiet from", default=20)
    kala_quiet_to = fields.Float(string="Quiet until", default=8)
    kala_quiet_days_off = fields.Boolean(
        string="All day on days off",
        help="Days on which nobody works by the working hours of your company.",
    )
    kala_quiet_calls = fields.Boolean(
        string="Calls are told all the same",
        help="A call rings, and a missed call is told, in quiet hours, too.",
    )

    @api.model
    def _kala_notify_fields(self):
        """:return: list of the fields of this file that a user sets for himself"""
        ways = [f"kala_notify_{kind}" for kind in self._KALA_NOTIFY]
        sounds = [f"kala_sound_{kind}" for kind in self._KALA_NOTIFY]
        quiet = ["kala_quiet", "kala_quiet_from", "kala_quiet_to"]
        return [*ways, *sounds, *quiet, "kala_quiet_days_off", "kala_quiet_calls"]

    @api.model
    def _kala_usual_fields(self):
        """:return: list of the fields of this file that a user reads of himself"""
        return [f"kala_usual_{kind}" for kind in self._KALA_NOTIFY]

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_kala_usual(self):
        for user in self:
            company = user.sudo().company_id
            for kind in self._KALA_NOTIFY:
                name = f"kala_default_notify_{kind}"
                words = dict(company._fields[name]._description_selection(self.env))
                way = words[company[name] or "push"]
                user[f"kala_usual_{kind}"] = self.env._("As in your company: %s", way)

    @api.constrains("kala_quiet_from", "kala_quiet_to")
    def _check_kala_quiet(self):
        for user in self:
            if not (0 <= user.kala_quiet_from < DAY and 0 <= user.kala_quiet_to <= DAY):
                raise ValidationError(
                    self.env._("Quiet hours begin and end between 00:00 and 24:00.")
                )

    # ------------------------------------------------------------------ what holds

    def _kala_notify_choice(self, kind):
        """:param str kind: one of ``_KALA_NOTIFY``
        :return: push, native, in_app or off (NO3): what the user chose, else his company"""
        user = self.sudo()
        user.ensure_one()
        return user[f"kala_notify_{kind}"] or user.company_id[f"kala_default_notify_{kind}"]

    def _kala_has_sound(self, kind):
        """:return: whether the user hears news of that kind"""
        user = self.sudo()
        user.ensure_one()
        chosen = user[f"kala_sound_{kind}"]
        return chosen == "on" if chosen else user.company_id[f"kala_default_sound_{kind}"]

    def _kala_zone(self):
        """:return: the user's time zone; who has set none has his company's"""
        user = self.sudo()
        company = user.company_id
        name = user.tz or company.resource_calendar_id.tz or company.partner_id.tz or "UTC"
        return pytz.timezone(name)

    def _kala_is_quiet(self, kind):
        """:param str kind: one of ``_KALA_NOTIFY``
        :return: whether the user wants to hear nothing of that kind now (NO1)"""
        user = self.sudo()
        user.ensure_one()
        if not user.kala_quiet or (kind == "call" and user.kala_quiet_calls):
            return False
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(user._kala_zone())
        return user._kala_is_quiet_hour(now.hour + now.minute / 60) or user._kala_is_day_off(now)

    def _kala_is_quiet_hour(self, hour):
        """:param float hour: of the user's day. Hours that begin in the evening end the next day"""
        begin, end = self.kala_quiet_from, self.kala_quiet_to
        if begin <= end:
            return begin <= hour < end
        return hour >= begin or hour < end

    def _kala_is_day_off(self, now):
        """:param now: time in the user's zone"""
        calendar = self.company_id.resource_calendar_id
        return bool(
            self.kala_quiet_days_off and calendar and not calendar._works_on_date(now.date())
        )
