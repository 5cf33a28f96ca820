"""In: communications that somebody must act on.
Out: one open activity per contact and record; an answer closes it, a superior hears of it (TA)."""

from . import kala_task
from . import kala_task_escalation
from . import answer
from . import mail_activity
from . import ir_rule
from . import put_off
from . import mail_activity_type
from . import merged_record
