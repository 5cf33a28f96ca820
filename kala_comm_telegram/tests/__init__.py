from . import test_updates
from . import test_answers
from . import test_flow
from . import test_groups
