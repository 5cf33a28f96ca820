"""In: the log and the tasks.
Out: counts of what waits, and beside the menus (TA4, LO12); habits of a user in the Inbox (LO9)."""

from . import kala_dashboard
from . import dashboard_choice
from . import dashboard_figures
from . import dashboard_page
from . import kala_badge
from . import lead_saved
from . import ir_websocket
from . import res_users_settings
