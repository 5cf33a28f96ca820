"""In: communications of every channel, each with its attempts, files and words.
Out: what a reader of their record may see of them, and nothing else (LO8)."""

from . import any_record
from . import kala_communication
from . import kala_communication_end
from . import kala_communication_summary
from . import kala_communication_state
from . import kala_communication_access
from . import kala_communication_words
from . import kala_communication_cause
from . import kala_communication_files
from . import report_filters
from . import report_measures
from . import kala_search_text
from . import kala_communication_search
from . import ir_attachment
from . import kala_communication_contacts
from . import kala_attempt
from . import kala_attempt_report
from . import kala_attempt_state
from . import kala_chatter
from . import kala_ad
from . import contact_identity
from . import moved_contact
from . import sent_as
from . import deleted_record
from . import kala_log_fill
from . import kala_answer
from . import kala_answer_due
from . import kala_answer_count
from . import kala_answer_fill
from . import kala_answer_follow
from . import kala_recency
from . import recency_marks
from . import record_addresses
