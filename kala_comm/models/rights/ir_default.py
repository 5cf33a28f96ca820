from odoo import api, models


class IrDefault(models.Model):
    """Nobody's defaults move what only our buttons and jobs move (SC4, ``kala_guarded.py``)."""

    _inherit = "ir.default"

    @api.model
    def _get_model_defaults(self, model_name, condition=False):
        """Everybody may keep defaults of his own, and they count where our own code creates a
        record for him, too."""
        defaults = super()._get_model_defaults(model_name, condition)
        moved_fields = getattr(self.env.get(model_name), "_moved_fields", None)
        if not defaults or not moved_fields:
            return defaults
        moved = moved_fields()
        return {name: value for name, value in defaults.items() if name not in moved}
