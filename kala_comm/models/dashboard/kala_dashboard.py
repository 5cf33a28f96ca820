from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ...tools import channels as table
from ...tools import const

#: Counting stops here: nobody needs to know how many more there are, and no count costs more.
LIMIT = 1000


class Card(NamedTuple):
    """One count of the to-do page.

    :ivar str key: what the client asks to open
    :ivar str label: in the user's language
    :ivar str icon: of Font Awesome
    :ivar str tone: ``work`` or ``trouble``: how a count above zero looks
    :ivar str model: what is counted
    :ivar list domain: of what is counted; the list that opens shows the same
    :ivar str action: XML id of the action that opens
    :ivar dict context: of the action
    """

    key: str
    label: str
    icon: str
    tone: str
    model: str
    domain: list
    action: str
    context: dict


class KalaDashboard(models.AbstractModel):
    """The totals of the to-do page (TA4): what waits for the user, what did not arrive, and tasks
    without responsible. Everything is counted and opened with the user's own rights (LO8)."""

    _name = "kala.dashboard"
    _description = "To-do Totals"

    @api.model
    @api.readonly
    def totals(self):
        """Count what waits (TA4).

        :return: dict: ``limit``, the count above which counting stops; ``groups``, a list of
            dicts ``key``, ``title``, ``cards``: a list of dicts ``key``, ``label``, ``icon``,
            ``tone``, ``count``
        """
        return {
            "limit": LIMIT,
            "groups": [
                {"key": key, "title": title, "cards": [self._count(card) for card in cards]}
                for key, title, cards in self._groups()
            ],
        }

    @api.model
    def open_card(self, key):
        """The list behind a count.

        :param str key: of :meth:`totals`
        :return: dict of a window action
        :raise UserError: if the user has no such count
        """
        for _key, _title, cards in self._groups():
            for card in cards:
                if card.key == key:
                    return self._action(card)
        raise UserError(self.env._("There is no such list for you. Reload the page."))

    @api.model
    def _count(self, card):
        return {
            "key": card.key,
            "label": card.label,
            "icon": card.icon,
            "tone": card.tone,
            "count": self.env[card.model].search_count(card.domain + self._own(card), limit=LIMIT),
        }

    @api.model
    def _own(self, card):
        """The list of tasks opens with its filter "Mine" on; the count says the same."""
        mine = card.context.get("search_default_mine")
        return [("user_id", "=", self.env.uid)] if mine else []

    @api.model
    def _action(self, card):
        action = self.env["ir.actions.act_window"]._for_xml_id(card.action)
        names = {"name": card.label, "display_name": card.label}
        return dict(action, **names, domain=card.domain, context=card.context)

    # ------------------------------------------------------------------ what is counted

    @api.model
    def _groups(self):
        """:return: list of (key, title, list of Card)"""
        groups = [
            ("work", self.env._("Waiting for my answer"), self._work_cards()),
            ("trouble", self.env._("Did not arrive"), self._trouble_cards()),
        ]
        if self.env.user.has_group("kala_comm.group_manager"):
            groups.append(("manager", self.env._("For managers"), self._manager_cards()))
        return groups

    @api.model
    def _work_cards(self):
        """One card per kind of task. Index: ``mail_activity__user_id_index``."""
        answered_too = self.env.company.sudo().kala_task_on_answered_call
        calls = self.env._("Calls") if answered_too else self.env._("Missed calls")
        kinds = (
            ("text", self.env._("Incoming messages"), "fa-comments"),
            ("call", calls, "fa-phone"),
            ("email", self.env._("Incoming e-mails"), "fa-envelope"),
        )
        types = self.env["kala.task"]._TYPES
        return [
            Card(
                key=f"task_{family}",
                label=label,
                icon=icon,
                tone="work",
                model="mail.activity",
                domain=[
                    ("activity_type_id", "=", self.env.ref(types[family]).id),
                    ("kala_is_put_off", "=", False),
                    *self._in_my_companies(),
                ],
                action="kala_comm.mail_activity_action",
                context={"search_default_mine": 1},
            )
            for family, label, icon in kinds
        ]

    @api.model
    def _in_my_companies(self):
        """:return: domain of the tasks of the companies that are selected; what a user planned
        himself belongs to none"""
        return [("kala_company_id", "in", [*self.env.companies.ids, False])]

    @api.model
    def _trouble_cards(self):
        """Failed messages per channel that the companies can send on, and those nobody is sure
        of. Index: ``kala_communication_trouble_idx``."""
        labels = dict(
            self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
        )
        cards = [
            self._trouble_card(
                f"failed_{channel}",
                self.env._("Failed: %s", labels[channel]),
                self._failed_on(channel),
                channel,
            )
            for channel in self._sending_channels()
        ]
        cards.append(
            self._trouble_card(
                "unknown", self.env._("Perhaps arrived"), [("state", "=", const.UNKNOWN)], ""
            )
        )
        return cards

    @api.model
    def _sending_channels(self):
        """:return: channels that messages may fail on, or have failed on before their
        connection was taken off, in their usual order"""
        connected = self.env["kala.line"]._connected_channels()
        own = set().union(*(connected.get(company.id, ()) for company in self.env.companies))
        return [
            row.code
            for row in table.offered(self.env, *table.WRITTEN)
            if row.code in own or self._has_failed(row.code)
        ]

    @api.model
    def _failed_on(self, channel):
        return [("state", "=", const.FAILED), ("channel", "=", channel)]

    @api.model
    def _has_failed(self, channel):
        """Index: ``kala_communication_trouble_idx``."""
        card = self._trouble_card("", "", self._failed_on(channel), channel)
        return bool(self.env[card.model].search_count(card.domain, limit=1))

    @api.model
    def _trouble_card(self, key, label, domain, icon):
        return Card(
            key=key,
            label=label,
            icon=icon or "fa-question-circle-o",
            tone="trouble",
            model="kala.communication",
            domain=[
                ("company_id", "in", self.env.companies.ids),
                ("direction", "=", "out"),
                *domain,
            ],
            action="kala_comm.kala_communication_failed_action",
            context={},
        )

    @api.model
    def _manager_cards(self):
        """Indexes: ``mail_activity__user_id_index``, ``kala_inbound_item_dead_idx``."""
        return [
            Card(
                key="without_responsible",
                label=self.env._("Without responsible"),
                icon="fa-user-times",
                tone="work",
                model="mail.activity",
                domain=[
                    ("kala_count", ">", 0),
                    ("user_id", "=", False),
                    ("kala_is_put_off", "=", False),
                    *self._in_my_companies(),
                ],
                action="kala_comm.mail_activity_without_responsible_action",
                context={},
            ),
            Card(
                key="dead_letters",
                label=self.env._("Dead letters"),
                icon="fa-exclamation-triangle",
                tone="trouble",
                model="kala.inbound.item",
                domain=[("state", "=", "dead")],
                action="kala_comm.kala_inbound_item_action",
                context={},
            ),
        ]
