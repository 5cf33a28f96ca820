from odoo import api, models, tools

from ...tools import const

#: Records of these models are about Odoo or about our log, and not about anybody.
INNER = (
    *("ir.", "kala.", "mail.", "bus.", "base.", "base_", "sms.", "phone.", "iap.", "discuss."),
    *("auth_", "digest.", "web_", "privacy.", "fetchmail.", "res.users.", "res.company"),
    *("res.config", "report.", "utm.", "rating.", "mailing.", "portal.", "payment."),
)


class KalaRule(models.Model):
    """Which records a rule may be about: those that have an e-mail address, a phone number or a
    customer (AU3), and which events they know."""

    _inherit = "kala.rule"

    @api.model
    @tools.ormcache()
    def _told_models(self):
        """:return: tuple of the models that rules may be about; leads, orders, customers first"""
        others = sorted(name for name in self.env if self._is_told_about(self.env[name]))
        return (*const.RECORD_MODELS, *others)

    @api.model
    def _is_told_about(self, model):
        if model._abstract or model._transient or not model._auto:
            return False
        if model._name in const.RECORD_MODELS or model._name.startswith(INNER):
            return False
        return bool(any(model._kala_address_fields()) or model._kala_customer_field())

    @api.model
    def _links(self, model, ids):
        """Find what the log shows the rows of some records on: leads, orders and customers
        themselves; of other records their customer.

        :return: (column of ``kala.rule.log``, dict record id → id in it or None)
        """
        if model in const.RECORD_FIELDS:
            return const.RECORD_FIELDS[model], {i: i for i in ids}
        records = self.env[model].sudo().with_context(active_test=False).browse(set(ids)).exists()
        return "partner_id", {record.id: record._kala_customer().id or None for record in records}

    def _lacks_of_model(self):
        """:return: list of sentences: what keeps these records from knowing this event"""
        model = self.env[self.model_name]
        has = {
            "assigned": model._kala_responsible_field in model._fields,
            "activity": "activity_ids" in model._fields,
            "communication": model._name in const.RECORD_MODELS,
        }
        sentences = {
            "assigned": self.env._("These records have no responsible. Choose another event."),
            "activity": self.env._("These records have no activities. Choose another event."),
            "communication": self.env._(
                "Communications are of leads, orders and customers. Choose one of them, or "
                "another event."
            ),
        }
        kind = self._listen_kind()
        return [] if has.get(kind, True) else [sentences[kind]]
