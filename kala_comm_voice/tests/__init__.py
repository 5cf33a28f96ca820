from . import (
    test_bad_input,
    test_call_order,
    test_calls,
    test_click_to_call,
    test_connection_form,
    test_door,
    test_payloads,
    test_query_counts,
    test_tours,
    test_untold_end,
    test_voicenter,
)
