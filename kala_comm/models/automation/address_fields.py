from odoo import api, models

from ...tools import channels
from .rule_models import INNER

#: Words in the names of fields that hold addresses, by the kind of contact that a channel needs.
_WORDS = {"email": ("email",), "phone": ("phone", "mobile")}
#: Words in the names of fields that hold the same in another spelling, or something else.
_NOT = (
    *("normalized", "sanitized", "formatted", "state", "domain", "blacklist", "split", "_cc"),
    *("search", "score", "color", "layout"),
)
#: Links that lead to nobody whom one writes to.
_NO_LINKS = ("create_uid", "write_uid", "company_id")
_NO_MODELS = (*INNER, "account.journal")


class KalaRuleAction(models.Model):
    """Which fields the list of recipients offers (EM2)."""

    _inherit = "kala.rule.action"

    @api.model
    @api.readonly
    def get_address_fields(self, model, channel):
        """List the fields with addresses of a record, and of records that it points to, as far as
        the user may read them (EM2).

        :param str model: name of the model that the rule is about
        :param str channel: code of a channel
        :return: list of dicts ``path``, ``label``, which names the link: "Email (Customer)"
        """
        if not isinstance(model, str) or model not in self.env:
            return []
        records = self.env[model]
        kinds = channels.get(channel).contact_kinds if channel in channels.codes() else ()
        words = tuple(word for kind in kinds for word in _WORDS.get(kind, ()))
        if not words or not records.has_access("read"):
            return []
        return [
            *self._address_rows(records, words),
            *(
                row
                for link in self._readable_fields(records, "many2one")
                if link.name not in _NO_LINKS
                and not link.comodel_name.startswith(_NO_MODELS)
                and self.env[link.comodel_name].has_access("read")
                for row in self._address_rows(self.env[link.comodel_name], words, link)
            ),
        ]

    def _address_rows(self, records, words, link=None):
        """:param link: field that leads to the records, perhaps none"""
        start = f"{link.name}." if link else ""
        of_link = f" ({link._description_string(self.env)})" if link else ""
        return [
            {
                "path": f"{start}{field.name}",
                "label": f"{field._description_string(self.env)}{of_link}",
            }
            for field in self._readable_fields(records, "char")
            if any(word in field.name for word in words)
            and not any(word in field.name for word in _NOT)
        ]

    @api.model
    def _readable_fields(self, records, kind):
        return sorted(
            (
                field
                for field in records._fields.values()
                if field.type == kind
                and (field.store or field.related)
                and field.exportable
                and records._has_field_access(field, "read")
            ),
            key=lambda field: field._description_string(self.env),
        )
