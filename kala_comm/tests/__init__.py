from . import (
    test_badge,
    test_email,
    test_matching,
    test_notification,
    test_notify,
    test_outbox,
    test_phone,
    test_responsible,
    test_status,
    test_tasks,
    test_tours,
)
