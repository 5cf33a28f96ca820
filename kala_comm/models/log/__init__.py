"""In: communications of every channel, each with its attempts, files and words.
Out: what a reader of their record may see of them, and nothing else (LO8)."""

from . import kala_communication
from . import kala_communication_access
from . import kala_communication_words
from . import kala_communication_buttons
from . import kala_communication_files
from . import kala_attempt
from . import kala_attempt_report
from . import kala_chatter
from . import kala_ad
