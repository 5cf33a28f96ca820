from typing import NamedTuple

from odoo import models

from ...tools import channels


class Recipient(NamedTuple):
    """Whom a step writes to.

    :ivar row: ``kala.rule.log`` that it is for
    :ivar record: that the message is about
    :ivar key: ContactKey to write to; None: the record's, or the user's, own
    :ivar user: ``res.users``: one of us, perhaps empty
    :ivar str name: what the log says
    """

    row: object
    record: object
    key: object
    user: object
    name: str


class KalaRuleAction(models.Model):
    """Whom a step tells (AU2, EM2): each audience answers for all rows at once."""

    _inherit = "kala.rule.action"

    def _recipients(self, about):
        """:param dict about: ``kala.rule.log`` row → its record
        :return: list of Recipients; a row that has none is not in it"""
        self.ensure_one()
        found = getattr(self, f"_recipients_{self.audience}")
        return [recipient for row, record in about.items() for recipient in found(row, record)]

    def _recipients_customer(self, row, record):
        """Who wrote is answered where he wrote; else the record's own address counts."""
        key = None
        if self.rule_id.trigger == "communication":
            source = self.env["kala.communication"].browse(row.source_id).exists()
            usable = channels.get(self.channel).contact_kinds
            if source and source.contact_kind in usable and source.direction == "in":
                key = source._key()
        yield Recipient(row, record, key, self.env["res.users"], "")

    def _recipients_responsible(self, row, record):
        activity = self._activity(row)
        of_record = record.user_id if "user_id" in record._fields else self.env["res.users"]
        return self._of_user(row, record, activity.user_id if activity else of_record)

    def _recipients_performer(self, row, record):
        name = self.rule_id.performer_field_id.name
        activity = self._activity(row)
        return self._of_user(row, record, record[name] if name else activity.user_id)

    def _recipients_creator(self, row, record):
        return self._of_user(row, record, (self._activity(row) or record).create_uid)

    def _recipients_team_leader(self, row, record):
        return self._of_user(row, record, record.team_id.user_id)

    def _recipients_followers(self, row, record):
        nobody = self.env["res.users"]
        for partner in record.message_partner_ids.filtered("active"):
            user = partner.user_ids.filtered(lambda u: u.active and not u.share)[:1]
            if user:
                yield from self._of_user(row, record, user)
                continue
            points = partner._kala_points()[partner.id]
            key = partner._kala_address_first(self.channel, points, None)
            if key:
                yield Recipient(row, record, key, nobody, partner.name or key.value)

    def _recipients_fields(self, row, record):
        values = record.mapped(self.field_path)
        return self._of_texts(row, record, [value for value in values if value])

    def _recipients_typed(self, row, record):
        return self._of_texts(row, record, self._typed_list())

    def _of_texts(self, row, record, texts):
        keys = dict.fromkeys(key for text in texts if (key := self._key_of(text)))
        for key in keys:
            yield Recipient(row, record, key, self.env["res.users"], key.value)

    def _of_user(self, row, record, user):
        """One of us who works here, and no machine."""
        user = user[:1]
        if user and user.active and not user.share and not user._is_superuser():
            yield Recipient(row, record, None, user, user.name)

    def _activity(self, row):
        """:return: the activity that a row is about, empty where it is about none"""
        activities = self.env["mail.activity"].with_context(active_test=False)
        if not self.rule_id.trigger.startswith("activity_"):
            return activities
        return activities.browse(row.source_id).exists()
