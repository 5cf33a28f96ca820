from odoo import SUPERUSER_ID, api

#: Rules of older databases, which an update leaves alone → what they say now.
DOMAINS = {
    "rule_mass_send_own": """["|", ("user_id", "=", user.id), ("create_uid", "=", user.id)]""",
    "rule_mass_skip_own": """["|", ("mass_send_id.user_id", "=", user.id), """
    """("mass_send_id.create_uid", "=", user.id)]""",
}


def migrate(cr, version):
    """Who drafted a mass send goes on seeing it when somebody else starts it."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, domain in DOMAINS.items():
        rule = env.ref(f"kala_comm.{name}", raise_if_not_found=False)
        if rule:
            rule.domain_force = domain
