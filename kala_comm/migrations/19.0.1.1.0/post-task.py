"""Tasks know what they are about and whose company's they are (TA2)."""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        """UPDATE mail_activity a
              SET kala_company_id = c.company_id,
                  kala_kind = CASE WHEN c.channel = 'email' THEN 'email'
                                   WHEN c.channel <> 'voice' THEN 'text'
                                   WHEN c.call_status = 'answered' THEN 'answered_call'
                                   ELSE 'missed_call' END
             FROM kala_communication c
            WHERE c.id = a.kala_communication_id AND a.kala_count > 0"""
    )
