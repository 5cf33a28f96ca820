from . import (
    kala_communication,
    kala_connection,
    kala_mass_send,
    kala_odoo_sms,
    kala_sms_gateway,
    kala_provider_http,
    kala_provider_inforu,
    kala_provider_odoo_iap,
    kala_provider_sms019,
    paid_parts,
    res_company,
    sms_sms,
)
