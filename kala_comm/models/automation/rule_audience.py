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
        """Of several who are responsible, who becomes it is told, and not those who were."""
        activity = self._activity(row)
        users = activity.user_id or record._kala_users(record._kala_responsible_field)
        if self.rule_id.trigger == "assigned":
            new = [int(text) for text in row.event.split(":")[1].split(".") if text]
            # A dry run tells who became it then.
            users = users.browse(new).exists() if row.dry else users & users.browse(new)
        return self._of_users(row, record, users)

    def _recipients_performer(self, row, record):
        name = self._performer_field()
        users = record._kala_users(name) if name else self._activity(row).user_id
        return self._of_users(row, record, users)

    def _performer_field(self):
        """:return: the field of who does the work: the one chosen in the rule, or the model's own;
        else none"""
        model = self.env[self.rule_id.model_name]
        return self.rule_id.performer_field_id.name or model._kala_performer_field

    def _recipients_creator(self, row, record):
        return self._of_users(row, record, (self._activity(row) or record).create_uid)

    def _recipients_team_leader(self, row, record):
        return self._of_users(row, record, record._kala_team_leader())

    def _recipients_followers(self, row, record):
        nobody = self.env["res.users"]
        for partner in record.message_partner_ids.filtered("active"):
            user = partner.user_ids.filtered(lambda u: u.active and not u.share)[:1]
            if user:
                yield from self._of_users(row, record, user)
                continue
            points = partner._kala_points()[partner.id]
            key = partner._kala_address_first(self.channel, points, None)
            if key:
                yield Recipient(row, record, key, nobody, partner.name or key.value)

    def _recipients_fields(self, row, record):
        """EM2: one or more fields, and addresses that were typed beside them."""
        # No address comes from a record that the rule's actor may not read; and a dry run is
        # somebody's, who learns none either.
        readers = [self.rule_id._actor_env()]
        if row.dry:
            readers.append(self.with_user(self.env.user).env)
        values = [v for path in self._paths() for v in self._at(record, path, readers) if v]
        return self._of_texts(row, record, [*values, *self._typed_list()])

    def _at(self, record, path, readers):
        """:return: list of the values at the end of a path, as far as all readers may go it"""
        *way, last = path.split(".")
        for name in way:
            record = record.mapped(name)
            for reader in readers:
                readable = record.with_env(reader)._filtered_access("read")
                record = readable.with_env(record.env)
        return record.mapped(last)

    def _recipients_typed(self, row, record):
        return self._of_texts(row, record, self._typed_list())

    def _of_texts(self, row, record, texts):
        keys = dict.fromkeys(key for text in texts if (key := self._key_of(text)))
        for key in keys:
            yield Recipient(row, record, key, self.env["res.users"], key.value)

    def _of_users(self, row, record, users):
        """Those of us who work here, and no machine."""
        for user in users:
            if user.active and not user.share and not user._is_superuser():
                yield Recipient(row, record, None, user, user.name)

    def _activity(self, row):
        """:return: the activity that a row is about, empty where it is about none"""
        activities = self.env["mail.activity"].with_context(active_test=False)
        if not self.rule_id.trigger.startswith("activity_"):
            return activities
        return activities.browse(row.source_id).exists()
