"""In: what somebody wants to send.
Out: messages that pass the gate, wait for their time, and leave once (SE, WI, DE)."""

from . import kala_gate
from . import kala_send_window
from . import kala_line_choice
from . import send_week
from . import resource_calendar
from . import resource_calendar_leaves
from . import kala_communication_outbox
from . import kala_communication_aside
from . import kala_communication_fallback
from . import kala_communication_resend
from . import held
from . import failure
from . import kala_outbox
from . import limits
from . import kala_outbox_arguments
from . import kala_outbox_message
from . import kala_outbox_queue
from . import kala_outbox_fallback
from . import kala_outbox_files
from . import reply
from . import reaction
from . import kala_dispatcher
from . import kala_dispatcher_aside
from . import kala_dispatcher_chunk
from . import kala_dispatcher_lookup
from . import kala_dispatcher_results
from . import kala_upload
from . import read_mark
from . import record_buttons
from . import phone_number
from . import record_send
from . import kala_communication_buttons
