def migrate(cr, version):
    """Companies that communicate already have decided on their windows and on consent: they are not
    asked again as in the first hour (AD1)."""
    cr.execute(
        """UPDATE res_company SET kala_window_asked = TRUE, kala_consent_asked = TRUE
            WHERE id IN (SELECT company_id FROM kala_connection WHERE state <> 'draft')"""
    )
