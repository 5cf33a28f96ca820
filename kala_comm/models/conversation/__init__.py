"""In: a record that somebody opened, words that somebody looks for, and what waits for him.
Out: one timeline of it and of the records that are similar to it (LO2, LO3, LO4); the lines in
which the words are (LO11); the list of conversations that wait (LO9), each with what he has not
read and what he has begun to answer (LO10).
"""

from . import kala_conversation
from . import kala_conversation_records
from . import kala_conversation_lines
from . import kala_conversation_tasks
from . import customer_names
from . import kala_search
from . import kala_reading
from . import first_view
from . import kala_draft
from . import kala_presence
from . import kala_draft_choice
from . import kala_waiting
from . import kala_waiting_refresh
from . import kala_waiting_fill
from . import kala_waiting_tabs
from . import kala_waiting_rows
from . import kala_waiting_actions
from . import kala_waiting_card
from . import kala_waiting_sign
from . import waiting_news
from . import res_users
from . import kala_conversation_search
from . import kala_conversation_card
from . import kala_conversation_menu
from . import kala_conversation_mend
from . import res_users_settings
