from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Datetime, Domain

from ...tools import channels, const
from ...tools.period import DAY
from .dashboard_figures import _DOMAINS, ANSWERS, GROUPS, LOG

#: Figures of a row of the table that open their records.
_OPENED = ("incoming", "outgoing", "asked", "answered", "missed", "failed")


class KalaDashboard(models.AbstractModel):
    """The page of the dashboard (LO12): what it shows, and the records behind each figure."""

    _inherit = "kala.dashboard"

    @api.model
    @api.readonly
    def figures(self, filters, group="user"):
        """Count the figures of a period, and of the one before it (LO12). The number of queries is
        always the same.

        :param dict filters: see :meth:`_choice`
        :param str group: what the table has rows for: ``user``, ``team`` or ``line``
        :return: dict: ``period``, ``cards``, ``bars``, ``failures``, ``table``, ``counted_from``
            (UTC; answer times before it are still being counted), ``is_empty``
        :raise UserError: if a filter is none
        :raise AccessError: if the user reads no communications
        """
        if str(group) not in GROUPS:
            raise UserError(self.env._("There is no such table. Reload the page."))
        choice = self._choice(filters)
        facts = self._facts(choice, group)
        now, before = facts.totals["now"], facts.totals["before"]
        return {
            "period": self._period_words(choice.period),
            "cards": self._cards(now, before),
            "bars": self._bars(choice.period, facts),
            "failures": self._failures(facts.failures),
            "table": self._detail(facts.rows, group),
            "counted_from": self._counted_from(),
            "is_empty": not any(now.get(name) for name in ("incoming", "outgoing", "failed")),
        }

    @api.model
    def _period_words(self, period):
        return {
            "first": str(period.first),
            "last": str(period.last),
            "before_first": str(period.before),
            "before_last": str(period.before_last),
        }

    @api.model
    def _counted_from(self):
        """:return: UTC; False where all answer times are counted"""
        answers = self.env["kala.answer"].sudo()
        moment = not answers._is_filled() and answers._filled_from()
        return moment and Datetime.to_string(moment)

    # ------------------------------------------------------------------ cards

    @api.model
    def _cards(self, now, before):
        """:return: list of dicts: ``key``, ``title``, ``icon``, ``value``, ``before`` (None = there
        is nothing to compare with), ``kind`` (``count``, ``time`` or ``share``), ``better``
        (``more``, ``less`` or False), ``opens`` (key of a figure, or False), ``parts``: list of
        dicts ``words``, ``kind``, ``value``, ``opens``"""
        cards = [
            self._count_card("incoming", self.env._("Incoming"), "fa-inbox", now, before, False),
            self._count_card(
                "outgoing", self.env._("Outgoing"), "fa-paper-plane-o", now, before, False
            ),
            self._time_card("first", self.env._("First answer"), "fa-flag-checkered", now, before),
            self._time_card("answered", self.env._("Time to answer"), "fa-clock-o", now, before),
            self._share_card(now, before),
            self._missed_card(now, before),
            self._count_card(
                "failed", self.env._("Failed"), "fa-exclamation-triangle", now, before, "less"
            ),
        ]
        if now.get("cost") or before.get("cost"):
            cost = {"cost": now.get("cost", 0)}, {"cost": before.get("cost", 0)}
            card = self._count_card(
                "cost", self.env._("Paid message parts"), "fa-money", *cost, "less"
            )
            cards.append({**card, "opens": False})
        return cards

    @api.model
    def _count_card(self, key, title, icon, now, before, better):
        return {
            "key": key,
            "title": title,
            "icon": icon,
            "kind": "count",
            "value": now.get(key, 0),
            "before": before.get(key, 0),
            "better": better,
            "opens": key,
            "parts": [],
        }

    @api.model
    def _time_card(self, key, title, icon, now, before):
        """The middle value in working hours; below it nine of ten, and the same by the clock."""
        name = "first" if key == "first" else "answer"
        work, plain = now.get(f"{name}_work"), now.get(f"{name}_plain")
        earlier = before.get(f"{name}_work")
        return {
            **self._count_card(key, title, icon, {}, {}, "less"),
            "kind": "time",
            "value": work and work[0] if work else None,
            "before": earlier[0] if earlier else None,
            "opens": False,
            "parts": [
                {
                    "words": self.env._("9 of 10 within"),
                    "kind": "time",
                    "value": work[1] if work else None,
                    "opens": False,
                },
                {
                    "words": self.env._("by the clock"),
                    "kind": "time",
                    "value": plain[0] if plain else None,
                    "opens": False,
                },
                {
                    "words": self.env._("answers"),
                    "kind": "count",
                    "value": now.get(key, 0),
                    "opens": key,
                },
            ],
        }

    @api.model
    def _share_card(self, now, before):
        answered, asked = now.get("answered", 0), now.get("asked", 0)
        return {
            **self._count_card(
                "asked", self.env._("Questions answered"), "fa-check-circle-o", {}, {}, "more"
            ),
            "kind": "share",
            "value": _share(answered, asked),
            "before": _share(before.get("answered", 0), before.get("asked", 0)),
            "opens": False,
            "parts": [
                {
                    "words": self.env._("questions"),
                    "kind": "count",
                    "value": asked,
                    "opens": "asked",
                },
                {
                    "words": self.env._("not answered"),
                    "kind": "count",
                    "value": asked - answered,
                    "opens": "unanswered",
                },
            ],
        }

    @api.model
    def _missed_card(self, now, before):
        back = now.get("back_plain")
        card = self._count_card(
            "missed", self.env._("Missed calls"), "fa-phone", now, before, "less"
        )
        parts = [
            {
                "words": self.env._("called back"),
                "kind": "count",
                "value": now.get("back", 0),
                "opens": "back",
            },
            {
                "words": self.env._("half of them within"),
                "kind": "time",
                "value": back[0] if back else None,
                "opens": False,
            },
        ]
        return {**card, "parts": parts}

    # ------------------------------------------------------------------ charts

    @api.model
    def _bars(self, period, facts):
        """:return: dict: ``labels``, ``series``: list of dicts ``channel``, ``label``, ``side``
        (``incoming`` or ``outgoing``), ``values``; ``times``: seconds, or None"""
        steps = period.steps()
        labels = [self._bar_label(period, moment) for moment in steps]
        names = {row.code: self.env._(row.label) for row in channels.offered(self.env)}
        found = {(channel, side) for _bar, channel, side in facts.bars if side != "failed"}
        order = [*names, *sorted({channel for channel, _side in found} - names.keys())]
        return {
            "labels": labels,
            "series": [
                {
                    "channel": channel,
                    "label": names.get(channel, channel),
                    "side": side,
                    "values": [facts.bars.get((n, channel, side), 0) for n in range(len(steps))],
                }
                for side in ("incoming", "outgoing")
                for channel in order
                if (channel, side) in found
            ],
            "times": [facts.times.get(n) for n in range(len(steps))],
        }

    @api.model
    def _bar_label(self, period, moment):
        """:return: dict: ``date`` and, of a bar for an hour, ``hour``; ``days`` that it stands
        for"""
        local = period.local(moment)
        hour = f"{local:%H:%M}" if period.step < DAY else False
        return {"date": str(local.date()), "hour": hour, "days": max(period.step.days, 1)}

    @api.model
    def _failures(self, failures):
        """:return: list of dicts ``kind``, ``label``, ``value``, ``before``; the most frequent
        first"""
        labels = dict(self.env[LOG]._fields["failure_kind"]._description_selection(self.env))
        kinds = {kind for _when, kind in failures}
        rows = [
            {
                "kind": kind,
                "label": labels.get(kind) or self.env._("Without a reason"),
                "value": failures.get(("now", kind), 0),
                "before": failures.get(("before", kind), 0),
            }
            for kind in kinds
        ]
        rows = [row for row in rows if row["value"]]
        return sorted(rows, key=lambda row: (-row["value"], row["label"]))

    # ------------------------------------------------------------------ table

    @api.model
    def _detail(self, rows, group):
        """:return: dict ``group``, ``rows``: list of dicts ``id`` (False = of nobody, of none),
        ``name`` and figures"""
        names = {False: self._nobody(group), **self._group_names(group, [*filter(None, rows)])}
        return {
            "group": group,
            "rows": [
                {
                    "id": of_group,
                    "name": names[of_group],
                    **{name: figures.get(name, 0) for name in _OPENED},
                    "share": _share(figures.get("answered", 0), figures.get("asked", 0)),
                    **{
                        name: (figures.get(name) or (None,))[0]
                        for name in ("first_work", "answer_work")
                    },
                }
                for of_group, figures in rows.items()
                if any(figures.get(name) for name in _OPENED)
            ],
        }

    @api.model
    def _group_names(self, group, ids):
        """A colleague may work for another company, too, in a team of that company."""
        model = {"user": "res.users", "team": "crm.team", "line": "kala.line"}[group]
        names = self.env["kala.hidden.name"]
        neutral = dict.fromkeys(ids, names._neutral_name_of(model))
        return neutral | names._names_of(model, ids)

    @api.model
    def _nobody(self, group):
        return {
            "user": self.env._("Nobody"),
            "team": self.env._("No team"),
            "line": self.env._("No line"),
        }[group]

    # ------------------------------------------------------------------ what a figure opens

    @api.model
    def open_figure(self, filters, key, within=None):
        """The list of the records that a figure counts (LO12), in the reader's own rights.

        :param dict filters: of :meth:`figures`
        :param str key: ``incoming``, ``outgoing``, ``failed``, ``missed``, ``asked``, ``answered``,
            ``unanswered``, ``first``, ``back``
        :param dict within: a part of them: ``bar`` (its number), ``channel``, ``kind`` (of a
            failure), or ``group`` with ``id``
        :return: dict of a window action
        :raise UserError: if there is no such figure
        """
        within = within or {}
        if str(key) not in _DOMAINS or not isinstance(within, dict):
            raise UserError(self.env._("There is no such list. Reload the page."))
        choice = self._choice(filters)
        model, domain = self._figure_domain(key, choice, *self._bar(choice.period, within))
        domain &= self._within(within)
        action = {LOG: "kala_communication_action", ANSWERS: "kala_answer_action"}[model]
        action = self.env["ir.actions.act_window"]._for_xml_id(f"kala_comm.{action}")
        name = self._figure_name(key)
        return dict(action, name=name, display_name=name, domain=list(domain), context={})

    @api.model
    def _bar(self, period, within):
        """:return: (first moment, first moment after it) of a bar; () = of the whole period"""
        if within.get("bar") is None:
            return ()
        steps = [*period.steps(), period.end]
        bar = self._id_of(within["bar"]) or 0
        if not 0 <= bar < len(steps) - 1:
            raise UserError(self.env._("There is no such list. Reload the page."))
        return steps[bar], steps[bar + 1]

    @api.model
    def _within(self, within):
        domain = Domain.TRUE
        if within.get("channel") in channels.codes():
            domain &= Domain("channel", "=", within["channel"])
        if "kind" in within:
            kinds = dict(const.FAILURE_KINDS)
            domain &= Domain("failure_kind", "=", str(within["kind"]) in kinds and within["kind"])
        if str(within.get("group")) in GROUPS:
            of_group = self._id_of(within.get("id"))
            which = Domain(GROUPS[within["group"]][1], "=", of_group)
            if not of_group:
                # Of nobody is of no team, too.
                which |= Domain("line_id" if within["group"] == "line" else "user_id", "=", False)
            domain &= which
        return domain

    @api.model
    def _figure_name(self, key):
        return {
            "incoming": self.env._("Incoming"),
            "outgoing": self.env._("Outgoing"),
            "failed": self.env._("Failed"),
            "missed": self.env._("Missed calls"),
            "asked": self.env._("Questions"),
            "answered": self.env._("Questions answered"),
            "unanswered": self.env._("Not answered"),
            "first": self.env._("First answers"),
            "back": self.env._("Called back"),
        }[key]


def _share(part, whole):
    """:return: percent, rounded; None where there is nothing to share"""
    return round(100 * part / whole) if whole else None
