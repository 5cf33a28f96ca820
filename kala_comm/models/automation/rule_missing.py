from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_split

from ...tools import placeholders
from ...tools.phone import email_key, phone_key


class KalaRule(models.Model):
    """What a rule lacks, in sentences that say what to do (EM3, AU3)."""

    _inherit = "kala.rule"

    @api.depends_context("uid")
    @api.depends(
        "model_id",
        "trigger",
        "from_status",
        "to_status",
        "date_field_id",
        "changed_field_ids",
        "delay_unit",
        "domain",
        "performer_field_id",
        "company_id",
        "action_ids.audience",
        "action_ids.channel",
        "action_ids.template_id.channel",
        "action_ids.subject",
        "action_ids.template_id.subject",
        "action_ids.template_id.body",
        "action_ids.template_id.user_id",
        "action_ids.sender_id.state",
        "action_ids.from_name",
        "action_ids.typed",
        "action_ids.field_path",
    )
    def _compute_missing(self):
        for rule in self:
            rule.missing = "\n".join(rule._lacks()) or False

    def _check_complete(self):
        """:raise UserError: with everything that is missing"""
        lacks = self._lacks()
        if lacks:
            raise UserError("\n".join([self.env._("“%s” cannot run yet:", self.name), *lacks]))

    def _lacks(self):
        """:return: list of sentences"""
        if not self.model_name:
            return [self.env._("Choose which records it is about.")]
        lacks = [
            *self._lacks_of_event(),
            *self._lacks_of_access(),
            *self._lacks_of_domain(),
        ]
        if not self.action_ids:
            lacks.append(self.env._("Add a step: say whom to tell, and by which channel."))
        for place, action in enumerate(self.action_ids, 1):
            lacks += [
                self.env._("Step %(place)s: %(sentence)s", place=place, sentence=sentence)
                for sentence in action._lacks()
            ]
        return lacks

    def _lacks_of_event(self):
        model, lacks = self.model_name, self._lacks_of_model()
        statuses = self.env["base.automation"]._kala_statuses()
        if self.trigger == "changed" and not self.sudo().changed_field_ids:
            lacks.append(self.env._("Choose the fields that count when they are changed."))
        if self.trigger in ("date", "rescheduled"):
            field = self.date_field_id
            if not field or field.model != model or not field.store:
                lacks.append(self.env._("Choose the date that counts."))
            elif self.yearly and field.ttype != "date" and self.trigger == "date":
                lacks.append(self.env._("“Every year” counts for a date without a time."))
        if self.trigger in ("status_changed", "closed") and not self._status_fields(model):
            lacks.append(
                self.env._(
                    "These records have no status. Choose leads or orders, or another event."
                )
            )
        if self.trigger == "status_changed":
            of_types = self.from_status_type_id or self.to_status_type_id
            if of_types and "kala_status_type_id" not in self.env[model]._fields:
                lacks.append(
                    self.env._("These records have no status types. Choose one status instead.")
                )
            for status in filter(None, (self.from_status, self.to_status)):
                if statuses[status._name][1] != model:
                    names = self.env["kala.hidden.name"]._names_of(status._name, status.ids)
                    lacks.append(
                        self.env._(
                            "“%s” is no status of these records. Choose another one.",
                            names.get(status.id, status._description),
                        )
                    )
        return lacks


