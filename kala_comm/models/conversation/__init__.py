"""In: a record that somebody opened, or words that somebody looks for.
Out: one timeline of it and of the records that are similar to it (LO2, LO3, LO4); the lines in
which the words are (LO11).
"""

from . import kala_conversation
from . import kala_conversation_records
from . import kala_conversation_lines
from . import kala_conversation_tasks
from . import kala_search
