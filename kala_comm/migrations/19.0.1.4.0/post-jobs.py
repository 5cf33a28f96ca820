def migrate(cr, version):
    """Nobody but an administrator may run a job by hand (SC4): Odoo lets every user run a server
    action that names no groups. Jobs are no data that an update changes. All addons' jobs: each
    stands on the core."""
    cr.execute(
        """INSERT INTO ir_act_server_group_rel (act_id, gid)
           SELECT c.ir_actions_server_id, g.res_id
             FROM ir_model_data d
             JOIN ir_cron c ON c.id = d.res_id
             JOIN ir_model_data g ON g.module = 'base' AND g.name = 'group_system'
            WHERE d.model = 'ir.cron' AND d.module LIKE 'kala\\_comm%'
               ON CONFLICT DO NOTHING"""
    )