class KalaRuleAction(models.Model):
    _inherit = "kala.rule.action"

    def _lacks(self):
        """:return: list of sentences: what keeps this step from working"""
        return [
            *self._lacks_of_template(),
            *self._lacks_of_way(),
            *self._lacks_of_audience(),
        ]

    def _lacks_of_template(self):
        # Who reads the rule is told, too, where he may not read the template.
        template, name = self.template_id.sudo()._narrow(), self.template_id.display_name
        if not template:
            return [self.env._("Choose the template of the message.")]
        lacks = []
        if template.channel != self.channel:
            lacks.append(self.env._("“%s” is a template of another channel. Choose one.", name))
        if self.channel == "email" and not (self.subject or template.subject or "").strip():
            lacks.append(self.env._("“%s” has no subject. Write one.", name))
        if template.company_id and template.company_id != self.rule_id.company_id:
            lacks.append(self.env._("“%s” is of another company.", name))
        if template.user_id:
            lacks.append(
                self.env._(
                    "“%(template)s” is for %(user)s alone, who may change it at any time. Choose "
                    "one that is for everybody.",
                    template=name,
                    user=template.user_id.name,
                )
            )
        return lacks + self._lacks_of_placeholders() if self._readable_template() else lacks

    def _lacks_of_placeholders(self):
        names = self.env["kala.placeholder"]._names()
        used = set()
        for text in [*self.template_id._texts_to_fill(), self.subject or ""]:
            try:
                used |= placeholders.check(text, names)
            except placeholders.TemplateError as error:
                return [self.template_id._explain(error)]
        model = self.rule_id.model_name
        starts = self.env["kala.placeholder"]._starts_of_models()
        return [
            self.env._("“%s” stands in the template, and these records have none.", name)
            for name in sorted(used)
            for start, of_model in starts.items()
            if name.startswith(start) and of_model != model
        ]

    def _lacks_of_way(self):
        lines = (
            self.env["kala.line"]
            .sudo()
            .search_count(
                [("channel", "=", self.channel), ("company_id", "=", self.rule_id.company_id.id)],
                limit=1,
            )
        )
        lacks = []
        if not lines:
            lacks.append(
                self.env._("No line for this channel is connected. Ask an administrator for one.")
            )
        if self.channel == "email":
            sender = self.sender_id.sudo()
            if not (self.from_name or "").strip():
                lacks.append(self.env._("Write the from name: recipients see it as the sender."))
            if not sender:
                lacks.append(self.env._("Choose the verified sender of the e-mail."))
            elif sender._refusal():
                lacks.append(sender._refusal())
            elif sender.company_id != self.rule_id.company_id:
                lacks.append(self.env._("%s is a sender of another company.", sender.email))
        return lacks

    def _lacks_of_audience(self):
        model = self.env[self.rule_id.model_name]
        on_activity = self.rule_id.trigger.startswith("activity_")
        if self.audience == "performer" and not self._performer_field() and not on_activity:
            return [self.env._("Choose in the rule which field names the performer.")]
        no_one = self._lacks_of_people(model)
        if no_one and not (on_activity and self.audience == "responsible"):
            return [no_one]
        if self.audience == "fields":
            if not self._path_fits(model) or not (self._paths() or self._typed_list()):
                return [self.env._("Choose the field that holds the address.")]
            return self._lacks_of_typed() if self._typed_list() else []
        if self.audience == "typed":
            return self._lacks_of_typed()
        return []

    def _lacks_of_people(self, model):
        """:return: why records of a model never have somebody of the audience, else empty"""
        leader = model._kala_leader_path
        if self.audience == "team_leader" and leader.split(".")[0] not in model._fields:
            return self.env._("These records have no team. Choose another audience.")
        if self.audience == "responsible" and model._kala_responsible_field not in model._fields:
            return self.env._("These records have no responsible. Choose another audience.")
        if self.audience == "followers" and "message_partner_ids" not in model._fields:
            return self.env._("These records have no followers. Choose another audience.")
        return ""

    def _lacks_of_typed(self):
        typed = self._typed_list()
        if not typed:
            return [self.env._("Type an address.")]
        return [
            self.env._("“%s” is no address for this channel. Correct it or take it off.", text)
            for text in typed
            if not self._key_of(text)
        ]

    def _typed_list(self):
        """:return: list of the addresses that were typed, as they stand there"""
        parts = (self.typed or "").replace(";", ",").replace("\n", ",").split(",")
        return [part.strip() for part in parts if part.strip()]

    def _key_of(self, text):
        """:return: ContactKey of an address, None where it is none of this channel"""
        if self.channel == "email":
            parts = email_split(text or "")
            return email_key(parts[0]) if len(parts) == 1 else None
        key = phone_key(text or "", self.rule_id.company_id._kala_region())
        return key if key and key.kind == "phone" else None
