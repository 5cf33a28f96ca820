from odoo import api, fields, models

#: Models that cause messages, and what the message of one is that its reader may not read.
CAUSES = ("kala.rule", "kala.mass.send", "base.automation", "ir.actions.server")


class KalaCommunication(models.Model):
    """Who or which rule caused a message (LO7): the name of the rule, with a link to it, for who
    may read the rule; for others, that it was one."""

    _inherit = "kala.communication"

    cause = fields.Reference(
        selection="_selection_cause", compute="_compute_cause", string="Caused by"
    )
    origin_words = fields.Char(compute="_compute_cause", string="Cause in words")

    @api.model
    def _selection_cause(self):
        known = [name for name in CAUSES if name in self.env]
        return [(name, self.env[name]._description) for name in known]

    @api.depends("origin", "mass_send_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_cause(self):
        places = {c: (c.sudo().origin, c.sudo().mass_send_id.id) for c in self}
        causes = self._causes(set(places.values()))
        for communication in self:
            cause = causes[places[communication]]
            # As a record: of a text Odoo would ask once more, for each, whether it is there.
            communication.cause = cause["model"] and self.env[cause["model"]].browse(cause["id"])
            communication.origin_words = cause["words"] or False

    @api.model
    def _causes(self, places):
        """Ask for each model once, however many messages there are.

        :param places: set of (origin, id of the mass send), either of them perhaps empty
        :return: dict place → dict: ``words`` ("" where a person wrote), ``model`` and ``id`` of
            what the reader may open, else False
        """
        wanted = {place: self._cause_of(*place) for place in places}
        ids = {}
        for model, res_id in filter(None, wanted.values()):
            ids.setdefault(model, set()).add(res_id)
        there, readable = {}, {}
        for model, of_model in ids.items():
            records = self.env[model].sudo().browse(of_model).exists()
            mine = records.with_user(self.env.uid).sudo(False)._filtered_access("read")
            there[model] = set(records.ids)
            readable[model] = {record.id: record.display_name for record in mine}
        return {
            place: self._cause_facts(place[0], cause, there, readable)
            for place, cause in wanted.items()
        }

    @api.model
    def _cause_of(self, origin, mass_send_id):
        """:return: (model, id) of what caused a message; None where it is no record"""
        model, _comma, res_id = (origin or "").partition(",")
        if model in CAUSES and model in self.env and res_id.isdigit():
            return model, int(res_id)
        return ("kala.mass.send", mass_send_id) if mass_send_id else None

    @api.model
    def _cause_facts(self, origin, cause, there, readable):
        nowhere = {"model": False, "id": False}
        if not cause:
            return {"words": self._plain_cause_words(origin), **nowhere}
        model, res_id = cause
        kind = self._cause_kinds()[model]
        if res_id not in there[model]:
            words = self.env._("%(kind)s, deleted meanwhile", kind=kind)
        elif res_id not in readable[model]:
            words = self.env._("%(kind)s that you may not read", kind=kind)
        else:
            name = readable[model][res_id]
            words = self.env._("%(kind)s: %(name)s", kind=kind, name=name)
            return {"words": words, "model": model, "id": res_id}
        return {"words": words, **nowhere}

    @api.model
    def _cause_kinds(self):
        return {
            "kala.rule": self.env._("Notification rule"),
            "kala.mass.send": self.env._("Mass send"),
            "base.automation": self.env._("Automation rule"),
            "ir.actions.server": self.env._("Server action"),
        }

    @api.model
    def _plain_cause_words(self, origin):
        words = {
            "phone": self.env._("typed on the phone"),
            "optout": self.env._("Answer to a stop word"),
        }
        return words.get(origin, origin or "")
