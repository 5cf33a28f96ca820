from . import (
    test_gateway,
    test_iap,
    test_inforu,
    test_number,
    test_segments,
    test_sms019,
)
