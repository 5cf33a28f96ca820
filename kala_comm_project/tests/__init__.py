from . import test_task_rules
