from . import test_calls, test_payloads
