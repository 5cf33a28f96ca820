"""The inbox has a row for each conversation (LO9), and open tasks know since when they wait."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """UPDATE mail_activity SET kala_since = create_date
            WHERE active AND kala_count > 0 AND kala_since IS NULL"""
    )
    env["mail.activity"].invalidate_model(["kala_since"], flush=False)
    env["kala.waiting"]._start_fill()
