from . import (
    test_badge,
    test_matching,
    test_notification,
    test_phone,
    test_responsible,
)
