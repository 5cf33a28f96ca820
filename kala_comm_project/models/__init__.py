from . import base_automation
from . import kala_placeholder
from . import kala_rule
from . import project_task
