"""Jobs that are woken when there is something to do sleep long (docs/architecture.md, 3.5)."""

#: Job → minutes between two runs as they were delivered before; what somebody changed stays.
INTERVALS = {
    "ir_cron_lane_2": 5,
    "ir_cron_lane_3": 5,
    "ir_cron_lane_4": 5,
    "ir_cron_mass_send": 1,
    "ir_cron_email": 1,
}


def migrate(cr, version):
    if not version:
        return
    for name, minutes in INTERVALS.items():
        cr.execute(
            """UPDATE ir_cron SET interval_number = 1, interval_type = 'hours'
                WHERE interval_number = %s AND interval_type = 'minutes'
                  AND id = (SELECT res_id FROM ir_model_data
                             WHERE module = 'kala_comm' AND name = %s)""",
            [minutes, name],
        )
