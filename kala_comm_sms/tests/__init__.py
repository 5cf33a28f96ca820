from . import (
    test_bank,
    test_gateway,
    test_gateways,
    test_iap,
    test_inforu,
    test_js,
    test_mass_send,
    test_number,
    test_odoo_sms,
    test_poll,
    test_segments,
    test_sms019,
)
