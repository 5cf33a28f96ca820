def migrate(cr, version):
    """A running rule acts with the rights of its owner. Odoo's automation rule under it was written
    by who started it; where that is nobody who still works in the company, it is the oldest
    administrator of the company. A rule of a company without one stops at its next run."""
    cr.execute("ALTER TABLE kala_rule DROP COLUMN IF EXISTS dry_summary")
    cr.execute(
        """UPDATE kala_rule r SET owner_id = o.id
             FROM kala_rule s
             JOIN LATERAL (
                  SELECT u.id
                    FROM res_users u
                    JOIN res_company_users_rel c ON c.user_id = u.id AND c.cid = s.company_id
                    LEFT JOIN (
                         SELECT a.write_uid AS uid, 1 AS place FROM base_automation a
                          WHERE a.kala_rule_id = s.id
                          UNION ALL
                         SELECT a.create_uid, 2 FROM base_automation a WHERE a.kala_rule_id = s.id
                          UNION ALL SELECT s.write_uid, 3
                          UNION ALL SELECT s.create_uid, 4) known ON known.uid = u.id
                   WHERE u.active AND NOT u.share AND u.id <> 1
                     AND (known.uid IS NOT NULL OR EXISTS (
                          SELECT 1 FROM res_groups_users_rel g
                            JOIN ir_model_data d ON d.model = 'res.groups' AND d.res_id = g.gid
                             AND d.module = 'base' AND d.name = 'group_system'
                           WHERE g.uid = u.id))
                   ORDER BY known.place NULLS LAST, u.id LIMIT 1) o ON true
            WHERE r.id = s.id AND r.state = 'running' AND r.owner_id IS NULL"""
    )
