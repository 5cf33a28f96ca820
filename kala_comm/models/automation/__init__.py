"""In: Odoo's automation rules and server actions, and our notification rules above them.
Out: the same outbox that people use (AU)."""

from . import base_automation
from . import birthday
from . import ir_actions_server
from . import sender_use
from . import template_use
from . import kala_rule
from . import rule_models
from . import working_days
from . import kala_rule_action
from . import kala_rule_log
from . import kala_rule_event
from . import kala_rule_due
from . import kala_rule_index
from . import rule_dry_run
from . import rule_missing
from . import rule_access
from . import rule_owner
from . import email_step
from . import address_fields
from . import rule_audience
from . import rule_chatter
from . import rule_job
from . import rule_limit
from . import waiting_steps
