from . import (
    kala_connection,
    kala_sms_gateway,
    kala_provider_http,
    kala_provider_inforu,
    kala_provider_odoo_iap,
    kala_provider_sms019,
)
