"""Lines in the chatter know whose they are (LO8)."""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        """UPDATE mail_message m SET record_company_id = c.company_id
             FROM kala_communication c
            WHERE c.mail_message_id = m.id AND m.message_type = 'kala'
              AND m.record_company_id IS DISTINCT FROM c.company_id"""
    )
