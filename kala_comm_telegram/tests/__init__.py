from . import test_answers
from . import test_employees
from . import test_flow
from . import test_health
from . import test_groups
from . import test_updates
