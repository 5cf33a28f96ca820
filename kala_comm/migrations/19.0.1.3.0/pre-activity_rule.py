def migrate(cr, version):
    """The rule of activities is said in ``models/task/ir_rule.py`` now. Its record was not to be
    updated, so the update leaves it."""
    name = ("kala_comm", "rule_activity_company")
    cr.execute(
        """DELETE FROM ir_rule WHERE id IN (
                  SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s)""",
        name,
    )
    cr.execute("DELETE FROM ir_model_data WHERE module = %s AND name = %s", name)
