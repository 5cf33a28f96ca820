from . import (
    test_calls,
    test_content,
    test_flow,
    test_payload,
    test_provider,
    test_send,
    test_signature,
)
