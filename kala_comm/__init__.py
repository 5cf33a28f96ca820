from . import controllers, models, tools, wizards
from .hooks import post_init_hook, pre_init_hook, uninstall_hook
from .tools.masking import guard_logs

guard_logs()
