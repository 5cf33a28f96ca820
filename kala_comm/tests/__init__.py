from . import test_matching, test_phone, test_responsible
