from datetime import datetime

from odoo import api, models

#: A call's status may move to the right only, in whatever order its events come (VO1).
STATUS_RANK = (
    "",
    "ringing",
    "untold",
    "failed",
    "busy",
    "missed",
    "voicemail",
    "forwarded",
    "answered",
)
FINAL = ("failed", "busy", "missed", "voicemail", "forwarded", "answered")
#: Seconds. What claims to last longer was counted wrong.
LONGEST_TALK = 7 * 24 * 3600
#: What the events of a call tell about its parties; the last one that knows it is believed.
TOLD = (
    "direction",
    "contact_value",
    "contact_name",
    "line_external_id",
    "line_address",
    "extension",
    "recording_url",
)


class KalaIntake(models.AbstractModel):
    """The events of one call, folded into what is known of it (VO1).

    A call that was passed on has legs. Systems say of such a call that it was answered because a
    machine picked it up; whether a person did is what the legs say. So the call's own word
    counts only until some leg has an end, whatever came first.
    """

    _inherit = "kala.intake"

    @api.model
    def _facts_of(self, events, connection):
        """Fold the events of one call that came together; later knowledge fills gaps.

        :param connection: of the call, for telephone systems that have settings of their own
        :return: dict: the names of :data:`TOLD`, ``call_status, duration, date, uid, extra,
            is_partial``; ``own`` and ``legs`` (leg → the same) are dicts of ``status, duration,
            extension, ended``
        """
        facts = dict.fromkeys(TOLD, "")
        facts.update(date=None, uid=events[0].uid, extra={}, own=self._new_leg(), legs={})
        facts["is_partial"] = all(event.is_partial for event in events)
        # Who was called is best known to the call itself, then to its legs.
        for event in sorted(events, key=lambda e: (not e.is_partial, not e.leg)):
            for name in TOLD:
                facts[name] = getattr(event, name) or facts[name]
            moments = [event.started_at, event.date]
            facts["date"] = facts["date"] or next((m for m in moments if m), None)
            facts["extra"].update(event.extra)
            facts["extra"].update(self._talk_moments(event))
            told = self._leg_of(event)
            if event.event == "ringing" and event.extension:
                facts["extra"].setdefault("rung", []).append(event.extension)
            if event.leg:
                facts["legs"] = self._fold_legs(facts["legs"], {event.leg: told})
            else:
                facts["own"] = self._fold_leg(facts["own"], told)
        outcome = self._outcome(self._settled(facts, connection))
        facts.update(call_status=outcome["status"], duration=outcome["duration"])
        facts["extension"] = outcome["extension"] or facts["extension"]
        if facts["legs"]:
            facts["extra"].update(own=facts["own"], legs=facts["legs"])
        elif outcome["status"] == "answered":
            facts["duration"] = outcome["duration"] or self._talked(facts["extra"])
        return facts

    @api.model
    def _talk_moments(self, event):
        """:return: dict of the moments at which an event says that a talk began or ended"""
        moments = {"answered_at": event.answered_at, "ended_at": event.ended_at}
        return {name: moment.isoformat() for name, moment in moments.items() if moment}

    @api.model
    def _talked(self, moments):
        """Some systems tell when a talk began and when it ended, each in an event of its own.

        :param dict moments: of :meth:`_talk_moments`
        :return: seconds
        """
        if not (moments.get("answered_at") and moments.get("ended_at")):
            return 0
        ended, answered = (datetime.fromisoformat(moments[n]) for n in ("ended_at", "answered_at"))
        seconds = int((ended - answered).total_seconds())
        return seconds if 0 < seconds <= LONGEST_TALK else 0

    @api.model
    def _new_leg(self):
        return {"status": "", "duration": 0, "extension": "", "ended": False}

    @api.model
    def _leg_of(self, event):
        return {
            "status": self._status_of(event),
            "duration": event.duration or self._talked(self._talk_moments(event)),
            "extension": event.extension,
            "ended": event.event == "ended",
        }

    @api.model
    def _fold_leg(self, known, told):
        """:return: what two events of one leg say together, whichever came first"""
        known = {**self._new_leg(), **known}
        # The later of two that ring is the one that rings now.
        further = max((told, known), key=lambda leg: STATUS_RANK.index(leg["status"]))
        return {
            "status": further["status"],
            "duration": max(known["duration"], told["duration"]),
            "extension": further["extension"] or told["extension"] or known["extension"],
            "ended": known["ended"] or told["ended"],
        }

    @api.model
    def _fold_legs(self, known, told):
        """:return: dict leg → what is known of it"""
        folded = dict(known)
        for leg, facts in told.items():
            folded[leg] = self._fold_leg(folded.get(leg) or {}, facts)
        return folded

    @api.model
    def _outcome(self, facts):
        """:return: dict ``status, duration, extension``: of the leg that went best as soon as
        one has an end, else of the call itself"""
        own, legs = facts["own"], facts["legs"]
        if not legs:
            return own
        best = legs[max(sorted(legs), key=lambda leg: STATUS_RANK.index(legs[leg]["status"]))]
        if best["status"] in FINAL or not own["ended"]:
            return best
        return {**own, "extension": own["extension"] or best["extension"]}

    @api.model
    def _settled(self, facts, connection):
        """Hook: let what a connection knows of its extensions change how the call went.

        :return: the same facts
        """
        return facts

    @api.model
    def _status_of(self, event):
        """:return: the status an event tells; an end without one says missed or answered"""
        if event.status in STATUS_RANK and event.status:
            return event.status
        if event.event == "answered":
            return "answered"
        if event.event == "ringing":
            return "ringing"
        if event.event == "ended":
            return "answered" if event.duration or event.answered_at else "missed"
        return ""
