def migrate(cr, version):
    """The from name of an e-mail is required; where it was empty, that of the sender counted."""
    cr.execute(
        """UPDATE kala_rule_action a SET from_name = s.name FROM kala_sender s
            WHERE s.id = a.sender_id AND a.channel = 'email' AND COALESCE(a.from_name, '') = ''"""
    )
