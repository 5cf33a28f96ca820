"""The mark of the database that sends names another place now (AD5): who was the one before is the
one still, and nothing pauses for the upgrade."""

import hashlib

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    parameters = env["ir.config_parameter"]
    kept = parameters.get_param("kala_comm.fingerprint")
    if kept and kept == _old_mark(parameters, cr.dbname):
        env["kala.fingerprint"]._remember()


def _old_mark(parameters, name):
    """:return: the mark as it was until version 19.0.1.0: with the web address"""
    parts = {
        "address": parameters.get_param("web.base.url") or "",
        "name": name,
        "uuid": parameters.get_param("database.uuid") or "",
    }
    return " ".join(
        f"{part}:{hashlib.sha256(value.encode()).hexdigest()[:16]}"
        for part, value in sorted(parts.items())
    )
