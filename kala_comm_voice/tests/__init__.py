from . import test_calls, test_payloads, test_query_counts, test_tours
