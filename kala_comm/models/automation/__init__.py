"""In: Odoo's automation rules and server actions.
Out: the same outbox that people use (AU)."""

from . import base_automation
from . import ir_actions_server
from . import sender_use
