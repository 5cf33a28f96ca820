from odoo import fields, models

from ..tools.phone import ContactKey
from .kala_composer import NO_ADDRESS


class KalaComposerAddress(models.TransientModel):
    """An address of the record that is written to, as a row to choose."""

    _name = "kala.composer.address"
    _description = "Address to Write to"
    _inherit = ["kala.given"]
    _order = "id"

    composer_id = fields.Many2one("kala.composer", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    value = fields.Char()
    connection_id = fields.Many2one("kala.connection")
    user_id = fields.Many2one("res.users", help="The one of us that this row is.")
    name = fields.Char(required=True)

    def _key(self):
        """:return: ContactKey; None for a row that is no address of the record's"""
        if not self or self.kind in NO_ADDRESS or not self.value:
            return None
        return ContactKey(self.kind, self.value)
