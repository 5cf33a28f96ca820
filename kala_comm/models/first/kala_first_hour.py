from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...tools import channels, const

#: The group that changes settings.
SYSTEM = "base.group_system"
MANAGER = "kala_comm.group_manager"
#: Defaults of who gets what comes in.
RESPONSIBLE = (
    "kala_default_responsible_text_id",
    "kala_default_responsible_call_id",
    "kala_default_responsible_email_id",
)
#: So many users are offered to choose from.
USERS = 50
SANDBOX = "sandbox"
#: An answer that waits for the send window is an answer.
ON_THEIR_WAY = (*const.UNSENT_STATES, const.SENDING, *const.SENT_STATES)


class KalaFirstHour(models.AbstractModel):
    """The first steps of a company, from an empty database to the first message that was answered
    (AD1). Each step is done when its facts say so, whoever did it and wherever; so each can be left
    and found again."""

    _name = "kala.first.hour"
    _description = "First Steps"

    @api.model
    def load(self):
        """:return: dict: ``company``; ``may_set``: whether the user may change settings; ``steps``:
            list of dicts ``key``, ``title``, ``is_done``, ``words`` (what is so now) and what the
            step needs; ``is_begun``: whether messages run already
        :raise AccessError: if the user is no communication manager
        """
        self._check_manager()
        steps = [
            {"key": key, **step()}
            for key, step in {
                "country": self._country_step,
                "line": self._line_step,
                "responsible": self._responsible_step,
                "window": self._window_step,
                "consent": self._consent_step,
                "message": self._message_step,
            }.items()
        ]
        return {
            "company": self.env.company.name,
            "may_set": self._may_set(),
            "steps": steps,
            "is_begun": steps[-1]["is_done"],
        }

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("The first steps are the communication managers'. Ask one of them.")
            )

    @api.model
    def _may_set(self):
        return self.env.user.has_group(SYSTEM)

    @api.model
    def _company_to_set(self):
        """:return: the company that is selected; only administrators change its settings"""
        if not self._may_set():
            raise AccessError(
                self.env._("An administrator changes the settings of a company. Ask one.")
            )
        return self.env.company

    # ------------------------------------------------------------------ country and language

    @api.model
    def _country_step(self):
        country = self.env.company.country_id
        return {
            "title": self.env._("Country and language"),
            "is_done": bool(country),
            "words": country.name or "",
            "country": country.id or False,
            "countries": self._countries(),
            "language": self.env.user.lang,
            "languages": self.env["res.lang"].get_installed(),
        }

    @api.model
    def _countries(self):
        countries = self.env["res.country"].search([("code", "!=", False)])
        return [[country.id, country.name] for country in countries]

    @api.model
    def set_country(self, country_id):
        """Local numbers are read as those of the company's country (MA6).

        :param int country_id: ``res.country``
        :return: dict of :meth:`load`
        """
        country = self.env["res.country"].browse(country_id).exists()
        if not country:
            raise UserError(self.env._("Choose the country of your company."))
        self._company_to_set().country_id = country
        return self.load()

    @api.model
    def set_language(self, code):
        """:param str code: of an installed language, which the user sees from now on"""
        self._check_manager()
        if code not in dict(self.env["res.lang"].get_installed()):
            raise UserError(self.env._("This language is not installed. Choose another one."))
        self.env.user.lang = code
        return True

    # ------------------------------------------------------------------ a line

    @api.model
    def _lines(self):
        """:return: the lines of the company whose connections are open"""
        return self.env["kala.line"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("connection_id.state", "in", ("connected", "paused", "error")),
            ]
        )

    @api.model
    def _line_step(self):
        lines = self._lines()
        drafts = self.env["kala.connection"]
        if self._may_set():
            drafts = drafts.search(
                [("state", "=", "draft"), ("company_id", "=", self.env.company.id)]
            )
        return {
            "title": self.env._("A number or an address of yours"),
            "is_done": bool(lines),
            "words": self._few(lines.mapped("display_name")),
            "drafts": drafts.mapped(lambda draft: [draft.id, draft.provider_label]),
            "has_sandbox": SANDBOX in lines.connection_id.mapped("provider"),
        }

    @api.model
    def _few(self, names, most=3):
        """:return: the first ones of many names in one line"""
        more = len(names) - most
        said = ", ".join(names[:most])
        if more > 0:
            return self.env._("%(names)s and %(count)s more", names=said, count=more)
        return said

    @api.model
    def begin_sandbox(self):
        """Try everything without a provider: a sandbox with its lines, connected (AD2).

        :return: dict of :meth:`load`
        """
        company = self._company_to_set()
        connections = self.env["kala.connection"]
        sandbox = connections.search(
            [("provider", "=", SANDBOX), ("company_id", "=", company.id)], limit=1
        )
        if not sandbox:
            sandbox = connections.create(
                {"name": "Sandbox", "provider": SANDBOX, "company_id": company.id}
            )
        if not sandbox.line_ids:
            self._make_sandbox_lines(sandbox)
        if sandbox.state != "connected":
            sandbox.action_connect()
        return self.load()

    @api.model
    def _make_sandbox_lines(self, sandbox):
        """One for each channel on which a contact is known by his number."""
        rows = [channels.get(code) for code in sandbox._provider()._channels]
        self.env["kala.line"].create(
            [
                {
                    "name": self.env._("Sandbox %s", self.env._(row.label)),
                    "channel": row.code,
                    "connection_id": sandbox.id,
                    "company_id": sandbox.company_id.id,
                }
                for row in rows
                if row.typed == "phone"
            ]
        )

    # ------------------------------------------------------------------ who is responsible

    @api.model
    def _responsible_step(self):
        company = self.env.company
        users = self._lines().user_id
        for name in RESPONSIBLE:
            users |= company.sudo()[name].sudo(False)
        return {
            "title": self.env._("Who gets what comes in"),
            "is_done": bool(users),
            "words": self._few(users.sudo().mapped("name")),
            "users": self._candidates().mapped(lambda user: [user.id, user.name]),
        }

    @api.model
    def _communicates(self):
        """:return: domain of ``res.users`` of the company who communicate"""
        return [
            ("all_group_ids", "in", self.env.ref("kala_comm.group_user").id),
            ("share", "=", False),
            ("company_ids", "in", self.env.company.id),
        ]

    @api.model
    def _candidates(self):
        """:return: ``res.users`` to choose from, the reader first"""
        users, who = self.env["res.users"], self._communicates()
        me = users.search([*who, ("id", "=", self.env.uid)])
        return me + users.search([*who, ("id", "!=", self.env.uid)], limit=USERS)

    @api.model
    def set_responsible(self, user_id):
        """:param int user_id: who gets what nobody else was found for (RE2, RE3)
        :return: dict of :meth:`load`"""
        company = self._company_to_set()
        user = self.env["res.users"].search([*self._communicates(), ("id", "=", user_id)])
        if not user:
            raise UserError(
                self.env._(
                    "Choose somebody of this company who has the right to communicate (Settings, "
                    "Users)."
                )
            )
        company.write(dict.fromkeys(RESPONSIBLE, user.id))
        return self.load()

    # ------------------------------------------------------------------ when, and to whom

    @api.model
    def _window_step(self):
        company = self.env.company.sudo()
        week = self.env["kala.send.window"]._week(company.kala_send_window_id, company)
        is_asked = bool(week) or company.kala_window_asked
        words = self.env._("At any time") if is_asked else ""
        if week:
            words = self.env._("%(week)s: %(now)s", week=week["words"], now=week["now"])
        return {
            "title": self.env._("When texts may leave"),
            "is_done": is_asked,
            "words": words,
            "week": week,
        }

    @api.model
    def set_window(self, week):
        """:param week: dict with ``days`` of ``kala.send.window._write_week``; False: any time
        :return: dict of :meth:`load`"""
        company = self._company_to_set()
        if week:
            self.env["kala.send.window"]._write_week(company, "kala_send_window_id", company, week)
        else:
            company.kala_send_window_id = False
        company.sudo().kala_window_asked = True
        return self.load()

    @api.model
    def _consent_step(self):
        company = self.env.company.sudo()
        is_required = company.kala_consent_required
        is_asked = is_required or company.kala_consent_asked
        words = ""
        if is_asked:
            words = (
                self.env._("Only who agreed")
                if is_required
                else self.env._("Everybody who did not opt out")
            )
        return {
            "title": self.env._("Whom you may write to"),
            "is_done": is_asked,
            "words": words,
            "is_required": is_required,
        }

    @api.model
    def set_consent(self, is_required):
        """:param bool is_required: whether only those who agreed are written to (CO1)
        :return: dict of :meth:`load`"""
        company = self._company_to_set()
        company.kala_consent_required = bool(is_required)
        return self.load()

    # ------------------------------------------------------------------ the first message

    @api.model
    def _message_step(self):
        connections = self._lines().connection_id
        came = self._last(connections, "in")
        left = came and self._last(connections, "out", ON_THEIR_WAY)
        words = ""
        if left:
            words = self.env._("One came in and was answered")
        elif came:
            words = self.env._("One came in: answer it")
        place = came and came.has_access("read") and came.res_id and came.res_model
        return {
            "title": self.env._("The first message: received and answered"),
            "is_done": bool(left),
            "words": words,
            "came": bool(came),
            "place": {"model": came.res_model, "id": came.res_id} if place else False,
            "may_simulate": SANDBOX in connections.mapped("provider"),
            "may_come": bool(connections),
        }

    @api.model
    def _last(self, connections, direction, states=None):
        """Index: ``kala_communication_connection_idx``.

        :return: the newest ``kala.communication`` of these connections, as the user
        """
        log = self.env["kala.communication"].sudo()
        for connection in connections:
            domain = [("connection_id", "=", connection.id), ("direction", "=", direction)]
            if states:
                # What an automation sends answers nobody.
                domain += [
                    ("state", "in", states),
                    ("user_id", "!=", False),
                    ("priority", "=", const.PRIORITY_PERSON),
                ]
            found = log.search(domain, order="date desc", limit=1)
            if found:
                return found.sudo(False)
        return log.browse().sudo(False)
