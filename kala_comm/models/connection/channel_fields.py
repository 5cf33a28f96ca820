"""Fields whose choices are rows of the table of channels (docs/architecture.md, 3.17)."""

from odoo import fields
from odoo.tools.misc import SENTINEL

from ...tools import channels
from ...tools.channels import FAMILIES, TEXT, WRITTEN


class RowSelection(fields.Selection):
    """A selection of rows of a table. The core's own rows are its choices as of any selection:
    checked, translated and known to ``ir.model.fields.selection``. Rows of other addons join them
    without a change of the field, where their addon is installed."""

    def __init__(self, string=SENTINEL, **kwargs):
        own = [(value, label._source) for value, label in self._rows(channels.every())]
        super().__init__(own, string, **kwargs)

    @staticmethod
    def _rows(rows):
        """:param rows: Channels
        :return: list of pairs (value, name by ``LazyTranslate``)"""
        raise NotImplementedError()

    def _description_selection(self, env):
        named = dict(super()._description_selection(env))
        rows = self._rows(channels.offered(env))
        return [(value, named.get(value) or env._(label)) for value, label in rows]

    def get_values(self, env):
        return [value for value, _label in self._rows(channels.offered(env))]

    def convert_to_cache(self, value, record, validate=True):
        """An addon's own data come before the addon counts as installed: what is known will do."""
        if validate and value and value in dict(self._rows(channels.every())):
            return value
        return super().convert_to_cache(value, record, validate)


class ChannelField(RowSelection):
    """Any channel."""

    families = FAMILIES

    @classmethod
    def _rows(cls, rows):
        return [(row.code, row.label) for row in rows if row.family in cls.families]


class WrittenChannelField(ChannelField):
    """A channel on which a person can write."""

    families = WRITTEN


class TextChannelField(ChannelField):
    """A channel for texts."""

    families = (TEXT,)


class ContactKindField(RowSelection):
    """A kind of contact point: addresses that each record has by its own fields, and the ids that
    channels know contacts by (MA8)."""

    @staticmethod
    def _rows(rows):
        return channels.contact_kinds(rows)
