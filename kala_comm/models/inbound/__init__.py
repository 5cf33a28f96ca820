"""In: events that the door stored, split into items.
Out: each on its lead, order or customer, with its responsible and its task (MA, RE)."""

from . import kala_inbound_event
from . import kala_inbound_item
from . import kala_inbox
from . import poll
from . import kala_matcher
from . import kala_matcher_candidates
from . import kala_responsible
from . import kala_intake
from . import kala_intake_address
from . import kala_intake_album
from . import change
from . import kala_intake_echo
from . import kala_intake_group
from . import kala_intake_lead
from . import kala_intake_log
from . import kala_intake_consent
from . import kala_intake_report
from . import match_words
from . import names
from . import pictures
from . import reattach
