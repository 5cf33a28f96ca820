from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class KalaRule(models.Model):
    """With whose rights a rule acts (LO8, SC4). A job makes its messages, and a job may read
    everything: without an owner, who makes a rule could have texts about records that he may not
    read sent to an address of his own. So a rule tells only of records that its owner may read, and
    asks the conditions as he reads them. The owner is who started it last, or who changed it while
    it ran."""

    _inherit = "kala.rule"

    owner_id = fields.Many2one(
        "res.users",
        string="Acts with the rights of",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="Who started it last, or changed it while it ran. Records that this user may not read "
        "are left out.",
    )

    def _actor(self):
        """:return: ``res.users``: its owner while it runs; before, who makes it"""
        return self.owner_id if self.state == "running" else self.env.user

    def _actor_env(self):
        """:return: environment of the actor, in the company of the rule alone; archived records
        are seen, too. Of a rule that has lost its owner: of nobody who may read anything."""
        actor = self._actor().sudo() or self.env.ref("base.public_user")
        context = {"active_test": False, "allowed_company_ids": self.company_id.ids}
        return self.env(user=actor.id, context=context)

    def _readable_to_actor(self, model, ids):
        """:return: set of those of the ids of records of a model that the actor may read"""
        records = self._actor_env()[model].browse(ids)
        return set(records._filtered_access("read").ids)

    def _hidden_reasons(self, records):
        """:return: dict record id → why the rule does not tell of it: its actor may not read it"""
        readable = self._readable_to_actor(records._name, records.ids)
        reason = self.env._(
            "%s, with whose rights the rule acts, may not read the record.", self._actor().name
        )
        return {record.id: reason for record in records if record.id not in readable}

    # ------------------------------------------------------------------ conditions

    def _drop_unmet(self, records):
        """Leave out records that fulfil the conditions only by what the actor may not read: of
        records that they point to. Records that he may not read at all stay; the log says of them
        why they are left out. Conditions on columns of the record itself hide nothing.

        :param records: of the rule's model, which fulfil the conditions as the superuser reads them
        :return: those that are left
        """
        if not records or not self._asks_beyond_record():
            return records
        model = self._actor_env()[records._name]
        if model.env.su:
            return records
        asked = Domain("id", "in", records.ids)
        try:
            readable = set(model.search(asked).ids)
            met = set(model.search(asked & Domain(self._conditions())).ids)
        except AccessError:
            # The job stops the rule, and says why.
            return records
        return records.filtered(lambda record: record.id in met or record.id not in readable)

    def _asks_beyond_record(self):
        """:return: whether a condition looks at more than a column of the record itself"""
        fields_of_model = self.env[self.model_id.model]._fields
        for condition in Domain(self._conditions()).iter_conditions():
            field = fields_of_model.get(condition.field_expr)
            if field is None or not field.store or field.relational:
                return True
        return False

    # ------------------------------------------------------------------ who it is

    def _take_over(self):
        """Who starts a rule, or changes it while it runs, is whose rights it acts with."""
        self.sudo().owner_id = self.env.user

    def _lacks_of_owner(self):
        """:return: list of sentences: what keeps a running rule from acting with the rights of its
        owner"""
        owner = self.owner_id.sudo()
        if not owner or not owner.active and not owner._is_superuser():
            return [
                self.env._(
                    "Who started it does not work here any more. Start it again: then it acts with "
                    "your rights."
                )
            ]
        if self.company_id not in owner.company_ids and not owner._is_superuser():
            return [
                self.env._(
                    "%(name)s, with whose rights it acts, does not work in %(company)s any more. "
                    "Start it again: then it acts with your rights.",
                    name=owner.name,
                    company=self.company_id.name,
                )
            ]
        if self._asks_more_than_owner_reads():
            return [
                self.env._(
                    "%s, with whose rights it acts, may not read any more what the rule asks for. "
                    "Start it again: then it acts with your rights.",
                    owner.name,
                )
            ]
        return []

    def _asks_more_than_owner_reads(self):
        """Rights may have been taken from the owner since he started it. Nothing is searched."""
        try:
            model = self._actor_env()[self.model_id.model]
            model._search(Domain(self._conditions()))
        except AccessError:
            return True
        except ValueError:
            # What is no condition is said where the conditions are asked.
            return False
        return bool(self._lacks_of_access())

    def _stop_without_owner(self):
        """Stop running rules whose owner cannot stand for them any more."""
        for rule in self.filtered(lambda rule: rule.state == "running"):
            if lacks := rule._lacks_of_owner():
                rule._stop_and_tell(" ".join(lacks))


class ResUsers(models.Model):
    _inherit = "res.users"

    def _kala_stop_rules(self):
        """Who leaves has no rights any more: what acts with them stops, and says why."""
        rules = self.env["kala.rule"].sudo()
        owned = rules.search([("state", "=", "running"), ("owner_id", "in", self.ids)])
        for rule in owned:
            rule._stop_and_tell(
                self.env._(
                    "%s, with whose rights it acts, was archived. Start it again: then it acts "
                    "with your rights.",
                    rule.owner_id.name,
                )
            )
