"""In: a record that somebody opened.
Out: one timeline of it and of the records that are similar to it (LO2, LO3, LO4).
"""

from . import kala_conversation
from . import kala_conversation_records
from . import kala_conversation_lines
from . import kala_conversation_tasks
