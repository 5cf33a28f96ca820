from . import test_callbacks
from . import test_flow
from . import test_health
